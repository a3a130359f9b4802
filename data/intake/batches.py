"""The imports that there were, newest first, and the rows that one of them kept aside."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, Row, select

from data.intake.loading.kept import Kept, kept_rows
from data.schema import imports, users

SHOWN = 50


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One import as the history shows it."""

    batch: int
    kind: str
    file: str
    sheet: str
    source: str
    who: str
    at: datetime
    rows: int
    imported: int
    updated: int
    duplicates: int
    quarantined: int
    reasons: tuple[tuple[str, int], ...]
    seconds: float | None
    undone_at: datetime | None
    undone_by: str


def batches(conn: Connection, most: int = SHOWN) -> tuple[BatchLine, ...]:
    """The newest imports, those taken back too."""
    query = select(imports).order_by(imports.c.batch_id.desc()).limit(most)
    names = dict(conn.execute(select(users.c.login, users.c.name)).tuples().all())
    return tuple(_line(row, names) for row in conn.execute(query))


def batch_of(conn: Connection, batch_id: int) -> BatchLine | None:
    """One import; None for an unknown one."""
    row = conn.execute(select(imports).where(imports.c.batch_id == batch_id)).first()
    names = dict(conn.execute(select(users.c.login, users.c.name)).tuples().all())
    return None if row is None else _line(row, names)


def kept_of(conn: Connection, batch_id: int, most: int) -> tuple[Kept, ...]:
    """The first rows that an import kept aside."""
    return tuple(islice(kept_rows(conn, batch_id), most))


def _line(row: Row[tuple], names: dict[str, str]) -> BatchLine:
    return BatchLine(
        batch=row.batch_id,
        kind=row.kind,
        file=row.file_name,
        sheet=row.sheet or "",
        source=row.source or row.mapping.rpartition(" ")[0],
        who=names.get(row.actor, row.actor),
        at=row.imported_at,
        rows=row.row_count,
        imported=row.imported_count,
        updated=row.updated_count,
        duplicates=row.duplicate_count,
        quarantined=row.quarantined_count,
        reasons=tuple(row.reasons.items()),
        seconds=row.seconds,
        undone_at=row.undone_at,
        undone_by=names.get(row.undone_by, row.undone_by or ""),
    )
