"""Backups of the embedded database: SQLite's own copy, which waits for no writer to be done."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Connection

from data.backups.files import place

HEADER = b"SQLite format 3\x00"
COMPANIONS = ("-journal", "-wal", "-shm")  # without its own, a file is not what it was


def is_copy(path: Path) -> bool:
    """Whether a file is an SQLite database."""
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER


def copy_out(conn: Connection, part: Path) -> None:
    """Write the database, as it is at one moment, into a file."""
    copy = sqlite3.connect(part)
    try:
        source = conn.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        source.backup(copy)  # all pages in one step: writers wait, and it never starts anew
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, whatever mode the source is in
    finally:
        copy.close()


def put_in_place(part: Path, target: Path, aside: Path) -> None:
    """Let a file be the database; the one that was there lies aside, with its companions."""
    for companion in ("", *COMPANIONS):
        old = target.with_name(target.name + companion)
        if old.exists():
            os.replace(old, aside.with_name(aside.name + companion))
    place(part, target)
