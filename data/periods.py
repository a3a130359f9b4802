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
    """The period of a name at an instant. Periods that go on end at the end of today."""
    local = now.astimezone(settings().zone)
    end = midnight(now, 1)
    if name == "today":
        return Period(name, midnight(now), end)
    if name == "this_week":
        return Period(name, midnight(now, -local.weekday()), end)
    if name == "last_30_days":
        return Period(name, midnight(now, -29), end)
    this_month = midnight(now, 1 - local.day)
    if name == "last_month":
        return Period(name, _month_before(this_month), this_month)
    return Period("this_month", this_month, end)


def _month_before(month_start: datetime) -> datetime:
    last_day = midnight(month_start, -1)
    return midnight(last_day, 1 - last_day.astimezone(settings().zone).day)


def same_span_before(window: Period, now: datetime) -> Period:
    """The period before, cut to the same elapsed length, so that like is compared with like."""
    elapsed = min(window.end, now) - window.start
    if window.name in ("this_month", "last_month"):
        start = _month_before(window.start)
        elapsed = min(elapsed, window.start - start)
    else:
        start = window.start - (window.end - window.start)
    return Period(window.name, start, start + elapsed)
