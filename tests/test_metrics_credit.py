"""Credit by hand: which unit, area and category a figure falls on, and that they add up."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from data.metrics import METRICS, ledger_balanced, listed, measure_by
from data.metrics.figure import Figure, Question
from data.schema import areas, units
from data.terms import Kind
from tests.builders import add_area, add_case, add_category, add_centre, add_unit, day, event
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

ONE = (1, None, None, None)


def test_a_closed_case_of_the_cohort_is_of_the_unit_that_closed_it(conn: Connection) -> None:
    """Whoever is written into it afterwards; an open one is of who holds it at as-of."""
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    late = moved(Kind.UPDATE, day(20), second)
    add_case(conn, unit_id=first, opened_at=day(5), events=[closed(day(6)), late])
    add_case(conn, unit_id=first, opened_at=day(5), events=[late])

    assert shares_of_units(conn, "closure_rate_cohort") == {"first": (1, 1), "second": (0, 1)}
    assert shares_of_units(conn, "closure_rate_cohort", january(day(9))) == {"first": (1, 2)}
    assert of_units(conn, "handling_hours_median") == {"first": (24, None, None, 1)}


def test_a_case_closed_again_is_of_the_unit_that_closed_it_last(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [closed(day(6)), moved(Kind.REOPEN, day(8), second), closed(day(9))]
    add_case(conn, unit_id=first, opened_at=day(5), events=steps)

    assert of_units(conn, "handling_hours_median") == {"second": (96, None, None, 1)}
    assert of_units(conn, "closed_count") == {"first": ONE, "second": ONE}


def test_the_backlog_is_of_who_held_it_at_the_end_or_at_as_of(conn: Connection) -> None:
    first, second, third = (add_unit(conn, code) for code in ("first", "second", "third"))
    steps = [moved(Kind.REASSIGN, day(12), second), moved(Kind.REASSIGN, NEXT_MONTH, third)]
    add_case(conn, unit_id=first, opened_at=day(1) - INSTANT, events=steps)

    assert of_units(conn, "backlog_count") == {"second": ONE}
    assert of_units(conn, "backlog_count", january(day(12))) == {"second": ONE}
    assert of_units(conn, "backlog_count", january(day(12) - INSTANT)) == {"first": ONE}
    assert of_units(conn, "carried_in_count") == {"first": ONE}


def test_a_case_handed_on_twice_is_a_transfer_of_each_that_gave_it_away(conn: Connection) -> None:
    first, second, third = (add_unit(conn, code) for code in ("first", "second", "third"))
    steps = [moved(Kind.REASSIGN, day(8), second), moved(Kind.ESCALATE, day(9), third)]
    case_no = add_case(conn, unit_id=first, events=steps)

    assert of_units(conn, "transfer_count") == {"first": ONE, "second": ONE}
    assert listed(conn, january(unit="third"), "transfer_count", "numerator") == []
    assert listed(conn, january(unit="second"), "transfer_count", "numerator") == [case_no]


def test_reassigning_does_not_restart_the_clock(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [moved(Kind.REASSIGN, day(9) - timedelta(minutes=1), second), closed(day(10))]
    add_case(conn, unit_id=first, due_at=day(9), events=steps)

    assert shares_of_units(conn, "on_time_rate") == {"second": (0, 1)}
    assert of_units(conn, "overdue_closed_count") == {"second": ONE}


def test_units_add_up_to_the_whole(conn: Connection) -> None:
    """A case that passed through three units counts for one of them wherever it counts once."""
    centre, first, second = add_centre(conn), add_unit(conn, "first"), add_unit(conn, "second")
    sent = moved(Kind.DISPATCH, day(6), first)
    steps = [sent, moved(Kind.REASSIGN, day(8), second), event(Kind.ACCEPT, day(9))]
    add_case(conn, unit_id=centre, due_at=day(7), centre_id=centre, events=steps)
    add_case(conn, unit_id=centre, due_at=day(7), centre_id=centre, events=[sent])
    add_case(conn, unit_id=centre, due_at=day(7), centre_id=centre)
    add_case(conn, due_at=day(7))  # of no unit

    assert of_units(conn, "opened_count") == {"centre": (3, None, None, None), "": ONE}
    one_each = dict.fromkeys(("centre", "first", "second", ""), ONE)
    assert of_units(conn, "backlog_count") == one_each
    assert shares_of_units(conn, "overdue_rate") == {"centre": (1, 1), "first": (2, 2), "": (1, 1)}
    assert numbers(conn, january(), "opened_count", "backlog_count") == [4, 4]
    assert share(conn, "overdue_rate") == (4, 4)


def test_a_rate_of_the_whole_is_the_ratio_of_the_sums(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    add_case(conn, unit_id=first, due_at=day(9), events=[closed(day(8))])
    for _ in range(9):
        add_case(conn, unit_id=second, due_at=day(9))

    assert shares_of_units(conn, "closure_rate_due") == {"first": (1, 1), "second": (0, 9)}
    assert numbers(conn, january(), "closure_rate_due") == [0.1]  # not half of 100 % and 0 %


def test_overdue_is_what_is_not_on_time_in_two_lists(conn: Connection) -> None:
    add_case(conn, due_at=day(9), events=[closed(day(8))])
    late = add_case(conn, due_at=day(9), events=[closed(day(12))])
    still_open = add_case(conn, due_at=day(9))
    question = january()

    assert share(conn, "on_time_rate") == (1, 3)
    assert share(conn, "overdue_rate") == (2, 3)
    assert listed(conn, question, "overdue_closed_count", "numerator") == [late]
    assert listed(conn, question, "overdue_open_count", "numerator") == [still_open]
    assert numbers(conn, january(day(10)), "overdue_open_count") == [2]  # not closed yet


def test_what_is_overdue_now_has_no_window(conn: Connection) -> None:
    long_ago = day(1) - timedelta(days=300)
    add_case(conn, opened_at=long_ago, due_at=long_ago + timedelta(days=1))
    add_case(conn, opened_at=day(2, month=2), due_at=day(3, month=2))  # after the window

    assert numbers(conn, january(), "overdue_now_count") == [2]
    assert numbers(conn, january(day(20)), "overdue_now_count") == [1]
    assert share(conn, "overdue_rate") == (0, 0)


def test_as_of_inside_the_window_sees_what_had_fallen_due_by_then(conn: Connection) -> None:
    for number in (10, 15, 20):
        add_case(conn, opened_at=day(5), due_at=day(number), events=[closed(day(number - 3))])

    assert share(conn, "closure_rate_due", january(day(15))) == (1, 1)  # due on the 15th: not yet
    assert share(conn, "closure_rate_cohort", january(day(15))) == (2, 3)  # closed on 7th and 12th
    assert share(conn, "throughput_ratio", january(day(15))) == (2, 3)
    assert share(conn, "closure_rate_due") == (3, 3)


def test_an_area_has_what_lies_below_it_and_hands_nothing_over(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    street, village = add_area(conn, "street"), add_area(conn, "village")
    conn.execute(update(areas).where(areas.c.code == "village").values(parent_id=street))
    steps = [moved(Kind.REASSIGN, day(8), second)]
    for area_id in (street, village, None):
        add_case(conn, unit_id=first, due_at=day(9), area_id=area_id, events=steps)
    names = "opened_count", "backlog_count", "handed_in_count", "handed_out_count"

    assert numbers(conn, january(area="street"), *names) == [2, 2, 0, 0]
    assert share(conn, "overdue_rate", january(area="street")) == (2, 2)
    assert share(conn, "overdue_rate", january(area="village")) == (1, 1)
    assert numbers(conn, january(area="street", unit="second"), *names) == [0, 2, 2, 0]


def test_a_category_has_what_lies_below_it(conn: Connection) -> None:
    roads = add_category(conn, "roads")
    potholes = add_category(conn, "potholes", roads)
    holes = add_category(conn, "holes", potholes)
    for category_id in (roads, potholes, holes, None):
        add_case(conn, due_at=day(9), category_id=category_id, events=[closed(day(8))])

    found = [
        share(conn, "on_time_rate", january(category=code))
        for code in ("roads", "potholes", "holes", None)
    ]
    assert found == [(3, 3), (2, 2), (1, 1), (4, 4)]


def test_history_stays_with_the_unit_then_responsible(conn: Connection) -> None:
    """The old unit is out of use since the 15th; its successor has what it took over."""
    old, new = add_unit(conn, "old"), add_unit(conn, "new")
    conn.execute(update(units).where(units.c.code == "old").values(is_active=False))
    add_case(conn, unit_id=old, due_at=day(9))
    add_case(conn, unit_id=old, due_at=day(20), events=[moved(Kind.REASSIGN, day(15), new)])

    assert shares_of_units(conn, "overdue_rate") == {"old": (1, 1), "new": (1, 1)}
    assert of_units(conn, "opened_count") == {"old": (2, None, None, None)}
    assert of_units(conn, "handed_in_count") == {"new": ONE}


def test_a_merged_child_changes_nothing_of_its_parent(conn: Connection) -> None:
    parent = add_case(conn, opened_at=day(5), due_at=day(9))
    add_case(conn, opened_at=day(2), due_at=day(8), events=[event(Kind.MERGE, day(7))])

    assert listed(conn, january(), "overdue_rate", "denominator") == [parent]
    assert share(conn, "closure_rate_cohort") == (0, 1)
    assert numbers(conn, january(), "opened_count", "merged_count", "backlog_count") == [2, 1, 1]


@pytest.mark.parametrize(("carried_out", "balances"), [(83_218, True), (83_217, False)])
def test_a_ledger_that_does_not_balance_is_told(carried_out: int, balances: bool) -> None:
    """September 2020 of Lianyungang: 78,589 new and 4,629 carried in are 83,218."""
    terms = {"opened_count": 78_589, "carried_in_count": 4_629, "backlog_count": carried_out}
    figures = {name: Figure(metric, terms.get(name, 0)) for name, metric in METRICS.items()}

    assert ledger_balanced(figures) is balances


def test_a_group_with_nothing_due_is_there_with_a_dash(conn: Connection) -> None:
    first = add_unit(conn, "first")
    add_case(conn, unit_id=first)
    found = measure_by(conn, Question(day(1), NEXT_MONTH, T), "unit")

    assert found["first"]["closure_rate_due"].text == "—"
    assert found["first"]["opened_count"].text == "1"
