"""CSV text: its delimiter, and its rows."""

import csv
import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from gzip import BadGzipFile
from itertools import islice
from zipfile import BadZipFile

from data.intake.reading.encoding import Encoding
from data.intake.reading.files import File, unpacked
from data.intake.values.progress import Progress
from data.intake.values.rows import BadRow, Line
from data.terms import ImportRefused

LONGEST_FIELD = 32 * 1024  # characters
DELIMITERS = (",", ";", "\t", "，")
DAMAGED_FILE = (EOFError, zlib.error, BadGzipFile, BadZipFile)
_DAMAGED = re.compile("[\0\ufffd]")
_LINES_LOOKED_AT = 10
_ROWS_PER_REPORT = 1000


def find_delimiter(file: File, encoding: Encoding) -> str:
    """The sign that stands equally often in most of the first lines."""
    with _text(file, encoding) as (text, _):
        lines = [text.readline(LONGEST_FIELD) for _ in range(_LINES_LOOKED_AT)]

    def evenness(sign: str) -> int:
        counts = Counter(line.count(sign) for line in lines)
        return max(count * times for count, times in counts.items())

    return max(DELIMITERS, key=evenness)


@contextmanager
def _text(file: File, encoding: Encoding) -> Iterator[tuple[io.TextIOWrapper, Callable[[], float]]]:
    errors = "replace" if encoding.damage else "strict"
    with unpacked(file) as (stream, share):
        yield io.TextIOWrapper(stream, encoding=encoding.name, errors=errors, newline=""), share


def table_lines(
    file: File, encoding: Encoding, delimiter: str, progress: Progress | None = None
) -> Iterator[Line]:
    """All rows of a text, also those above the header; blank ones are counted and left out."""
    csv.field_size_limit(LONGEST_FIELD)
    line = 0
    with _text(file, encoding) as (text, share):
        try:
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            for number, fields in enumerate(reader, start=1):
                fault = _fault(encoding, line, reader.line_num) if encoding.damage else None
                line = reader.line_num
                if any(fields):
                    yield Line(number, fields, fault)
                if progress and number % _ROWS_PER_REPORT == 0:
                    progress(share())
        except UnicodeDecodeError as error:
            raise ImportRefused(
                "intake.encoding.bad_line",
                file=file.path.name,
                encoding=encoding.name,
                line=line + 1,
            ) from error
        except csv.Error as error:
            place = _opening_quote(file, encoding, line)
            raise ImportRefused("intake.file.bad_quote", file=file.path.name, line=place) from error
        except DAMAGED_FILE as error:
            raise ImportRefused("intake.file.broken", file=file.path.name) from error


def _fault(encoding: Encoding, before: int, last: int) -> BadRow | None:
    """The first wrong byte in the lines of a row."""
    for line in range(before + 1, last + 1):
        if line in encoding.damage:
            return BadRow("bad_byte", None, str(encoding.damage[line]))
    return None


def _opening_quote(file: File, encoding: Encoding, before: int) -> int:
    """The line of the quote that does not close, in the row after a line that ended well."""
    opened, is_open, seen = before + 1, False, 0
    with _text(file, encoding) as (text, _):
        for number, line in enumerate(islice(text, before, None), start=before + 1):
            quotes = line.replace('""', "").count('"')
            is_open = is_open != bool(quotes % 2)
            if is_open and quotes:
                opened, seen = number, 0
            seen += len(line)
            if not is_open or seen > LONGEST_FIELD:
                break
    return opened


def named_faults(lines: Iterable[Line], header: list[str]) -> Iterator[Line]:
    """The lines; where a wrong byte was found, the fault names its column."""
    for line in lines:
        if line.fault:
            named = zip(header, line.fields, strict=False)
            column = next((name for name, text in named if _DAMAGED.search(text)), None)
            line = line._replace(fault=BadRow("bad_byte", column, line.fault.value))
        yield line
