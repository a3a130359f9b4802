"""Whether the data changed, asked at most twice a tick for all; when the database last answered."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from sqlalchemy import Connection, select

from data.config import settings
from data.db import EPOCH
from data.news import Look, looked
from door.clock import exact_now
from door.database import NOT_ANSWERING, reading

log = logging.getLogger("yiping.door")


@dataclass(slots=True)
class _Watch:
    """What this process knows of the database."""

    lock: Lock = field(default_factory=Lock)
    connection: Connection | None = None  # kept open: asking costs a tenth of connecting
    look: Look = field(default_factory=Look)
    changed_at: datetime = EPOCH  # when this process first saw that version
    next_look: float = 0.0  # on the monotonic clock
    last_good: datetime | None = None
    down_since: datetime | None = None


_watch = _Watch()


def current_version() -> int:
    """The version of the data, at most half a tick old."""
    return current_look().version


def current_look() -> Look:
    """What was seen of the data, at most half a tick ago."""
    with _watch.lock:
        if monotonic() >= _watch.next_look:
            look = _looked()
            if look.version != _watch.look.version:
                _watch.changed_at = exact_now()
            _watch.look = look
            _watch.next_look = monotonic() + settings().refresh.tick_seconds / 2
        return _watch.look


def now() -> datetime:
    """The time figures are taken at, UTC: the same for all sessions for a whole clock step.

    A change of the data begins a new one, or what was just done would count only at the next step.
    """
    current_version()
    return max(clock_step(), _watch.changed_at)


def clock_step() -> datetime:
    """When the present clock step began, UTC."""
    step = timedelta(seconds=settings().refresh.clock_step_seconds)
    exact = exact_now()
    return exact - (exact - EPOCH) % step


def look_again() -> None:
    """Ask for the version at the next read: something was changed here."""
    with _watch.lock:  # a look that began before the change must not count
        _watch.next_look = 0.0


def _looked() -> Look:
    try:
        if _watch.connection is None:
            _watch.connection = reading().connect()
        with _watch.connection.begin():
            return looked(_watch.connection, _watch.look)
    except NOT_ANSWERING:
        if _watch.connection is not None:
            _watch.connection.invalidate()
            _watch.connection.close()
            _watch.connection = None
        raise


def answers() -> bool:
    """Whether the database answers a query at this moment."""
    try:
        with reading().connect() as conn:
            conn.execute(select(1))
    except NOT_ANSWERING:
        return False
    return True


def last_good() -> datetime | None:
    """When the database last answered a screen, UTC; None if it never did."""
    return _watch.last_good


def note_answer() -> None:
    """The database answered a screen."""
    if _watch.down_since is not None:
        log.warning("the database answers again, silent since %s", _watch.down_since)
    _watch.last_good, _watch.down_since = exact_now(), None


def is_silent() -> bool:
    """Whether the database did not answer the last screen that asked."""
    return _watch.down_since is not None


def note_silence(failure: Exception) -> datetime:
    """The database did not answer a screen. Returns since when."""
    if _watch.down_since is None:
        _watch.down_since = exact_now()
        log.warning("the database does not answer: %s", failure)
    return _watch.down_since
