"""What an action would change is told before it is saved, by the plan that saves it."""

from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from data.actions.offers import at_hand, offered
from data.actions.previews import Effect, Preview, preview
from data.calendar import LimitUnit
from data.requests import CaseRequest
from data.schema import cases, categories
from data.terms import (
    Actor,
    AreaLevel,
    Grade,
    Kind,
    Lamp,
    OutOfReach,
    Role,
    Scope,
    State,
)
from data.words import word
from tests.builders import add_area, add_case, add_category, add_centre, add_unit, day, event
from tests.desk import DISPATCHER, LEADER, NOW, do, later, operator, request, row_of

Ground = dict[str, int]


@pytest.fixture
def ground(conn: Connection) -> Ground:
    """The centre, two departments; A-1, which the first handles, opened on the 5th, due the 8th."""
    found = {"centre": add_centre(conn)}
    found |= {name: add_unit(conn, name) for name in ("first", "second")}
    found["category"] = add_category(conn, "heating", clock=LimitUnit.URGENT_DAYS)
    limits = {"limit_amount": 3, "accept_amount": 2, "accept_unit": LimitUnit.URGENT_HOURS}
    conn.execute(update(categories).values(limits))
    handled = [
        event(Kind.DISPATCH, day(5, 1), to_unit_id=found["first"]),
        event(Kind.ACCEPT, day(5, 2)),
    ]
    about: dict[str, Any] = {"unit_id": found["centre"], "centre_id": found["centre"]}
    about |= {"due_at": day(8), "category_id": found["category"]}
    add_case(conn, "A-1", day(5), handled, **about)
    return found


def told(conn: Connection, kind: Kind, at: Any = NOW, **said: Any) -> dict[str, Effect]:
    """The effects of an action on A-1, by name."""
    seen = preview(conn, CaseRequest(kind, "A-1", 0, "", **said), at)
    assert seen.why_not == ""
    return {effect.effect: effect for effect in seen.effects}


def test_reassigning_is_told_rule_by_rule(conn: Connection, ground: Ground) -> None:
    seen = told(conn, Kind.REASSIGN, to_unit_id=ground["second"])
    do(conn, Kind.REASSIGN, to_unit_id=ground["second"])

    assert list(seen) == [
        "state", "case_due", "accept_by", "holder", "overdue_credit", "units_visited",
    ]  # fmt: skip
    assert (seen["case_due"].rule, seen["case_due"].change) == ("keeps_due", "unchanged")
    assert seen["case_due"].after == row_of(conn).due_at
    assert (seen["state"].before, seen["state"].after) == ("处置中", "待签收")
    assert (seen["holder"].before, seen["holder"].after) == ("first", "second")
    assert seen["accept_by"].after == later(2)
    assert seen["overdue_credit"].after == "second"
    assert (seen["units_visited"].before, seen["units_visited"].after) == (1, 2)


def test_who_held_it_when_it_fell_due_answers_for_it(conn: Connection, ground: Ground) -> None:
    credit = told(conn, Kind.REASSIGN, day(9), to_unit_id=ground["second"])["overdue_credit"]
    assert (credit.before, credit.after, credit.change) == ("first", "first", "unchanged")
    do(conn, Kind.REASSIGN, at=day(9), to_unit_id=ground["second"])
    again = told(conn, Kind.REASSIGN, day(10), to_unit_id=ground["first"])["overdue_credit"]
    assert (again.before, again.after) == ("first", "first")


def test_the_fifth_unit_lights_a_lamp(conn: Connection, ground: Ground) -> None:
    for number in range(3):
        do(conn, Kind.REASSIGN, to_unit_id=add_unit(conn, f"unit-{number}"))
    assert (
        told(conn, Kind.REASSIGN, to_unit_id=ground["second"])["units_visited"].lamp is Lamp.YELLOW
    )
    assert "units_visited" not in told(conn, Kind.FEED_BACK)


def test_the_centre_is_none_of_the_units_visited(conn: Connection, ground: Ground) -> None:
    seen = told(conn, Kind.ESCALATE, level=AreaLevel.CITY, grade=Grade.MAJOR)
    assert (seen["units_visited"].before, seen["units_visited"].after) == (1, 1)
    assert (seen["level"].after, seen["grade"].after) == ("市级", "重点哨")
    assert seen["escalation_count"].after == 1


def test_reassigning_a_paused_case_ends_its_pause(conn: Connection, ground: Ground) -> None:
    do(conn, Kind.PAUSE, until_at=later(5))
    seen = told(conn, Kind.REASSIGN, later(48), to_unit_id=ground["second"])
    assert (seen["case_due"].rule, seen["case_due"].after) == ("ends_pause", day(10))
    assert seen["overdue_credit"].after == "second"  # while it was paused it was not overdue


def test_a_pause_tells_the_due_time_if_it_ends_as_planned(conn: Connection, ground: Ground) -> None:
    seen = told(conn, Kind.PAUSE, until_at=later(5))
    do(conn, Kind.PAUSE, until_at=later(5))
    do(conn, Kind.RESUME, at=later(5))
    assert (seen["case_due"].rule, seen["case_due"].after) == ("stands_still", row_of(conn).due_at)
    assert (seen["pause_until"].rule, seen["pause_until"].after) == ("ends_by_hand", later(5))


def test_a_pause_after_the_due_time_moves_nothing(conn: Connection, ground: Ground) -> None:
    due = told(conn, Kind.PAUSE, day(9), until_at=day(10))["case_due"]
    assert (due.rule, due.after, due.change) == ("late_pause", day(8), "unchanged")


def test_without_a_limit_the_source_says_when_it_is_due(conn: Connection, ground: Ground) -> None:
    conn.execute(update(cases).values(category_id=None))
    assert told(conn, Kind.PAUSE, until_at=later(5))["case_due"].rule == "source_moves"
    do(conn, Kind.PAUSE, until_at=later(5))
    assert told(conn, Kind.RESUME)["case_due"].rule == "source_moves"


def test_a_pause_without_working_time_moves_nothing(conn: Connection, ground: Ground) -> None:
    conn.execute(update(categories).values(limit_unit=LimitUnit.WORKING_DAYS))
    do(conn, Kind.PAUSE, at=day(7, 11), until_at=day(7, 12))  # in the evening
    assert told(conn, Kind.RESUME, day(7, 12))["case_due"].rule == "moves_nothing"


def test_an_extension_tells_when_it_can_be_approved_and_how_many_are_left(
    conn: Connection, ground: Ground
) -> None:
    evening = day(7, 10)
    seen = told(conn, Kind.REQUEST_EXTENSION, evening, until_at=day(10))
    assert (seen["case_due"].rule, seen["case_due"].after) == ("asked_is_not_granted", day(8))
    assert seen["approvable_from"].after == day(8, 1)  # nine o'clock at the centre
    assert (seen["extensions_left"].before, seen["extensions_left"].after) == (1, 1)

    do(conn, Kind.REQUEST_EXTENSION, by=operator(ground["first"]), until_at=day(10))
    seen = told(conn, Kind.APPROVE_EXTENSION)
    assert (seen["case_due"].rule, seen["case_due"].after) == ("granted", day(10))
    assert seen["extensions_left"].after == 0
    late = told(conn, Kind.APPROVE_EXTENSION, day(9))["case_due"]
    assert (late.rule, late.after) == ("granted_late", day(8))


def test_a_reopening_has_a_due_time_of_its_own(conn: Connection, ground: Ground) -> None:
    for kind in (Kind.RESOLVE, Kind.CLOSE):
        do(conn, kind)
    due = told(conn, Kind.REOPEN, later(1))["case_due"]
    do(conn, Kind.REOPEN, at=later(1))
    assert (due.rule, due.after) == ("from_reopening", later(73))
    assert due.after == row_of(conn).due_at


@pytest.mark.parametrize(("at", "closure"), [(NOW, "按期办结"), (day(9), "超期办结")])
def test_a_closing_is_on_time_or_overdue(
    conn: Connection, ground: Ground, at: Any, closure: str
) -> None:
    do(conn, Kind.RESOLVE)
    seen = told(conn, Kind.CLOSE, at)
    assert seen["closure"].after == closure and seen["case_due"].rule == "clock_stops"


@pytest.mark.parametrize(("at", "rates"), [(NOW, "left_out"), (day(9), "as_overdue")])
def test_what_was_withdrawn_after_its_due_time_stays_as_overdue(
    conn: Connection, ground: Ground, at: Any, rates: str
) -> None:
    assert told(conn, Kind.WITHDRAW, at)["rates"].after == word(f"rates.{rates}")


def test_a_merged_case_leaves_the_rates_and_its_parent_alone(
    conn: Connection, ground: Ground
) -> None:
    add_case(conn, "B-1", day(5), unit_id=ground["centre"], centre_id=ground["centre"])
    seen = told(conn, Kind.MERGE, parent_no="B-1")
    assert (seen["parent"].after, seen["parent"].rule) == ("B-1", "parent_unchanged")
    assert seen["rates"].after == word("rates.left_out")


def test_an_order_and_its_reply_are_counted(conn: Connection, ground: Ground) -> None:
    seen = told(conn, Kind.SUPERVISE, until_at=later(5))
    assert (seen["reply_by"].after, seen["supervision_count"].after) == (later(5), 1)
    order_no = do(conn, Kind.SUPERVISE, until_at=later(5)).order_no
    seen = told(conn, Kind.REPLY, order_no=order_no)
    assert (seen["open_orders"].before, seen["open_orders"].after) == (1, 0)


def test_previewing_writes_nothing(conn: Connection, ground: Ground) -> None:
    before = conn.execute(select(cases)).all()
    told(conn, Kind.SUPERVISE, until_at=later(5))
    assert conn.execute(select(cases)).all() == before
    assert do(conn, Kind.SUPERVISE, until_at=later(5)).order_no == "2026-1"


def test_a_preview_says_why_not(conn: Connection, ground: Ground) -> None:
    def why_not(kind: Kind, **said: Any) -> str:
        seen = preview(conn, CaseRequest(kind, "A-1", 0, "", **said), NOW)
        assert seen == Preview(why_not=seen.why_not)
        return seen.why_not

    assert "请选择另一个单位" in why_not(Kind.REASSIGN, to_unit_id=ground["first"])
    assert "已经过去" in why_not(Kind.PAUSE, until_at=later(-1))
    assert "它现在是“处置中”" in why_not(Kind.REOPEN)


def test_a_preview_tells_nothing_from_beyond_the_scope(conn: Connection, ground: Ground) -> None:
    elsewhere = Scope(area_id=add_area(conn, "elsewhere"))
    with pytest.raises(OutOfReach):
        preview(conn, CaseRequest(Kind.ACCEPT, "A-1", 0, ""), NOW, elsewhere)
    here = Scope(unit_id=ground["first"])
    ask = CaseRequest(Kind.REASSIGN, "A-1", 0, "", to_unit_id=ground["second"])
    with pytest.raises(OutOfReach):
        preview(conn, ask, NOW, here)


# What is offered


def kinds(conn: Connection, actor: Actor) -> set[str]:
    return {kind.value for kind in offered(actor, at_hand(conn, "A-1"))}


def test_each_role_is_offered_its_own(conn: Connection, ground: Ground) -> None:
    handling = {
        "resolve",
        "reassign",
        "escalate",
        "request_extension",
        "pause",
        "return",
        "feed_back",
    }
    pressing = {"supervise", "note"}
    assert kinds(conn, operator(ground["first"])) == handling
    assert kinds(conn, LEADER) == pressing
    assert kinds(conn, DISPATCHER) == handling | pressing | {"merge", "withdraw"}
    for role in (Role.AUDITOR, Role.DISPLAY, Role.SYSTEM_ADMINISTRATOR):
        assert kinds(conn, Actor("x", "x", role)) == set()
    assert kinds(conn, operator(ground["second"])) == set()  # it does not hold the case


def test_what_is_about_something_is_offered_when_there_is_something(
    conn: Connection, ground: Ground
) -> None:
    asker = operator(ground["first"])
    do(conn, Kind.REQUEST_EXTENSION, by=asker, until_at=day(10))
    deciding = {"approve_extension", "refuse_extension"}
    assert deciding <= kinds(conn, DISPATCHER) and "request_extension" not in kinds(conn, asker)
    do(conn, Kind.APPROVE_EXTENSION)
    assert not deciding & kinds(conn, DISPATCHER)
    assert "request_extension" not in kinds(conn, asker)  # the quota is used up
    assert "reply" not in kinds(conn, asker)
    order_no = do(conn, Kind.SUPERVISE, until_at=later(5)).order_no
    assert "reply" in kinds(conn, asker)
    assert [order.order_no for order in at_hand(conn, "A-1").orders] == [order_no]


def test_closing_is_offered_once_it_is_checked_where_it_must_be(
    conn: Connection, ground: Ground
) -> None:
    conn.execute(update(categories).values(needs_check=True))
    do(conn, Kind.RESOLVE)
    assert {"pass_check", "fail_check"} <= kinds(conn, DISPATCHER)
    assert "close" not in kinds(conn, DISPATCHER)
    do(conn, Kind.PASS_CHECK)
    assert "close" in kinds(conn, DISPATCHER) and "pass_check" not in kinds(conn, DISPATCHER)


def test_a_case_that_ended_offers_its_reopening_alone(conn: Connection, ground: Ground) -> None:
    for kind in (Kind.RESOLVE, Kind.CLOSE):
        do(conn, kind)
    assert row_of(conn).state == State.CLOSED
    assert kinds(conn, DISPATCHER) == {"reopen"} and kinds(conn, LEADER) == set()


def test_a_preview_looks_at_no_words(conn: Connection, ground: Ground) -> None:
    """So that it can stand there before they are written; the saving asks for them."""
    ask = request(conn, Kind.REASSIGN, to_unit_id=ground["second"], reason="", version=0)
    assert preview(conn, ask, NOW).effects
