"""Whether two cases lie at the same place, and hours of working time, worked out a second time."""

import math
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from holidays import HolidayBase, country_holidays

from data.config import settings

METRES = 50
EARTH_RADIUS = 6_371_000


class Place(NamedTuple):
    """Where a case lies: None or "" where it does not say; `grid` is of the lowest grid level."""

    lon: float | None
    lat: float | None
    address: str  # normalised
    grid: str

    @property
    def is_known(self) -> bool:
        return bool(self.point or self.address or self.grid)

    @property
    def point(self) -> tuple[float, float] | None:
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)


def is_same_place(one: Place, other: Place) -> bool:
    """By the first of coordinates, address and grid that both have."""
    if one.point and other.point:
        return metres(one.point, other.point) <= METRES
    if one.address and other.address:
        return one.address == other.address
    return one.grid != "" and one.grid == other.grid


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great circle between two points, by the haversine."""
    (lon, lat), (other_lon, other_lat) = one, other
    if abs(lat - other_lat) > 0.01:  # over a kilometre; the rest of the sum is slow
        return math.inf
    half_chord = math.hypot(
        math.sin(math.radians(other_lat - lat) / 2),
        math.sin(math.radians(other_lon - lon) / 2)
        * math.sqrt(math.cos(math.radians(lat)) * math.cos(math.radians(other_lat))),
    )
    return 2 * EARTH_RADIUS * math.asin(half_chord)


def normalised(address: str | None) -> str:
    """Letters and numbers alone, in one width and case; two numbers stay apart. "" for nothing."""
    told: list[str] = []
    is_parted = False
    for sign in unicodedata.normalize("NFKC", address or "").casefold():
        if unicodedata.category(sign)[0] not in "LN":
            is_parted = True
            continue
        if is_parted and told and told[-1].isdecimal() and sign.isdecimal():
            told.append("x")
        told.append(sign)
        is_parted = False
    return "".join(told)


def working_hours(start: datetime, end: datetime, said: Mapping[date, bool]) -> float:
    """Working time between two instants, day by day; `said` is the day table."""
    zone = settings().zone
    day, total = start.astimezone(zone).date(), timedelta(0)
    while day <= end.astimezone(zone).date():
        if said.get(day, _is_worked_by_law(day)):
            for opening, closing in settings().calendar.windows:
                since = max(start, datetime.combine(day, opening, zone))
                until = min(end, datetime.combine(day, closing, zone))
                total += max(until - since, timedelta(0))
        day += timedelta(days=1)
    return total.total_seconds() / 3600


@cache
def _is_worked_by_law(day: date) -> bool:
    law = _law(day.year)
    return day in law.weekend_workdays or (day.weekday() < 5 and day not in law)


@cache
def _law(year: int) -> HolidayBase:
    return country_holidays("CN", years=year)
