"""The rows kept aside: listed with how to mend each, saved to be mended, and read again."""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection, Row, Select, select

from data.config import settings
from data.formulas import bare, shielded
from data.intake.checking.guard import LONGEST_KEPT
from data.intake.mapping.map import Mapping
from data.intake.values.rows import Line, Sheet
from data.schema import imports, quarantine
from data.words import catalogue, word

COLUMNS = ("batch", "file", "row", "column", "value", "rule", "mend")
_ROWS_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """A row kept aside: where it stood, what was wrong, and how to mend it."""

    batch: int
    file: str
    row: int
    column: str | None
    value: str | None
    rule: str
    mend: str
    fields: dict[str, str]  # its mapped columns


def kept_rows(conn: Connection, batch: int | None = None) -> Iterator[Kept]:
    """The rows kept aside, of one import or of all, in the order they came."""
    query = _of_batch(select(quarantine, imports.c.file_name).join(imports), batch)
    for row in conn.execute(query.execution_options(yield_per=_ROWS_AT_A_TIME)):
        yield _kept(row)


def mend(rule: str, hint: str | None) -> str:
    """How to mend what a rule found wrong; a hint names what is nearest."""
    if hint and f"intake.near.{rule}" in catalogue(settings().language):
        return word(f"intake.near.{rule}", hint=hint)
    return word(f"intake.mend.{rule}")


def write_kept(conn: Connection, file: TextIO, batch: int | None = None) -> int:
    """Write the rows kept aside as CSV: their columns, then ours. Returns how many.

    With the same mapping the file can be imported again once it is mended.
    """
    theirs = _their_columns(conn, batch)
    writer = csv.writer(file)
    writer.writerow([shielded(name) for name in theirs] + _own_header())
    count = 0
    for kept in kept_rows(conn, batch):
        own = [str(getattr(kept, name) or "") for name in COLUMNS]
        writer.writerow(
            [shielded(text) for text in [*(kept.fields.get(n, "") for n in theirs), *own]]
        )
        count += 1
    return count


def is_saved(header: list[str]) -> bool:
    """Whether a file was saved here, by the names of our columns."""
    return set(_own_header()) <= set(header)


def as_kept(sheet: Sheet) -> Sheet:
    """A sheet as its rows were kept: what a saved file shields from formulas is laid bare."""
    if not is_saved(sheet.header):
        return sheet
    return Sheet([bare(name) for name in sheet.header], lambda: map(_bare_line, sheet.rows()))


def as_saved(mapping: Mapping, file: Path) -> Mapping:
    """The mapping as it reads a file saved here, whatever the file was that it is written for."""
    try:
        with file.open("rb") as raw:
            head = raw.readline(LONGEST_KEPT)
    except OSError:
        return mapping  # whoever reads the file says so
    if not head.startswith(BOM_UTF8) or not is_saved(_names(head)):
        return mapping
    return replace(mapping, format="csv", encoding="utf-8", delimiter=",", sheet="")


def _names(head: bytes) -> list[str]:
    return next(csv.reader([head.decode("utf-8-sig", errors="replace")]), [])


def _of_batch(query: Select, batch: int | None) -> Select:
    if batch is not None:
        query = query.where(quarantine.c.batch_id == batch)
    return query.order_by(quarantine.c.quarantine_id)


def _kept(row: Row[tuple]) -> Kept:
    return Kept(
        row.batch_id, row.file_name, row.row_number, row.column_name, row.value,
        row.rule, mend(row.rule, row.hint), row.fields,
    )  # fmt: skip


def _their_columns(conn: Connection, batch: int | None) -> list[str]:
    """Every mapped column of the rows kept aside, in the order they came."""
    query = _of_batch(select(quarantine.c.fields), batch)
    names: dict[str, None] = {}
    for fields in conn.execute(query.execution_options(yield_per=_ROWS_AT_A_TIME)).scalars():
        names |= dict.fromkeys(fields)
    return list(names)


def _own_header() -> list[str]:
    return [word("intake.kept.saved", name=word(f"intake.kept.{name}")) for name in COLUMNS]


def _bare_line(line: Line) -> Line:
    return line._replace(fields=[bare(text) for text in line.fields])
