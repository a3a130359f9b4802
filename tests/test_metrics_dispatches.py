"""Dispatches by hand: accepted, in time, answered, returned; credited to the unit they went to."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from data.calendar import LimitUnit
from data.metrics import listed
from data.terms import Event, Kind, State
from tests.agreement import check
from tests.builders import add_case, add_category, add_centre, add_unit, day, event, write_case
from tests.by_hand import (
    INSTANT,
    NEXT_MONTH,
    T,
    closed,
    january,
    moved,
    numbers,
    of_units,
    share,
    shares_of_units,
)


def sent(at: datetime, unit_id: int | None = None, until: datetime | None = None) -> Event:
    """A dispatch to a unit, and until when it is to be accepted."""
    return event(Kind.DISPATCH, at, to_unit_id=unit_id, accept_due_at=until)


def accepted(at: datetime) -> Event:
    return event(Kind.ACCEPT, at)


def test_a_dispatch_accepted_at_as_of_is_accepted(conn: Connection) -> None:
    add_case(conn, events=[sent(day(6)), accepted(day(10))])

    assert share(conn, "acceptance_rate", january(day(10))) == (1, 1)
    assert share(conn, "acceptance_rate", january(day(10) - INSTANT)) == (0, 1)
    assert share(conn, "acceptance_rate", january(day(6) - INSTANT)) == (0, 0)


def test_dispatches_of_the_window_count_whenever_they_are_accepted(conn: Connection) -> None:
    early = day(1) - timedelta(days=9)
    add_case(conn, opened_at=early, events=[sent(day(1) - INSTANT), accepted(day(9))])  # before
    add_case(conn, opened_at=early, events=[sent(day(1)), accepted(day(3, month=2))])
    add_case(conn, opened_at=early, events=[sent(NEXT_MONTH), accepted(day(3, month=2))])  # after

    assert share(conn, "acceptance_rate") == (1, 1)


def test_a_case_returned_thrice_was_returned_of_three_dispatches(conn: Connection) -> None:
    centre, first, second = add_centre(conn), add_unit(conn, "first"), add_unit(conn, "second")
    steps = [
        sent(day(6), first),
        moved(Kind.RETURN, day(7), centre),
        sent(day(8), first),
        moved(Kind.RETURN, day(9), centre),
        sent(day(10), second),
        moved(Kind.RETURN, day(11), centre),
    ]
    case_no = add_case(conn, unit_id=centre, events=steps, centre_id=centre)

    assert share(conn, "acceptance_rate") == (0, 3)
    assert shares_of_units(conn, "return_rate") == {"first": (2, 2), "second": (1, 1)}
    assert share(conn, "return_rate", january(day(9))) == (2, 2)
    assert share(conn, "return_rate", january(day(8))) == (1, 2)
    assert listed(conn, january(), "return_rate", "numerator") == [case_no] * 3
    assert numbers(conn, january(), "transfer_count") == [0]


def test_a_dispatch_returned_after_acceptance_is_both(conn: Connection) -> None:
    add_case(conn, events=[sent(day(6)), accepted(day(7)), event(Kind.RETURN, day(8))])

    assert share(conn, "acceptance_rate") == (1, 1)
    assert share(conn, "return_rate") == (1, 1)


def test_a_reassignment_is_a_dispatch_and_no_return(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [sent(day(6), first), moved(Kind.REASSIGN, day(8), second), accepted(day(9))]
    add_case(conn, events=steps)

    assert shares_of_units(conn, "acceptance_rate") == {"first": (0, 1), "second": (1, 1)}
    assert share(conn, "return_rate") == (0, 2)
    assert of_units(conn, "transfer_count") == {"first": (1, None, None, None)}


def test_a_reassignment_after_acceptance_asks_for_acceptance_again(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [sent(day(6), first), accepted(day(7)), moved(Kind.REASSIGN, day(8), second)]
    add_case(conn, events=steps)

    assert shares_of_units(conn, "acceptance_rate") == {"first": (1, 1), "second": (0, 1)}


@pytest.mark.parametrize(
    ("steps", "dispatches"),
    [
        ([event(Kind.ESCALATE, day(6))], 1),
        ([closed(day(6)), event(Kind.REOPEN, day(7), State.DISPATCHED)], 1),
        ([closed(day(6)), event(Kind.REOPEN, day(7))], 0),  # back with who had it
        ([event(Kind.OBSERVE, day(6), State.DISPATCHED)], 1),
        ([sent(day(6)), event(Kind.OBSERVE, day(7), State.DISPATCHED)], 1),  # seen again
        ([sent(day(6)), event(Kind.SUPERVISE, day(7)), event(Kind.PAUSE, day(8))], 1),
        ([sent(day(6)), event(Kind.RETURN, day(7)), event(Kind.REJECT, day(8))], 0),
        ([sent(day(6)), event(Kind.WITHDRAW, day(7))], 1),
    ],
    ids=[
        "escalated",
        "reopened as dispatched",
        "reopened as in progress",
        "observed",
        "observed twice",
        "pressed and paused",
        "rejected since",
        "withdrawn since",
    ],
)
def test_what_puts_a_case_into_dispatched_is_a_dispatch(
    conn: Connection, steps: list[Event], dispatches: int
) -> None:
    add_case(conn, events=steps)

    assert share(conn, "acceptance_rate") == (0, dispatches)


def test_a_case_imported_as_dispatched_is_one_dispatch(conn: Connection) -> None:
    first = add_unit(conn, "first")
    report = event(Kind.REPORT, day(5), State.DISPATCHED, to_unit_id=first)
    write_case(conn, "A1", [report, accepted(day(6))], centre_id=None, columns={})

    assert shares_of_units(conn, "acceptance_rate") == {"first": (1, 1)}


@pytest.mark.parametrize(
    ("accepted_at", "expected"),
    [(day(7), (1, 1)), (day(7) + INSTANT, (0, 1)), (None, (0, 1))],
    ids=["at the limit", "an instant later", "never"],
)
def test_acceptance_is_timely_until_the_limit_itself(
    conn: Connection, accepted_at: datetime | None, expected: tuple[int, int]
) -> None:
    steps = [accepted(accepted_at)] if accepted_at else []
    add_case(conn, events=[sent(day(6), until=day(7)), *steps])

    assert share(conn, "timely_acceptance_rate") == expected


def test_a_limit_that_still_runs_is_in_neither_part(conn: Connection) -> None:
    add_case(conn, events=[sent(day(6), until=day(20))])
    add_case(conn, events=[sent(day(6), until=day(20)), event(Kind.RETURN, day(8))])
    add_case(conn, events=[sent(day(6), until=day(20)), accepted(day(8))])
    add_case(conn, events=[sent(day(6)), accepted(day(8))])  # no limit: in neither part, ever

    assert share(conn, "timely_acceptance_rate", january(day(7))) == (0, 0)
    assert share(conn, "timely_acceptance_rate", january(day(8))) == (1, 1)
    assert share(conn, "timely_acceptance_rate", january(day(20) - INSTANT)) == (1, 1)
    assert share(conn, "timely_acceptance_rate", january(day(20))) == (1, 3)
    assert share(conn, "acceptance_rate") == (2, 4)


def test_each_dispatch_has_its_own_limit(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    again = event(Kind.REASSIGN, day(8), to_unit_id=second, accept_due_at=day(9))
    add_case(conn, events=[sent(day(6), first, until=day(7)), again, accepted(day(9))])

    assert shares_of_units(conn, "timely_acceptance_rate") == {"first": (0, 1), "second": (1, 1)}


@pytest.mark.parametrize("kind", [Kind.ACCEPT, Kind.FEED_BACK, Kind.RETURN, Kind.RESOLVE])
def test_the_first_answer_is_the_response(conn: Connection, kind: Kind) -> None:
    steps = [event(kind, day(6, 5)), event(Kind.ACCEPT, day(7)), event(Kind.FEED_BACK, day(8))]
    add_case(conn, events=[sent(day(6)), *steps])

    assert check(conn, january(), "first_response_hours_median")["first_response_hours_median"] == (
        5,
        None,
        None,
        1,
    )


def test_what_others_write_is_no_response(conn: Connection) -> None:
    kinds = (Kind.NOTE, Kind.SUPERVISE, Kind.UPDATE)  # an automatic receipt is a note
    steps = [event(kind, day(6, hour)) for hour, kind in enumerate(kinds, start=1)]
    add_case(conn, events=[sent(day(6)), *steps, accepted(day(7, 6))])

    assert numbers(conn, january(), "first_response_hours_median") == [30]
    assert numbers(conn, january(day(7)), "first_response_hours_median") == [None]


@pytest.mark.parametrize("taken", [Kind.REASSIGN, Kind.UPDATE])
def test_only_the_unit_dispatched_to_can_respond(conn: Connection, taken: Kind) -> None:
    """A reassignment is a dispatch of its own; a unit changed by an import is none."""
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    add_case(conn, events=[sent(day(6), first), moved(taken, day(8), second), accepted(day(9))])
    answers = {"second": (24, None, None, 1)} if taken is Kind.REASSIGN else {}

    assert of_units(conn, "first_response_hours_median") == answers


def test_a_unit_that_returns_a_case_has_responded(conn: Connection) -> None:
    above, first = add_unit(conn, "above"), add_unit(conn, "first")
    add_case(conn, events=[sent(day(6), first), moved(Kind.RETURN, day(6, 3), above)])

    assert of_units(conn, "first_response_hours_median") == {"first": (3, None, None, 1)}


def test_a_response_is_measured_on_the_clock_of_the_category(conn: Connection) -> None:
    """From Friday the 9th, 17:00, to Monday the 12th, 10:00, in the centre's zone."""
    working = add_category(conn, "working", clock=LimitUnit.WORKING_HOURS)
    urgent = add_category(conn, "urgent", clock=LimitUnit.URGENT_HOURS)
    for category_id in (working, urgent):
        steps = [sent(day(9, 9)), accepted(day(12, 2))]
        add_case(conn, events=steps, category_id=category_id)
    name = "first_response_hours_median"

    assert numbers(conn, january(category="working"), name) == [2]  # 17–18 and 9–10
    assert numbers(conn, january(category="urgent"), name) == [65]  # 7 + 24 + 24 + 10
    assert numbers(conn, january(), name) == [33.5]  # half way between the two


def test_a_dispatch_is_credited_to_the_unit_it_went_to(conn: Connection) -> None:
    """Whoever holds the case later; together the units are the whole."""
    centre, first, second = add_centre(conn), add_unit(conn, "first"), add_unit(conn, "second")
    steps = [
        sent(day(6), first, until=day(7)),
        accepted(day(6, 2)),
        moved(Kind.ESCALATE, day(8), second),
        moved(Kind.RETURN, day(8, 4), centre),
    ]
    add_case(conn, unit_id=centre, events=steps, centre_id=centre)

    assert shares_of_units(conn, "acceptance_rate") == {"first": (1, 1), "second": (0, 1)}
    assert shares_of_units(conn, "timely_acceptance_rate") == {"first": (1, 1)}
    assert shares_of_units(conn, "return_rate") == {"first": (0, 1), "second": (1, 1)}
    assert of_units(conn, "first_response_hours_median") == {
        "first": (2, None, None, 1),
        "second": (4, None, None, 1),
    }
    assert share(conn, "acceptance_rate", january(T, unit="second")) == (0, 1)
