"""From hand to hand: the cases that changed hands most, and who hands to whom."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, Row, Select, Text, bindparam, case, func, or_, select

from data.case_file.hands import holds_of, real_hours, spans_in
from data.metrics.base import LIMIT, events_in_window, filtered
from data.metrics.figure import Question, Shape, Window
from data.schema import live_cases, live_events, units
from data.terms import Kind, State, UnitKind

MOVED_SHOWN = 6
PAIRS_SHOWN = 5
BETWEEN = "~"  # the codes of who gives and who takes


@dataclass(frozen=True, slots=True)
class Moved:
    """A case that changed hands, with its whole way up to now."""

    case_no: str
    title: str | None
    moves: int  # transfers and returns in the window
    path: tuple[str, ...]  # names of units; the centre only where it holds the case now
    is_ping_pong: bool  # a unit had it twice
    returns: int  # of its whole way
    unsigned_hours: float  # dispatched and not accepted, all dispatches together
    is_unsigned: bool  # still


@dataclass(frozen=True, slots=True)
class Pair:
    """How often one unit handed cases to another in the window."""

    giver: str
    taker: str
    count: int
    codes: str  # of both, as a list of theirs is asked for


def moves(window: Window) -> Select:
    """One row for each transfer and each return in the window, credited to who gave it away."""
    event = live_events
    is_return = event.c.kind == Kind.RETURN
    return (
        events_in_window(window, event.c.from_unit_id)
        .where(or_(event.c.is_transfer, is_return))
        .add_columns(event.c.to_unit_id, event.c.is_transfer)
    )


def moved_most(conn: Connection, question: Question) -> tuple[Moved, ...]:
    """The cases with the most transfers and returns of the window, the most first."""
    found = conn.execute(_moved_cases(question.shape), question.values).all()
    ways = _ways(conn, [row.case_id for row in found], question)
    return tuple(_moved(row, ways[row.case_id], question.as_of) for row in found)


@lru_cache(LIMIT)
def _moved_cases(shape: Shape) -> Select:
    rows, count = filtered(moves, shape), func.count()
    return (
        select(rows.c.case_id, live_cases.c.case_no, live_cases.c.title, count.label("moves"))
        .join(live_cases, live_cases.c.case_id == rows.c.case_id)
        .group_by(rows.c.case_id, live_cases.c.case_no, live_cases.c.title)
        .order_by(count.desc(), live_cases.c.case_no.desc())
        .limit(MOVED_SHOWN)
    )


def _ways(conn: Connection, keys: Sequence[int], question: Question) -> dict[int, list[Row]]:
    """All events of some cases, in order; `to_unit` is empty where an event names none."""
    event = live_events
    is_centre = units.c.kind == UnitKind.CENTRE
    query = (
        select(
            event.c.case_id,
            event.c.at,
            event.c.kind,
            event.c.to_state,
            units.c.code.label("to_unit"),
            units.c.name.label("name"),
            case((is_centre, True), else_=False).label("is_centre"),
        )
        .outerjoin(units, units.c.unit_id == event.c.to_unit_id)
        .where(event.c.case_id.in_(keys), event.c.at < question.known_before)
        .order_by(event.c.at, event.c.source_order, event.c.event_id)
    )
    ways: dict[int, list[Row]] = defaultdict(list)
    for row in conn.execute(query):
        ways[row.case_id].append(row)
    return ways


def _moved(row: Row, way: Sequence[Row], now: datetime) -> Moved:
    names = {told.to_unit: told.name for told in way}
    centres = {told.to_unit for told in way if told.is_centre}
    path = [hold.unit or "" for hold in holds_of(way, None)]
    units_only = [code for code in path if code not in centres]
    shown = [*units_only, *(path[-1:] if path and path[-1] in centres else [])]
    waits = spans_in(State.DISPATCHED, way)
    return Moved(
        case_no=row.case_no,
        title=row.title,
        moves=row.moves,
        path=tuple(names[code] for code in shown),
        is_ping_pong=len(set(units_only)) < len(units_only),
        returns=sum(told.kind == Kind.RETURN for told in way),
        unsigned_hours=sum(real_hours(start, end or now) for start, end in waits),
        is_unsigned=bool(waits) and waits[-1][1] is None,
    )


def pairs(conn: Connection, question: Question) -> tuple[Pair, ...]:
    """Who handed to whom most often in the window, returns to the centre aside."""
    found = conn.execute(_pairs(question.shape), question.values)
    return tuple(Pair(row[0], row[1], row[2], BETWEEN.join(row[3:])) for row in found)


@lru_cache(LIMIT)
def _pairs(shape: Shape) -> Select:
    rows, count = _transfers(shape).subquery("transfers"), func.count()
    names, codes = (rows.c.giver_name, rows.c.taker_name), (rows.c.giver, rows.c.taker)
    return (
        select(*names, count, *codes)
        .group_by(*codes, *names)
        .order_by(count.desc(), *codes)
        .limit(PAIRS_SHOWN)
    )


def handed_over(conn: Connection, question: Question, giver: str, taker: str) -> list[int]:
    """The cases that one unit handed to another in the window, once for each time."""
    values = question.values | {"of_giver": giver, "of_taker": taker}
    return list(conn.execute(_handed_over(question.shape), values).scalars())


@lru_cache(LIMIT)
def _handed_over(shape: Shape) -> Select:
    rows = _transfers(shape).subquery("transfers")
    return (
        select(rows.c.case_id)
        .where(
            rows.c.giver == bindparam("of_giver", type_=Text),
            rows.c.taker == bindparam("of_taker", type_=Text),
        )
        .order_by(rows.c.at.desc(), rows.c.case_id.desc())
    )


def _transfers(shape: Shape) -> Select:
    """One row for each transfer in the window, with who gives and who takes."""
    rows, giver, taker = filtered(moves, shape), units.alias("giver"), units.alias("taker")
    return (
        select(
            rows.c.case_id,
            rows.c.at,
            giver.c.code.label("giver"),
            giver.c.name.label("giver_name"),
            taker.c.code.label("taker"),
            taker.c.name.label("taker_name"),
        )
        .join(giver, giver.c.unit_id == rows.c.unit_id)
        .join(taker, taker.c.unit_id == rows.c.to_unit_id)
        .where(rows.c.is_transfer)
    )
