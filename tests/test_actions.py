"""What each action does to a case: one change, one event, and never two winners."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update

from data.actions.doing import act
from data.actions.plans import PLANS
from data.calendar import LimitUnit
from data.proof import prove
from data.requests import FORMS, LONG_NOTE_LIMIT, NOTE_LIMIT, CaseRequest, reason_words
from data.schema import case_events, categories, units, users
from data.states import ACTIONS
from data.terms import (
    ActionRefused,
    Actor,
    AreaLevel,
    Grade,
    Kind,
    Role,
    Stale,
    State,
    UnitKind,
)
from tests.builders import add_case, add_category, add_centre, add_unit, day, event
from tests.desk import (
    DISPATCHER,
    LEADER,
    NOW,
    OTHER_DISPATCHER,
    do,
    last_event,
    later,
    operator,
    request,
    row_of,
)
from tests.scale import SIZE

Ground = dict[str, int]


@pytest.fixture
def ground(conn: Connection) -> Ground:
    """The centre, a town with two communities, two departments; A-1, which `first` handles.

    A-1 was opened on the 5th, is due on the 8th, round the clock, and stands at version 3.
    """
    found = {"centre": add_centre(conn), "first": add_unit(conn, "first")}
    found["second"] = add_unit(conn, "second")
    found["town"] = add_unit(conn, "town", UnitKind.TOWN)
    for name in ("community", "neighbour"):
        found[name] = add_unit(conn, name, UnitKind.COMMUNITY)
        below = update(units).where(units.c.unit_id == found[name])
        conn.execute(below.values(parent_id=found["town"]))
    found["category"] = add_category(conn, "heating", clock=LimitUnit.URGENT_DAYS)
    conn.execute(
        update(categories).values(limit_amount=3, accept_amount=2, accept_unit="urgent_hours")
    )
    add_open(conn, found, "A-1")
    return found


def add_open(conn: Connection, ground: Ground, case_no: str, unit: str = "first") -> None:
    """A case that a unit is handling, at version 3."""
    handled = [
        event(Kind.DISPATCH, day(5, 1), to_unit_id=ground[unit]),
        event(Kind.ACCEPT, day(5, 2)),
    ]
    add_reported(conn, ground, case_no, handled)


def add_reported(conn: Connection, ground: Ground, case_no: str, events: Any = ()) -> None:
    add_case(
        conn,
        case_no,
        day(5),
        events,
        unit_id=ground["centre"],
        due_at=day(8),
        centre_id=ground["centre"],
        category_id=ground["category"],
    )


def refused(conn: Connection, kind: Kind, **said: Any) -> str:
    """The key of the refusal."""
    with pytest.raises(ActionRefused) as refusal:
        do(conn, kind, **said)
    return refusal.value.key


# The table of actions


def test_every_action_of_the_table_has_a_plan_a_form_and_words() -> None:
    """A report makes a case; call-backs and mediations come with imports."""
    elsewhere = {Kind.REPORT, Kind.CALL_BACK, Kind.MEDIATE}
    assert PLANS.keys() == FORMS.keys() == ACTIONS.keys() - elsewhere
    for form in FORMS.values():
        assert all(reason_words(reason) != reason for reason in form.reasons)


def test_a_case_goes_from_the_centre_to_its_closing(conn: Connection, ground: Ground) -> None:
    add_reported(conn, ground, "B-1")
    seen = []
    for kind, said in (
        (Kind.DISPATCH, {"to_unit_id": ground["first"]}),
        (Kind.ACCEPT, {}),
        (Kind.RESOLVE, {"note": "已抢修"}),
        (Kind.FAIL_CHECK, {}),
        (Kind.RESOLVE, {"note": "已换管"}),
        (Kind.PASS_CHECK, {}),
        (Kind.CLOSE, {}),
        (Kind.REOPEN, {}),
    ):
        do(conn, kind, "B-1", **said)
        seen.append((row_of(conn, "B-1").state, row_of(conn, "B-1").is_verified))
    assert seen == [
        ("dispatched", False),
        ("in_progress", False),
        ("resolved", False),
        ("in_progress", False),
        ("resolved", False),
        ("resolved", True),
        ("closed", True),
        ("in_progress", False),
    ]
    row = row_of(conn, "B-1")
    assert (row.unit_id, row.failed_check_count, row.reopen_count) == (ground["first"], 1, 1)
    assert row.due_at == row.last_event_at + timedelta(days=3)  # anew from the reopening
    assert (row.version, prove(conn).holds) == (9, True)


def test_a_unit_gives_back_what_is_not_its_own(conn: Connection, ground: Ground) -> None:
    do(conn, Kind.RETURN, by=operator(ground["first"]))
    row = row_of(conn)
    assert (row.state, row.unit_id, row.return_count) == ("reported", ground["centre"], 1)
    assert (row.transfer_count, row.due_at) == (0, day(8))
    assert last_event(conn).from_unit_id == ground["first"]


@pytest.mark.parametrize(
    ("kind", "state"), [(Kind.WITHDRAW, "withdrawn"), (Kind.REJECT, "rejected")]
)
def test_what_was_withdrawn_or_rejected_has_ended(
    conn: Connection, ground: Ground, kind: Kind, state: str
) -> None:
    add_reported(conn, ground, "B-1")
    do(conn, kind, "B-1")
    assert (row_of(conn, "B-1").state, row_of(conn, "B-1").ended_at) == (state, NOW)
    assert refused(conn, kind, case_no="B-1") == "action.wrong_state"


def test_closing_needs_the_check_where_the_category_asks_for_it(
    conn: Connection, ground: Ground
) -> None:
    conn.execute(update(categories).values(needs_check=True))
    do(conn, Kind.RESOLVE)
    assert refused(conn, Kind.CLOSE) == "action.not_verified"
    do(conn, Kind.PASS_CHECK)
    do(conn, Kind.CLOSE)
    assert row_of(conn).state == "closed"


# Handing over


def test_reassigning_hands_the_case_over_and_keeps_its_due_time(
    conn: Connection, ground: Ground
) -> None:
    before = row_of(conn)
    do(conn, Kind.REASSIGN, to_unit_id=ground["second"])
    after = row_of(conn)

    assert (after.state, after.unit_id) == (State.DISPATCHED, ground["second"])
    assert after.due_at == before.due_at
    assert (after.version, after.transfer_count) == (before.version + 1, 1)
    assert last_event(conn).accept_due_at == later(2)


def test_reassigning_writes_one_event_that_says_who_and_why(
    conn: Connection, ground: Ground
) -> None:
    do(conn, Kind.REASSIGN, to_unit_id=ground["second"], note=" 供热主管 ")
    last = last_event(conn)

    assert (last.kind, last.at, last.actor) == (Kind.REASSIGN, NOW, "dispatcher")
    assert (last.from_unit_id, last.to_unit_id) == (ground["first"], ground["second"])
    assert (last.reason, last.note, last.is_transfer) == ("ownership", "供热主管", True)
    assert prove(conn).holds


def test_a_note_keeps_no_telephone_number(conn: Connection, ground: Ground) -> None:
    do(conn, Kind.FEED_BACK, note="联系人 13800138000")
    assert "138" not in last_event(conn).note


def test_not_to_the_holder_nor_to_the_centre_nor_to_a_unit_out_of_use(
    conn: Connection, ground: Ground
) -> None:
    conn.execute(update(units).where(units.c.code == "second").values(is_active=False))
    ends = [
        refused(conn, Kind.REASSIGN, to_unit_id=ground[unit])
        for unit in ("first", "centre", "second")
    ]
    assert ends == ["action.same_unit", "action.not_to_centre", "action.inactive_unit"]


def test_a_unit_reassigns_within_its_family_only(conn: Connection, ground: Ground) -> None:
    add_open(conn, ground, "B-1", "community")
    here = operator(ground["community"])
    for unit in ("first", "town"):
        to_unit_id = ground[unit]
        end = refused(conn, Kind.REASSIGN, case_no="B-1", by=here, to_unit_id=to_unit_id)
        assert end == "action.unknown_unit"
    do(conn, Kind.REASSIGN, "B-1", by=here, to_unit_id=ground["neighbour"])
    assert row_of(conn, "B-1").unit_id == ground["neighbour"]


def test_a_town_hands_down_to_its_communities(conn: Connection, ground: Ground) -> None:
    add_open(conn, ground, "B-1", "town")
    here = operator(ground["town"])
    end = refused(conn, Kind.REASSIGN, case_no="B-1", by=here, to_unit_id=ground["second"])
    assert end == "action.unknown_unit"
    do(conn, Kind.REASSIGN, "B-1", by=here, to_unit_id=ground["community"])
    assert row_of(conn, "B-1").level == AreaLevel.COMMUNITY


def test_who_acts_for_no_unit_needs_the_right_to_reassign_across_units(
    conn: Connection, ground: Ground
) -> None:
    adrift = Actor("operator", "单位经办", Role.OPERATOR)
    end = refused(conn, Kind.REASSIGN, by=adrift, to_unit_id=ground["second"])
    assert end == "access.refused"


def test_a_unit_acts_only_on_what_it_holds(conn: Connection, ground: Ground) -> None:
    """It goes on seeing what it handed on, and does nothing with it."""
    do(conn, Kind.REASSIGN, to_unit_id=ground["second"])
    assert refused(conn, Kind.FEED_BACK, by=operator(ground["first"])) == "action.not_holder"
    assert refused(conn, Kind.ACCEPT, by=operator(ground["community"])) == "action.unknown_case"
    do(conn, Kind.ACCEPT, by=operator(ground["second"]))


@pytest.mark.parametrize(
    ("unit", "levels"),
    [
        ("community", ["town", "district", "city"]),
        ("town", ["district", "city"]),
        ("first", ["city"]),
    ],
)
def test_a_case_is_escalated_one_level_up_or_higher(
    conn: Connection, ground: Ground, unit: str, levels: list[str]
) -> None:
    for level in AreaLevel:
        add_open(conn, ground, f"B-{level}", unit)
        ask = request(conn, Kind.ESCALATE, f"B-{level}", level=level, grade=Grade.MAJOR)
        if level in levels:
            act(conn, ask, operator(ground[unit]), NOW)
            row = row_of(conn, f"B-{level}")
            taker = "town" if level is AreaLevel.TOWN else "centre"
            assert (row.unit_id, row.level, row.escalation_count) == (ground[taker], level, 1)
            assert (row.state, row.due_at, last_event(conn).grade) == (
                "dispatched",
                day(8),
                "major",
            )
        else:
            with pytest.raises(ActionRefused) as refusal:
                act(conn, ask, operator(ground[unit]), NOW)
            assert refusal.value.key == "action.no_level"


def test_what_was_escalated_goes_only_higher(conn: Connection, ground: Ground) -> None:
    add_open(conn, ground, "B-1", "town")
    do(conn, Kind.ESCALATE, "B-1")
    assert refused(conn, Kind.ESCALATE, case_no="B-1") == "action.no_level"
    do(conn, Kind.ESCALATE, "B-1", level=AreaLevel.CITY)
    assert refused(conn, Kind.ESCALATE, case_no="B-1", level=AreaLevel.CITY) == "action.no_level"


def test_no_reassigning_of_a_case_that_ended_or_waits_at_the_centre(
    conn: Connection, ground: Ground
) -> None:
    for kind in (Kind.CLOSE, Kind.WITHDRAW, Kind.RETURN):
        steps = [event(Kind.DISPATCH, day(6), to_unit_id=ground["first"]), event(kind, day(7))]
        add_reported(conn, ground, f"B-{kind}", steps)
        end = refused(conn, Kind.REASSIGN, case_no=f"B-{kind}", to_unit_id=ground["second"])
        assert end == "action.wrong_state"


def test_an_action_lies_after_everything_that_happened_to_the_case(
    conn: Connection, ground: Ground
) -> None:
    slow_clock = day(5, 1)  # before the acceptance
    do(conn, Kind.REASSIGN, at=slow_clock, to_unit_id=ground["second"])

    assert row_of(conn).state == State.DISPATCHED
    assert prove(conn).holds


# Pauses and extensions


def test_a_pause_moves_the_due_time_when_somebody_ends_it(conn: Connection, ground: Ground) -> None:
    here = operator(ground["first"])
    do(conn, Kind.PAUSE, by=here, until_at=later(5))
    assert (row_of(conn).state, row_of(conn).paused_at, row_of(conn).due_at) == (
        "paused",
        NOW,
        day(8),
    )
    assert last_event(conn).until_at == later(5)
    do(conn, Kind.RESUME, by=here, at=later(10))  # later than planned: nobody did it before
    assert row_of(conn).due_at == day(8) + timedelta(hours=10)
    assert prove(conn).holds


def test_reassigning_a_paused_case_ends_its_pause(conn: Connection, ground: Ground) -> None:
    do(conn, Kind.PAUSE, until_at=later(5))
    do(conn, Kind.REASSIGN, at=later(48), to_unit_id=ground["second"])
    assert (row_of(conn).paused_at, row_of(conn).due_at) == (None, day(10))
    assert prove(conn).holds


@pytest.mark.parametrize(
    ("until_at", "key"),
    [
        (None, "action.no_time"),
        (NOW, "action.past_time"),
        (later(-1), "action.past_time"),
        (later(24 * 367), "action.far_time"),
    ],
)
@pytest.mark.parametrize("kind", [Kind.PAUSE, Kind.SUPERVISE, Kind.REQUEST_EXTENSION])
def test_a_time_is_in_the_future_and_not_too_far(
    conn: Connection, ground: Ground, kind: Kind, until_at: Any, key: str
) -> None:
    assert refused(conn, kind, until_at=until_at) == key


def test_an_extension_counts_once_somebody_else_approves_it(
    conn: Connection, ground: Ground
) -> None:
    here = operator(ground["first"])
    do(conn, Kind.REQUEST_EXTENSION, by=here, until_at=day(10))
    assert row_of(conn).due_at == day(8)
    assert refused(conn, Kind.REQUEST_EXTENSION, by=here, until_at=day(9)) == (
        "action.extension_pending"
    )
    event = do(conn, Kind.APPROVE_EXTENSION)
    assert event.due_at == row_of(conn).due_at == day(10)
    assert row_of(conn).extension_count == 1
    assert refused(conn, Kind.APPROVE_EXTENSION) == "action.no_extension"
    assert refused(conn, Kind.REQUEST_EXTENSION, until_at=day(11)) == "action.extension_quota"


def test_less_may_be_granted_than_was_asked_for(conn: Connection, ground: Ground) -> None:
    do(conn, Kind.REQUEST_EXTENSION, by=operator(ground["first"]), until_at=day(10))
    do(conn, Kind.APPROVE_EXTENSION, until_at=day(9))
    assert row_of(conn).due_at == day(9)


def test_a_refused_extension_may_be_asked_for_again(conn: Connection, ground: Ground) -> None:
    here = operator(ground["first"])
    do(conn, Kind.REQUEST_EXTENSION, by=here, until_at=day(10))
    do(conn, Kind.REFUSE_EXTENSION)
    assert (row_of(conn).due_at, row_of(conn).extension_count) == (day(8), 0)
    do(conn, Kind.REQUEST_EXTENSION, by=here, until_at=day(9))


def test_nobody_decides_on_their_own_extension(conn: Connection, ground: Ground) -> None:
    do(conn, Kind.REQUEST_EXTENSION, until_at=day(10))
    for kind in (Kind.APPROVE_EXTENSION, Kind.REFUSE_EXTENSION):
        assert refused(conn, kind) == "action.own_extension"
    do(conn, Kind.APPROVE_EXTENSION, by=OTHER_DISPATCHER)


def test_what_is_asked_for_after_the_cut_off_hour_waits_for_the_next_working_day(
    conn: Connection, ground: Ground
) -> None:
    """17:30 at the centre; from nine o'clock the next morning it may be approved."""
    asked_at = day(7, 9) + timedelta(minutes=30)
    do(conn, Kind.REQUEST_EXTENSION, by=operator(ground["first"]), at=asked_at, until_at=day(10))
    assert refused(conn, Kind.APPROVE_EXTENSION, at=day(7, 23)) == "action.approve_later"
    assert row_of(conn).due_at == day(8)
    do(conn, Kind.APPROVE_EXTENSION, at=day(8, 1))


def test_approved_after_the_due_time_it_is_a_note(conn: Connection, ground: Ground) -> None:
    do(conn, Kind.REQUEST_EXTENSION, by=operator(ground["first"]), until_at=day(10))
    event = do(conn, Kind.APPROVE_EXTENSION, at=day(8, 1))
    assert (event.due_at, row_of(conn).due_at) == (None, day(8))
    assert prove(conn).holds


def test_no_extension_of_what_is_overdue_nor_to_an_earlier_time(
    conn: Connection, ground: Ground
) -> None:
    assert refused(conn, Kind.REQUEST_EXTENSION, until_at=day(8)) == "action.not_later"
    end = refused(conn, Kind.REQUEST_EXTENSION, at=day(9), until_at=day(10))
    assert end == "action.no_running_due"


def test_nobody_decides_on_what_was_asked_for_before_the_reopening(
    conn: Connection, ground: Ground
) -> None:
    do(conn, Kind.REQUEST_EXTENSION, by=operator(ground["first"]), until_at=day(10))
    for kind in (Kind.RESOLVE, Kind.CLOSE, Kind.REOPEN):
        do(conn, kind)
    assert refused(conn, Kind.APPROVE_EXTENSION) == "action.no_extension"


# Orders, notes and replies


def test_orders_are_numbered_through_the_year_of_the_centre(
    conn: Connection, ground: Ground
) -> None:
    new_year = day(31, 16, month=12)  # at the centre it is 2027
    numbers = [
        do(conn, Kind.SUPERVISE, at=at, until_at=at + timedelta(days=1)).order_no
        for at in (NOW, later(1), new_year)
    ]
    assert numbers == ["2026-1", "2026-2", "2027-1"]
    assert row_of(conn).supervision_count == 3


def test_a_note_that_asks_for_a_reply_has_a_number_too(conn: Connection, ground: Ground) -> None:
    assert do(conn, Kind.NOTE, by=LEADER, note="请举一反三").order_no is None
    asked = do(conn, Kind.NOTE, by=LEADER, note="请三日内回复", until_at=day(9))
    assert (asked.order_no, asked.until_at) == ("2026-1", day(9))


def test_a_reply_names_the_order_that_it_answers_once(conn: Connection, ground: Ground) -> None:
    here = operator(ground["first"])
    first = do(conn, Kind.SUPERVISE, until_at=later(5)).order_no
    second = do(conn, Kind.SUPERVISE, until_at=later(6)).order_no
    do(conn, Kind.REPLY, by=here, order_no=second)
    assert last_event(conn).order_no == second
    for wrong in (second, "2026-99", None):
        assert refused(conn, Kind.REPLY, by=here, order_no=wrong) == "action.no_order"
    do(conn, Kind.REPLY, by=here, order_no=first)


def test_an_order_without_a_number_that_an_import_brought_is_answered_too(
    conn: Connection, ground: Ground
) -> None:
    add_reported(conn, ground, "B-1", [event(Kind.SUPERVISE, day(6))])
    do(conn, Kind.REPLY, "B-1", order_no=None)
    assert refused(conn, Kind.REPLY, case_no="B-1", order_no=None) == "action.no_order"


def test_no_two_orders_get_one_number_and_none_is_left_out(engine: Engine) -> None:
    with engine.begin() as conn:
        centre = add_centre(conn)
        for writer in range(SIZE.writers):
            add_case(conn, f"B-{writer}", day(5), unit_id=centre, centre_id=centre)

    def press(writer: int) -> list[str | None]:
        told = []
        for _ in range(SIZE.writes_each // 4):
            with engine.begin() as conn:
                event = do(conn, Kind.SUPERVISE, f"B-{writer}", until_at=later(5))
                told.append(event.order_no)
        return told

    with ThreadPoolExecutor(SIZE.writers) as pool:
        numbers = [number for told in pool.map(press, range(SIZE.writers)) for number in told]
    assert sorted(map(str, numbers)) == sorted(f"2026-{n + 1}" for n in range(len(numbers)))


# Merging


def test_a_merged_case_names_its_parent_which_stays_as_it_was(
    conn: Connection, ground: Ground
) -> None:
    add_open(conn, ground, "B-1")
    before = row_of(conn, "B-1")
    do(conn, Kind.MERGE, parent_no="B-1")
    assert (row_of(conn).state, row_of(conn).ended_at) == ("merged", NOW)
    assert last_event(conn).parent_id == before.case_id
    assert row_of(conn, "B-1") == before


def test_nothing_more_is_done_to_a_merged_case(conn: Connection, ground: Ground) -> None:
    add_open(conn, ground, "B-1")
    seen = request(conn, Kind.FEED_BACK)
    do(conn, Kind.MERGE, parent_no="B-1")
    for ask in (seen, request(conn, Kind.FEED_BACK)):
        with pytest.raises(ActionRefused) as refusal:
            act(conn, ask, DISPATCHER, NOW)
        assert str(refusal.value) == "工单 A-1 已并入 B-1，不能再处置。请到主案上办理。"


@pytest.mark.parametrize(
    ("parent_no", "key"),
    [
        ("A-1", "action.own_parent"),
        ("B-9", "action.unknown_case"),
        ("", "action.unknown_case"),
        ("closed", "action.parent_ended"),
    ],
)
def test_a_parent_is_another_open_case(
    conn: Connection, ground: Ground, parent_no: str, key: str
) -> None:
    add_reported(conn, ground, "closed", [event(Kind.CLOSE, day(6))])
    assert refused(conn, Kind.MERGE, parent_no=parent_no) == key


def test_of_two_cases_merged_into_each_other_one_stays_open(engine: Engine) -> None:
    with engine.begin() as conn:
        centre = add_centre(conn)
        pairs = [(f"A-{n}", f"B-{n}") for n in range(SIZE.writers * 3)]
        for pair in pairs:
            for case_no in pair:
                add_case(conn, case_no, day(5), unit_id=centre, centre_id=centre)

    def merge(case_no: str, parent_no: str) -> bool:
        try:
            with engine.begin() as conn:
                do(conn, Kind.MERGE, case_no, parent_no=parent_no)
        except ActionRefused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        tries = [(a, b) for pair in pairs for a, b in (pair, pair[::-1])]
        done = list(pool.map(lambda pair: merge(*pair), tries))
    assert [sum(done[place : place + 2]) for place in range(0, len(done), 2)] == [1] * len(pairs)


# What a request says


REFUSED = {
    "another reason": ({"reason": ""}, "没有改派：还没有选理由"),
    "a reason of another action": ({"reason": "weather"}, "还没有选理由"),
    "other without a note": ({"reason": "other"}, "请在说明里写清"),
    "other with nothing to read": ({"reason": "other", "note": " \u200b\t"}, "请在说明里写清"),
    "a note too long": ({"note": "长" * (NOTE_LIMIT + 1)}, "最多 200 字"),
    "a note of ten thousand": ({"note": "长" * 10_001}, "有 10001 字，最多 200 字"),
    "an unknown case": ({"case_no": "A-9"}, "没有工单“A-9”"),
    "an unknown unit": ({"to_unit_id": 999_999}, "没有这个单位"),
    "no unit": ({"to_unit_id": None}, "没有这个单位"),
}


@pytest.mark.parametrize(("changes", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_bad_request_is_refused_with_its_mend(
    conn: Connection, ground: Ground, changes: dict[str, Any], sentence: str
) -> None:
    ask = replace(request(conn, Kind.REASSIGN, to_unit_id=ground["second"]), **changes)
    with pytest.raises(ActionRefused) as refusal:
        act(conn, ask, DISPATCHER, NOW)

    assert sentence in str(refusal.value)
    assert row_of(conn).version == 3


@pytest.mark.parametrize("kind", [Kind.RESOLVE, Kind.FEED_BACK, Kind.NOTE, Kind.REPLY])
def test_an_action_that_is_about_its_words_needs_some(
    conn: Connection, ground: Ground, kind: Kind
) -> None:
    for note in ("", "   ", "\u200b"):
        assert refused(conn, kind, note=note) == "action.empty_note"
    assert refused(conn, kind, note="长" * (LONG_NOTE_LIMIT + 1)) == "action.long_note"


def test_an_escalation_says_how_loud_it_is(conn: Connection, ground: Ground) -> None:
    end = refused(conn, Kind.ESCALATE, level=AreaLevel.CITY, grade=None)
    assert end == "action.no_grade"


# Once, and only by who saw the case as it is


def test_the_same_key_again_changes_nothing_and_tells_the_same(
    conn: Connection, ground: Ground
) -> None:
    ask = request(conn, Kind.SUPERVISE, until_at=later(5))
    told = [act(conn, ask, DISPATCHER, later(n)) for n in range(3)]

    assert row_of(conn).version == 4
    assert told[0] == told[1] == told[2]
    assert last_event(conn).order_no == "2026-1"


def test_the_same_key_is_not_another_request(conn: Connection, ground: Ground) -> None:
    """A key of somebody else, of another case or another action does nothing, and says so."""
    add_open(conn, ground, "B-1")
    ask = request(conn, Kind.FEED_BACK)
    act(conn, ask, DISPATCHER, NOW)
    others = [(ask, OTHER_DISPATCHER), (replace(ask, case_no="B-1"), DISPATCHER)]
    others.append((replace(ask, kind=Kind.WITHDRAW), DISPATCHER))
    for other, actor in others:
        with pytest.raises(ActionRefused) as refusal:
            act(conn, other, actor, NOW)
        assert refusal.value.key == "action.used_key"
    assert (row_of(conn).version, row_of(conn, "B-1").version) == (4, 3)


def test_whoever_saw_an_older_version_is_told_who_was_first(
    conn: Connection, ground: Ground
) -> None:
    conn.execute(
        users.insert().values(login="dispatcher", name="值班席三号", password_hash="", role="")
    )
    first, second = (request(conn, Kind.REASSIGN, to_unit_id=ground["second"]) for _ in range(2))
    act(conn, first, DISPATCHER, NOW)
    with pytest.raises(Stale) as refusal:
        act(conn, second, DISPATCHER, NOW)

    assert str(refusal.value) == (
        "值班席三号 01-07 10:00 已先改派（版本 4）。你填的内容仍在，请看过他的改动再决定。"
    )
    assert row_of(conn).version == 4


def test_many_writers_lose_nothing_and_double_nothing(engine: Engine) -> None:
    with engine.begin() as conn:
        centre = add_centre(conn)
        unit_ids = [add_unit(conn, f"unit-{number}") for number in range(3)]
        dispatched = [event(Kind.DISPATCH, day(6), to_unit_id=unit_ids[0])]
        add_case(conn, "A-1", day(5), dispatched, unit_id=centre, centre_id=centre)

    def write(writer: int) -> list[str]:
        asks = (_try_once(engine, unit_ids, f"{writer}-{n}") for n in range(SIZE.writes_each))
        return [key for key in asks if key]

    with ThreadPoolExecutor(SIZE.writers) as pool:
        saved = [key for keys in pool.map(write, range(SIZE.writers)) for key in keys]

    with engine.connect() as conn:
        query = select(case_events.c.idempotency_key).order_by(case_events.c.event_id)
        keys = [key for key in conn.execute(query).scalars() if key]
        assert saved and sorted(keys) == sorted(saved)
        assert row_of(conn).version == 2 + len(saved)
        assert prove(conn).holds


def _try_once(engine: Engine, unit_ids: list[int], key: str) -> str | None:
    """Do what the case allows as it was seen, twice by the same key; a loser tries no more."""
    with engine.connect() as conn:
        seen = row_of(conn)
        said: dict[str, Any] = {"idempotency_key": key, "version": seen.version}
        if len(key) % 2:
            ask: CaseRequest = request(conn, Kind.FEED_BACK, **said)
        else:
            target = next(unit_id for unit_id in unit_ids if unit_id != seen.unit_id)
            ask = request(conn, Kind.REASSIGN, to_unit_id=target, **said)
    try:
        for _ in range(2):
            with engine.begin() as conn:
                act(conn, ask, DISPATCHER, NOW)
    except Stale:
        return None
    return key


def test_one_key_sent_by_many_at_once_has_one_effect(engine: Engine) -> None:
    with engine.begin() as conn:
        centre = add_centre(conn)
        add_case(conn, "A-1", day(5), unit_id=centre, centre_id=centre)
    for turn in range(SIZE.writes_each // 10):
        with engine.connect() as conn:
            ask = request(conn, Kind.SUPERVISE, until_at=later(5))

        def send(_: int) -> str | None:
            with engine.begin() as conn:
                return act(conn, ask, DISPATCHER, NOW).order_no  # noqa: B023

        with ThreadPoolExecutor(SIZE.writers) as pool:
            assert set(pool.map(send, range(SIZE.writers))) == {f"2026-{turn + 1}"}
