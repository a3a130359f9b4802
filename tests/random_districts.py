"""Random districts: well-formed logs of events with times that meet, and questions to ask."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from data.calendar import LimitUnit
from data.db import is_sqlite
from data.metrics.figure import Question
from data.schema import calendar_days
from data.terms import ENDING_KINDS, OPENING_KINDS, AreaLevel, Event, Kind, State
from tests.builders import (
    CaseColumns,
    add_area,
    add_category,
    add_centre,
    add_channel,
    add_unit,
    day,
    event,
    write_case,
)

CLOCK = (0, 1, 2, 5, 9, 10, 14, 20, 30, 40)
HOURS = 20  # everything happens within so few hours that times often meet …
MONTH = 720  # … or within as few hours, thirty times twenty-four hours later
START = day(4)  # 08:00 of a Sunday that was made up for
METRE = 1 / 111_195  # in degrees of latitude

_FIRST: tuple[tuple[Kind, State | None], ...] = (
    (Kind.REPORT, None),
    (Kind.REPORT, None),
    (Kind.REPORT, State.DISPATCHED),
)

_WHILE_OPEN: tuple[tuple[Kind, State | None], ...] = (
    *[(Kind.DISPATCH, None)] * 3,
    (Kind.REASSIGN, None),
    (Kind.RETURN, None),
    (Kind.PAUSE, None),
    (Kind.RESUME, None),
    (Kind.OBSERVE, State.PAUSED),
    (Kind.OBSERVE, None),
    (Kind.OBSERVE, State.IN_PROGRESS),
    (Kind.OBSERVE, State.DISPATCHED),
    (Kind.UPDATE, State.REPORTED),
    (Kind.ACCEPT, None),
    (Kind.ACCEPT, None),
    (Kind.ESCALATE, None),
    *[(Kind.FEED_BACK, None)] * 3,
    (Kind.RESOLVE, None),
    (Kind.MEDIATE, None),
    (Kind.CALL_BACK, None),
    *[(Kind.APPROVE_EXTENSION, None)] * 3,
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
    (Kind.REOPEN, State.DISPATCHED),
    (Kind.CALL_BACK, None),
    (Kind.UPDATE, None),
)
ANSWERS: tuple[dict[str, str], ...] = (
    *[{}] * 8,
    *[{"outcome": told} for told in ("resolved", "partly", "unresolved", "unreachable")],
    *[{"satisfaction": told} for told in ("satisfied", "mostly", "not", "refused")],
    *[{"mediation": told} for told in ("agreed", "failed", "running")],
    {"outcome": "refused", "satisfaction": "mostly"},
)
ADDRESSES = (
    *[None] * 6,
    "",
    "—",
    "新华路 12号",
    "新华路１２号。",
    "新华路，12号",
    "新华路13号",
    "Main-Str. 5",
    "ＭＡＩＮ str. 5",
)
EAST = (0, 24, 49.5, 50.5, 73, 99, 101)  # metres: pairs on both sides of 50
NORTH = (0, 0, 0, 12, 49.9)


@dataclass(frozen=True)
class Ground:
    """Where random cases happen: ids, None for blank."""

    centre_id: int
    unit_ids: list[int | None]
    area_ids: list[int | None]
    category_ids: list[int | None]
    channel_ids: list[int | None]


@dataclass(frozen=True)
class Spot:
    """Where a case lies and what it is about: numbers that choose."""

    area: int
    category: int
    channel: int
    address: int
    point: tuple[float, float] | None  # metres to the east and to the north
    is_far: bool  # from the other points
    is_later: bool  # all of it a month later
    repeat_of: str | None


@dataclass(frozen=True)
class Step:
    """One event to be: which of those possible, who holds the case then, what due time it sets."""

    at: datetime
    choice: int
    unit: int
    due_at: datetime | None
    accept_due_at: datetime | None
    answer: int
    shares_order: bool  # with an event of the same instant: only the order of arrival tells
    is_late: bool  # recorded after all others


def lay_ground(conn: Connection) -> Ground:
    """A handful of everything, with trees of areas and categories."""
    centre_id = add_centre(conn)
    street, kind = (
        add_area(conn, "street"),
        add_category(conn, "kind", clock=LimitUnit.URGENT_HOURS),
    )
    village = add_area(conn, "village", street, AreaLevel.GRID1)
    grid = add_area(conn, "grid", village, AreaLevel.GRID2)
    for number, is_worked in ((10, True), (11, True), (13, False)):
        conn.execute(insert(calendar_days).values(day=day(number).date(), is_worked=is_worked))
    return Ground(
        centre_id=centre_id,
        unit_ids=[None, None, None, centre_id, *(add_unit(conn, f"unit-{n}") for n in (1, 2, 3))],
        area_ids=[None, street, village, grid, add_area(conn, "far", level=AreaLevel.GRID2)],
        category_ids=[
            None,
            kind,
            add_category(conn, "leaf", kind, LimitUnit.WORKING_HOURS),
            add_category(conn, "other", clock=LimitUnit.WORKING_DAYS),
        ],
        channel_ids=[None, add_channel(conn, "hotline"), add_channel(conn, "grid")],
    )


def instants(until: int = HOURS) -> st.SearchStrategy[datetime]:
    """A few whole hours, and now and then a microsecond beside one, or a month later."""
    return st.builds(
        lambda hours, later, ticks: START + timedelta(hours=hours + later, microseconds=ticks),
        st.sampled_from([hours for hours in CLOCK if hours <= until]),
        st.sampled_from([0, 0, 0, MONTH]),
        st.sampled_from([0, 0, 0, 0, -1, 1]),
    )


Log = list[tuple[list[Step], Spot]]


def logs() -> st.SearchStrategy[Log]:
    """Six to sixteen cases: the steps of each, and where it lies."""
    step = st.builds(
        Step,
        at=instants(),
        choice=st.integers(0, len(_WHILE_OPEN) - 1),
        unit=st.integers(0, 6),
        due_at=st.one_of(st.none(), instants()),
        accept_due_at=st.one_of(st.none(), instants()),
        answer=st.integers(0, len(ANSWERS) - 1),
        shares_order=st.booleans(),
        is_late=st.booleans(),
    )
    steps = st.lists(step, min_size=4, max_size=12)
    point = st.tuples(st.sampled_from(EAST), st.sampled_from(NORTH))
    spots = st.builds(
        Spot,
        area=st.sampled_from([3, 3, 3, 0, 1, 2, 4]),
        category=st.sampled_from([2, 2, 2, 2, 0, 1, 3]),
        channel=st.integers(0, 2),
        address=st.integers(0, len(ADDRESSES) - 1),
        point=st.one_of(st.none(), point, point),
        is_far=st.sampled_from([False] * 4 + [True]),
        is_later=st.booleans(),
        repeat_of=st.sampled_from([*[None] * 9, "1"]),
    )
    return st.lists(st.tuples(steps, spots), min_size=6, max_size=16)


def questions() -> st.SearchStrategy[Question]:
    """Windows and as-of times among the events, with and without filters."""

    def window(start: datetime, hours: int, as_of: datetime, **filters: str | None) -> Question:
        return Question(start, start + timedelta(hours=hours), as_of, **filters)

    afterwards = START + timedelta(hours=MONTH + 2 * HOURS)

    def maybe(*codes: str) -> st.SearchStrategy[str | None]:
        return st.sampled_from([*[None] * (6 * len(codes)), *codes])

    return st.builds(
        window,
        start=instants(until=HOURS // 2),
        hours=st.one_of(st.integers(1, HOURS), st.just(MONTH + HOURS)),
        as_of=st.one_of(instants(until=HOURS * 2), st.just(afterwards)),
        area=maybe("", "street", "village", "grid", "far"),
        unit=maybe("", "centre", "unit-1", "unit-2", "unit-3"),
        category=maybe("", "kind", "leaf", "other"),
        channel=maybe("", "hotline", "grid"),
    )


def add_log(conn: Connection, ground: Ground, log: Log, after: int = 0) -> None:
    """Write random cases; their numbers are 1, 2, 3 …, or go on after one."""
    for number, (steps, spot) in enumerate(log, start=after + 1):
        placed = [_a_month_later(step) for step in steps] if spot.is_later else steps
        events, recorded = _well_formed(sorted(placed, key=lambda step: step.at), ground)
        write_case(
            conn,
            str(number),
            events,
            centre_id=ground.centre_id,
            columns=_columns(spot, ground),
            recorded=recorded,
        )
    if not is_sqlite(conn):  # whose plans are poor for tables that it knows nothing of
        conn.exec_driver_sql("ANALYZE cases, case_events")


def _a_month_later(step: Step) -> Step:
    month = timedelta(hours=MONTH)
    return step if step.at >= START + month / 2 else replace(step, at=step.at + month)


def _columns(spot: Spot, ground: Ground) -> CaseColumns:
    """The columns of a case's row that say what and where."""
    lon, lat = (118.0, 60.0) if spot.is_far else (-73.9, 0.0)
    stretch = 2 if spot.is_far else 1  # of a degree of longitude, at that latitude
    east, north = spot.point or (0.0, 0.0)
    return {
        "area_id": ground.area_ids[spot.area],
        "category_id": ground.category_ids[spot.category],
        "channel_id": ground.channel_ids[spot.channel],
        "address": ADDRESSES[spot.address],
        "lon": lon + east * METRE * stretch if spot.point else None,
        "lat": lat + north * METRE if spot.point else None,
        "repeat_of": spot.repeat_of,
    }


def _well_formed(steps: list[Step], ground: Ground) -> tuple[list[Event], list[int]]:
    """Events that cross the line between open and not open in turn, and their order of arrival."""
    events: list[Event] = []
    is_open = False
    for step in steps:
        possible = (_WHILE_OPEN if is_open else _ONCE_ENDED) if events else _FIRST
        kind, to_state = possible[step.choice % len(possible)]
        is_open = kind not in ENDING_KINDS and (is_open or kind in OPENING_KINDS)
        order = _order(events, step)
        told = {
            "to_unit_id": ground.unit_ids[step.unit],
            "due_at": step.due_at,
            "accept_due_at": step.accept_due_at,
            **ANSWERS[step.answer],
        }
        events.append(event(kind, step.at, to_state, source_order=order, **told))
    places = [(one.at, one.source_order) for one in events]
    late = [n for n, s in enumerate(steps) if s.is_late and places.count(places[n]) == 1]
    return events, [n for n in range(len(events)) if n not in late] + late[::-1]


def _order(events: list[Event], step: Step) -> int:
    """An event of the same instant comes after the last one, or shares its order."""
    if not events or events[-1].at != step.at:
        return 0
    return events[-1].source_order + (not step.shares_order)
