"""Comparisons 环比 同比: the same length of an earlier time, to date, and what changed."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Literal

from holidays import country_holidays
from sqlalchemy import Connection, func, select

from data.config import settings
from data.metrics.figure import PERCENTS, Figure, Question
from data.periods import TEN_DAYS_BEGIN
from data.schema import live_cases

LONGEST = timedelta(days=366)  # a longer window has nothing to be compared with
NEAR_FESTIVAL = timedelta(days=30)
KNOWN_FESTIVALS = range(1950, 2101)  # by the calendar of `holidays`
FESTIVAL = "Chinese New Year (Spring Festival)"


class Against(StrEnum):
    """With what a window is compared."""

    PERIOD_BEFORE = "period_before"  # 环比
    YEAR_BEFORE = "year_before"  # 同比
    FESTIVAL_BEFORE = "festival_before"  # 同比, the Spring Festivals laid upon each other


@dataclass(frozen=True, slots=True)
class Change:
    """A figure against an earlier one.

    `points` is a difference of shares, `share` a relative change of a count. A count that was 0
    has none of it: `from_zero`. `nothing`: there is nothing to compare with.
    """

    kind: Literal["points", "share", "from_zero", "nothing"]
    amount: Fraction | None = None
    is_better: bool | None = None  # None: no direction is better, or nothing changed


NOTHING = Change("nothing")


def earlier(question: Question, against: Against) -> Question | None:
    """The question one period or year before. None for a window over twelve months.

    As-of moves along: both windows are seen to the same date of theirs, and later closings have
    had the same time.
    """
    if question.end - question.start > LONGEST:
        return None
    start, end = (_moved(at, question, against) for at in (question.start, question.end))
    as_of = start + (question.as_of - question.start)
    return replace(question, start=start, end=end, as_of=as_of)


def is_known(conn: Connection, question: Question) -> bool:
    """Whether the records reach back to the beginning of a window; else it is no base."""
    first = conn.execute(select(func.min(live_cases.c.opened_at))).scalar()
    return first is not None and first <= question.start


def is_near_festival(question: Question) -> bool:
    """Whether a day of the window lies within 30 days of a Spring Festival."""
    start, end = (at.astimezone(settings().zone).date() for at in (question.start, question.end))
    year = _festival_year(question)
    if year - 1 not in KNOWN_FESTIVALS or year not in KNOWN_FESTIVALS:
        return False
    first = festival(year)
    return start <= first + NEAR_FESTIVAL and end > first - NEAR_FESTIVAL


def _festival_year(question: Question) -> int:
    """The year of the Spring Festival next to the beginning of a window."""
    start = question.start.astimezone(settings().zone).date()
    known = [year for year in (start.year, start.year + 1) if year in KNOWN_FESTIVALS]
    return min(known, key=lambda year: abs(festival(year) - start), default=start.year)


def change(now: Figure, before: Figure | None) -> Change:
    """What became of a figure, and whether that is better by the direction of its metric."""
    if before is None or now.value is None or before.value is None:
        return NOTHING
    if now.metric.unit == "days":  # since something: no count of a window
        return NOTHING
    if now.metric.unit in PERCENTS:
        amount = _share(now) - _share(before)
        return Change("points", amount, _is_better(now, amount))
    difference = Fraction(now.value) - Fraction(before.value)
    if before.value == 0:
        return Change("from_zero", None, _is_better(now, difference))
    return Change("share", difference / Fraction(before.value), _is_better(now, difference))


def _share(figure: Figure) -> Fraction:
    return Fraction(figure.numerator or 0, figure.denominator or 1)


def _is_better(figure: Figure, difference: Fraction) -> bool | None:
    if difference == 0 or figure.metric.better not in ("higher", "lower"):
        return None
    return (difference > 0) == (figure.metric.better == "higher")


def _moved(instant: datetime, question: Question, against: Against) -> datetime:
    """An instant of the window, one period or year earlier; whole days of the centre's zone."""
    local = instant.astimezone(settings().zone)
    if against is Against.YEAR_BEFORE:
        return _at(_a_year_before(local.date()), local)
    if against is Against.FESTIVAL_BEFORE:
        year = _festival_year(question)
        return _at(local.date() - (festival(year) - festival(year - 1)), local)
    start, end = (at.astimezone(settings().zone) for at in (question.start, question.end))
    if months := _whole_months(start, end):
        return _at(_months_before(local.date(), months), local)
    if _are_ten_days(start, end):
        return _at(_ten_days_before(local.date()), local)
    return _at(local.date() - _days(start, end), local)


def _days(start: datetime, end: datetime) -> timedelta:
    """The days of a window, a part of a day counted as one."""
    days = end.date() - start.date()
    return days if end.timetz() == start.timetz() and days else days + timedelta(days=1)


def _whole_months(start: datetime, end: datetime) -> int:
    """How many calendar months a window is; 0 for one that is not of whole months."""
    if any(at.day != 1 or at.time() != time() for at in (start, end)):
        return 0
    return (end.year - start.year) * 12 + end.month - start.month


def _are_ten_days(start: datetime, end: datetime) -> bool:
    """Whether a window is one of the three parts of a month 旬; the last is of 8 to 11 days."""
    is_whole = start.time() == end.time() == time()
    return is_whole and start.day in TEN_DAYS_BEGIN and _ten_days_before(end.date()) == start.date()


def _ten_days_before(begin: date) -> date:
    """The beginning of the part of a month before the one that begins on a day."""
    if begin.day not in TEN_DAYS_BEGIN:
        return begin
    place = TEN_DAYS_BEGIN.index(begin.day)
    month = _months_before(begin, 1) if place == 0 else begin
    return month.replace(day=TEN_DAYS_BEGIN[place - 1])


def _months_before(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, day.day)


def _a_year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year - 1, 2, 28) if is_leap_day else day.replace(year=day.year - 1)


def _at(day: date, time_of: datetime) -> datetime:
    return datetime.combine(day, time_of.time(), settings().zone).astimezone(UTC)


@cache
def festival(year: int) -> date:
    """The first day of the Spring Festival, the first of the first lunar month."""
    return min(country_holidays("CN", years=year, language="en_US").get_named(FESTIVAL))
