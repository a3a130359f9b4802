"""Bringing a backup back."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, delete
from sqlalchemy.exc import DatabaseError

from data.backups import postgresql, sqlite
from data.backups.files import read_sum, sha256_of, unfinished
from data.db import connect
from data.journal import audit
from data.migrations import migrate
from data.proof import Proof, prove
from data.schema import sessions, sign_ins
from data.serving import serving_alone
from data.terms import Refused


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that is the database again, what was proven of it, and where the old one lies."""

    sha256: str
    proof: Proof
    aside: Path | None


def restore(
    engine: Engine, source: Path, expected: str | None, replaces: bool, by: str, now: datetime
) -> Restored:
    """Let a backup be the database: whole, checked by its SHA-256, migrated, nobody signed in.

    `expected` is a SHA-256 kept elsewhere. Raises Refused for a file that is damaged, exchanged or
    of the other kind, and for a database that is in use or in the way; nothing was changed.
    """
    sha256 = sha256_of(source)
    if sha256 != (expected or read_sum(source)).lower():
        raise Refused("backup.damaged", path=source)
    kind = sqlite if engine.dialect.name == "sqlite" else postgresql
    if not kind.is_copy(source):
        raise Refused("backup.other_kind", path=source, kind=engine.dialect.name)
    if kind is postgresql:
        with engine.begin() as conn:
            postgresql.copy_in(conn, source)
            return Restored(sha256, _prepared(conn, source, sha256, by, now), None)
    return _restore_file(engine, source, sha256, replaces, by, now)


def _restore_file(
    engine: Engine, source: Path, sha256: str, replaces: bool, by: str, now: datetime
) -> Restored:
    target, url = _file_of(engine), engine.url.render_as_string(hide_password=False)
    aside = target.with_name(f"{target.name}.{now:%Y%m%dT%H%M%S}.old")
    was_there = target.exists()
    if was_there and not replaces:
        raise Refused("backup.in_the_way", path=target)
    with serving_alone(url), unfinished(target) as part:
        try:
            shutil.copyfile(source, part)
            with _copy_of(part) as conn:
                proof = _prepared(conn, source, sha256, by, now)
        except (OSError, DatabaseError) as failure:
            raise Refused("backup.unusable", path=source, why=failure) from failure
        sqlite.put_in_place(part, target, aside)
    return Restored(sha256, proof, aside if was_there else None)


@contextmanager
def _copy_of(part: Path) -> Iterator[Connection]:
    engine = connect(f"sqlite:///{part}")
    try:
        with engine.begin() as conn:
            yield conn
    finally:
        engine.dispose()
        for companion in sqlite.COMPANIONS:
            part.with_name(part.name + companion).unlink(missing_ok=True)


def _file_of(engine: Engine) -> Path:
    path = engine.url.database
    if not path or path == ":memory:":
        raise Refused("backup.no_file")
    return Path(path)


def _prepared(conn: Connection, source: Path, sha256: str, by: str, now: datetime) -> Proof:
    """The newest schema, no session and no lock of old, on record, and proven."""
    migrate(conn)
    for table in (sessions, sign_ins):
        conn.execute(delete(table))
    audit(conn, by, "restore", now, source.name, {"sha256": sha256})
    return prove(conn)
