"""Connections, and the few places where SQLite and PostgreSQL differ."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Table,
    Text,
    cast,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Looks = Callable[[], AbstractContextManager[Connection]]  # each opens one moment of the database

# Advisory locks of PostgreSQL: what only one may do at a time.
SEALING, IMPORTING, KEEPING, NUMBERING = range(7236001, 7236005)

ROWS_ANALYZED = 1000  # of each index of SQLite; PostgreSQL chooses itself

# Below this version two connections can lose rows in write-ahead mode (the WAL-reset fault).
WAL_IS_SAFE_FROM = (3, 51, 3)


class Instant(TypeDecorator[datetime]):
    """An aware datetime: TIMESTAMPTZ in PostgreSQL, microseconds since 1970 UTC in SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of each database."""
        native = BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(native)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuses a naive time: nobody knows when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return to_microseconds(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always UTC."""
        if value is None:
            return None
        return from_microseconds(value) if isinstance(value, int) else value.astimezone(UTC)


def to_microseconds(instant: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (instant - EPOCH) // MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The UTC instant that many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=count)


def connect(url: str) -> Engine:
    """An engine for a database URL, set up as this project needs it.

    SQLite: every transaction begins IMMEDIATE, so that nobody reads, is overtaken, and writes.
    PostgreSQL: a dead connection is noticed before use; statements and locks have time limits.
    Raises ArgumentError for a URL that names neither.
    """
    backend = make_url(url).get_backend_name()
    if backend == "sqlite":
        return _connect_sqlite(url)
    if backend != "postgresql":
        raise ArgumentError(f"{backend} is neither sqlite nor postgresql")
    options = "-c statement_timeout=60000 -c lock_timeout=10000 -c timezone=UTC"
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=5,
        connect_args={"connect_timeout": 3, "options": options},
    )


def _connect_sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False})
    mode = "WAL" if is_wal_safe() else "TRUNCATE"

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's own BEGIN below
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA recursive_triggers=ON")  # REPLACE must not slip past a trigger
        connection.execute("PRAGMA mmap_size=0")
        connection.execute("PRAGMA cache_size=-65536")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def is_wal_safe() -> bool:
    """Whether this SQLite may use write-ahead mode."""
    return sqlite3.sqlite_version_info >= WAL_IS_SAFE_FROM


def reading(engine: Engine) -> Engine:
    """The same database for reads: on SQLite readers then do not queue behind one another."""
    return engine.execution_options(reads_only=True)


def snapshot(engine: Engine) -> Engine:
    """The same database for a long look at one moment of it, while others write."""
    if engine.dialect.name == "sqlite":
        return reading(engine)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def one_moment(conn: Connection) -> Looks:
    """Looks that all see what a connection sees."""
    return lambda: nullcontext(conn)


def is_sqlite(conn: Connection) -> bool:
    """Whether this is the embedded database."""
    return conn.dialect.name == "sqlite"


def insert_or_update(
    conn: Connection, table: Table, values: dict[str, object], changes: dict[str, object]
) -> sqlite.Insert | postgresql.Insert:
    """A statement that adds a row, or changes the one that has its key."""
    insert = sqlite.insert if is_sqlite(conn) else postgresql.insert
    statement = insert(table).values(values)
    return statement.on_conflict_do_update(index_elements=[*table.primary_key], set_=changes)


def refresh_statistics(conn: Connection) -> None:
    """Let the planner know what a bulk load changed; without it both databases pick poor plans.

    A look at some rows of each table and index, which does not grow with them.
    """
    if is_sqlite(conn):
        conn.exec_driver_sql(f"PRAGMA analysis_limit={ROWS_ANALYZED}")
    conn.exec_driver_sql("ANALYZE")


def log_position(conn: Connection) -> str:
    """PostgreSQL: while this text stands nothing was written that could be seen. Else "".

    The end of the write-ahead log, and the snapshot: a commit is in the log before it is seen.
    """
    if is_sqlite(conn):
        return ""
    told = func.pg_current_wal_insert_lsn(), cast(func.pg_current_snapshot(), Text)
    return " ".join(map(str, conn.execute(select(*told)).one()))


def journal_mark(conn: Connection, journal: Table) -> Column[Any]:
    """The column by which a journal can be read without missing a late commit."""
    return journal.c.event_id if is_sqlite(conn) else journal.c.xid


def journal_horizon(conn: Connection, journal: Table) -> int:
    """The mark below which no row can still appear: everything under it may be folded."""
    if is_sqlite(conn):
        return (conn.execute(select(func.max(journal.c.event_id))).scalar_one() or 0) + 1
    horizon = func.pg_snapshot_xmin(func.pg_current_snapshot())
    return int(conn.execute(select(cast(cast(horizon, Text), BigInteger))).scalar_one())
