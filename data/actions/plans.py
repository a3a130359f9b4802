"""What each action makes of a case: the event it writes, or why it is refused."""

from collections.abc import Callable

from sqlalchemy import Connection, Row, select

from data.access import Permission, require
from data.acting import case_row, centre_row
from data.actions.extensions import approve, ask_for_extension, refuse
from data.actions.ground import (
    Ground,
    asked_time,
    asked_unit,
    handed_to,
    level_of,
)
from data.actions.pending import pending
from data.schema import units
from data.terms import OPEN_STATES, ActionRefused, AreaLevel, Event, Kind, UnitKind

Plan = Callable[[Ground], Event]
UPWARDS = tuple(reversed(AreaLevel))  # from the lowest grid to the city


def happen(ground: Ground) -> Event:
    """Nothing is said but that it happened, why, and what the table of actions says."""
    return ground.event()


def dispatch(ground: Ground) -> Event:
    """The centre hands a case to a unit."""
    return handed_to(ground, asked_unit(ground))


def reassign(ground: Ground) -> Event:
    """Another unit takes the case."""
    if ground.actor.scope.unit_id is None:
        require(ground.actor, Permission.REASSIGN)
    unit = asked_unit(ground)
    if unit.unit_id == ground.row.unit_id:
        raise ActionRefused("action.same_unit", case_no=ground.row.case_no, unit=unit.name)
    return handed_to(ground, unit)


def give_back(ground: Ground) -> Event:
    """The centre has it again, and decides anew who is to have it."""
    return ground.event(from_unit_id=ground.row.unit_id, to_unit_id=centre_row(ground.conn).unit_id)


def escalate(ground: Ground) -> Event:
    """One level up: a town takes it from a community, the centre for the district or the city."""
    conn, row, ask = ground.conn, ground.row, ground.ask
    if ask.level is None or ask.level not in levels_above(conn, row):
        raise ActionRefused("action.no_level", case_no=row.case_no)
    if ask.grade is None:
        raise ActionRefused("action.no_grade")
    town = town_above(conn, row) if ask.level is AreaLevel.TOWN else None
    return handed_to(ground, town or centre_row(conn), level=ask.level, grade=ask.grade)


def levels_above(conn: Connection, row: Row[tuple]) -> tuple[AreaLevel, ...]:
    """The levels that a case can be escalated to."""
    now = [AreaLevel(row.level)] if row.level else []
    if row.holder_kind not in (None, UnitKind.CENTRE):
        now.append(level_of(row.holder_kind))
    reached = max((UPWARDS.index(level) for level in now), default=-1)
    above = [AreaLevel.DISTRICT, AreaLevel.CITY]
    if town_above(conn, row) is not None:
        above.insert(0, AreaLevel.TOWN)
    return tuple(level for level in above if UPWARDS.index(level) > reached)


def town_above(conn: Connection, row: Row[tuple]) -> Row[tuple] | None:
    """The town that the holding community belongs to, if it is in use."""
    if row.holder_kind != UnitKind.COMMUNITY:
        return None
    query = select(units).where(units.c.unit_id == row.holder_parent_id, units.c.is_active)
    return conn.execute(query.where(units.c.kind == UnitKind.TOWN)).first()


def pause(ground: Ground) -> Event:
    """The case waits for something outside, until a time that is planned."""
    return ground.event(until_at=asked_time(ground))


def close(ground: Ground) -> Event:
    """Handled, and verified where the category asks for it."""
    if ground.row.needs_check and not ground.row.is_verified:
        raise ActionRefused("action.not_verified", case_no=ground.row.case_no)
    return ground.event()


def merge(ground: Ground) -> Event:
    """The case goes into another open one, which is unchanged by it."""
    parent = case_row(ground.conn, ground.ask.parent_no or "", ground.actor.scope)
    if parent.case_id == ground.row.case_id:
        raise ActionRefused("action.own_parent", case_no=parent.case_no)
    if parent.state not in OPEN_STATES:
        raise ActionRefused("action.parent_ended", case_no=parent.case_no)
    return ground.event(parent_id=parent.case_id)


def order(ground: Ground) -> Event:
    """Press the holder for a reply by a time; the order gets its number when it is saved."""
    return ground.event(until_at=asked_time(ground))


def note(ground: Ground) -> Event:
    """A word on the case; with a time it asks for a reply, and gets a number too."""
    return ground.event(until_at=asked_time(ground) if ground.ask.until_at else None)


def reply(ground: Ground) -> Event:
    """What the holder answers to an order."""
    row, order_no = ground.row, ground.ask.order_no or None
    if order_no not in {one.order_no for one in pending(ground.conn, row.case_id).orders}:
        raise ActionRefused("action.no_order", case_no=row.case_no)
    return ground.event(order_no=order_no)


# In the order in which they are offered.
PLANS: dict[Kind, Plan] = {
    Kind.DISPATCH: dispatch,
    Kind.ACCEPT: happen,
    Kind.RESOLVE: happen,
    Kind.PASS_CHECK: happen,
    Kind.FAIL_CHECK: happen,
    Kind.CLOSE: close,
    Kind.REOPEN: happen,
    Kind.REASSIGN: reassign,
    Kind.ESCALATE: escalate,
    Kind.SUPERVISE: order,
    Kind.REPLY: reply,
    Kind.REQUEST_EXTENSION: ask_for_extension,
    Kind.APPROVE_EXTENSION: approve,
    Kind.REFUSE_EXTENSION: refuse,
    Kind.PAUSE: pause,
    Kind.RESUME: happen,
    Kind.RETURN: give_back,
    Kind.FEED_BACK: happen,
    Kind.NOTE: note,
    Kind.MERGE: merge,
    Kind.WITHDRAW: happen,
    Kind.REJECT: happen,
}
