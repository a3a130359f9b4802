"""Random districts: well-formed logs of events with times that meet, and questions to ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st
from sqlalchemy import Connection

from data.metrics.figure import Question
from data.terms import ENDING_KINDS, OPENING_KINDS, Event, Kind, State
from tests.builders import (
    add_area,
    add_category,
    add_centre,
    add_channel,
    add_unit,
    day,
    event,
    write_case,
)

HOURS = 20  # everything happens within so few hours that times often meet

_WHILE_OPEN: tuple[tuple[Kind, State | None], ...] = (
    (Kind.DISPATCH, None),
    (Kind.REASSIGN, None),
    (Kind.RETURN, None),
    (Kind.PAUSE, None),
    (Kind.RESUME, None),
    (Kind.OBSERVE, State.PAUSED),
    (Kind.OBSERVE, None),
    (Kind.OBSERVE, State.IN_PROGRESS),
    (Kind.APPROVE_EXTENSION, None),
    (Kind.PASS_CHECK, None),
    (Kind.FAIL_CHECK, None),
    (Kind.UPDATE, None),
    (Kind.REJECT, None),
    (Kind.WITHDRAW, None),
    (Kind.MERGE, None),
    *[(Kind.CLOSE, None)] * 5,
)
_ONCE_ENDED: tuple[tuple[Kind, State | None], ...] = (
    (Kind.REOPEN, None),
    (Kind.REOPEN, None),
    (Kind.CALL_BACK, None),
    (Kind.UPDATE, None),
)


@dataclass(frozen=True)
class Ground:
    """Where random cases happen: ids, None for blank."""

    centre_id: int
    unit_ids: list[int | None]
    area_ids: list[int | None]
    category_ids: list[int | None]
    channel_ids: list[int | None]


@dataclass(frozen=True)
class Step:
    """One event to be: which of those possible, who holds the case then, what due time it sets."""

    at: datetime
    choice: int
    unit: int
    due_at: datetime | None
    shares_order: bool  # with an event of the same instant: only the order of arrival tells
    is_late: bool  # recorded after all others


def lay_ground(conn: Connection) -> Ground:
    """A handful of everything, with trees of areas and categories."""
    centre_id = add_centre(conn)
    street, kind = add_area(conn, "street"), add_category(conn, "kind")
    village = add_area(conn, "village", street)
    return Ground(
        centre_id=centre_id,
        unit_ids=[None, None, None, centre_id, *(add_unit(conn, f"unit-{n}") for n in (1, 2, 3))],
        area_ids=[None, street, village, add_area(conn, "grid", village), add_area(conn, "far")],
        category_ids=[None, kind, add_category(conn, "leaf", kind), add_category(conn, "other")],
        channel_ids=[None, add_channel(conn, "hotline"), add_channel(conn, "grid")],
    )


def instants(until: int = HOURS) -> st.SearchStrategy[datetime]:
    """Whole hours, and now and then a microsecond beside one."""
    return st.builds(
        lambda hours, ticks: day(1) + timedelta(hours=hours, microseconds=ticks),
        st.integers(0, until),
        st.sampled_from([0, 0, 0, 0, -1, 1]),
    )


def logs() -> st.SearchStrategy[list[tuple[list[Step], int]]]:
    """Four to a dozen cases: the steps of each, and a number that places it."""
    step = st.builds(
        Step,
        at=instants(),
        choice=st.integers(0, len(_WHILE_OPEN) - 1),
        unit=st.integers(0, 6),
        due_at=st.one_of(st.none(), instants()),
        shares_order=st.booleans(),
        is_late=st.booleans(),
    )
    steps = st.lists(step, min_size=2, max_size=9)
    return st.lists(st.tuples(steps, st.integers(0, 59)), min_size=4, max_size=12)


def questions() -> st.SearchStrategy[Question]:
    """Windows and as-of times among the events, with and without filters."""

    def window(start: datetime, hours: int, as_of: datetime, **filters: str | None) -> Question:
        return Question(start, start + timedelta(hours=hours), as_of, **filters)

    def maybe(*codes: str) -> st.SearchStrategy[str | None]:
        return st.sampled_from([*[None] * (6 * len(codes)), *codes])

    return st.builds(
        window,
        start=instants(until=HOURS // 2),
        hours=st.integers(1, HOURS),
        as_of=instants(until=HOURS * 2),
        area=maybe("", "street", "village", "grid", "far"),
        unit=maybe("", "centre", "unit-1", "unit-2", "unit-3"),
        category=maybe("", "kind", "leaf", "other"),
        channel=maybe("", "hotline", "grid"),
    )


def add_log(conn: Connection, ground: Ground, log: list[tuple[list[Step], int]]) -> None:
    """Write random cases; their numbers are 1, 2, 3 …"""
    for number, (steps, place) in enumerate(log, start=1):
        events, recorded = _well_formed(sorted(steps, key=lambda step: step.at), ground)
        columns = {
            "area_id": ground.area_ids[place % 5],
            "category_id": ground.category_ids[place % 4],
            "channel_id": ground.channel_ids[place % 3],
        }
        write_case(
            conn,
            str(number),
            events,
            centre_id=ground.centre_id,
            columns=columns,
            recorded=recorded,
        )


def _well_formed(steps: list[Step], ground: Ground) -> tuple[list[Event], list[int]]:
    """Events that cross the line between open and not open in turn, and their order of arrival."""
    events: list[Event] = []
    is_open = False
    for step in steps:
        possible = _WHILE_OPEN if is_open else _ONCE_ENDED
        kind, to_state = possible[step.choice % len(possible)] if events else (Kind.REPORT, None)
        is_open = kind not in ENDING_KINDS and (is_open or kind in OPENING_KINDS)
        order = _order(events, step)
        unit_id = ground.unit_ids[step.unit]
        events.append(
            event(
                kind, step.at, to_state, due_at=step.due_at, source_order=order, to_unit_id=unit_id
            )
        )
    places = [(one.at, one.source_order) for one in events]
    late = [n for n, s in enumerate(steps) if s.is_late and places.count(places[n]) == 1]
    return events, [n for n in range(len(events)) if n not in late] + late[::-1]


def _order(events: list[Event], step: Step) -> int:
    """An event of the same instant comes after the last one, or shares its order."""
    if not events or events[-1].at != step.at:
        return 0
    return events[-1].source_order + (not step.shares_order)
