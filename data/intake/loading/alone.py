"""One import or undoing at a time, and the next one told at once instead of made to wait."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from data.intake.loading.batch import lock
from data.terms import ImportRefused


@contextmanager
def importing(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nobody else imports or takes back. Raises ImportRefused if one does.

    It may be rolled back inside, where nothing is to be stored.
    Whoever does something else to SQLite meanwhile waits, as for every writer.
    """
    with _alone(engine), engine.connect() as conn:
        lock(conn)
        yield conn
        conn.commit()


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold a file beside the SQLite database: its own lock would make the second import wait.

    The hold ends with its process. PostgreSQL has a lock of its own that does not wait.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:":
        yield
        return
    with open(f"{os.path.realpath(path)}.import", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ImportRefused("intake.busy") from None
        yield
