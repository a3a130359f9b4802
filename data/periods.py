"""Windows of time by name, in the centre's zone; they roll over at midnight."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from data.config import settings

PERIODS = (
    "today",
    "this_week",
    "last_week",
    "this_ten_days",
    "last_ten_days",
    "this_month",
    "last_month",
    "last_30_days",
)
TEN_DAYS_BEGIN = (1, 11, 21)  # a month has three 旬; the last goes on to its end


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
        passed = (local.weekday() - settings().calendar.first_weekday) % 7
        return Period(name, midnight(now, -passed), midnight(now, 7 - passed))
    if name == "last_week":
        return Period(name, *_before("this_week", now))
    if name == "this_ten_days":
        return Period(name, *_ten_days(now))
    if name == "last_ten_days":
        return Period(name, *_before("this_ten_days", now))
    if name == "last_30_days":
        return Period(name, midnight(now, -29), midnight(now, 1))
    this_month = midnight(now, 1 - local.day)
    if name == "last_month":
        return Period(name, _month_of(midnight(this_month, -1)), this_month)
    return Period("this_month", this_month, _month_of(midnight(this_month, 32)))


def days(first: date, last: date) -> Period:
    """The whole days from a first to a last one, in the centre's zone."""
    start = datetime.combine(first, time(), settings().zone).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), settings().zone).astimezone(UTC)
    return Period("days", start, end)


def _before(name: str, now: datetime) -> tuple[datetime, datetime]:
    """The period of a name that ended when the present one began."""
    begun = period(name, now).start
    return period(name, midnight(begun, -1)).start, begun


def _ten_days(now: datetime) -> tuple[datetime, datetime]:
    """The 旬 of an instant: the 1st to the 10th, the 11th to the 20th, the 21st to the end."""
    day = now.astimezone(settings().zone).day
    first = max(begin for begin in TEN_DAYS_BEGIN if begin <= day)
    start = midnight(now, first - day)
    is_last = first == TEN_DAYS_BEGIN[-1]
    return start, _month_of(midnight(start, 15)) if is_last else midnight(start, 10)


def _month_of(instant: datetime) -> datetime:
    """The midnight that began the centre's month of an instant."""
    return midnight(instant, 1 - instant.astimezone(settings().zone).day)
