"""One import: its row in `imports`, its tally, and the rows it kept aside."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict, TypeVar

from sqlalchemy import Connection, func, insert, select, update

from data.db import IMPORTING, is_sqlite, refresh_statistics
from data.intake.checking.columns import Fields, places
from data.intake.checking.guard import kept_fields, quoted
from data.intake.mapping.map import Mapping
from data.intake.reading.read import Survey
from data.intake.values.rows import BadRow, Sheet
from data.journal import audit
from data.schema import imports, quarantine
from data.terms import ImportRefused

T = TypeVar("T")

ACTOR = "import"  # of the events that a file proves
MOST_ROWS_NAMED = 20  # of a notice
NO_POINT = ("unplaced", "swapped", "outside")  # notices of rows whose coordinates were not kept
MANY = 1000  # rows that change which way of finding rows is quick
_ROWS_PER_WRITE = 1000

# These depend on what the database held, not on the file alone: the file may fare better later.
RULES_OF_THE_DATABASE = frozenset(
    {"acted_on_here", "unknown_case", "unknown_parent", "parent_circle"}
    | {f"unknown_{name}" for name in ("unit", "area", "category", "channel")}
)


class Notice(TypedDict):
    """How many rows of a file something was noticed about, and the numbers of the first."""

    count: int
    rows: list[int]


@dataclass(frozen=True, slots=True)
class Result:
    """What an import did. rows = imported + updated + duplicates + quarantined, always."""

    batch: int
    rows: int
    imported: int
    updated: int
    duplicates: int
    quarantined: int
    reasons: dict[str, int]  # rule: rows
    encoding: str
    adjusted: int = 0  # events whose time was moved
    unplaced: int = 0  # rows whose coordinates are no point on the map
    ignored: tuple[str, ...] = ()  # their columns that nothing was read from
    is_repeat: bool = False  # the same file was imported before, as this batch
    notices: Dictionary[str, Notice] = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """An import under way. Rows are counted where their fate is decided."""

    conn: Connection
    batch_id: int
    now: datetime
    mapping: Mapping
    sheet: Sheet
    places: dict[str, list[int]]
    rows: int = 0
    imported: int = 0
    updated: int = 0
    duplicates: int = 0
    adjusted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    marks: list[str] = field(default_factory=list)  # of the row being checked
    notices: dict[str, Notice] = field(default_factory=dict)
    filled: int = 0  # cells of mapped columns that say something
    cells: int = 0
    newest_at: datetime | None = None  # of what the rows tell of
    told_rows: Callable[[int], None] | None = None  # told now and then how many rows were read
    aside: list[dict[str, object]] = field(default_factory=list)

    def checked(self, check: Callable[[Fields], T]) -> Iterator[tuple[int, Fields, T]]:
        """Count every row of the sheet; the good ones, checked; the others go to quarantine."""
        count_cells = self._cell_counter()
        for number, fields, fault in self.sheet.rows():
            self.rows += 1
            if self.told_rows and self.rows % _ROWS_PER_WRITE == 0:
                self.told_rows(self.rows)
            count_cells(fields)
            self.marks.clear()
            try:
                if fault:
                    raise fault
                row = check(fields)
            except BadRow as bad:
                self.set_aside(number, fields, bad)
            else:
                for mark in self.marks:
                    self.note(mark, number)
                yield number, fields, row

    def _cell_counter(self) -> Callable[[Fields], None]:
        """Count the cells of mapped columns; a row of another width has no such cells."""
        width, missing = len(self.sheet.header), self.mapping.missing_values
        read = sorted({place for path in self.places.values() for place in path})

        def count(fields: Fields) -> None:
            if len(fields) == width:
                self.cells += len(read)
                self.filled += sum([fields[place].strip() not in missing for place in read])

        return count

    def saw(self, times: Iterable[datetime | None]) -> None:
        """Remember the newest of some times that rows tell of."""
        newest = max((at for at in times if at), default=None)
        if newest and (self.newest_at is None or newest > self.newest_at):
            self.newest_at = newest

    def note(self, kind: str, number: int) -> None:
        """Count a notice about a row that is loaded all the same; the first rows are named."""
        notice = self.notices.setdefault(kind, {"count": 0, "rows": []})
        notice["count"] += 1
        if len(notice["rows"]) < MOST_ROWS_NAMED:
            notice["rows"].append(number)

    def set_aside(self, number: int, fields: Fields, bad: BadRow) -> None:
        """Keep a row in quarantine."""
        self.set_kept_aside(number, kept_fields(self.mapping, self.sheet.header, fields), bad)

    def set_kept_aside(self, number: int, kept: Dictionary[str, str], bad: BadRow) -> None:
        """Keep a row in quarantine, of which only the mapped columns are at hand."""
        self.reasons[bad.rule] += 1
        self.aside.append(
            {
                "batch_id": self.batch_id,
                "row_number": number,
                "column_name": bad.column,
                "value": None if bad.value is None else quoted(bad.value),
                "rule": bad.rule,
                "hint": bad.hint,
                "fields": dict(kept),
            }
        )
        if len(self.aside) >= _ROWS_PER_WRITE:
            self.write_aside()

    def write_aside(self) -> None:
        """Write the rows kept aside so far."""
        if self.aside:
            self.conn.execute(insert(quarantine), self.aside)
            self.aside.clear()


def lock(conn: Connection) -> None:
    """One import at a time. SQLite has one writer anyway."""
    if is_sqlite(conn):
        return
    if not conn.execute(select(func.pg_try_advisory_xact_lock(IMPORTING))).scalar_one():
        raise ImportRefused("intake.busy")


def earlier_import(conn: Connection, kind: str, found: Survey, mapping: Mapping) -> Result | None:
    """The import of the same file by the same mapping, if a second one can change nothing."""
    row = conn.execute(
        select(imports)
        .where(
            imports.c.kind == kind,
            imports.c.file_sha256 == found.sha256,
            imports.c.mapping == _mapping_name(mapping),
            imports.c.undone_at.is_(None),
        )
        .order_by(imports.c.batch_id.desc())
    ).first()
    if row is None or RULES_OF_THE_DATABASE & row.reasons.keys():
        return None
    return Result(
        row.batch_id, row.row_count, 0, 0, row.row_count, 0, {}, found.encoding, is_repeat=True
    )


def _mapping_name(mapping: Mapping) -> str:
    return f"{mapping.name} {mapping.fingerprint}"


def begin_batch(
    conn: Connection,
    kind: str,
    found: Survey,
    mapping: Mapping,
    sheet: Sheet,
    actor: str,
    now: datetime,
) -> Batch:
    """Write the row of an import that has counted nothing yet."""
    at = places(mapping, sheet.header, found.path.name) if sheet.header else {}
    nothing = dict.fromkeys(
        ("row_count", "imported_count", "updated_count", "duplicate_count", "quarantined_count"), 0
    )
    key = conn.execute(
        insert(imports).values(
            kind=kind,
            file_name=found.path.name,
            file_sha256=found.sha256,
            mapping=_mapping_name(mapping),
            encoding=found.encoding,
            actor=actor,
            imported_at=now,
            reasons={},
            source=mapping.name,
            sheet=found.sheet or None,
            columns=[quoted(name) for name in sheet.header],
            **nothing,
        )
    ).inserted_primary_key
    return Batch(conn, int(key[0]), now, mapping, sheet, at)  # type: ignore[index]  # one row


def end_batch(
    batch: Batch,
    found: Survey,
    actor: str,
    ignored: list[str],
    declared_rows: int | None = None,
    seconds: float | None = None,
) -> Result:
    """Write what an import counted, and record that it happened."""
    batch.write_aside()
    quarantined = batch.reasons.total()
    counts = {
        "row_count": batch.rows,
        "imported_count": batch.imported,
        "updated_count": batch.updated,
        "duplicate_count": batch.duplicates,
        "quarantined_count": quarantined,
    }
    if batch.rows != batch.imported + batch.updated + batch.duplicates + quarantined:
        raise AssertionError(f"rows were lost or counted twice: {counts}")
    reasons = dict(sorted(batch.reasons.items()))
    batch.conn.execute(
        update(imports)
        .where(imports.c.batch_id == batch.batch_id)
        .values(
            **counts,
            reasons=reasons,
            notices=batch.notices,
            declared_rows=found.declared_rows if declared_rows is None else declared_rows,
            filled_count=batch.filled,
            cell_count=batch.cells,
            ignored=[quoted(name) for name in ignored],
            newest_at=batch.newest_at,
            seconds=seconds,
        )
    )
    if batch.imported + batch.updated >= MANY:
        refresh_statistics(batch.conn)
    audit(
        batch.conn,
        actor,
        "import",
        batch.now,
        f"batch {batch.batch_id}",
        {"file": found.path.name, **counts},
    )
    return Result(
        batch.batch_id, batch.rows, batch.imported, batch.updated, batch.duplicates, quarantined,
        reasons, found.encoding, batch.adjusted,
        sum(batch.notices[kind]["count"] for kind in NO_POINT if kind in batch.notices),
        tuple(ignored), notices=batch.notices,
    )  # fmt: skip
