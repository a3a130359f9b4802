"""When the demo cases arrive: by hour, weekday, holiday and season, each channel in its own way."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate
from math import cos, pi
from random import Random

from holidays import country_holidays

HOUR, DAY = 3600, 86400
WORKING, WEEKEND, HOLIDAY = "working", "weekend", "holiday"
GROWTH = 0.15  # how much busier the last day is than the first
SWING = 0.10  # the busiest season above the mean, in July


def _hours(*thirds: str) -> tuple[int, ...]:
    return tuple(int(weight) for third in thirds for weight in third.split())


# How much of a day's work is done before each hour of it.
WORK = _hours("1 1 1 1 1 1 2 6", "50 95 110 80 24 22 70 100", "110 80 34 16 10 6 3 2")
OFFICE = tuple(accumulate(WORK, initial=0))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A channel's share of all cases, its weekend and holiday against a working day, its hours."""

    share: float
    weekend: float
    holiday: float
    hours: tuple[int, ...]


RHYTHMS = {  # hours in three lines: night to morning, day, evening
    "grid": Rhythm(
        0.785,
        0.45,
        0.25,
        _hours("1 1 1 1 1 2 6 20", "55 80 74 48 22 26 58 76", "66 40 20 12 8 5 3 2"),
    ),
    "residents": Rhythm(
        0.095,
        0.75,
        0.6,
        _hours("6 4 3 2 3 5 12 28", "44 52 48 38 30 30 40 44", "42 40 44 48 42 30 18 10"),
    ),
    "police": Rhythm(
        0.062,
        1.15,
        1.1,
        _hours("20 16 12 8 6 6 10 18", "26 28 28 28 26 24 26 28", "30 34 40 46 48 46 38 28"),
    ),
    "whistle": Rhythm(
        0.028,
        0.15,
        0.05,
        _hours("0 0 0 0 0 0 0 4", "30 60 56 30 6 10 50 58", "40 14 4 1 0 0 0 0"),
    ),
    "hotline": Rhythm(
        0.03,
        0.7,
        0.55,
        _hours("3 2 1 1 2 4 10 24", "46 54 50 36 26 28 44 48", "44 36 30 26 20 14 8 5"),
    ),
}


def arrivals(random: Random, cases: int, days: int, as_of: datetime) -> list[tuple[int, str]]:
    """(opening in seconds since 1970, channel) of every case, in order, all before `as_of`."""
    start = int(as_of.timestamp()) - days * DAY
    hours = range(start, start + days * DAY, HOUR)
    calendar = list(_calendar(hours, as_of))
    found: list[tuple[int, str]] = []
    for channel, count in _counts(cases).items():
        rhythm = RHYTHMS[channel]
        of_day = {WORKING: 1.0, WEEKEND: rhythm.weekend, HOLIDAY: rhythm.holiday}
        weights = (rhythm.hours[hour] * of_day[day] * busy for hour, day, busy in calendar)
        chosen = random.choices(hours, cum_weights=list(accumulate(weights)), k=count)
        found += [(hour + random.randrange(HOUR), channel) for hour in chosen]
    return sorted(found)


def _counts(cases: int) -> dict[str, int]:
    counts = {code: round(cases * rhythm.share) for code, rhythm in RHYTHMS.items()}
    counts["grid"] += cases - sum(counts.values())
    return counts


def _calendar(hours: range, as_of: datetime) -> Iterator[tuple[int, str, float]]:
    """Local hour, kind of day, and how busy the season is, for every hour."""
    years = range(as_of.year - len(hours) // 8760 - 1, as_of.year + 2)
    holidays = country_holidays("CN", years=years, language="zh_CN")

    @cache
    def kind(day: date) -> str:
        if holidays.is_working_day(day):
            return WORKING
        return HOLIDAY if day in holidays else WEEKEND

    for hour in hours:
        local = datetime.fromtimestamp(hour + HOUR // 2, as_of.tzinfo)
        grown = 1 + GROWTH * (hour - hours.start) / (hours.stop - hours.start)
        season = 1 + SWING * cos(2 * pi * (local.timetuple().tm_yday - 200) / 365)
        yield local.hour, kind(local.date()), grown * season


def at_office(at: int, offset: timedelta) -> int:
    """An instant of the same day when offices are likely to work; never changes an order."""
    of_day = (at + int(offset.total_seconds())) % DAY
    reached = of_day / DAY * OFFICE[-1]
    hour = bisect_right(OFFICE, reached) - 1
    part = (reached - OFFICE[hour]) / (OFFICE[hour + 1] - OFFICE[hour])
    return at - of_day + int((hour + part) * HOUR)
