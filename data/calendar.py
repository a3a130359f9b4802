"""Working time: which days are worked, and when n working hours or days have passed.

The rules are the working-clock row of the definitions: windows such as 09:00-12:00 and 14:00-18:00,
half-open; what arrives outside them counts as arriving at the next opening.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays
from holidays.countries.china import ChinaStaticHolidays

Windows = tuple[tuple[time, time], ...]  # opening and closing, in order, within one day
# Opening and closing of each window of a year, and the working time of all windows before it.
Timetable = tuple[tuple[datetime, ...], tuple[datetime, ...], tuple[timedelta, ...]]

DAYS_OF_A_NOTICE = 20  # holidays on weekdays and make-up days that a year's notice names at least

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


class LimitUnit(StrEnum):
    """What the limit of a category is counted in."""

    WORKING_HOURS = "working_hours"  # 工作时
    WORKING_DAYS = "working_days"  # 工作日
    URGENT_HOURS = "urgent_hours"  # 紧急工作时: 60 minutes each, round the clock
    URGENT_DAYS = "urgent_days"  # 紧急工作日: 24 hours each, round the clock


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a category may take, on its own clock."""

    amount: int
    unit: LimitUnit


def holiday_name(day: date, language: str) -> str:
    """What a day off is called in a language ("zh_CN"); "" for a day that is no holiday."""
    return str(_law(day.year, language).get(day) or "")


@cache
def is_published(year: int) -> bool:
    """Whether the State Council's notice of a year's holidays and make-up days is known here."""
    return year in ChinaStaticHolidays.special_public_holidays


@dataclass(slots=True)
class WorkingCalendar:
    """The working windows of a centre as instants, worked out year by year as they are asked for.

    `days` says of single days whether they are worked; it wins over holidays and weekdays.
    """

    zone: ZoneInfo
    windows: Windows
    days: Mapping[date, bool] = field(default_factory=dict)
    _starts: list[datetime] = field(default_factory=list)
    _ends: list[datetime] = field(default_factory=list)
    _worked: list[timedelta] = field(default_factory=list)  # working time before each window
    _years: range = range(0)

    def is_working_day(self, day: date) -> bool:
        """The day table, else the published holidays and make-up days, else Monday to Friday."""
        said = self.days.get(day)
        return _is_worked_by_law(day) if said is None else said

    def due(self, start: datetime, limit: Limit) -> datetime:
        """When a limit that starts then has passed, as a UTC instant."""
        if limit.unit is LimitUnit.URGENT_HOURS:
            return start + timedelta(hours=limit.amount)
        if limit.unit is LimitUnit.URGENT_DAYS:
            return start + timedelta(hours=24 * limit.amount)
        if limit.unit is LimitUnit.WORKING_HOURS:
            return self.add(start, timedelta(hours=limit.amount))
        return self._closing_after(start, limit.amount)

    def add(self, start: datetime, worked: timedelta) -> datetime:
        """The first instant when that much working time has passed since a start."""
        self._know(start)
        total = self._total(start) + worked
        while not self._ends or self._total_known() < total:
            self._know_year(self._years.stop)
        if worked == _NOTHING:
            return self._arrival(start)
        place = _last_below(self._worked, total)
        return self._starts[place] + (total - self._worked[place])

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two instants; zero where the end is not later."""
        self._know(start)
        self._know(end)
        return max(self._total(end) - self._total(start), _NOTHING)

    def years(self, first: datetime, last: datetime) -> list[Timetable]:
        """The windows of each year from that of an instant to that of another."""
        start, end = (instant.astimezone(self.zone).year for instant in (first, last))
        return [self._year(year) for year in range(start, end + 1)]

    def unpublished_years(self, start: datetime, end: datetime) -> list[int]:
        """Years between two instants whose calendar is only guessed: statutory days, Mon-Fri."""
        first, last = (instant.astimezone(self.zone).year for instant in (start, end))
        told = Counter(day.year for day in self.days)
        return [
            year
            for year in range(first, last + 1)
            if not is_published(year) and told[year] < DAYS_OF_A_NOTICE
        ]

    def _closing_after(self, start: datetime, count: int) -> datetime:
        """Closing time of the count-th working day after the day of arrival."""
        day = self._arrival(start).astimezone(self.zone).date()
        for _ in range(count):
            day = next(self._working_days(day + _DAY))
        return self._instant(day, self.windows[-1][1])

    def _arrival(self, start: datetime) -> datetime:
        """The instant itself within working time, else the next opening."""
        self._know(start)
        place = bisect_right(self._ends, start)
        while place == len(self._ends):
            self._know_year(self._years.stop)
        return max(start, self._starts[place]).astimezone(UTC)

    def _working_days(self, day: date) -> Iterator[date]:
        while True:
            if self.is_working_day(day):
                yield day
            day += _DAY

    def _total(self, instant: datetime) -> timedelta:
        """Working time from the first window known until an instant."""
        place = bisect_right(self._starts, instant) - 1
        if place < 0:
            return _NOTHING
        return self._worked[place] + min(instant, self._ends[place]) - self._starts[place]

    def _total_known(self) -> timedelta:
        return self._worked[-1] + self._ends[-1] - self._starts[-1]

    def _know(self, instant: datetime) -> None:
        """Work out every year from the first asked for to that of an instant."""
        year = instant.astimezone(self.zone).year
        if not self._years:
            self._years = range(year, year)
        elif year < self._years.start:
            self._forget(year)
        while self._years.stop <= year:
            self._know_year(self._years.stop)

    def _forget(self, first_year: int) -> None:
        """Begin again at an earlier year."""
        last = self._years.stop
        for known in (self._starts, self._ends, self._worked):
            known.clear()
        self._years = range(first_year, first_year)
        while self._years.stop < last:
            self._know_year(self._years.stop)

    def _know_year(self, year: int) -> None:
        starts, ends, worked = self._year(year)
        before = self._total_known() if self._ends else _NOTHING
        self._starts += starts
        self._ends += ends
        self._worked += [before + own for own in worked]
        self._years = range(self._years.start, year + 1)

    def _year(self, year: int) -> Timetable:
        said = tuple((day, is_worked) for day, is_worked in self.days.items() if day.year == year)
        return _windows_of(year, self.zone, self.windows, said)

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


@lru_cache(maxsize=64)
def _windows_of(
    year: int, zone: ZoneInfo, windows: Windows, said: tuple[tuple[date, bool], ...]
) -> Timetable:
    """The windows of one year; asked for with every action, and the same until a day is changed."""
    calendar, day, worked = WorkingCalendar(zone, windows, dict(said)), date(year, 1, 1), _NOTHING
    told: list[tuple[datetime, datetime, timedelta]] = []
    while day.year == year:
        if calendar.is_working_day(day):
            for opening, closing in windows:
                start, end = calendar._instant(day, opening), calendar._instant(day, closing)
                told.append((start, end, worked))
                worked += end - start
        day += _DAY
    starts, ends, sums = zip(*told, strict=True) if told else ((), (), ())
    return starts, ends, sums


def _last_below(sums: Sequence[timedelta], total: timedelta) -> int:
    """The last place whose sum is less than a total: there the total is reached."""
    return bisect_left(sums, total) - 1


@cache
def _is_worked_by_law(day: date) -> bool:
    return _law(day.year).is_working_day(day)


@cache
def _law(year: int, language: str | None = None) -> HolidayBase:
    return country_holidays("CN", years=year, language=language)
