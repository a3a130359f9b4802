"""Making a backup."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Error

from sqlalchemy import Connection, Engine, func, select

from data.backups import postgresql, sqlite
from data.backups.files import place, sha256_of, sum_file, unfinished, write_sum
from data.db import is_sqlite, snapshot
from data.journal import audit
from data.schema import case_events, cases
from data.terms import Refused


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup."""

    path: Path
    sha256: str
    size: int
    case_count: int
    event_count: int


def back_up(engine: Engine, target: Path, by: str, now: datetime) -> Backup:
    """Copy the database, as it is at one moment, into a file of its own with its SHA-256 beside it.

    Others go on reading and writing. Raises Refused where the file exists or cannot be written; a
    backup that cannot be put on record is not kept.
    """
    if target.exists():
        raise Refused("backup.exists", path=target)
    with unfinished(target) as part:
        counts = _copied(engine, part)
        made = Backup(target, sha256_of(part), part.stat().st_size, *counts)
        try:
            _keep(engine, part, made, by, now)
        except BaseException:
            for path in (target, sum_file(target)):
                path.unlink(missing_ok=True)
            raise
    return made


def _copied(engine: Engine, part: Path) -> tuple[int, int]:
    """Write the copy. Returns its number of cases and events."""
    try:
        with snapshot(engine).connect() as conn:
            counts = _counts(conn)
            (sqlite if is_sqlite(conn) else postgresql).copy_out(conn, part)
    except (OSError, Error) as failure:
        raise Refused("backup.unwritable", path=part.parent, why=failure) from failure
    return counts


def _keep(engine: Engine, part: Path, made: Backup, by: str, now: datetime) -> None:
    with engine.begin() as conn:
        details: dict[str, object] = {"sha256": made.sha256, "bytes": made.size}
        audit(conn, by, "backup", now, made.path.name, details)
        write_sum(made.path, made.sha256)
        place(part, made.path)


def _counts(conn: Connection) -> tuple[int, int]:
    case_count, event_count = (
        conn.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (cases, case_events)
    )
    return case_count, event_count
