"""The same for many cases at once: all of them, or none and a line for each that forbids it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select

from data.actions.doing import BulkRefused, act_all
from data.actions.many import each_of
from data.proof import prove
from data.requests import AT_ONCE, IN_BULK, BulkRequest, CaseRequest
from data.schema import case_events, cases
from data.terms import ActionRefused, Kind
from tests.builders import add_case, add_centre, add_unit, day, event
from tests.desk import DISPATCHER, NOW, do, later, operator, request, row_of
from tests.scale import SIZE


@pytest.fixture
def unit_ids(conn: Connection) -> list[int]:
    """The centre, and two units."""
    return lay_ground(conn)


def lay_ground(conn: Connection) -> list[int]:
    return [add_centre(conn), add_unit(conn, "first"), add_unit(conn, "second")]


def add_cases(
    conn: Connection, unit_ids: list[int], count: int, resolved: bool = False
) -> list[str]:
    """Cases that the first unit handles, or has handled."""
    kinds = (Kind.DISPATCH, Kind.ACCEPT, Kind.RESOLVE)[: 3 if resolved else 2]
    said: dict[Kind, dict[str, Any]] = {Kind.DISPATCH: {"to_unit_id": unit_ids[1]}}
    events = [event(kind, day(5, hour), **said.get(kind, {})) for hour, kind in enumerate(kinds, 1)]
    about: dict[str, Any] = {"unit_id": unit_ids[0], "centre_id": unit_ids[0], "due_at": day(9)}
    return [add_case(conn, f"A-{n}", day(5), events, **about) for n in range(count)]


def bulk(conn: Connection, kind: Kind, case_nos: list[str], **said: Any) -> BulkRequest:
    seen = tuple((no, request(conn, kind, no).version) for no in case_nos)
    return BulkRequest(request(conn, kind, case_nos[0], **said), seen)


def event_count(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(case_events)).scalar_one()


@pytest.mark.parametrize(
    ("kind", "said", "is_resolved"),
    [
        (Kind.REASSIGN, {"to_unit_id": 3}, False),
        (Kind.SUPERVISE, {"until_at": later(5)}, False),
        (Kind.CLOSE, {}, True),
    ],
)
def test_many_cases_have_one_event_each(
    conn: Connection, unit_ids: list[int], kind: Kind, said: dict[str, Any], is_resolved: bool
) -> None:
    case_nos = add_cases(conn, unit_ids, 20, is_resolved)
    before, ask = event_count(conn), bulk(conn, kind, case_nos, **said)
    done = act_all(conn, ask, DISPATCHER, NOW)
    assert event_count(conn) == before + 20 and {one.kind for one in done} == {kind}
    assert act_all(conn, ask, DISPATCHER, later(1)) == done  # the same request again
    assert event_count(conn) == before + 20
    if kind is Kind.SUPERVISE:
        assert [one.order_no for one in done] == [f"2026-{n}" for n in range(1, 21)]
    assert prove(conn).holds


def test_three_illegal_ones_of_five_hundred_are_listed_and_nothing_is_done(
    conn: Connection, unit_ids: list[int]
) -> None:
    case_nos = add_cases(conn, unit_ids, AT_ONCE - 1)
    ask = bulk(conn, Kind.REASSIGN, case_nos, to_unit_id=unit_ids[2])
    do(conn, Kind.WITHDRAW, "A-7")
    do(conn, Kind.REASSIGN, "A-9", to_unit_id=unit_ids[2])
    ask = replace(ask, cases=(*ask.cases, ("A-999", 1)))
    before = conn.execute(select(cases.c.case_no, cases.c.version)).all()
    with conn.begin_nested() as savepoint:
        with pytest.raises(BulkRefused) as refusal:
            act_all(conn, ask, DISPATCHER, NOW)
        savepoint.rollback()
    told = {(one.key, one.values["case_no"]) for one in refusal.value.refusals}
    assert told == {
        ("action.stale", "A-7"),
        ("action.stale", "A-9"),
        ("action.unknown_case", "A-999"),
    }
    assert "500 件里有 3 件" in str(refusal.value)
    assert conn.execute(select(cases.c.case_no, cases.c.version)).all() == before


def test_only_what_is_named_is_done_in_bulk(conn: Connection, unit_ids: list[int]) -> None:
    case_nos = add_cases(conn, unit_ids, 1)
    for kind in set(Kind) - set(IN_BULK):
        ask = replace(bulk(conn, Kind.CLOSE, case_nos), ask=request(conn, Kind.CLOSE, "A-0"))
        ask = replace(ask, ask=replace(ask.ask, kind=kind))
        with pytest.raises(ActionRefused) as refusal:
            act_all(conn, ask, DISPATCHER, NOW)
        assert refusal.value.key == "action.not_in_bulk"


def test_a_bulk_request_names_from_one_to_five_hundred_cases(
    conn: Connection, unit_ids: list[int]
) -> None:
    add_cases(conn, unit_ids, 1)
    ask = bulk(conn, Kind.CLOSE, ["A-0"])
    for chosen, key in (((), "action.none_chosen"), ((("A-0", 3),) * 501, "action.too_many")):
        with pytest.raises(ActionRefused) as refusal:
            act_all(conn, replace(ask, cases=chosen), DISPATCHER, NOW)
        assert refusal.value.key == key


def test_a_case_named_twice_is_acted_on_once(conn: Connection, unit_ids: list[int]) -> None:
    add_cases(conn, unit_ids, 1)
    ask = bulk(conn, Kind.SUPERVISE, ["A-0"], until_at=later(5))
    act_all(conn, replace(ask, cases=ask.cases * 2), DISPATCHER, NOW)
    assert (row_of(conn, "A-0").version, row_of(conn, "A-0").supervision_count) == (4, 1)


def test_a_bulk_request_says_its_reason_before_any_case_is_looked_at(
    conn: Connection, unit_ids: list[int]
) -> None:
    add_cases(conn, unit_ids, 1)
    ask = bulk(conn, Kind.SUPERVISE, ["A-0"], until_at=later(5), reason="other")
    with pytest.raises(ActionRefused) as refusal:
        act_all(conn, ask, DISPATCHER, NOW)
    assert refusal.value.key == "action.no_note"


def test_another_units_case_refuses_the_whole(conn: Connection, unit_ids: list[int]) -> None:
    case_nos = add_cases(conn, unit_ids, 2)
    ask = bulk(conn, Kind.REASSIGN, case_nos, to_unit_id=unit_ids[1])
    do(conn, Kind.REASSIGN, "A-1", to_unit_id=unit_ids[2])
    ask = replace(ask, cases=(("A-0", 3), ("A-1", 4)))
    with pytest.raises(BulkRefused) as refusal:
        act_all(conn, ask, operator(unit_ids[2]), NOW)
    assert [one.key for one in refusal.value.refusals] == [
        "action.unknown_case",
        "action.unknown_unit",
    ]


def test_bulk_single_and_merging_writers_never_wait_for_one_another_for_ever(
    engine: Engine,
) -> None:
    with engine.begin() as conn:
        unit_ids = lay_ground(conn)
        case_nos = add_cases(conn, unit_ids, 12)

    def write(writer: int) -> int:
        return sum(_once(engine, case_nos, writer, n) for n in range(SIZE.writes_each // 4))

    with ThreadPoolExecutor(SIZE.writers) as pool:
        saved = sum(pool.map(write, range(SIZE.writers)))
    with engine.connect() as conn:
        assert event_count(conn) == len(case_nos) * 3 + saved
        assert prove(conn).holds


def _once(engine: Engine, case_nos: list[str], writer: int, n: int) -> int:
    """Events written: by a bulk, a single order, or a merging that some other case refuses."""
    near = case_nos[n % 6 : n % 6 + 5]
    chosen = near[::-1] if writer % 2 else near
    try:
        with engine.begin() as conn:
            if n % 3 == 0:
                ask = bulk(conn, Kind.SUPERVISE, chosen, until_at=later(5))
                return len(act_all(conn, ask, DISPATCHER, NOW))
            if n % 3 == 1:
                do(conn, Kind.SUPERVISE, chosen[0], until_at=later(5))
                return 1
            do(conn, Kind.MERGE, chosen[0], parent_no=chosen[1])
    except ActionRefused:
        return 0
    return 1


def test_late_is_what_is_open_past_its_due_time_and_nothing_else(conn: Connection) -> None:
    """A case that was closed once and opened again is late; one paused in time waits."""
    about: dict[str, Any] = {"unit_id": add_centre(conn), "due_at": day(6)}
    closed = event(Kind.CLOSE, day(5, 6))
    reopened = event(Kind.REOPEN, day(5, 7))
    told = {
        "late": [],
        "reopened": [closed, reopened],
        "paused in time": [event(Kind.PAUSE, day(5, 6))],
        "paused too late": [event(Kind.PAUSE, day(6, 6))],
        "closed": [closed],
        "withdrawn": [event(Kind.WITHDRAW, day(6, 6))],
    }
    for case_no, events in told.items():
        add_case(conn, case_no, day(5), events, **about)
    ask = CaseRequest(Kind.SUPERVISE, "", 0, "")
    late = [one.case_no for one in each_of(conn, ask, tuple(told), NOW) if one.is_late]
    assert late == ["late", "reopened", "paused too late"]
