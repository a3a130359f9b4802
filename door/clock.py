"""The one clock of the screens."""

from datetime import UTC, datetime


def exact_now() -> datetime:
    """The time things happen at, UTC."""
    return datetime.now(UTC)
