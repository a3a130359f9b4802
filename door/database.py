"""The database of this process, and what it means that it does not answer."""

from functools import cache

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from data.config import settings
from data.db import connect, snapshot
from data.db import reading as reading_of

NOT_ANSWERING = (OperationalError, InterfaceError, TimeoutError)


@cache
def engine() -> Engine:
    """For changes."""
    return connect(settings().database_url)


@cache
def reading() -> Engine:
    """For reads: on SQLite readers then do not queue behind one another."""
    return reading_of(engine())


@cache
def looking() -> Engine:
    """For reads that belong together: they see one moment of the database."""
    return snapshot(engine())
