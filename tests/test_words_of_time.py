"""Windows by name in the centre's zone, and what lights a lamp."""

from datetime import UTC, date, datetime, timedelta

import pytest

from data.config import settings
from data.lamps import lamp_above, lamp_below
from data.metrics.figure import Figure, Metric, share_text
from data.periods import PERIODS, period
from data.terms import Lamp

NOW = datetime(2026, 11, 20, 7, 20, tzinfo=UTC)  # Friday, 15:20 in Shanghai


def _days(name: str, now: datetime = NOW) -> tuple[str, str]:
    window = period(name, now)
    zone = settings().zone
    start, end = (at.astimezone(zone).isoformat()[:16] for at in (window.start, window.end))
    return start, end


def test_a_day_begins_at_the_centre_s_midnight() -> None:
    assert _days("today") == ("2026-11-20T00:00", "2026-11-21T00:00")
    late = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    assert _days("today", late) == ("2026-11-21T00:00", "2026-11-22T00:00")


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    assert _days("this_week") == ("2026-11-16T00:00", "2026-11-23T00:00")
    assert _days("this_month") == ("2026-11-01T00:00", "2026-12-01T00:00")
    assert _days("last_month") == ("2026-10-01T00:00", "2026-11-01T00:00")
    assert _days("last_30_days")[0] == "2026-10-22T00:00"


@pytest.mark.parametrize(
    ("week_starts", "monday", "friday", "sunday"),
    [
        ("monday", "2026-11-16", "2026-11-16", "2026-11-16"),
        ("friday", "2026-11-13", "2026-11-20", "2026-11-20"),
        ("saturday", "2026-11-14", "2026-11-14", "2026-11-21"),
        ("sunday", "2026-11-15", "2026-11-15", "2026-11-22"),
    ],
)
def test_a_week_may_begin_on_any_day_by_setting(
    monkeypatch: pytest.MonkeyPatch, week_starts: str, monday: str, friday: str, sunday: str
) -> None:
    monkeypatch.setenv("YIPING_CALENDAR__WEEK_STARTS", week_starts)
    settings.cache_clear()
    begins = {days: _days("this_week", NOW + timedelta(days=days))[0] for days in (-4, 0, 2)}
    ends = _days("this_week")[1]
    monkeypatch.undo()
    settings.cache_clear()
    assert begins == {-4: f"{monday}T00:00", 0: f"{friday}T00:00", 2: f"{sunday}T00:00"}
    assert date.fromisoformat(ends[:10]) - date.fromisoformat(friday) == timedelta(days=7)


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2026-11-01", "2026-11-01", "2026-11-11"),
        ("2026-11-10", "2026-11-01", "2026-11-11"),
        ("2026-11-11", "2026-11-11", "2026-11-21"),
        ("2026-11-20", "2026-11-11", "2026-11-21"),
        ("2026-11-30", "2026-11-21", "2026-12-01"),
        ("2026-12-31", "2026-12-21", "2027-01-01"),  # eleven days
        ("2026-02-28", "2026-02-21", "2026-03-01"),  # eight days
    ],
)
def test_a_month_has_three_parts_the_last_to_its_end(day: str, start: str, end: str) -> None:
    last_minute = datetime.fromisoformat(f"{day}T23:59").replace(tzinfo=settings().zone)
    assert _days("this_ten_days", last_minute) == (f"{start}T00:00", f"{end}T00:00")


@pytest.mark.parametrize("name", PERIODS)
def test_every_period_holds_now_or_ends_before_it(name: str) -> None:
    window = period(name, NOW)
    assert window.start < window.end
    assert window.start <= NOW


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (443, 493, "89.86"),  # 89.858
        (61_288, 61_293, "99.99"),
        (61_293, 61_293, "100.00"),
        (99_999, 100_000, "99.99"),  # rounds to 100.00, but is not equal
        (1, 100_000, "0.01"),  # rounds to 0.00, but is not zero
        (0, 493, "0.00"),
        (911, 972, "93.72"),
        (1, 800, "0.13"),  # 0.125, half up
        (0, 0, "—"),
        (1_659, 1_634, "101.53"),
    ],
)
def test_shares_are_rounded_from_the_integers(numerator: int, denominator: int, text: str) -> None:
    assert share_text(numerator, denominator) == text


def test_no_base_is_a_dash_and_not_zero() -> None:
    assert Figure(Metric("closure_rate_due", "share"), None, 0, 0).text == "—"


def test_a_small_base_lights_no_lamp() -> None:
    lines = settings().lamps.closure_rate_due
    assert lamp_below(lines, 0, settings().lamps.minimum_base - 1) is Lamp.NONE
    assert lamp_below(lines, 0, settings().lamps.minimum_base) is Lamp.RED


@pytest.mark.parametrize(
    ("numerator", "lamp"),
    [(980, Lamp.NONE), (979, Lamp.BLUE), (969, Lamp.YELLOW), (949, Lamp.ORANGE), (899, Lamp.RED)],
)
def test_a_lamp_is_lit_below_its_line_and_not_on_it(numerator: int, lamp: Lamp) -> None:
    assert lamp_below(settings().lamps.closure_rate_due, numerator, 1000) is lamp


def test_too_many_overdue_light_a_lamp() -> None:
    lines = settings().lamps.overdue_share
    assert lamp_above(lines, 5, 100) is Lamp.NONE
    assert lamp_above(lines, 21, 100) is Lamp.RED
