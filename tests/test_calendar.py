"""Working time, against a model that walks through time minute by minute, and by hand."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.calendar import Limit, LimitUnit, WorkingCalendar, is_published
from data.calendar_arrays import Instants, due_many, worked_many
from data.db import MICROSECOND, to_microseconds
from tests.scale import SIZE

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
WINDOWS = ((time(9), time(12)), (time(14), time(18)))
HOURS, DAYS = LimitUnit.WORKING_HOURS, LimitUnit.WORKING_DAYS
MINUTE = timedelta(minutes=1)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def local(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@pytest.fixture
def shanghai() -> WorkingCalendar:
    return WorkingCalendar(SHANGHAI, WINDOWS)


# Make-up days and holidays around the Spring Festival, from the notices of the State Council.
@pytest.mark.parametrize(
    ("year", "off", "worked"),
    [
        (2024, ["02-10", "02-15", "02-16", "02-17"], ["02-04", "02-18", "02-09", "02-19"]),
        (2025, ["01-28", "02-03", "02-04", "02-01"], ["01-26", "02-08", "01-27", "02-05"]),
        (2026, ["02-16", "02-20", "02-23", "02-15"], ["02-14", "02-28", "02-13", "02-24"]),
    ],
)
def test_the_weeks_of_the_spring_festival(
    shanghai: WorkingCalendar, year: int, off: list[str], worked: list[str]
) -> None:
    assert is_published(year)
    assert not any(shanghai.is_working_day(date.fromisoformat(f"{year}-{day}")) for day in off)
    assert all(shanghai.is_working_day(date.fromisoformat(f"{year}-{day}")) for day in worked)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "due"),
    [
        # 2025-01-24 is a Friday; Sunday the 26th and Monday the 27th are worked, then the festival
        # until Tuesday 02-04; Saturday 02-08 is worked.
        ("2025-01-24 17:00", 1, HOURS, "2025-01-24 18:00"),
        ("2025-01-24 17:00", 2, HOURS, "2025-01-26 10:00"),
        ("2025-01-24 18:00", 1, HOURS, "2025-01-26 10:00"),
        ("2025-01-24 12:00", 1, HOURS, "2025-01-24 15:00"),
        ("2025-01-24 11:30", 1, HOURS, "2025-01-24 14:30"),
        ("2025-01-27 17:30", 7, HOURS, "2025-02-05 17:30"),
        ("2025-01-24 10:00", 1, DAYS, "2025-01-26 18:00"),
        ("2025-01-24 10:00", 3, DAYS, "2025-02-05 18:00"),
        ("2025-01-24 18:00", 1, DAYS, "2025-01-27 18:00"),  # arrives on the 26th
        ("2025-01-29 10:00", 1, DAYS, "2025-02-06 18:00"),  # arrives on 02-05
        ("2025-02-07 09:00", 1, DAYS, "2025-02-08 18:00"),
        ("2024-02-09 17:00", 2, HOURS, "2024-02-18 10:00"),
        ("2026-02-13 16:00", 3, HOURS, "2026-02-14 10:00"),
        ("2026-02-14 16:00", 3, HOURS, "2026-02-24 10:00"),
        ("2025-01-29 10:10", 2, LimitUnit.URGENT_HOURS, "2025-01-29 12:10"),
        ("2025-01-29 10:10", 2, LimitUnit.URGENT_DAYS, "2025-01-31 10:10"),
    ],
)
def test_limits_by_hand(
    shanghai: WorkingCalendar, start: str, amount: int, unit: LimitUnit, due: str
) -> None:
    assert local(shanghai.due(at(start), Limit(amount, unit))) == due


def test_the_day_table_wins_over_holiday_and_weekday() -> None:
    days = {date(2025, 10, 1): True, date(2025, 10, 9): False, date(2025, 10, 12): True}
    calendar = WorkingCalendar(SHANGHAI, WINDOWS, days)

    assert local(calendar.due(at("2025-09-30 18:00"), Limit(7, HOURS))) == "2025-10-01 18:00"
    assert local(calendar.due(at("2025-10-08 18:00"), Limit(1, HOURS))) == "2025-10-10 10:00"
    assert local(calendar.due(at("2025-10-11 10:00"), Limit(1, DAYS))) == "2025-10-12 18:00"


def test_a_year_without_a_published_calendar_is_named() -> None:
    calendar = WorkingCalendar(SHANGHAI, WINDOWS)
    first, last = at("2026-12-30 10:00"), at("2031-01-02 10:00")
    assert calendar.unpublished_years(first, last) == [2027, 2028, 2029, 2030, 2031]
    noticed = {date(2027, 2, day): False for day in range(1, 21)}
    assert 2027 not in WorkingCalendar(SHANGHAI, WINDOWS, noticed).unpublished_years(first, last)
    one_day = WorkingCalendar(SHANGHAI, WINDOWS, {date(2027, 2, 5): False})
    assert 2027 in one_day.unpublished_years(first, last)
    assert not calendar.is_working_day(date(2027, 10, 1))  # statutory
    assert calendar.is_working_day(date(2027, 9, 30))  # a Thursday
    assert not calendar.is_working_day(date(2027, 10, 9))  # a Saturday, until a notice says else


def test_a_day_on_which_the_clock_is_set_is_as_long_as_its_windows() -> None:
    windows = ((time(0), time(6)),)
    days = {date(2025, 3, 9): True}  # a Sunday: 02:00 does not exist, the window has five hours
    calendar = WorkingCalendar(NEW_YORK, windows, days)
    start = at("2025-03-09 00:00", NEW_YORK)
    assert calendar.worked(start, start + timedelta(hours=12)) == timedelta(hours=5)


# The slow model: every minute is looked at by itself.


def is_worked(calendar: WorkingCalendar, minute: datetime) -> bool:
    here = minute.astimezone(calendar.zone)
    is_open = any(start <= here.time() < end for start, end in calendar.windows)
    return is_open and calendar.is_working_day(here.date())


def minutes_worked(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    count = int((end - start) / MINUTE)
    return sum(is_worked(calendar, start + n * MINUTE) for n in range(count))


def slow_due(calendar: WorkingCalendar, start: datetime, hours: int) -> datetime:
    left, now = hours * 60, start
    while left:
        left -= is_worked(calendar, now)
        now += MINUTE
    return now


def slow_closing(calendar: WorkingCalendar, start: datetime, days: int) -> datetime:
    now = start
    while not is_worked(calendar, now):
        now += MINUTE
    day, left = now.astimezone(calendar.zone).date(), days
    while left:
        day += timedelta(days=1)
        left -= calendar.is_working_day(day)
    return datetime.combine(day, time(18), calendar.zone).astimezone(UTC)


starts = st.integers(0, 3 * 365 * 1440).map(lambda n: at("2024-01-01 00:00") + n * MINUTE)
SLOW = settings(max_examples=SIZE.model_examples)


@SLOW
@given(start=starts, hours=st.integers(1, 40))
def test_working_hours_agree_with_the_minutes(start: datetime, hours: int) -> None:
    calendar = WorkingCalendar(SHANGHAI, WINDOWS)
    assert calendar.due(start, Limit(hours, HOURS)) == slow_due(calendar, start, hours)


@SLOW
@given(start=starts, days=st.integers(1, 15))
def test_working_days_agree_with_the_minutes(start: datetime, days: int) -> None:
    calendar = WorkingCalendar(SHANGHAI, WINDOWS)
    assert calendar.due(start, Limit(days, DAYS)) == slow_closing(calendar, start, days)


@SLOW
@given(start=starts, length=st.integers(0, 20 * 1440))
def test_worked_time_agrees_with_the_minutes_in_any_order_of_asking(
    start: datetime, length: int
) -> None:
    end = start + length * MINUTE
    calendar = WorkingCalendar(SHANGHAI, WINDOWS)
    calendar.worked(at("2026-06-01 10:00"), at("2026-06-02 10:00"))  # begins in a later year
    assert calendar.worked(start, end) == MINUTE * minutes_worked(calendar, start, end)
    assert calendar.worked(end, start) == timedelta(0)


@SLOW
@given(start=starts, worked=st.integers(1, 60 * 60))
def test_adding_working_time_gives_that_much_working_time(start: datetime, worked: int) -> None:
    calendar = WorkingCalendar(SHANGHAI, WINDOWS)
    end = calendar.add(start, worked * MINUTE)
    assert calendar.worked(start, end) == worked * MINUTE
    assert calendar.worked(start, end - MINUTE) == (worked - 1) * MINUTE


@pytest.mark.parametrize("limit", [Limit(n, unit) for unit in LimitUnit for n in (0, 1, 5)])
def test_many_at_once_fall_due_as_one_by_one(shanghai: WorkingCalendar, limit: Limit) -> None:
    starts = [at("2025-01-01") + 37 * MINUTE * step for step in range(3_000)]
    starts += [at(f"2025-01-26 {hour}") for hour in ("09:00", "12:00", "14:00", "18:00")]

    due = due_many(shanghai, _counts(starts), limit)

    one_by_one = WorkingCalendar(SHANGHAI, WINDOWS)
    assert due.tolist() == [to_microseconds(one_by_one.due(start, limit)) for start in starts]


def test_many_at_once_take_as_long_as_one_by_one(shanghai: WorkingCalendar) -> None:
    starts = [at("2024-12-30") + 37 * MINUTE * step for step in range(3_000)]
    ends = [start + MINUTE * 7 * (step % 500 - 3) for step, start in enumerate(starts)]

    worked = worked_many(shanghai, _counts(starts), _counts(ends))

    one_by_one = WorkingCalendar(SHANGHAI, WINDOWS)
    pairs = zip(starts, ends, strict=True)
    assert worked.tolist() == [one_by_one.worked(*pair) // MICROSECOND for pair in pairs]


def _counts(instants: list[datetime]) -> Instants:
    return np.array([to_microseconds(instant) for instant in instants])
