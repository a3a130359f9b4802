"""After the work, by hand: reopened, resolved, satisfied, mediated, extended, escalated."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from data.metrics import listed
from data.metrics.figure import Question
from data.terms import Event, Kind
from tests.builders import add_case, add_unit, day, event
from tests.by_hand import (
    INSTANT,
    NEXT_MONTH,
    closed,
    january,
    moved,
    numbers,
    share,
    shares_of_units,
)

THIRTY_DAYS = timedelta(hours=30 * 24)
LONG_AFTER = day(1, month=6)


def called(at: datetime, **answers: str) -> Event:
    """A call-back after closing."""
    return replace(event(Kind.CALL_BACK, at), **answers)  # type: ignore[arg-type]


def mediated(at: datetime, mediation: str) -> Event:
    return event(Kind.MEDIATE, at, mediation=mediation)


def reopened(at: datetime) -> Event:
    return event(Kind.REOPEN, at)


def extended(at: datetime, due_at: datetime | None = None) -> Event:
    return event(Kind.APPROVE_EXTENSION, at, due_at=due_at)


@pytest.mark.parametrize(
    ("after", "counted"),
    [(timedelta(0), 1), (THIRTY_DAYS, 1), (THIRTY_DAYS + INSTANT, 0)],
    ids=["at once", "after 720 hours", "an instant later"],
)
def test_a_closing_is_reopened_within_thirty_days(
    conn: Connection, after: timedelta, counted: int
) -> None:
    add_case(conn, events=[closed(day(20)), reopened(day(20) + after)])

    assert share(conn, "reopen_rate", january(LONG_AFTER)) == (counted, 1)


def test_a_reopening_counts_once_it_has_happened(conn: Connection) -> None:
    add_case(conn, events=[closed(day(20)), reopened(day(10, month=2))])

    assert share(conn, "reopen_rate", january(day(10, month=2) - INSTANT)) == (0, 1)
    assert share(conn, "reopen_rate", january(day(10, month=2))) == (1, 1)


def test_every_closing_of_the_window_is_asked_for_its_own_reopening(conn: Connection) -> None:
    steps = [closed(day(6)), reopened(day(7)), closed(day(8)), reopened(day(9)), closed(day(10))]
    case_no = add_case(conn, events=steps)
    december = day(1) - timedelta(days=3)
    add_case(conn, opened_at=december, events=[closed(december), reopened(day(5))])  # closed before
    add_case(conn, events=[closed(NEXT_MONTH), reopened(day(2, month=2))])  # closed after

    assert share(conn, "reopen_rate") == (2, 3)
    assert listed(conn, january(), "reopen_rate", "numerator") == [case_no, case_no]


def test_a_reopening_falls_on_the_unit_that_closed(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [closed(day(8)), moved(Kind.REOPEN, day(9), second), closed(day(10))]
    add_case(conn, unit_id=first, events=steps)

    assert shares_of_units(conn, "reopen_rate") == {"first": (1, 1), "second": (0, 1)}


def test_a_closed_case_is_not_thereby_a_resolved_one(conn: Connection) -> None:
    add_case(conn, events=[closed(day(8))])

    assert share(conn, "resolution_rate") == (0, 0)
    assert share(conn, "closure_rate_cohort") == (1, 1)


def test_unreachable_and_refused_are_outside_valid(conn: Connection) -> None:
    for outcome in ("resolved", "partly", "unresolved", "unreachable", "refused"):
        add_case(conn, events=[closed(day(8)), called(day(9), outcome=outcome)])
    for satisfaction in ("satisfied", "mostly", "not", "unreachable", "refused"):
        add_case(conn, events=[closed(day(8)), called(day(9), satisfaction=satisfaction)])

    assert share(conn, "resolution_rate") == (1, 3)  # resolved, of three who answered
    assert share(conn, "satisfaction_rate") == (2, 3)  # satisfied and mostly


def test_the_last_call_of_a_case_in_the_window_counts(conn: Connection) -> None:
    calls = [
        called(day(9), outcome="unresolved", satisfaction="mostly"),
        called(day(12), outcome="resolved"),  # of satisfaction it says nothing
        called(NEXT_MONTH, outcome="unresolved", satisfaction="not"),  # in the next window
    ]
    add_case(conn, events=[closed(day(8)), *calls])
    february = Question(NEXT_MONTH, day(1, month=3), LONG_AFTER)

    assert share(conn, "resolution_rate") == (1, 1)
    assert share(conn, "resolution_rate", january(day(12) - INSTANT)) == (0, 1)
    assert share(conn, "satisfaction_rate") == (1, 1)
    assert share(conn, "resolution_rate", february) == (0, 1)
    assert share(conn, "satisfaction_rate", february) == (0, 1)


def test_a_last_call_that_reached_nobody_leaves_nothing_to_count(conn: Connection) -> None:
    calls = [called(day(9), outcome="resolved"), called(day(10), outcome="unreachable")]
    add_case(conn, events=[closed(day(8)), *calls])

    assert share(conn, "resolution_rate") == (0, 0)
    assert share(conn, "resolution_rate", january(day(9))) == (1, 1)


def test_mediations_finished_in_the_window_count(conn: Connection) -> None:
    add_case(conn, events=[mediated(day(6), "running"), mediated(day(9), "agreed")])
    add_case(conn, events=[mediated(day(9), "failed")])
    add_case(conn, events=[mediated(day(9), "running")])  # not finished
    add_case(conn, events=[mediated(day(9), "running"), mediated(NEXT_MONTH, "agreed")])  # later

    assert share(conn, "mediation_success_rate") == (1, 2)
    assert share(conn, "mediation_success_rate", january(day(9) - INSTANT)) == (0, 0)


def test_answers_are_credited_to_who_held_the_case_when_they_were_given(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    answers = {"outcome": "resolved", "satisfaction": "not", "mediation": "agreed"}
    steps = [closed(day(8)), called(day(9), **answers), moved(Kind.REOPEN, day(10), second)]
    add_case(conn, unit_id=first, events=steps)

    assert shares_of_units(conn, "resolution_rate") == {"first": (1, 1)}
    assert shares_of_units(conn, "satisfaction_rate") == {"first": (0, 1)}
    assert shares_of_units(conn, "mediation_success_rate") == {"first": (1, 1)}


def test_answers_about_a_rejected_case_count_nowhere(conn: Connection) -> None:
    answers = called(day(6), outcome="resolved", satisfaction="satisfied", mediation="agreed")
    add_case(conn, events=[answers, event(Kind.REJECT, day(8))])

    for name in ("resolution_rate", "satisfaction_rate", "mediation_success_rate"):
        assert share(conn, name) == (0, 0)
        assert share(conn, name, january(day(7))) == (1, 1)  # not rejected yet


@pytest.mark.parametrize(
    ("approved_at", "counted"),
    [(day(9) - INSTANT, 1), (day(9), 1), (day(9) + INSTANT, 0)],
    ids=["before due", "at the due time", "an instant late"],
)
def test_an_extension_counts_if_approved_by_the_due_time_then_in_force(
    conn: Connection, approved_at: datetime, counted: int
) -> None:
    add_case(conn, due_at=day(9), events=[extended(approved_at)])

    assert share(conn, "extension_rate") == (counted, 1)


@pytest.mark.parametrize(("paused_at", "counted"), [(day(8), 1), (day(9), 0)])
def test_an_extension_in_a_pause_counts_if_the_pause_began_before_the_due_time(
    conn: Connection, paused_at: datetime, counted: int
) -> None:
    # Due on the 9th, approved on the 11th: a pause from the 8th lets the due time wait for it.
    steps = [event(Kind.PAUSE, paused_at), extended(day(11)), event(Kind.RESUME, day(12))]
    add_case(conn, due_at=day(9), events=steps)

    assert share(conn, "extension_rate") == (counted, 1)


def test_a_case_extended_late_is_as_overdue_as_before(conn: Connection) -> None:
    steps = [event(Kind.REQUEST_EXTENSION, day(8)), extended(day(10)), closed(day(11))]
    add_case(conn, due_at=day(9), events=steps)
    names = "overdue_open_count", "overdue_closed_count"

    assert share(conn, "extension_rate") == (0, 1)
    assert share(conn, "on_time_rate") == (0, 1)
    assert numbers(conn, january(), *names) == [0, 1]


@pytest.mark.parametrize("answer", [None, Kind.REFUSE_EXTENSION], ids=["pending", "refused"])
def test_an_extension_asked_for_is_none(conn: Connection, answer: Kind | None) -> None:
    steps = [event(Kind.REQUEST_EXTENSION, day(7))]
    steps += [event(answer, day(8))] if answer else []
    add_case(conn, due_at=day(9), events=steps)

    assert share(conn, "extension_rate") == (0, 1)
    assert share(conn, "overdue_rate") == (1, 1)


def test_a_case_extended_twice_is_one_and_is_due_by_its_last_time(conn: Connection) -> None:
    steps = [extended(day(8), due_at=day(12)), extended(day(12), due_at=day(20))]
    add_case(conn, due_at=day(9), events=steps)
    add_case(conn, events=[extended(day(8))])  # without a due time: in neither part

    assert share(conn, "extension_rate") == (1, 1)
    assert share(conn, "extension_rate", january(day(20))) == (0, 0)  # not due yet
    assert share(conn, "overdue_rate", january(day(10))) == (0, 0)


def test_an_extension_is_credited_to_who_held_the_case_when_it_fell_due(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [extended(day(8), due_at=day(12)), moved(Kind.REASSIGN, day(12), second)]
    add_case(conn, unit_id=first, due_at=day(9), events=steps)

    assert shares_of_units(conn, "extension_rate") == {"second": (1, 1)}


def test_an_escalated_case_is_one_however_often_and_by_as_of(conn: Connection) -> None:
    escalations = [event(Kind.ESCALATE, day(20)), event(Kind.ESCALATE, day(10, month=2))]
    add_case(conn, events=escalations)
    add_case(conn, events=escalations[1:])  # escalated after the window, by as-of
    add_case(conn)
    add_case(conn, opened_at=day(1) - INSTANT, events=escalations)  # not opened in the window
    add_case(conn, events=[*escalations[:1], event(Kind.WITHDRAW, day(25))])  # not of the base
    add_case(conn, events=[*escalations[:1], event(Kind.MERGE, day(25))])  # nor this

    assert share(conn, "escalation_rate") == (2, 3)
    assert share(conn, "escalation_rate", january(day(20) - INSTANT)) == (0, 5)
    assert share(conn, "escalation_rate", january(day(10, month=2) - INSTANT)) == (1, 3)


def test_an_escalated_case_is_credited_to_who_holds_it_at_as_of(conn: Connection) -> None:
    first, above = add_unit(conn, "first"), add_unit(conn, "above")
    steps = [moved(Kind.ESCALATE, day(8), above), moved(Kind.REASSIGN, day(12), first)]
    add_case(conn, unit_id=first, events=steps)

    assert shares_of_units(conn, "escalation_rate", january(day(10))) == {"above": (1, 1)}
    assert shares_of_units(conn, "escalation_rate") == {"first": (1, 1)}
    assert shares_of_units(conn, "escalation_rate", january(day(7))) == {"first": (0, 1)}
