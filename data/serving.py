"""One server a SQLite file: any number of processes may write, but two servers are a mistake."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import make_url

from data.terms import Refused


@contextmanager
def serving_alone(url: str) -> Iterator[None]:
    """Hold the right to serve a database while serving; PostgreSQL has room for many.

    Raises Refused if another server of this machine holds it. The right ends with its process.
    """
    path = make_url(url).database
    if make_url(url).get_backend_name() != "sqlite" or not path or path == ":memory:":
        yield
        return
    with open(f"{path}.server", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "?"
            raise Refused("database.served_twice", path=path, holder=holder) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
