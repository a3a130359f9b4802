"""What the events of a case had said by an instant, or before another event of it."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, false, func, not_, select, tuple_
from sqlalchemy.sql import FromClause

from data.deadlines import NET_KINDS
from data.schema import live_cases, live_events
from data.terms import CROSSING_KINDS, OPENING_KINDS, Kind, State

# A rejection that was taken back never was: between it and the reopening the case counts as open.
OPEN_AFTER = OPENING_KINDS | {Kind.REJECT}
Moment = datetime | ColumnElement[datetime]
Condition = Callable[[FromClause], ColumnElement[bool]]


def last_said(name: str, before: Moment) -> ScalarSelect:
    """What the events of a case (of `live_cases`) before an instant last said of a column."""
    event = live_events.alias()
    column = event.c["to_unit_id" if name == "unit_id" else name]
    return _last_of(column, event, live_cases, event.c.at < before, column.is_not(None))


def last_at(before: Moment, kinds: Collection[Kind]) -> ScalarSelect:
    """When the last event of some kinds happened to a case (of `live_cases`) before an instant."""
    event = live_events.alias()
    conditions = event.c.at < before, event.c.kind.in_(kinds)
    return _last_of(event.c.at, event, live_cases, *conditions)


def paused_since(rows: FromClause, is_before: Condition) -> ScalarSelect:
    """When the pause began that earlier events have not ended; told twice, the first telling."""
    began, later = live_events.alias(), live_events.alias()
    has_ended = (
        select(later.c.event_id)
        .where(
            later.c.case_id == began.c.case_id,
            is_before(later),
            later.c.to_state != State.PAUSED,
            place_of(later) > place_of(began),
        )
        .correlate(began, rows)
        .exists()
    )
    return (
        select(func.min(began.c.at))
        .where(
            began.c.case_id == rows.c.case_id,
            is_before(began),
            began.c.to_state == State.PAUSED,
            ~has_ended,
        )
        .correlate(rows)
        .scalar_subquery()
    )


def last_crossing(before: Moment, of: FromClause = live_cases) -> ScalarSelect:
    """The kind of the last event before an instant that crossed the line between open and not."""
    return _last_crossing(of, lambda earlier: earlier.c.at < before)


def holder_at(rows: FromClause, instant: ColumnElement[datetime]) -> ScalarSelect:
    """Who held the case of a row at an instant, events at the instant included."""
    earlier = live_events.alias()
    return _last_holder(earlier, rows, earlier.c.at <= instant)


def holder_after(event: FromClause) -> ScalarSelect:
    """Who held the case once an event had happened."""
    earlier = live_events.alias()
    return _last_holder(earlier, event, place_of(earlier) <= place_of(event))


def holder_before(event: FromClause) -> ScalarSelect:
    """Who held the case until an event happened."""
    earlier = live_events.alias()
    return _last_holder(earlier, event, place_of(earlier) < place_of(event))


def state_before(event: FromClause) -> ScalarSelect:
    """What the events of a case before one last said of its state."""
    return _said_before(event, "to_state")


def due_before(event: FromClause) -> ScalarSelect:
    """The due time in force until an event happened."""
    return _said_before(event, "due_at")


def accept_by(rows: FromClause, before: Moment) -> ScalarSelect:
    """Until when a case is to be accepted, by the last dispatch before an instant that says so."""
    told = live_events.alias()
    limit = told.c.accept_due_at
    return _last_of(limit, told, rows, told.c.at < before, limit.is_not(None))


def raw_due_at(rows: FromClause, before: Moment) -> ScalarSelect:
    """The due time of a case as if there were no pauses and extensions."""
    told = live_events.alias()
    ends_a_pause = and_(state_before(told) == State.PAUSED, told.c.to_state != State.PAUSED)
    return _last_of(
        told.c.due_at,
        told,
        rows,
        told.c.at < before,
        told.c.due_at.is_not(None),
        told.c.kind.not_in(NET_KINDS),
        not_(func.coalesce(ends_a_pause, false())),
    )


def _said_before(event: FromClause, name: str) -> ScalarSelect:
    earlier = live_events.alias()
    column = earlier.c[name]
    is_before = place_of(earlier) < place_of(event)
    return _last_of(column, earlier, event, is_before, column.is_not(None))


def was_open_before(event: FromClause) -> ColumnElement[bool]:
    """Whether the case was open when an event happened to it."""
    return crossing_before(event).in_(OPEN_AFTER)


def crossing_before(event: FromClause) -> ScalarSelect:
    """The kind of the last crossing of the line before an event."""
    return _last_crossing(event, lambda earlier: place_of(earlier) < place_of(event))


def crossing_by(rows: FromClause, instant: ColumnElement[datetime]) -> ScalarSelect:
    """The kind of the last crossing of the line by an instant, events at it included."""
    return _last_crossing(rows, lambda earlier: earlier.c.at <= instant)


def _last_crossing(rows: FromClause, is_before: Condition) -> ScalarSelect:
    earlier = live_events.alias()
    is_crossing = earlier.c.kind.in_(CROSSING_KINDS)
    return _last_of(earlier.c.kind, earlier, rows, is_before(earlier), is_crossing)


def first_after(
    event: FromClause,
    later: FromClause,
    before: Moment,
    condition: ColumnElement[bool],
    column: ColumnElement,
) -> ScalarSelect:
    """A column of the first event after one, before an instant, for which a condition holds."""
    return (
        select(column)
        .where(
            later.c.case_id == event.c.case_id,
            later.c.at < before,
            place_of(later) > place_of(event),
            condition,
        )
        .order_by(later.c.at, later.c.source_order, later.c.event_id)
        .limit(1)
        .correlate(event)
        .scalar_subquery()
    )


def place_of(event: FromClause) -> ColumnElement:
    """Where an event stands among those of its case."""
    return tuple_(event.c.at, event.c.source_order, event.c.event_id)


def _last_holder(
    earlier: FromClause, rows: FromClause, condition: ColumnElement[bool]
) -> ScalarSelect:
    known = earlier.c.to_unit_id.is_not(None)
    return _last_of(earlier.c.to_unit_id, earlier, rows, condition, known)


def _last_of(
    column: ColumnElement, earlier: FromClause, rows: FromClause, *conditions: ColumnElement[bool]
) -> ScalarSelect:
    return (
        select(column)
        .where(earlier.c.case_id == rows.c.case_id, *conditions)
        .order_by(earlier.c.at.desc(), earlier.c.source_order.desc(), earlier.c.event_id.desc())
        .limit(1)
        .correlate(rows)
        .scalar_subquery()
    )
