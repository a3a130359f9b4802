"""The list as a file: what the screen shows, all its pages, as CSV or as a workbook."""

import csv
from datetime import datetime
from typing import BinaryIO, TextIO

from sqlalchemy import Connection
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from data.case_list.asked import CaseFilter
from data.case_list.columns import CLOCK, Value, value_of
from data.case_list.pages import case_count, first_lines
from data.config import settings
from data.formulas import shielded
from data.terms import DISTRICT, Scope
from data.words import word

IN_CSV = 100_000  # cases of one file at most
IN_WORKBOOK = 20_000
WIDTH = 18  # letters of a column


def write_csv(
    conn: Connection,
    file: TextIO,
    asked: CaseFilter,
    columns: tuple[str, ...],
    now: datetime,
    scope: Scope = DISTRICT,
) -> int:
    """Write the list as CSV; the last line says when it was taken. Returns how many cases."""
    lines = first_lines(conn, asked, now, IN_CSV, scope)
    writer = csv.writer(file)
    writer.writerow(_header(columns))
    for line in lines:
        writer.writerow([_text(value_of(line, name, now)) for name in columns])
    writer.writerow([_said(conn, asked, now, len(lines), IN_CSV, scope)])
    return len(lines)


def write_workbook(
    conn: Connection,
    file: BinaryIO,
    asked: CaseFilter,
    columns: tuple[str, ...],
    now: datetime,
    scope: Scope = DISTRICT,
) -> int:
    """Write the list as XLSX: times and counts as such, every text as text."""
    lines = first_lines(conn, asked, now, IN_WORKBOOK, scope)
    said = _said(conn, asked, now, len(lines), IN_WORKBOOK, scope)
    book = Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet(word("cases.file_name"))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, WIDTH)
    for place, text in enumerate(_header(columns)):
        sheet.write_string(0, place, text, book.add_format({"bold": True}))
    for row, line in enumerate(lines, start=1):
        for place, name in enumerate(columns):
            _write(sheet, row, place, value_of(line, name, now))
    sheet.write_string(len(lines) + 1, 0, said)
    book.close()
    return len(lines)


def _write(sheet: Worksheet, row: int, place: int, value: Value) -> None:
    """A text is written as one, whatever it begins with: no program takes it for a formula."""
    if isinstance(value, datetime):
        here = value.astimezone(settings().zone).replace(tzinfo=None, microsecond=0)
        sheet.write_datetime(row, place, here)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value)
    elif value:
        sheet.write_string(row, place, value)


def _header(columns: tuple[str, ...]) -> list[str]:
    return [word("cases.file.clock" if n == CLOCK else f"cases.column.{n}") for n in columns]


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(settings().zone):%Y-%m-%d %H:%M:%S}"
    return shielded(value) if isinstance(value, str) else str("" if value is None else value)


def _said(
    conn: Connection, asked: CaseFilter, now: datetime, written: int, most: int, scope: Scope
) -> str:
    """When it was taken, and whether anything is missing."""
    count = written if written < most else case_count(conn, asked, now, None, scope)
    key = "cases.file.whole" if written == count else "cases.file.cut"
    at = f"{now.astimezone(settings().zone):%Y-%m-%d %H:%M:%S}"
    return word(key, at=at, count=count, shown=written)
