"""Reassigning a case: one change, one event, and never two winners."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, select, update

from data.actions import NOTE_LIMIT, preview_reassign, reassign_case
from data.proof import prove
from data.schema import case_events, cases, categories, units, users
from data.terms import ActionRefused, Actor, Kind, Lamp, Reassign, Role, Stale, State
from tests.builders import add_case, add_category, add_centre, add_unit, day, event
from tests.scale import SIZE

DISPATCHER = Actor("dispatcher", "值班席三号", Role.DISPATCHER)
NOW = day(10, 15)


@pytest.fixture
def ground(conn: Connection) -> dict[str, int]:
    """The centre, two units, and a case that the first one is handling (version 3)."""
    found = {"centre": add_centre(conn), "first": add_unit(conn, "first")}
    found["second"] = add_unit(conn, "second")
    add_case(
        conn,
        "A-1",
        day(5),
        [
            event(Kind.DISPATCH, day(5, 1), to_unit_id=found["first"]),
            event(Kind.ACCEPT, day(5, 2)),
        ],
        unit_id=found["centre"],
        due_at=day(8),
        centre_id=found["centre"],
        category_id=_category_with_limit(conn),
    )
    return found


def _category_with_limit(conn: Connection) -> int:
    category_id = add_category(conn, "heating")
    conn.execute(update(categories).values(accept_amount=2, accept_unit="urgent_hours"))
    return category_id


def _ask(ground: dict[str, int], **changes: object) -> Reassign:
    ask = Reassign("A-1", 3, ground["second"], "ownership", "", "key-1")
    return replace(ask, **changes)  # type: ignore[arg-type]


def _row(conn: Connection) -> object:
    return conn.execute(select(cases).where(cases.c.case_no == "A-1")).one()


def test_reassigning_hands_the_case_over_and_keeps_its_due_time(
    conn: Connection, ground: dict[str, int]
) -> None:
    before = _row(conn)
    reassign_case(conn, _ask(ground), DISPATCHER, NOW)
    after = _row(conn)

    assert (after.state, after.unit_id) == (State.DISPATCHED, ground["second"])
    assert after.due_at == before.due_at
    assert (after.version, after.transfer_count) == (before.version + 1, 1)


def test_reassigning_writes_one_event_that_says_who_and_why(
    conn: Connection, ground: dict[str, int]
) -> None:
    reassign_case(conn, _ask(ground, note=" 供热主管 "), DISPATCHER, NOW)
    last = conn.execute(select(case_events).order_by(case_events.c.event_id.desc())).first()

    assert last is not None
    assert (last.kind, last.at, last.actor) == (Kind.REASSIGN, NOW, "dispatcher")
    assert (last.from_unit_id, last.to_unit_id) == (ground["first"], ground["second"])
    assert (last.reason, last.note, last.is_transfer) == ("ownership", "供热主管", True)
    assert prove(conn).holds


def test_the_same_key_again_changes_nothing(conn: Connection, ground: dict[str, int]) -> None:
    for _ in range(3):
        reassign_case(conn, _ask(ground), DISPATCHER, NOW)

    assert _row(conn).version == 4


def test_whoever_saw_an_older_version_is_told_who_was_first(
    conn: Connection, ground: dict[str, int]
) -> None:
    conn.execute(
        users.insert().values(login="dispatcher", name="值班席三号", password_hash="", role="")
    )
    reassign_case(conn, _ask(ground), DISPATCHER, NOW)
    with pytest.raises(Stale) as refusal:
        reassign_case(conn, _ask(ground, idempotency_key="key-2"), DISPATCHER, NOW)

    assert str(refusal.value) == (
        "值班席三号 01-10 23:00 已先改派（版本 4）。你填的内容仍在，请看过他的改动再决定。"
    )
    assert _row(conn).version == 4


REFUSED = {
    "another reason": ({"reason": ""}, "还没有选理由"),
    "other without a note": ({"reason": "other"}, "请在说明里写清"),
    "a note too long": ({"note": "长" * (NOTE_LIMIT + 1)}, "最多 200 字"),
    "an unknown case": ({"case_no": "A-9"}, "没有工单“A-9”"),
    "an unknown unit": ({"to_unit_id": 999_999}, "没有这个单位"),
}


@pytest.mark.parametrize(("changes", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_bad_request_is_refused_with_its_mend(
    conn: Connection, ground: dict[str, int], changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ActionRefused) as refusal:
        reassign_case(conn, _ask(ground, **changes), DISPATCHER, NOW)

    assert sentence in str(refusal.value)
    assert _row(conn).version == 3


def test_not_to_the_holder_nor_to_the_centre_nor_to_a_unit_out_of_use(
    conn: Connection, ground: dict[str, int]
) -> None:
    conn.execute(update(units).where(units.c.code == "second").values(is_active=False))
    for unit in ("first", "centre", "second"):
        with pytest.raises(ActionRefused):
            reassign_case(conn, _ask(ground, to_unit_id=ground[unit]), DISPATCHER, NOW)


@pytest.mark.parametrize("kind", [Kind.CLOSE, Kind.WITHDRAW, Kind.MERGE, Kind.RETURN])
def test_no_reassigning_of_a_case_that_ended_or_waits_at_the_centre(
    conn: Connection, kind: Kind
) -> None:
    centre, unit = add_centre(conn), add_unit(conn, "first")
    events = [event(Kind.DISPATCH, day(6), to_unit_id=unit), event(kind, day(7))]
    add_case(conn, "A-1", day(5), events, unit_id=centre, centre_id=centre)
    ask = Reassign("A-1", 3, add_unit(conn, "second"), "ownership", "", "key-1")
    with pytest.raises(ActionRefused):
        reassign_case(conn, ask, DISPATCHER, NOW)


def test_an_action_lies_after_everything_that_happened_to_the_case(
    conn: Connection, ground: dict[str, int]
) -> None:
    slow_clock = day(5, 1)  # before the acceptance
    reassign_case(conn, _ask(ground), DISPATCHER, slow_clock)

    assert _row(conn).state == State.DISPATCHED
    assert prove(conn).holds


def test_the_preview_says_what_saving_does(conn: Connection, ground: dict[str, int]) -> None:
    effects = {e.effect: e for e in preview_reassign(conn, "A-1", ground["second"], NOW)}
    reassign_case(conn, _ask(ground), DISPATCHER, NOW)

    assert effects["case_due"].after == _row(conn).due_at
    assert effects["holder"].after == "second"
    assert effects["accept_by"].after == NOW + timedelta(hours=2)
    assert effects["overdue_credit"].after == "first"  # it held the case when it fell due
    assert (effects["units_visited"].before, effects["units_visited"].after) == (1, 2)


def test_reassigning_a_paused_case_ends_its_pause(conn: Connection, ground: dict[str, int]) -> None:
    """Paused a day before it was due, reassigned two days later: due a day after that."""
    conn.execute(update(categories).values(limit_amount=3, limit_unit="urgent_days"))
    paused = [event(Kind.ACCEPT, day(5, 2)), event(Kind.PAUSE, day(7))]
    add_case(
        conn,
        "A-2",
        day(5),
        paused,
        unit_id=ground["first"],
        due_at=day(8),
        centre_id=ground["centre"],
        category_id=conn.execute(select(categories.c.category_id)).scalar_one(),
    )
    ask = _ask(ground, case_no="A-2")

    effects = {e.effect: e for e in preview_reassign(conn, "A-2", ground["second"], day(9))}
    reassign_case(conn, ask, DISPATCHER, day(9))
    row = conn.execute(select(cases).where(cases.c.case_no == "A-2")).one()
    assert effects["case_due"].after == row.due_at == day(10)
    assert effects["case_due"].rule == "ends_pause" and prove(conn).holds
    assert effects["overdue_credit"].after == "second"  # while it was paused it was not overdue


def test_the_fifth_unit_lights_a_lamp(conn: Connection, ground: dict[str, int]) -> None:
    for number in range(3):
        unit_id = add_unit(conn, f"unit-{number}")
        ask = _ask(ground, to_unit_id=unit_id, version=3 + number, idempotency_key=f"k{number}")
        reassign_case(conn, ask, DISPATCHER, NOW + timedelta(minutes=number))
    effects = {e.effect: e for e in preview_reassign(conn, "A-1", ground["second"], NOW)}

    assert effects["units_visited"].lamp is Lamp.YELLOW


def test_many_writers_lose_nothing_and_double_nothing(engine: Engine) -> None:
    with engine.begin() as conn:
        centre = add_centre(conn)
        unit_ids = [add_unit(conn, f"unit-{number}") for number in range(3)]
        dispatched = [event(Kind.DISPATCH, day(6), to_unit_id=unit_ids[0])]
        add_case(conn, "A-1", day(5), dispatched, unit_id=centre, centre_id=centre)

    def write(writer: int) -> int:
        return sum(_try_once(engine, unit_ids, f"{writer}-{n}") for n in range(SIZE.writes_each))

    with ThreadPoolExecutor(SIZE.writers) as pool:
        saved = sum(pool.map(write, range(SIZE.writers)))

    with engine.connect() as conn:
        assert saved > 0
        assert _row(conn).version == 2 + saved
        assert prove(conn).holds


def _try_once(engine: Engine, unit_ids: list[int], key: str) -> bool:
    """Reassign to whichever unit does not hold the case; a loser tries no second time."""
    with engine.connect() as conn:
        seen = _row(conn)
    target = next(unit_id for unit_id in unit_ids if unit_id != seen.unit_id)
    try:
        with engine.begin() as conn:
            ask = Reassign("A-1", seen.version, target, "ownership", "", key)
            reassign_case(conn, ask, DISPATCHER, NOW)
    except Stale:
        return False
    return True
