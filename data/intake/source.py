"""Another system's database as a source: its rows, by the operator's own query, as a file."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, func, make_url, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.sql.elements import TextClause

from data.db import EPOCH
from data.intake.checking.guard import quoted
from data.intake.mapping.map import Mapping
from data.intake.values.text import clean
from data.schema import imports
from data.terms import ImportRefused

ROWS_AT_A_TIME = 1000
CONNECT_SECONDS = 10
QUERY_SECONDS = 600
SINCE = "since"  # the one parameter that a query may name


def newest_held(conn: Connection, kind: str, mapping: Mapping) -> datetime:
    """The newest time that imports by a mapping told of; the year 1970 before the first."""
    query = select(func.max(imports.c.newest_at)).where(
        imports.c.kind == kind, imports.c.source == mapping.name, imports.c.undone_at.is_(None)
    )
    newest: datetime | None = conn.execute(query).scalar()
    return newest or EPOCH


@contextmanager
def rows_as_file(
    url: str, query: Path, mapping: Mapping, since: datetime
) -> Iterator[tuple[Path, Mapping]]:
    """What a query finds in another database, as a private file, and the mapping that reads it.

    Columns that the mapping does not read are named, but their values never leave the database.
    Raises ImportRefused where the query or the connection fails.
    """
    place, statement = _url(url), _statement(query)
    with TemporaryDirectory(prefix="yiping-") as folder:
        path = Path(folder) / _name(place, query)
        try:
            engine = _engine(place, mapping)
            try:
                _spool(engine, statement, path, mapping, since)
            finally:
                engine.dispose()
        except (SQLAlchemyError, ImportError, UnicodeError) as error:
            raise _failed(place, query, error) from None
        yield path, replace(mapping, format="csv", encoding="utf-8", delimiter=",", sheet="")


def _url(url: str) -> URL:
    try:
        place = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ImportRefused("intake.url.unreadable") from error
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").is_file():
        raise ImportRefused("intake.file.unreadable", file=place.database)
    return place


def _statement(query: Path) -> TextClause:
    try:
        statement = text(query.read_text(encoding="utf-8-sig").strip().rstrip(";"))
    except (OSError, UnicodeDecodeError) as error:
        raise ImportRefused("intake.file.unreadable", file=query) from error
    for name in _parameters(statement):
        if name != SINCE:
            raise ImportRefused("intake.url.parameter", query=query.name, name=name)
    return statement


def _parameters(statement: TextClause) -> list[str]:
    return list(statement.compile().params)


def _engine(place: URL, mapping: Mapping) -> Engine:
    """An engine that only reads, and waits no longer than it should."""
    backend = place.get_backend_name()
    if backend == "postgresql":
        options = (
            f"-c statement_timeout={QUERY_SECONDS * 1000} -c default_transaction_read_only=on"
            f" -c timezone={mapping.zone.key}"
        )
        if place.drivername == "postgresql":
            place = place.set(drivername="postgresql+psycopg")
        arguments: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "options": options}
    elif backend in ("mysql", "mariadb"):
        arguments = {"connect_timeout": CONNECT_SECONDS}
    else:
        arguments = {}
    return create_engine(place, connect_args=arguments)


def _spool(
    engine: Engine, statement: TextClause, path: Path, mapping: Mapping, since: datetime
) -> None:
    """Write the rows as CSV; memory holds a thousand of them at most."""
    values = {SINCE: _since(engine, since, mapping)} if _parameters(statement) else {}
    with engine.connect() as conn:
        if engine.dialect.name == "sqlite":
            conn.exec_driver_sql("PRAGMA query_only=ON")
        told = conn.execution_options(yield_per=ROWS_AT_A_TIME).execute(statement, values)
        header = list(told.keys())
        reads = [clean(name) in mapping.their_names for name in header]
        with path.open("x", encoding="utf-8", newline="") as file:
            path.chmod(0o600)
            writer = csv.writer(file)
            writer.writerow(header)
            for row in told:
                writer.writerow(
                    _plain(value) if is_read else ""
                    for value, is_read in zip(row, reads, strict=True)
                )
        conn.rollback()


def _since(engine: Engine, since: datetime, mapping: Mapping) -> datetime | str:
    """The time as the other database compares it: with a zone, or by the clock of the mapping."""
    if engine.dialect.name == "postgresql":
        return since
    local = since.astimezone(mapping.zone).replace(tzinfo=None)
    return local.isoformat(" ", "seconds") if engine.dialect.name == "sqlite" else local


def _plain(value: object) -> str:
    """A value as the text of a file: numbers without an exponent, times in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _name(place: URL, query: Path) -> str:
    """What the import is known by: the query, and where it was asked; never a password."""
    where = f"{place.host or ''}/{Path(place.database or '').name}".strip("/")
    return f"{query.name}@{where.replace('/', '_')}"


def _failed(place: URL, query: Path, error: Exception) -> ImportRefused:
    if isinstance(error, NoSuchModuleError | ImportError):
        return ImportRefused("intake.url.no_driver", driver=place.drivername)
    why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    if place.password:
        why = why.replace(str(place.password), "***")
    return ImportRefused(
        "intake.url.failed", url=place.render_as_string(), query=query.name, why=quoted(why)
    )
