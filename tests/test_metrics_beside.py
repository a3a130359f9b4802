"""What stands beside a number, by hand: left out, undecided, unanswered, raw, repeats, visits."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from data.metrics import BESIDE, METRICS, Figure, Question, listed, measure
from data.terms import Event, Kind, State
from tests.agreement import check
from tests.builders import (
    add_area,
    add_case,
    add_category,
    add_centre,
    add_channel,
    add_unit,
    day,
    event,
)
from tests.by_hand import (
    INSTANT,
    NEXT_MONTH,
    closed,
    january,
    moved,
    numbers,
    of_units,
    share,
    shares_of_units,
)

ROAD = "12 Xinhua Road"
HAND_OVER = "acceptance_running_count", "acceptance_without_limit_count"
EARLIER = "repeat_before_closure_count", "repeat_after_closure_count"


def sent(at: datetime, unit_id: int | None = None, until: datetime | None = None) -> Event:
    return event(Kind.DISPATCH, at, to_unit_id=unit_id, accept_due_at=until)


def figure(conn: Connection, name: str, question: Question) -> Figure:
    check(conn, question, name)
    return measure(conn, question, [name])[name]


def test_what_stands_beside_a_number_is_a_number_itself() -> None:
    assert {*BESIDE} < {*METRICS}
    assert {name for names in BESIDE.values() for name in names} < {*METRICS}


# Left out of the cohort


def test_rejected_withdrawn_and_merged_cases_are_counted_as_left_out(conn: Connection) -> None:
    gone = [
        add_case(conn, opened_at=day(5), events=[event(kind, day(9))])
        for kind in (Kind.REJECT, Kind.WITHDRAW, Kind.MERGE)
    ]
    add_case(conn, opened_at=day(5), events=[closed(day(9))])
    add_case(conn, opened_at=day(5))
    add_case(conn, opened_at=NEXT_MONTH, events=[event(Kind.REJECT, day(3, month=2))])  # too late

    assert numbers(conn, january(), "cohort_left_out_count") == [3]
    assert share(conn, "closure_rate_cohort") == (1, 2)
    assert listed(conn, january(), "cohort_left_out_count", "numerator") == sorted(gone)
    assert numbers(conn, january(day(9) - INSTANT), "cohort_left_out_count") == [0]


def test_a_rejection_taken_back_leaves_nothing_out(conn: Connection) -> None:
    steps = [event(Kind.REJECT, day(8)), event(Kind.REOPEN, day(9))]
    add_case(conn, opened_at=day(5), events=steps)

    assert numbers(conn, january(day(8)), "cohort_left_out_count") == [1]
    assert numbers(conn, january(day(9)), "cohort_left_out_count") == [0]


def test_what_is_left_out_is_of_the_unit_that_holds_it(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [moved(Kind.REASSIGN, day(6), second), event(Kind.WITHDRAW, day(7))]
    add_case(conn, unit_id=first, events=steps)

    assert of_units(conn, "cohort_left_out_count") == {"second": (1, None, None, None)}


# Dispatches in neither part


def test_a_dispatch_is_in_time_or_late_or_running_or_without_a_limit(conn: Connection) -> None:
    until = day(10)
    add_case(conn, events=[sent(day(6), until=until), event(Kind.ACCEPT, day(7))])
    running = add_case(conn, events=[sent(day(6), until=until)])
    unlimited = add_case(conn, events=[sent(day(6)), event(Kind.ACCEPT, day(7))])
    before, at_limit = january(until - INSTANT), january(until)

    assert share(conn, "timely_acceptance_rate", before) == (1, 1)
    assert numbers(conn, before, *HAND_OVER) == [1, 1]
    assert share(conn, "timely_acceptance_rate", at_limit) == (1, 2)
    assert numbers(conn, at_limit, *HAND_OVER) == [0, 1]
    assert listed(conn, before, HAND_OVER[0], "numerator") == [running]
    assert listed(conn, before, HAND_OVER[1], "numerator") == [unlimited]


# Unanswered


def test_a_dispatch_is_unanswered_until_its_unit_says_something(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    steps = [
        sent(day(6), first),
        moved(Kind.REASSIGN, day(8), second),  # the first never answered
        event(Kind.FEED_BACK, day(9)),
    ]
    case_no = add_case(conn, events=steps)
    one = (1, None, None, None)

    assert of_units(conn, "unanswered_count", january(day(8))) == {"first": one, "second": one}
    assert of_units(conn, "unanswered_count", january(day(9))) == {"first": one}
    assert listed(conn, january(), "unanswered_count", "numerator") == [case_no]
    assert of_units(conn, "first_response_hours_median") == {"second": (24, None, None, 1)}


# Units visited


def test_units_visited_are_counted_once_a_case_and_the_centre_never(conn: Connection) -> None:
    centre, first, second = add_centre(conn), add_unit(conn, "first"), add_unit(conn, "second")
    there_and_back = add_case(
        conn,
        unit_id=centre,
        centre_id=centre,
        events=[
            sent(day(6), first),
            moved(Kind.RETURN, day(7), centre),
            sent(day(8), second),
            moved(Kind.REASSIGN, day(9), first),
        ],
    )
    once = add_case(conn, events=[sent(day(6), second), event(Kind.ACCEPT, day(7))])
    nowhere = add_case(conn, events=[sent(day(6))])  # no unit is told
    add_case(conn, unit_id=first)  # never dispatched: not counted

    assert share(conn, "units_visited_mean") == (3, 3)
    assert listed(conn, january(), "units_visited_mean", "numerator") == sorted(
        [there_and_back, there_and_back, once]
    )
    assert listed(conn, january(), "units_visited_mean", "denominator") == sorted(
        [there_and_back, once, nowhere]
    )
    of_each = {"first": (2, 1), "second": (1, 1), "": (0, 1)}
    assert shares_of_units(conn, "units_visited_mean") == of_each
    assert share(conn, "units_visited_mean", january(day(7))) == (2, 3)


def test_a_mean_is_printed_with_two_decimals_and_no_percent(conn: Connection) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    add_case(conn, events=[sent(day(6), first), moved(Kind.REASSIGN, day(7), second)])
    add_case(conn, events=[sent(day(6), first)])
    add_case(conn, events=[sent(day(6), first)])

    mean = figure(conn, "units_visited_mean", january())

    assert mean.value == pytest.approx(4 / 3)
    assert mean.text == "1.33"
    assert figure(conn, "units_visited_mean", january(day(5))).text == "—"


# Repeats


@pytest.fixture
def roads(conn: Connection) -> int:
    return add_category(conn, "roads")


def test_a_case_that_lies_nowhere_is_counted_beside_the_repeats(
    conn: Connection, roads: int
) -> None:
    district = add_area(conn, "district")  # no grid: says too little of where
    nowhere = add_case(conn, category_id=roads, area_id=district)
    add_case(conn, category_id=roads, address=ROAD)
    add_case(conn, category_id=roads, repeat_of="elsewhere")  # its source knows

    assert numbers(conn, january(), "unplaced_count") == [1]
    assert listed(conn, january(), "unplaced_count", "numerator") == [nowhere]
    assert share(conn, "repeat_rate") == (1, 2)


@pytest.mark.parametrize(
    ("steps", "counted"),
    [
        ([], (1, 0)),
        ([closed(day(6))], (0, 1)),
        ([closed(day(8))], (0, 1)),  # at the very instant
        ([closed(day(8) + INSTANT)], (1, 0)),
        ([closed(day(6)), event(Kind.REOPEN, day(7))], (1, 0)),
        ([event(Kind.REJECT, day(6)), event(Kind.REOPEN, day(9))], (1, 0)),  # never was rejected
        ([event(Kind.WITHDRAW, day(6))], (0, 0)),
        ([event(Kind.MERGE, day(6))], (0, 0)),
    ],
    ids=["open", "closed", "closing", "not_yet", "reopened", "taken_back", "withdrawn", "merged"],
)
def test_a_repeat_comes_before_or_after_the_closure_of_the_earlier_case(
    conn: Connection, roads: int, steps: list[Event], counted: tuple[int, int]
) -> None:
    add_case(conn, opened_at=day(5), category_id=roads, address=ROAD, events=steps)
    add_case(conn, opened_at=day(8), category_id=roads, address=ROAD)

    assert check(conn, january(), "repeat_rate")["repeat_rate"][1] == 1
    assert numbers(conn, january(), *EARLIER) == [*counted]


def test_the_latest_of_several_earlier_cases_tells(conn: Connection, roads: int) -> None:
    place = {"category_id": roads, "address": ROAD}
    add_case(conn, opened_at=day(4), **place)  # type: ignore[arg-type]
    add_case(conn, opened_at=day(5), events=[closed(day(6))], **place)  # type: ignore[arg-type]
    third = add_case(conn, opened_at=day(8), **place)  # type: ignore[arg-type]

    assert listed(conn, january(), EARLIER[1], "numerator") == [third]
    assert numbers(conn, january(), *EARLIER) == [1, 1]


def test_a_repeat_flagged_by_its_source_goes_by_the_case_it_names(
    conn: Connection, roads: int
) -> None:
    named = add_case(conn, opened_at=day(4), events=[closed(day(6))])
    add_case(conn, opened_at=day(5), category_id=roads, address=ROAD)  # open, at the place
    add_case(conn, opened_at=day(8), category_id=roads, address=ROAD, repeat_of=named)

    assert numbers(conn, january(), *EARLIER) == [0, 1]


def test_a_repeat_of_a_case_not_held_here_is_in_neither(conn: Connection, roads: int) -> None:
    rejected = add_case(conn, opened_at=day(4), events=[event(Kind.REJECT, day(6))])
    for told in ("elsewhere", rejected, "itself"):
        add_case(conn, told if told == "itself" else None, opened_at=day(8), repeat_of=told)

    assert share(conn, "repeat_rate") == (3, 3)
    assert numbers(conn, january(), *EARLIER) == [0, 0]


# Call-backs that reached somebody


def test_call_backs_that_reached_nobody_are_attempts(conn: Connection) -> None:
    def called(at: datetime, **told: object) -> Event:
        return event(Kind.CALL_BACK, at, None, **told)

    add_case(conn, events=[closed(day(6)), called(day(7), outcome="partly")])
    add_case(conn, events=[closed(day(6)), called(day(7), outcome="unreachable")])
    answered_first = [called(day(7), outcome="resolved"), called(day(8), outcome="refused")]
    add_case(conn, events=[closed(day(6)), *answered_first])  # the last one counts
    add_case(conn, events=[closed(day(6)), called(day(7), satisfaction="mostly")])
    add_case(conn, events=[closed(day(6))])  # nobody asked

    assert share(conn, "resolution_valid_rate") == (1, 3)
    assert share(conn, "resolution_rate") == (0, 1)
    assert share(conn, "resolution_valid_rate", january(day(7))) == (2, 3)
    assert share(conn, "satisfaction_valid_rate") == (1, 1)


# On time by the raw due time


def net(kind: Kind, at: datetime, due_at: datetime | None = None) -> Event:
    return event(kind, at, due_at=due_at)


@pytest.mark.parametrize(
    ("steps", "counted"),
    [
        ([], 0),
        ([net(Kind.APPROVE_EXTENSION, day(9), day(14))], 0),
        ([net(Kind.PAUSE, day(7)), net(Kind.RESUME, day(9), day(14))], 0),
        (
            [
                net(Kind.PAUSE, day(7)),
                event(Kind.OBSERVE, day(9), State.DISPATCHED, due_at=day(14)),
            ],
            0,
        ),
        ([net(Kind.UPDATE, day(7), day(14))], 1),  # its source set another time
        ([closed(day(8)), net(Kind.REOPEN, day(9), day(14))], 1),  # a new limit from the reopening
    ],
    ids=["as_told", "extended", "paused", "pause_ended_by_a_log", "told_anew", "reopened"],
)
def test_pauses_and_extensions_leave_the_raw_due_time(
    conn: Connection, steps: list[Event], counted: int
) -> None:
    add_case(conn, opened_at=day(5), due_at=day(10), events=[*steps, closed(day(12))])
    is_moved = bool(steps)

    assert share(conn, "on_time_raw_rate") == (counted, 1)
    assert share(conn, "on_time_rate") == (int(is_moved), 1)


def test_closed_at_the_raw_due_time_is_on_time_by_it(conn: Connection) -> None:
    extended = net(Kind.APPROVE_EXTENSION, day(9), day(14))
    add_case(conn, opened_at=day(5), due_at=day(10), events=[extended, closed(day(10))])
    late = add_case(
        conn, opened_at=day(5), due_at=day(10), events=[extended, closed(day(10) + INSTANT)]
    )

    assert share(conn, "on_time_raw_rate") == (1, 2)
    assert share(conn, "on_time_rate") == (2, 2)
    assert listed(conn, january(), "on_time_raw_rate", "missing") == [late]


def test_without_a_raw_due_time_the_net_one_counts(conn: Connection) -> None:
    told_late = net(Kind.PAUSE, day(6), day(14))
    add_case(
        conn, opened_at=day(5), events=[told_late, event(Kind.RESUME, day(7)), closed(day(14))]
    )

    assert share(conn, "on_time_raw_rate") == (1, 1)


# Ripe


def test_reopenings_are_immature_for_thirty_days_after_the_window(conn: Connection) -> None:
    add_case(conn, opened_at=day(5), events=[closed(day(6))])
    ripe_at = NEXT_MONTH + timedelta(hours=30 * 24)

    assert figure(conn, "reopen_rate", january(ripe_at - INSTANT)).is_immature
    assert figure(conn, "reopen_rate", january(day(20))).is_immature  # the window has not ended
    assert not figure(conn, "reopen_rate", january(ripe_at)).is_immature
    assert not figure(conn, "closure_rate_cohort", january()).is_immature


# Filters and groups


def test_everything_beside_is_told_by_unit_area_category_and_channel(
    conn: Connection, roads: int
) -> None:
    unit, area, channel = add_unit(conn, "u"), add_area(conn, "a"), add_channel(conn, "hotline")
    said = {"category_id": roads, "area_id": area, "channel_id": channel, "address": ROAD}
    add_case(conn, unit_id=unit, events=[event(Kind.WITHDRAW, day(9))], **said)  # type: ignore[arg-type]
    add_case(conn, unit_id=unit, events=[sent(day(6), unit)], **said)  # type: ignore[arg-type]
    names = "cohort_left_out_count", "unanswered_count", "acceptance_without_limit_count"

    asked = january(unit="u"), january(area="a"), january(category="roads")
    for question in (*asked, january(channel="hotline")):
        assert numbers(conn, question, *names) == [1, 1, 1]
    assert numbers(conn, january(unit=""), *names) == [0, 0, 0]
    assert numbers(conn, january(channel=""), *names) == [0, 0, 0]
