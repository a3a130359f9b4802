"""One import: its row in `imports`, its tally, and the rows it kept aside."""

from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, func, insert, select, update

from data.db import is_sqlite
from data.intake.columns import Fields, kept_fields, places, quoted
from data.intake.map import Mapping
from data.intake.read import Survey
from data.intake.rows import BadRow, Sheet
from data.journal import audit
from data.schema import imports, quarantine
from data.terms import ImportRefused

T = TypeVar("T")

IMPORT_LOCK = 7236002
ACTOR = "import"  # of the events that a file proves
_ROWS_PER_WRITE = 1000

# These depend on what the database held, not on the file alone: the file may fare better later.
RULES_OF_THE_DATABASE = frozenset(
    {"acted_on_here", "unknown_case", "unknown_parent"}
    | {f"unknown_{name}" for name in ("unit", "area", "category", "channel")}
)


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
    unplaced: int = 0  # rows with coordinates of no place on earth
    ignored: tuple[str, ...] = ()  # their columns that nothing was read from
    is_repeat: bool = False  # the same file was imported before, as this batch


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
    unplaced: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    aside: list[dict[str, object]] = field(default_factory=list)

    def checked(self, check: Callable[[Fields], T]) -> Iterator[tuple[int, Fields, T]]:
        """Count every row of the sheet; the good ones, checked; the others go to quarantine."""
        for number, fields, fault in self.sheet.rows():
            self.rows += 1
            try:
                if fault:
                    raise fault
                row = check(fields)
            except BadRow as bad:
                self.set_aside(number, fields, bad)
            else:
                yield number, fields, row

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
    if not conn.execute(select(func.pg_try_advisory_xact_lock(IMPORT_LOCK))).scalar_one():
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
            **nothing,
        )
    ).inserted_primary_key
    return Batch(conn, int(key[0]), now, mapping, sheet, at)  # type: ignore[index]  # one row


def end_batch(batch: Batch, found: Survey, actor: str, ignored: list[str]) -> Result:
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
        .values(**counts, reasons=reasons)
    )
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
        reasons, found.encoding, batch.adjusted, batch.unplaced, tuple(ignored),
    )  # fmt: skip
