"""Open a file: what it is, how it is encoded, and its rows one by one."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path

from data.intake.reading.encoding import Encoding, find_encoding
from data.intake.reading.files import File, identify
from data.intake.reading.headers import ROWS_LOOKED_AT, header_place, without_blank_end
from data.intake.reading.json_rows import find_names, find_place, json_lines
from data.intake.reading.sheets import sheet_lines
from data.intake.reading.spool import spooled
from data.intake.reading.tables import DAMAGED_FILE, find_delimiter, named_faults, table_lines
from data.intake.reading.workbooks import Book, SheetRow, find_sheet, sheet_rows
from data.intake.values.progress import Progress
from data.intake.values.rows import MOST_COLUMNS, Line, Sheet
from data.intake.values.text import clean
from data.terms import ImportRefused

_NO_BOOK = Book((), "", False)


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first look at a file found."""

    file: File
    sha256: str
    encoding: str
    text: Encoding
    delimiter: str  # "" where there is none
    book: Book
    place: str  # of the objects of a JSON file
    declared_rows: int | None  # by the file itself

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self.file.path

    @property
    def kind(self) -> str:
        """csv | xlsx | json | geojson."""
        return self.file.kind

    @property
    def sheet(self) -> str:
        """The sheet that is read; "" outside workbooks."""
        return self.book.sheet


@dataclass(frozen=True, slots=True)
class Table:
    """A header, where it stands, and the rows under it."""

    header: list[str]
    header_row: int  # 0: the file has none of its own
    lines: Callable[[], Iterator[Line]]  # of text, from the start each time; else only once


def survey(
    path: Path, encoding: str = "auto", kind: str = "auto", sheet: str = "", delimiter: str = "auto"
) -> Survey:
    """Look through a file once. Raises ImportRefused if it is missing, or no table."""
    try:
        with path.open("rb") as raw:
            sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
        file = identify(path, kind)
        if file.kind == "xlsx":
            book = find_sheet(file, sheet)
            return Survey(file, sha256, "utf-8", Encoding("utf-8"), "", book, "", None)
        text = find_encoding(file, encoding)
        if file.kind == "csv":
            sign = find_delimiter(file, text) if delimiter == "auto" else delimiter
            return Survey(file, sha256, text.name, text, sign, _NO_BOOK, "", None)
        place, declared = find_place(file, text)
        return Survey(file, sha256, text.name, text, "", _NO_BOOK, place, declared)
    except DAMAGED_FILE as error:
        raise ImportRefused("intake.file.broken", file=path.name) from error
    except OSError as error:
        raise ImportRefused("intake.file.unreadable", file=path) from error


def open_table(
    found: Survey, names: Collection[str] = (), progress: Progress | None = None
) -> Table:
    """The table of a surveyed file, its header found by the names that it should hold."""
    table = _OPEN.get(found.kind, _open_objects)(found, names, progress)
    if (count := len(table.header)) > MOST_COLUMNS:
        raise ImportRefused(
            "intake.file.too_wide", file=found.path.name, count=count, most=MOST_COLUMNS
        )
    return table


def _open_text(found: Survey, names: Collection[str], progress: Progress | None) -> Table:
    lines = partial(table_lines, found.file, found.text, found.delimiter)
    first = list(islice(lines(), ROWS_LOOKED_AT))
    place, row, header = _header(first, [line.fields for line in first], names)

    def below() -> Iterator[Line]:
        under = islice(lines(progress), place + 1, None)
        return named_faults(under, header) if found.text.damage else under

    return Table(header, row, below)


def _open_book(found: Survey, names: Collection[str], progress: Progress | None) -> Table:
    rows = sheet_rows(found.file, found.sheet, progress)
    first = list(islice(rows, ROWS_LOOKED_AT))
    place, row, header = _header(first, [one.texts for one in first], names)
    header = without_blank_end(header)
    under = chain(first[place + 1 :], rows)
    return Table(header, row, lambda: sheet_lines(under, header, names, found.path.name))


def _header(
    first: Sequence[Line | SheetRow], texts: Sequence[list[str]], names: Collection[str]
) -> tuple[int, int, list[str]]:
    """The place of the header among the first rows, the number of its row, its names."""
    if not first:
        return 0, 0, []
    place = header_place(texts, names)
    return place, first[place].number, [clean(text) for text in texts[place]]


def _open_objects(found: Survey, names: Collection[str], progress: Progress | None) -> Table:
    theirs = find_names(found.file, found.text, found.place)
    read = partial(json_lines, found.file, found.text, found.place, theirs, progress)
    return Table([clean(name) for name in theirs], 0, read)


_OPEN = {"csv": _open_text, "xlsx": _open_book}


@contextmanager
def read_sheet(
    found: Survey, names: Collection[str] = (), progress: Progress | None = None
) -> Iterator[Sheet]:
    """The header and the rows of a surveyed file. Reading on may raise ImportRefused.

    Text is read where it lies. All else is read once and kept in a temporary file until the end.
    """
    table = open_table(found, names, progress)
    if found.kind == "csv":
        yield Sheet(table.header, table.lines)
        return
    with spooled(table.header, table.lines(), progress) as sheet:
        yield sheet
