"""Windows of time by name, in the centre's zone; they roll over at midnight."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data.config import settings

PERIODS = ("today", "this_week", "this_month", "last_month", "last_30_days")


@dataclass(frozen=True, slots=True)
class Period:
    """A named half-open window; instants are UTC."""

    name: str
    start: datetime
    end: datetime


def midnight(instant: datetime, days: int = 0) -> datetime:
    """The midnight that began the centre's day of an instant, moved by whole days; UTC."""
    local = instant.astimezone(settings().zone)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return (day + timedelta(days=days)).replace(tzinfo=settings().zone).astimezone(UTC)


def period(name: str, now: datetime) -> Period:
    """The period of a name at an instant; one that goes on ends when it will have ended."""
    local = now.astimezone(settings().zone)
    if name == "today":
        return Period(name, midnight(now), midnight(now, 1))
    if name == "this_week":
        return Period(name, midnight(now, -local.weekday()), midnight(now, 7 - local.weekday()))
    if name == "last_30_days":
        return Period(name, midnight(now, -29), midnight(now, 1))
    this_month = midnight(now, 1 - local.day)
    if name == "last_month":
        return Period(name, _month_of(midnight(this_month, -1)), this_month)
    return Period("this_month", this_month, _month_of(midnight(this_month, 32)))


def _month_of(instant: datetime) -> datetime:
    """The midnight that began the centre's month of an instant."""
    return midnight(instant, 1 - instant.astimezone(settings().zone).day)
