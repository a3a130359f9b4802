"""One case on one page: whose turn it is, its hands, its orders, and the cases around it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from data.calendar import LimitUnit
from data.case_file import case_file
from data.case_file.around import around_case
from data.case_file.ground import ground_of
from data.schema import areas, cases
from data.terms import AreaLevel, Event, Kind, Refused, Scope, State
from tests.builders import add_area, add_case, add_category, add_centre, add_unit, day, event

OPENED = day(5, 1)
NOW = day(9, 1)


def after(hours: float) -> datetime:
    return OPENED + timedelta(hours=hours)


@pytest.fixture
def held(conn: Connection) -> dict[str, int]:
    """The centre, two units, a category with a limit of one day round the clock."""
    found = {"centre": add_centre(conn), "first": add_unit(conn, "first")}
    found["second"] = add_unit(conn, "second")
    found["category"] = add_category(conn, "heating", clock=LimitUnit.URGENT_DAYS)
    return found


def add(
    conn: Connection, held: dict[str, int], case_no: str, *steps: Event, **place: float
) -> None:
    """A case reported to the centre, due after a day, and what happened then."""
    add_case(
        conn,
        case_no,
        OPENED,
        steps,
        unit_id=held["centre"],
        due_at=after(24),
        centre_id=held["centre"],
        category_id=held["category"],
        **place,  # type: ignore[arg-type]
    )


def handed_on(held: dict[str, int]) -> tuple[Event, ...]:
    """Two hours at the centre, ten with the first unit, then with the second."""
    return (
        event(Kind.DISPATCH, after(2), to_unit_id=held["first"], accept_due_at=after(4)),
        event(Kind.ACCEPT, after(5)),
        event(Kind.REASSIGN, after(12), to_unit_id=held["second"], accept_due_at=after(14)),
    )


def test_the_time_with_each_unit_adds_up_to_the_time_of_the_case(
    conn: Connection, held: dict[str, int]
) -> None:
    add(conn, held, "A-1", *handed_on(held))
    case = case_file(conn, "A-1")
    hands = case.hands(after(30))
    told = [(hand.unit, hand.held_hours, hand.waited_hours, hand.late_hours) for hand in hands]
    assert told == [("centre", 2, 0, 0), ("first", 10, 3, 0), ("second", 18, 18, 6)]
    assert sum(hand.held_hours for hand in hands) == case.gross_hours(after(30))


def test_a_case_that_comes_back_is_counted_with_the_same_unit(
    conn: Connection, held: dict[str, int]
) -> None:
    back = event(Kind.REASSIGN, after(20), to_unit_id=held["first"])
    add(conn, held, "A-1", *handed_on(held), back)
    hands = {hand.unit: hand for hand in case_file(conn, "A-1").hands(after(21))}
    assert (hands["first"].turn_count, hands["first"].held_hours) == (2, 11)


def test_a_change_of_hands_tells_how_long_the_hand_before_had_it(
    conn: Connection, held: dict[str, int]
) -> None:
    add(conn, held, "A-1", *handed_on(held))
    moments = case_file(conn, "A-1").moments
    assert [moment.held_hours for moment in moments] == [None, 2, None, 10]
    assert [moment.waited_hours for moment in moments] == [None, None, 3, None]


@pytest.mark.parametrize(
    ("steps", "kind", "is_centres", "until"),
    [
        (0, Kind.DISPATCH, True, None),
        (1, Kind.ACCEPT, False, after(4)),
        (2, Kind.RESOLVE, False, after(24)),
        (3, Kind.ACCEPT, False, after(14)),
    ],
)
def test_a_case_waits_for_the_next_action(
    conn: Connection,
    held: dict[str, int],
    steps: int,
    kind: Kind,
    is_centres: bool,
    until: datetime | None,
) -> None:
    add(conn, held, "A-1", *handed_on(held)[:steps])
    turn = case_file(conn, "A-1").turn
    assert turn is not None
    assert (turn.kind, turn.is_centres, turn.until_at) == (kind, is_centres, until)


def test_a_paused_case_waits_until_the_planned_end_and_an_ended_one_for_nothing(
    conn: Connection, held: dict[str, int]
) -> None:
    pause = event(Kind.PAUSE, after(6), until_at=after(9))
    add(conn, held, "A-1", *handed_on(held)[:2], pause)
    add(conn, held, "A-2", event(Kind.REJECT, after(1)))
    paused = case_file(conn, "A-1").turn
    assert paused is not None and (paused.kind, paused.until_at) == (Kind.RESUME, after(9))
    assert case_file(conn, "A-2").turn is None


def test_the_rule_that_set_the_due_time_is_the_last_that_moved_it(
    conn: Connection, held: dict[str, int]
) -> None:
    granted = event(Kind.APPROVE_EXTENSION, after(8), due_at=after(48))
    add(conn, held, "A-1", *handed_on(held)[:2])
    add(conn, held, "A-2", *handed_on(held)[:2], granted)
    assert case_file(conn, "A-1").due_rule == ("report", OPENED)
    assert case_file(conn, "A-2").due_rule == ("extension", after(8))


def test_a_reply_answers_the_order_it_names_or_the_latest_that_waits(
    conn: Connection, held: dict[str, int]
) -> None:
    steps = (
        event(Kind.SUPERVISE, after(6), order_no="2026-1", until_at=after(7)),
        event(Kind.SUPERVISE, after(8), order_no="2026-2", until_at=after(20)),
        event(Kind.NOTE, after(9), note="没有要求回复"),  # no order
        event(Kind.REPLY, after(10), order_no="2026-1", note="在办"),
        event(Kind.SUPERVISE, after(11)),
        event(Kind.REPLY, after(12), note="快了"),
    )
    add(conn, held, "A-1", *handed_on(held)[:2], *steps)
    orders = case_file(conn, "A-1").orders
    assert [(order.order_no, order.reply) for order in orders] == [
        ("2026-1", "在办"),
        ("2026-2", None),
        (None, "快了"),
    ]
    assert [order.is_late(after(15)) for order in orders] == [True, False, False]
    assert orders[1].is_late(after(21)) and orders[1].is_open


def test_what_lies_around_is_the_same_matter_at_the_same_place_and_time(
    conn: Connection, held: dict[str, int]
) -> None:
    here = {"lon": 112.9, "lat": 28.2}
    other = add_category(conn, "noise")
    add(conn, held, "A-1", **here)
    add(conn, held, "A-2", **here)
    add(conn, held, "A-3", lon=112.9, lat=28.3)  # elsewhere
    add(conn, held, "A-4", event(Kind.REJECT, after(1)), **here)  # never was a matter
    add_case(conn, "A-5", OPENED, category_id=other, **here)  # another matter
    add_case(conn, "A-6", OPENED - timedelta(days=31), category_id=held["category"], **here)
    repeats = around_case(conn, "A-1").repeats
    assert (repeats.count, [line.case_no for line in repeats.lines]) == (1, ["A-2"])


def test_a_merged_case_and_its_parent_know_each_other(
    conn: Connection, held: dict[str, int]
) -> None:
    add(conn, held, "A-1")
    parent_id = conn.execute(select(cases.c.case_id)).scalar_one()
    add(conn, held, "A-2", event(Kind.MERGE, after(1), parent_id=parent_id))
    parent, child = around_case(conn, "A-1"), around_case(conn, "A-2")
    assert [line.case_no for line in parent.children.lines] == ["A-2"] and parent.parent is None
    assert child.parent is not None and child.parent.case_no == "A-1"
    beyond = Scope(unit_id=held["first"])
    with pytest.raises(Refused, match="A-1"):
        around_case(conn, "A-1", beyond)


def test_the_ground_is_the_town_with_its_parts(conn: Connection, held: dict[str, int]) -> None:
    district = add_area(conn, "district", level=AreaLevel.DISTRICT)
    town = add_area(conn, "town", district, AreaLevel.TOWN)
    community = add_area(conn, "community", town, AreaLevel.COMMUNITY)
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    for area in (district, town, community):
        conn.execute(areas.update().where(areas.c.area_id == area).values(boundary=square))
    add_case(conn, "A-1", OPENED, area_id=community, lon=0.5, lat=0.2)
    add_case(conn, "A-2", OPENED)
    ground, nowhere = ground_of(conn, "A-1"), ground_of(conn, "A-2")
    assert ground.path == ("town", "community") and ground.point == (0.5, 0.2)
    assert ground.frame is not None and ground.own is not None and len(ground.parts) == 1
    assert (nowhere.path, nowhere.frame, nowhere.point) == ((), None, None)


def test_the_clock_of_an_ended_case_stands_still(conn: Connection, held: dict[str, int]) -> None:
    add(conn, held, "A-1", event(Kind.WITHDRAW, after(1)))
    assert case_file(conn, "A-1").line.state == State.WITHDRAWN
    assert case_file(conn, "A-1").hours_left(NOW) == 23  # stands still at its end
