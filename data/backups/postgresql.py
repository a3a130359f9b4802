"""Backups of PostgreSQL without its tools: every table by COPY, from one snapshot, in one archive.

The marks of the journals are transaction numbers of one server. They are written down relative to
the snapshot, so that on any other server they lie before everything that is written there.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import psycopg
from sqlalchemy import BigInteger, Connection, Select, Table, Text, cast, func, inspect, select
from sqlalchemy.dialects import postgresql

from data.backups.files import CHUNK
from data.migrations import migrate, revision
from data.schema import audit_events, case_events, checkpoints, metadata, seals
from data.terms import Refused

CONTENTS = "contents.json"
MARKS = {
    case_events.c.xid,
    audit_events.c.xid,
    seals.c.from_mark,
    seals.c.to_mark,
    checkpoints.c.mark,
}


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds: the schema it is of, and the columns of each table in their order."""

    product: str
    revision: str
    tables: dict[str, list[str]]


def is_copy(path: Path) -> bool:
    """Whether a file is such an archive."""
    try:
        with ZipFile(path) as archive:
            return CONTENTS in archive.namelist()
    except BadZipFile:
        return False


def copy_out(conn: Connection, part: Path) -> None:
    """Write the database, as it is at one moment, into a file."""
    conn.execute(select(func.set_config("statement_timeout", "0", True)))
    newest = func.pg_snapshot_xmax(func.pg_current_snapshot())
    horizon = int(conn.execute(select(cast(cast(newest, Text), BigInteger))).scalar_one())
    tables = metadata.sorted_tables  # what is referred to comes first
    columns = {table.name: [column.name for column in table.c] for table in tables}
    contents = Contents("yiping", revision(conn), columns)
    with ZipFile(part, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(CONTENTS, json.dumps(asdict(contents)))
        for table in tables:
            with archive.open(table.name, "w", force_zip64=True) as file:
                _copy_table(conn, _rows(table, horizon), file)


def _rows(table: Table, horizon: int) -> Select[Any]:
    return select(*((c - horizon).label(c.name) if c in MARKS else c for c in table.c)).order_by(
        *table.primary_key
    )


def _copy_table(conn: Connection, rows: Select[Any], file: IO[bytes]) -> None:
    query = rows.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    with _cursor(conn) as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        for chunk in copy:
            file.write(chunk)


def _cursor(conn: Connection) -> psycopg.Cursor[Any]:
    driver = conn.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.cursor()


def copy_in(conn: Connection, path: Path) -> None:
    """Fill an empty database from an archive. Raises Refused for one that holds anything."""
    if inspect(conn).get_table_names():
        raise Refused("backup.not_empty")
    conn.execute(select(func.set_config("statement_timeout", "0", True)))
    with ZipFile(path) as archive:
        contents = Contents(**json.loads(archive.read(CONTENTS)))
        migrate(conn, contents.revision)
        for table, columns in contents.tables.items():
            with archive.open(table) as file:
                _fill_table(conn, table, columns, file)
    migrate(conn)
    _go_on_counting(conn)


def _fill_table(conn: Connection, table: str, columns: list[str], file: IO[bytes]) -> None:
    quoted = conn.dialect.identifier_preparer.quote
    into = f"{quoted(table)} ({', '.join(map(quoted, columns))})"
    with _cursor(conn) as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for chunk in _chunks(file):
            copy.write(chunk)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _go_on_counting(conn: Connection) -> None:
    """Keys handed out from now on come after the ones that are there."""
    for table in metadata.sorted_tables:
        for key in table.primary_key:
            if isinstance(key.type, BigInteger):
                sequence = func.pg_get_serial_sequence(table.name, key.name)
                last = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
                conn.execute(select(func.setval(sequence, last, False)))
