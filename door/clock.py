"""The one clock of the screens."""

from datetime import UTC, datetime, timedelta

from data.config import settings
from data.db import EPOCH


def now() -> datetime:
    """The time figures are taken at, UTC: all sessions see the same one for a whole clock step."""
    step = timedelta(seconds=settings().refresh.clock_step_seconds)
    exact = exact_now()
    return exact - (exact - EPOCH) % step


def exact_now() -> datetime:
    """The time things happen at, UTC."""
    return datetime.now(UTC)
