"""What a running server does by itself: start and stop on record, journals sealed, rollups kept."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from data.config import settings
from data.config_record import note_settings
from data.journal import audit
from data.sealing import seal_all
from data.terms import Refused
from door import rollups
from door.clock import exact_now
from door.database import NOT_ANSWERING, engine

log = logging.getLogger("yiping.keeping")
SERVER = "server"  # who does it, in the audit


@contextmanager
def on_record() -> Iterator[None]:
    """Record the start, seal and keep the rollups from time to time, record the stop."""
    _record(is_start=True)
    rollups.begin()
    ends = Event()
    sealing = Thread(target=_seal_until, args=(ends,), daemon=True)
    sealing.start()
    try:
        yield
    finally:
        ends.set()
        _record(is_start=False)


def _record(is_start: bool) -> None:
    """A server also starts beside a database that does not answer, to say so on every screen."""
    try:
        with engine().begin() as conn:
            audit(conn, SERVER, "start" if is_start else "stop", exact_now())
            if is_start:
                note_settings(conn, SERVER, exact_now())
    except NOT_ANSWERING as failure:
        log.warning("start or stop is not on record: %s", type(failure).__name__)


def _seal_until(ends: Event) -> None:
    while not ends.wait(settings().audit.fold_minutes * 60):
        seal()


def seal() -> None:
    """Seal what was written, put the day's heads in their second place, and keep the rollups."""
    try:
        seal_all(engine(), exact_now(), settings().audit.heads_place)
    except NOT_ANSWERING as failure:
        log.warning("nothing was sealed: %s", type(failure).__name__)
    except Refused as refusal:
        log.error("%s", refusal)
    try:
        rollups.keep_checkpoint()
    except NOT_ANSWERING as failure:
        log.warning("the rollups are not kept: %s", type(failure).__name__)
