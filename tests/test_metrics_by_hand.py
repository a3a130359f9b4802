"""Edge cases of the definitions, worked out by hand; both computations must give the answer."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from data.metrics import listed
from data.metrics.figure import Question
from data.terms import Kind, State
from tests import independent
from tests.agreement import GROUPINGS, check, check_groups
from tests.builders import (
    add_area,
    add_case,
    add_category,
    add_centre,
    add_unit,
    day,
    event,
)
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
)


def test_no_cases_is_nothing_to_say_and_a_balanced_ledger(conn: Connection) -> None:
    found = check(conn, january())

    assert found["opened_count"] == (0, None, None, None)
    assert found["closure_rate_due"] == (None, 0, 0, None)
    assert found["handling_hours_median"] == (None, None, None, 0)


def test_a_window_begins_with_its_start_and_ends_before_its_end(conn: Connection) -> None:
    add_case(conn, opened_at=day(1))
    add_case(conn, opened_at=day(1) - INSTANT)  # carried in
    add_case(conn, opened_at=NEXT_MONTH)  # not counted: end is exclusive
    names = "opened_count", "carried_in_count", "backlog_count"

    assert numbers(conn, january(), *names) == [1, 1, 2]


def test_what_happens_at_as_of_has_happened(conn: Connection) -> None:
    add_case(conn, opened_at=day(3), events=[closed(day(10))])
    names = "opened_count", "closed_count", "backlog_count"

    assert numbers(conn, january(day(10)), *names) == [1, 1, 0]
    assert numbers(conn, january(day(10) - INSTANT), *names) == [1, 0, 1]
    assert numbers(conn, january(day(3) - INSTANT), *names) == [0, 0, 0]


def test_as_of_before_the_window_carries_the_open_cases_through(conn: Connection) -> None:
    add_case(conn, opened_at=day(1, month=1) - timedelta(days=9))
    add_case(conn, opened_at=day(2))  # not known yet
    names = "carried_in_count", "opened_count", "backlog_count"

    assert numbers(conn, january(day(1) - timedelta(days=2)), *names) == [1, 0, 1]


def test_a_reopened_case_is_listed_once_for_each_crossing(conn: Connection) -> None:
    steps = [closed(day(6)), event(Kind.REOPEN, day(7)), closed(day(8))]
    case_no = add_case(conn, opened_at=day(5), events=steps)
    names = "opened_count", "reopened_count", "closed_count", "backlog_count"

    assert numbers(conn, january(), *names) == [1, 1, 2, 0]
    assert listed(conn, january(), "closed_count", "numerator") == [case_no, case_no]


def test_carried_in_stays_carried_in_whatever_became_of_it(conn: Connection) -> None:
    add_case(conn, opened_at=day(1) - timedelta(days=5), events=[closed(day(9))])

    assert numbers(conn, january(), "carried_in_count", "closed_count") == [1, 1]


def test_a_rejected_case_is_in_no_term_once_it_is_rejected(conn: Connection) -> None:
    steps = [event(Kind.FAIL_CHECK, day(6)), event(Kind.REJECT, day(20))]
    add_case(conn, opened_at=day(5), due_at=day(8), events=steps)
    names = "opened_count", "backlog_count", "overdue_now_count"

    assert numbers(conn, january(day(19)), *names) == [1, 1, 1]
    assert numbers(conn, january(day(20)), *names) == [0, 0, 0]
    assert share(conn, "closure_rate_due", january(day(19))) == (0, 1)
    assert share(conn, "closure_rate_due", january(day(20))) == (0, 0)
    assert share(conn, "rework_rate", january(day(20))) == (0, 0)


def test_a_rejection_taken_back_never_was(conn: Connection) -> None:
    add_case(
        conn, opened_at=day(5), events=[event(Kind.REJECT, day(8)), event(Kind.REOPEN, day(9))]
    )
    names = "opened_count", "reopened_count", "backlog_count"

    assert numbers(conn, january(), *names) == [1, 0, 1]
    assert numbers(conn, Question(day(9), day(12), T), "carried_in_count", *names) == [1, 0, 0, 1]


def test_withdrawn_and_merged_cases_leave_by_their_own_terms(conn: Connection) -> None:
    add_case(conn, events=[event(Kind.WITHDRAW, day(9))])
    add_case(conn, events=[event(Kind.MERGE, day(9))])
    names = "opened_count", "withdrawn_count", "merged_count", "closed_count", "backlog_count"

    assert numbers(conn, january(), *names) == [2, 1, 1, 0, 0]


def test_a_case_handed_on_leaves_one_unit_and_enters_the_other(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [moved(Kind.REASSIGN, day(8), second), closed(day(9))]
    add_case(conn, unit_id=first, events=steps)

    assert of_units(conn, "opened_count") == {"first": (1, None, None, None)}
    assert of_units(conn, "handed_out_count") == {"first": (1, None, None, None)}
    assert of_units(conn, "handed_in_count") == {"second": (1, None, None, None)}
    assert of_units(conn, "closed_count") == {"second": (1, None, None, None)}
    assert numbers(conn, january(), "handed_out_count", "handed_in_count") == [0, 0]
    assert numbers(conn, january(unit="second"), "handed_in_count") == [1]


def test_a_unit_filled_in_later_takes_the_case_from_the_blank_group(conn: Connection) -> None:
    add_case(conn, events=[moved(Kind.UPDATE, day(8), add_unit(conn, "first"))])

    assert of_units(conn, "handed_out_count") == {"": (1, None, None, None)}
    assert of_units(conn, "backlog_count") == {"first": (1, None, None, None)}
    assert numbers(conn, january(), "transfer_count") == [0]


def test_a_closed_case_is_handed_to_nobody(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [closed(day(8)), moved(Kind.UPDATE, day(9), second), event(Kind.REOPEN, day(10))]
    add_case(conn, unit_id=first, events=steps)

    assert of_units(conn, "handed_out_count") == {}
    assert of_units(conn, "reopened_count") == {"second": (1, None, None, None)}


def test_closed_at_the_due_time_is_on_time_and_an_instant_later_is_not(conn: Connection) -> None:
    add_case(conn, due_at=day(9), events=[closed(day(9))])
    add_case(conn, due_at=day(9), events=[closed(day(9) + INSTANT)])
    names = "overdue_open_count", "overdue_closed_count"

    assert share(conn, "on_time_rate") == (1, 2)
    assert share(conn, "overdue_rate") == (1, 2)
    assert numbers(conn, january(), *names) == [0, 1]


def test_due_at_the_end_of_the_window_is_due_in_the_next(conn: Connection) -> None:
    add_case(conn, due_at=day(1), opened_at=day(1) - timedelta(days=3))
    add_case(conn, due_at=NEXT_MONTH)

    assert share(conn, "closure_rate_due") == (0, 1)


def test_due_at_as_of_is_not_due_yet(conn: Connection) -> None:
    add_case(conn, due_at=day(9))

    assert share(conn, "overdue_rate", january(day(9))) == (0, 0)
    assert numbers(conn, january(day(9)), "overdue_now_count") == [0]
    assert share(conn, "overdue_rate", january(day(9) + INSTANT)) == (1, 1)
    assert numbers(conn, january(day(9) + INSTANT), "overdue_now_count") == [1]


def test_a_case_without_a_due_time_is_in_neither_part(conn: Connection) -> None:
    add_case(conn, events=[closed(day(9))])

    assert share(conn, "on_time_rate") == (0, 0)
    assert numbers(conn, january(), "on_time_rate", "closed_count") == [None, 1]


def test_closed_ahead_of_a_due_time_still_to_come_is_not_due(conn: Connection) -> None:
    add_case(conn, due_at=day(20), events=[closed(day(9))])

    assert share(conn, "closure_rate_due", january(day(15))) == (0, 0)
    assert share(conn, "closure_rate_due", january(day(21))) == (1, 1)


@pytest.mark.parametrize(
    ("ended_at", "due"), [(day(9) - INSTANT, 0), (day(9), 1), (day(9) + INSTANT, 1)]
)
def test_a_case_withdrawn_after_its_due_time_stays_as_overdue(
    conn: Connection, ended_at: datetime, due: int
) -> None:
    add_case(conn, due_at=day(9), events=[event(Kind.WITHDRAW, ended_at)])
    names = "overdue_open_count", "overdue_closed_count", "overdue_now_count"

    assert share(conn, "overdue_rate") == (due, due)
    assert numbers(conn, january(), *names) == [due, 0, 0]


def test_a_merged_child_is_out_even_when_merged_after_its_due_time(conn: Connection) -> None:
    add_case(conn, due_at=day(9), events=[event(Kind.MERGE, day(12))])

    assert share(conn, "overdue_rate") == (0, 0)
    assert share(conn, "closure_rate_cohort") == (0, 0)
    assert share(conn, "overdue_rate", january(day(11))) == (1, 1)  # not merged yet


@pytest.mark.parametrize(
    ("paused_at", "due"), [(day(9) - INSTANT, 0), (day(9), 1), (day(9) + INSTANT, 1)]
)
def test_a_paused_case_is_not_due_unless_it_was_when_the_pause_began(
    conn: Connection, paused_at: datetime, due: int
) -> None:
    add_case(conn, due_at=day(9), events=[event(Kind.PAUSE, paused_at)])

    assert share(conn, "overdue_rate") == (due, due)
    assert numbers(conn, january(), "overdue_now_count") == [due]


def test_a_pause_told_twice_began_at_the_first_telling(conn: Connection) -> None:
    steps = [event(Kind.PAUSE, day(8)), event(Kind.OBSERVE, day(10), State.PAUSED)]
    add_case(conn, due_at=day(9), events=steps)

    assert share(conn, "overdue_rate") == (0, 0)


def test_a_resumed_case_is_due_at_its_moved_time(conn: Connection) -> None:
    steps = [event(Kind.PAUSE, day(8)), event(Kind.RESUME, day(12), due_at=day(13))]
    add_case(conn, due_at=day(9), events=[*steps, closed(day(13))])

    assert share(conn, "on_time_rate", january(day(10))) == (0, 0)  # paused then
    assert share(conn, "on_time_rate") == (1, 1)


def test_an_extension_counts_from_its_approval(conn: Connection) -> None:
    approval = event(Kind.APPROVE_EXTENSION, day(8), due_at=day(20))
    add_case(conn, due_at=day(9), events=[approval, closed(day(14))])

    assert share(conn, "on_time_rate") == (1, 1)
    assert share(conn, "overdue_rate", january(day(12))) == (0, 0)


def test_a_reopened_case_is_due_once_by_its_new_time(conn: Connection) -> None:
    reopening = event(Kind.REOPEN, day(8), due_at=day(3, month=2))
    steps = [closed(day(6)), reopening, closed(day(4, month=2))]
    add_case(conn, due_at=day(7), events=steps)
    february = Question(NEXT_MONTH, day(1, month=3), T)

    assert share(conn, "on_time_rate", january(day(7) + INSTANT)) == (1, 1)  # before the reopening
    assert share(conn, "on_time_rate") == (0, 0)
    assert share(conn, "on_time_rate", february) == (0, 1)
    assert share(conn, "closure_rate_due", february) == (1, 1)


def test_the_unit_that_held_the_case_when_it_fell_due_carries_it(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    early = [moved(Kind.REASSIGN, day(9), second)]  # at the due time it is already there
    late = [moved(Kind.REASSIGN, day(9) + INSTANT, second)]
    add_case(conn, unit_id=first, due_at=day(9), events=early)
    add_case(conn, unit_id=first, due_at=day(9), events=late)

    assert of_units(conn, "overdue_rate") == {"first": (1, 1, 1, None), "second": (1, 1, 1, None)}
    assert of_units(conn, "overdue_now_count") == {"second": (2, None, None, None)}


def test_the_cohort_leaves_out_rejected_withdrawn_and_merged(conn: Connection) -> None:
    add_case(conn, events=[closed(day(3, month=2))])  # closed after the window, by as-of
    add_case(conn)
    for kind in (Kind.REJECT, Kind.WITHDRAW, Kind.MERGE):
        add_case(conn, events=[event(kind, day(9))])
    add_case(conn, opened_at=day(1) - INSTANT, events=[closed(day(9))])  # not opened in the window

    assert share(conn, "closure_rate_cohort") == (1, 2)
    assert share(conn, "closure_rate_cohort", january(day(8))) == (0, 5)


def test_a_case_reopened_and_not_closed_again_is_not_closed(conn: Connection) -> None:
    add_case(conn, due_at=day(7), events=[closed(day(6)), event(Kind.REOPEN, day(8))])

    assert share(conn, "closure_rate_cohort") == (0, 1)
    assert share(conn, "closure_rate_due") == (0, 1)
    assert numbers(conn, january(), "overdue_open_count") == [1]


def test_handling_runs_from_opening_to_the_last_closing(conn: Connection) -> None:
    steps = [closed(day(6)), event(Kind.REOPEN, day(8)), closed(day(9))]
    add_case(conn, opened_at=day(5), events=steps)

    assert numbers(conn, january(), "handling_hours_median") == [96]


def test_quantiles_lie_between_the_cases_in_order(conn: Connection) -> None:
    for hours in (1, 2, 4, 10):
        add_case(conn, opened_at=day(5), events=[closed(day(5, hours))])
    found = check(conn, january(), "handling_hours_median", "handling_hours_p90")

    assert found["handling_hours_median"] == (3, None, None, 4)
    assert found["handling_hours_p90"][0] == pytest.approx(4 + 0.7 * 6)


def test_throughput_may_exceed_one(conn: Connection) -> None:
    for _ in range(2):
        add_case(conn, opened_at=day(1) - timedelta(days=5), events=[closed(day(9))])
    add_case(conn)

    assert share(conn, "throughput_ratio") == (2, 1)


def test_a_transfer_is_a_move_between_two_known_units(conn: Connection) -> None:
    centre, first, second = add_centre(conn), add_unit(conn, "first"), add_unit(conn, "second")
    steps = [
        moved(Kind.DISPATCH, day(6), first),  # by the centre
        moved(Kind.RETURN, day(7), centre),
        moved(Kind.DISPATCH, day(8), first),
        moved(Kind.OBSERVE, day(9), first),  # within the unit
        moved(Kind.REASSIGN, day(10), second),  # the one
        event(Kind.NOTE, day(11)),  # says nothing about the unit
        moved(Kind.ESCALATE, day(12), centre),
    ]
    add_case(conn, unit_id=centre, events=steps, centre_id=centre)
    add_case(conn, events=[moved(Kind.UPDATE, day(8), first)], centre_id=centre)  # filled in

    assert of_units(conn, "transfer_count") == {"first": (1, None, None, None)}


def test_an_event_without_a_unit_does_not_break_a_transfer(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [event(Kind.OBSERVE, day(8)), moved(Kind.OBSERVE, day(9), second)]
    add_case(conn, unit_id=first, events=steps)

    assert of_units(conn, "transfer_count") == {"first": (1, None, None, None)}


def test_rework_is_failed_verifications_of_all_in_the_window(conn: Connection) -> None:
    checks = [
        event(Kind.FAIL_CHECK, day(1) - INSTANT),  # not counted: before the window
        event(Kind.FAIL_CHECK, day(6)),
        event(Kind.FAIL_CHECK, day(7)),
        event(Kind.PASS_CHECK, day(8)),
        event(Kind.FAIL_CHECK, NEXT_MONTH),  # not counted: end is exclusive
    ]
    case_no = add_case(conn, opened_at=day(1) - timedelta(days=9), events=checks)

    assert share(conn, "rework_rate") == (2, 3)
    assert listed(conn, january(), "rework_rate", "numerator") == [case_no, case_no]


def test_a_filter_includes_what_lies_below_and_a_group_is_the_leaf(conn: Connection) -> None:
    street = add_area(conn, "street")
    village, kind = add_area(conn, "village", street), add_category(conn, "kind")
    leaf = add_category(conn, "leaf", kind)
    add_case(conn, area_id=village, category_id=leaf)
    add_case(conn, area_id=street, category_id=kind)
    add_case(conn)
    raw = independent.load(conn)

    assert numbers(conn, january(area="street"), "opened_count") == [2]
    assert numbers(conn, january(area="village"), "opened_count") == [1]
    assert numbers(conn, january(category="kind"), "opened_count") == [2]
    for by in GROUPINGS:
        check_groups(conn, january(), raw, by)
    groups = independent.figures_by(raw, january(), "area")
    assert {code: found["opened_count"][0] for code, found in groups.items()} == {
        "": 1,
        "village": 1,
        "street": 1,
    }


def test_events_of_one_instant_follow_the_order_of_their_source(conn: Connection) -> None:
    steps = [
        event(Kind.REOPEN, day(8), source_order=2),
        event(Kind.CLOSE, day(8), source_order=1),
    ]
    add_case(conn, events=steps)
    names = "closed_count", "reopened_count", "backlog_count"

    assert numbers(conn, january(), *names) == [1, 1, 1]
