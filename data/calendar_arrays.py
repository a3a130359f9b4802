"""Working time of many instants at once, by the rules of `data.calendar`.

Instants are int64 microseconds since 1970 UTC, as SQLite holds them.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.calendar import Limit, LimitUnit, WorkingCalendar
from data.db import MICROSECOND, from_microseconds, to_microseconds

Instants = NDArray[np.int64]
HOUR = timedelta(hours=1) // MICROSECOND  # in microseconds
_URGENT = {LimitUnit.URGENT_HOURS: HOUR, LimitUnit.URGENT_DAYS: 24 * HOUR}


class _Windows(NamedTuple):
    """A timetable as arrays: opening and closing, and the working time before each window."""

    starts: Instants
    ends: Instants
    worked: Instants


def due_many(calendar: WorkingCalendar, starts: Instants, limit: Limit) -> Instants:
    """`WorkingCalendar.due` of each start."""
    if limit.unit in _URGENT:
        return starts + limit.amount * _URGENT[limit.unit]
    if not starts.size:
        return starts
    last = calendar.due(_instant(starts.max()), limit)
    windows = _windows(calendar, _instant(starts.min()), last)
    arrived = np.searchsorted(windows.ends, starts, side="right")
    if limit.unit is LimitUnit.WORKING_DAYS:
        windows_a_day = len(calendar.windows)
        day = arrived // windows_a_day + limit.amount
        return windows.ends[(day + 1) * windows_a_day - 1]
    if limit.amount == 0:
        return np.maximum(starts, windows.starts[arrived])
    totals = _totals(windows, starts) + limit.amount * HOUR
    place = np.searchsorted(windows.worked, totals) - 1
    return windows.starts[place] + totals - windows.worked[place]


def worked_many(calendar: WorkingCalendar, starts: Instants, ends: Instants) -> Instants:
    """`WorkingCalendar.worked` between each start and its end, in microseconds."""
    if not starts.size:
        return starts
    first, last = min(starts.min(), ends.min()), max(starts.max(), ends.max())
    windows = _windows(calendar, _instant(first), _instant(last))
    return np.maximum(_totals(windows, ends) - _totals(windows, starts), 0)


def _instant(count: np.int64) -> datetime:
    return from_microseconds(int(count))


def _windows(calendar: WorkingCalendar, first: datetime, last: datetime) -> _Windows:
    years = [(_counts(starts), _counts(ends)) for starts, ends, _ in calendar.years(first, last)]
    starts, ends = (np.concatenate(told) for told in zip(*years, strict=True))
    lengths = ends - starts
    return _Windows(starts, ends, np.cumsum(lengths) - lengths)


@lru_cache(maxsize=128)
def _counts(instants: tuple[datetime, ...]) -> Instants:
    """Microseconds since 1970; asked for again and again for the same few years."""
    return np.array([to_microseconds(at) for at in instants], dtype=np.int64)


def _totals(windows: _Windows, instants: Instants) -> Instants:
    """Working time from the first window known until each instant."""
    place = np.searchsorted(windows.starts, instants, side="right") - 1
    known = np.minimum(instants, windows.ends[place]) - windows.starts[place]
    return np.where(place < 0, 0, windows.worked[place] + known)
