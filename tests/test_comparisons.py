"""Comparisons: equal lengths to date, points and shares, refused bases, the better direction."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from sqlalchemy import Connection

from data import metrics
from data.comparisons import comparisons
from data.config import settings
from data.metrics.comparison import (
    Against,
    Change,
    change,
    earlier,
    festival,
    is_known,
    is_near_festival,
)
from data.metrics.figure import Figure, Metric, Question
from tests.builders import add_case, day

BEFORE, YEAR, FESTIVAL = Against.PERIOD_BEFORE, Against.YEAR_BEFORE, Against.FESTIVAL_BEFORE


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=settings().zone).astimezone(UTC)


def asked(start: str, end: str, as_of: str) -> Question:
    return Question(at(start), at(end), at(as_of))


@pytest.mark.parametrize(
    ("question", "against", "expected"),
    [
        # This month by the 20th, 15:20, against October by the 20th, 15:20.
        (
            ("2026-11-01", "2026-12-01", "2026-11-20T15:20"),
            BEFORE,
            ("2026-10-01", "2026-11-01", "2026-10-20T15:20"),
        ),
        # March by the 31st: February has no such day, so all of it, known three days later.
        (
            ("2026-03-01", "2026-04-01", "2026-03-31T12:00"),
            BEFORE,
            ("2026-02-01", "2026-03-01", "2026-03-03T12:00"),
        ),
        # October as it stood on 20 November, against September as it stood on 21 October.
        (
            ("2026-10-01", "2026-11-01", "2026-11-20"),
            BEFORE,
            ("2026-09-01", "2026-10-01", "2026-10-21"),
        ),
        # A week, a day, thirty days: the same number of days before.
        (
            ("2026-11-16", "2026-11-23", "2026-11-20T15:20"),
            BEFORE,
            ("2026-11-09", "2026-11-16", "2026-11-13T15:20"),
        ),
        (
            ("2026-06-01", "2026-06-08", "2026-06-08"),  # a week that begins on the first
            BEFORE,
            ("2026-05-25", "2026-06-01", "2026-06-01"),
        ),
        (
            ("2026-11-20", "2026-11-21", "2026-11-20T15:20"),
            BEFORE,
            ("2026-11-19", "2026-11-20", "2026-11-19T15:20"),
        ),
        # A part of a month, against the part before: 11 days against 10, 10 against 8.
        (
            ("2026-12-21", "2027-01-01", "2026-12-24T12:00"),
            BEFORE,
            ("2026-12-11", "2026-12-21", "2026-12-14T12:00"),
        ),
        (
            ("2026-03-01", "2026-03-11", "2026-03-11"),
            BEFORE,
            ("2026-02-21", "2026-03-01", "2026-03-03"),
        ),
        # A quarter, and a year before.
        (
            ("2026-04-01", "2026-07-01", "2026-07-01"),
            BEFORE,
            ("2026-01-01", "2026-04-01", "2026-04-02"),
        ),
        (
            ("2026-11-01", "2026-12-01", "2026-11-20T15:20"),
            YEAR,
            ("2025-11-01", "2025-12-01", "2025-11-20T15:20"),
        ),
        (
            ("2024-02-01", "2024-03-01", "2024-03-01"),  # 29 days against 28
            YEAR,
            ("2023-02-01", "2023-03-01", "2023-03-02"),
        ),
        # The eve of 2026-02-17 lies on the eve of 2025-01-29.
        (
            ("2026-02-10", "2026-02-24", "2026-02-24"),
            FESTIVAL,
            ("2025-01-22", "2025-02-05", "2025-02-05"),
        ),
    ],
)
def test_the_earlier_window(
    question: tuple[str, str, str], against: Against, expected: tuple[str, str, str]
) -> None:
    assert earlier(asked(*question), against) == asked(*expected)


def test_filters_are_kept_and_a_long_window_has_no_comparison() -> None:
    question = Question(at("2026-11-01"), at("2026-12-01"), at("2026-12-01"), unit="south")
    told = earlier(question, YEAR)
    assert told is not None and told.unit == "south"
    assert earlier(asked("2025-01-01", "2026-01-03", "2026-02-01"), YEAR) is None
    assert earlier(asked("2024-01-01", "2025-01-01", "2026-02-01"), YEAR) is not None


def test_the_festival_is_the_first_of_the_first_lunar_month() -> None:
    days = [festival(year).isoformat() for year in (2023, 2024, 2025, 2026)]
    assert days == ["2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17"]


def figure(value: float | None, *parts: int, unit: str = "share", better: str = "higher") -> Figure:
    return Figure(Metric("m", unit, better), value, *parts)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        # 443/493 against 434/493: points, not a share of a share.
        (
            figure(443 / 493, 443, 493),
            figure(434 / 493, 434, 493),
            Change("points", Fraction(9, 493), True),
        ),
        (
            figure(0.05, 5, 100, better="lower"),
            figure(0.04, 4, 100, better="lower"),
            Change("points", Fraction(1, 100), False),
        ),
        (figure(0.5, 1, 2), figure(0.5, 2, 4), Change("points", Fraction(0), None)),
        (figure(None, 0, 0), figure(0.5, 2, 4), Change("nothing")),
        (figure(0.5, 1, 2), None, Change("nothing")),
        (
            figure(112, unit="cases", better="neither"),
            figure(100, unit="cases", better="neither"),
            Change("share", Fraction(12, 100), None),
        ),
        (
            figure(30, unit="cases", better="lower"),
            figure(40, unit="cases", better="lower"),
            Change("share", Fraction(-1, 4), True),
        ),
        # Base 0: never +100 %.
        (
            figure(3, unit="cases", better="lower"),
            figure(0, unit="cases", better="lower"),
            Change("from_zero", None, False),
        ),
        (
            figure(0, unit="cases", better="lower"),
            figure(0, unit="cases", better="lower"),
            Change("from_zero", None, None),
        ),
        # Days since something count no window.
        (figure(3, unit="days"), figure(4, unit="days"), Change("nothing")),
    ],
)
def test_a_change(now: Figure, before: Figure | None, expected: Change) -> None:
    assert change(now, before) == expected


def test_a_window_before_the_first_case_is_no_base(conn: Connection) -> None:
    window = Question(day(5), day(6), day(6))
    assert not is_known(conn, window)
    add_case(conn, opened_at=day(5))
    assert is_known(conn, window)
    assert not is_known(conn, Question(day(4), day(5), day(5)))


def test_two_days_compared_by_their_own_as_of(conn: Connection) -> None:
    """Two cases by noon yesterday, three by noon today; what came later yesterday is left out."""
    for number, hour in ((4, 9), (4, 11), (4, 15), (5, 8), (5, 9), (5, 11)):
        add_case(conn, opened_at=day(number, hour))
    today = Question(day(4, 16), day(5, 16), day(5, 12))  # a day of the centre, in its zone
    before = earlier(today, BEFORE)
    assert before is not None
    now, then = (
        metrics.measure(conn, q, ["opened_count"])["opened_count"] for q in (today, before)
    )
    assert (now.value, then.value) == (3, 2)
    assert change(now, then) == Change("share", Fraction(1, 2), None)


@pytest.mark.parametrize(
    ("start", "end", "is_near"),
    [
        # The festival is on 17 February 2026, 30 days after 18 January; on 22 January 2023.
        ("2026-01-01", "2026-02-01", True),
        ("2022-12-25", "2023-01-01", True),
        ("2026-01-01", "2026-01-18", False),
        ("2026-01-18", "2026-01-19", True),
        ("2026-03-19", "2026-03-20", True),
        ("2026-03-20", "2026-04-01", False),
        ("2026-11-01", "2026-12-01", False),
    ],
)
def test_the_festivals_are_laid_upon_each_other_near_one(
    start: str, end: str, is_near: bool
) -> None:
    assert is_near_festival(asked(start, end, end)) is is_near


def test_a_number_is_compared_with_what_has_a_base(conn: Connection) -> None:
    """Three this February, two in January, one on the same days of the festival last year."""
    for opened_at in ("2025-02-01", "2026-01-05", "2026-01-06", *["2026-02-20"] * 3):
        add_case(conn, opened_at=at(opened_at))
    question = asked("2026-02-01", "2026-03-01", "2026-02-28")
    now = metrics.measure(conn, question, ["opened_count"])["opened_count"]
    found = {one.against: one for one in comparisons(conn, question, now)}
    # The records begin on 1 February 2025: the year before has a base, the aligned window none.
    assert list(found) == [BEFORE, YEAR]
    assert (found[BEFORE].figure.value, found[YEAR].figure.value) == (2, 1)
    assert found[BEFORE].question.as_of == at("2026-01-28")

    add_case(conn, opened_at=at("2025-01-10"))
    aligned = {one.against: one for one in comparisons(conn, question, now)}[FESTIVAL]
    assert (aligned.figure.value, aligned.question.start) == (1, at("2025-01-13"))


def test_a_window_over_twelve_months_is_compared_with_nothing(conn: Connection) -> None:
    add_case(conn, opened_at=at("2020-01-01"))
    question = asked("2025-01-01", "2026-06-01", "2026-06-01")
    now = metrics.measure(conn, question, ["opened_count"])["opened_count"]
    assert comparisons(conn, question, now) == ()
