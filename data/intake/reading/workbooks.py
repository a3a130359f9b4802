"""Excel workbooks: their sheets, and the rows of one, read as a stream."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from functools import cache
from string import digits
from typing import Any, NamedTuple
from xml.parsers.expat import ExpatError

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import FORMULA_TAG, INLINE_STRING, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

from data.intake.reading.archives import open_archive
from data.intake.reading.files import File, seekable
from data.intake.reading.tables import DAMAGED_FILE
from data.intake.reading.workbook_xml import Range, merged_ranges, refuse_declarations
from data.intake.values.progress import Progress
from data.intake.values.rows import MOST_COLUMNS
from data.terms import ImportRefused

DAMAGED_FROM = 10**15  # sixteen digits: a spreadsheet keeps fifteen
_NO_RESULT = "?"  # type of a cell whose formula was never worked out
_ROWS_PER_REPORT = 1000
_TEXT = f"{{{SHEET_MAIN_NS}}}t"
_TEXT_OF_RUN = f"{{{SHEET_MAIN_NS}}}r/{_TEXT}"
_BROKEN = (
    *DAMAGED_FILE, ExpatError, SyntaxError, InvalidFileException, struct.error, OSError,
    LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError,
)  # fmt: skip  # what openpyxl raises for a workbook that breaks the rules of the format

warnings.filterwarnings("ignore", module=r"openpyxl\.")


class Flaw(NamedTuple):
    """What is wrong with one cell: its place in the row, the rule, what a person finds there."""

    place: int
    rule: str
    value: str


class SheetRow(NamedTuple):
    """A row of a sheet that is not blank."""

    number: int
    texts: list[str]
    flaws: list[Flaw]


class Book(NamedTuple):
    """The visible sheets of a workbook, the one to read, and the base of its serial dates."""

    sheets: tuple[str, ...]
    sheet: str
    is_1904: bool


def find_sheet(file: File, named: str) -> Book:
    """The sheet of that name, else the first visible one."""
    with _opened(file) as reader:
        states = {sheet.name: sheet.state for sheet, rel in _worksheets(reader)}
        is_1904 = reader.wb.epoch == CALENDAR_MAC_1904
    visible = tuple(name for name, state in states.items() if state == "visible")
    if named and named not in states:
        raise ImportRefused(
            "intake.sheet.unknown", file=file.path.name, sheet=named, sheets="、".join(visible)
        )
    if not named and not visible:
        raise ImportRefused("intake.sheet.none", file=file.path.name)
    return Book(visible, named or visible[0], is_1904)


def sheet_rows(file: File, sheet: str, progress: Progress | None = None) -> Iterator[SheetRow]:
    """The rows of a sheet as texts: dates in ISO form, whole numbers without a point."""
    with _opened(file) as reader:
        reader.read_strings()
        apply_stylesheet(reader.archive, reader.wb)
        part = next(rel.target for one, rel in _worksheets(reader) if one.name == sheet)
        merged = merged_ranges(reader.archive, part, file.path)
        size = max(1, reader.archive.getinfo(part).file_size)
        with reader.archive.open(part) as source:
            for count, row in enumerate(_rows(reader, source, merged), start=1):
                if any(row.texts):
                    yield row
                if progress and count % _ROWS_PER_REPORT == 0:
                    progress(source.tell() / size)


@contextmanager
def _opened(file: File) -> Iterator[ExcelReader]:
    """A workbook that declares nothing dangerous, its sheets listed, no sheet read."""
    name = file.path.name
    try:
        with seekable(file) as path, path.open("rb") as raw:
            with open_archive(path, name) as archive:
                refuse_declarations(archive, name)
            reader = ExcelReader(raw, read_only=True, data_only=True, keep_links=False)
            with reader.archive:
                reader.read_manifest()
                reader.read_workbook()
                yield reader
    except _BROKEN as error:
        raise ImportRefused("intake.file.bad_xlsx", file=name) from error


def _worksheets(reader: ExcelReader) -> list[tuple[Any, Any]]:
    found = reader.parser.find_sheets()
    return [(sheet, rel) for sheet, rel in found if rel.Type.endswith("/worksheet")]


class _Cells(WorkSheetParser):
    """openpyxl's parser; it also tells of formulas without a result, and takes text in place."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        if element.get("t") == "inlineStr" and (place := element.get("r")):
            self.col_counter = _column(place.rstrip(digits))
            text = _text_in(element.find(INLINE_STRING))
            return {"column": self.col_counter, "value": text, "data_type": "s"}
        cell = super().parse_cell(element)
        if cell["value"] is None and element.find(FORMULA_TAG) is not None:
            is_blank_text = cell["data_type"] == "str" and element.find(VALUE_TAG) is not None
            cell["data_type"] = "s" if is_blank_text else _NO_RESULT
        return cell

    def parse_formatting(self, element: Any) -> None:
        """Nothing that matters here."""

    def parse_extensions(self, element: Any) -> None:
        """Nothing that matters here."""


_column = cache(column_index_from_string)


def _text_in(element: Any) -> str | None:
    """A text that stands in its cell, plain or in runs; how it is pronounced is left out."""
    if element is None:
        return None
    parts = element.findall(_TEXT) + element.findall(_TEXT_OF_RUN)
    return "".join(part.text or "" for part in parts)


def _rows(reader: ExcelReader, source: Any, merged: list[Range]) -> Iterator[SheetRow]:
    book, waiting, current = reader.wb, list(reversed(merged)), []
    cells = _Cells(
        source,
        reader.shared_strings,
        data_only=True,
        epoch=book.epoch,
        date_formats=book._date_formats,  # type: ignore[attr-defined]  # not in the stubs
        timedelta_formats=book._timedelta_formats,  # type: ignore[attr-defined]
    )
    for number, row in cells.parse():
        while waiting and waiting[-1].first_row <= number:
            current.append(waiting.pop())
        current = [one for one in current if one.last_row >= number]
        flaws = [Flaw(one.first_place, "merged_cells", one.name) for one in current]
        texts = [""] * min(max((cell["column"] for cell in row), default=0), MOST_COLUMNS + 1)
        for cell in row:
            # What stands far to the right is kept in the last place, where it is noticed.
            place = min(cell["column"] - 1, MOST_COLUMNS)
            texts[place] = text = _text(cell["value"])
            if rule := _rule(cell):
                where = f"{get_column_letter(cell['column'])}{number}"
                flaws.append(Flaw(place, rule, f"{where} {text}".strip()))
        yield SheetRow(number, texts, flaws)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _rule(cell: dict[str, Any]) -> str | None:
    """Which rule a cell breaks, if any."""
    kind, value = cell["data_type"], cell["value"]
    if kind == _NO_RESULT:
        return "no_result"
    if value is None:
        return None
    if kind == "e":
        return "error_cell"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "damaged_number" if is_number and abs(value) >= DAMAGED_FROM else None
