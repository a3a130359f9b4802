"""Cases as they stood at a time, and who held them: what the bases of all metrics are made of."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Subquery,
    and_,
    case,
    false,
    func,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.sql import FromClause

from data.deadlines import NET_KINDS
from data.schema import live_cases, live_events
from data.terms import CROSSING_KINDS, ENDING_KINDS, OPENING_KINDS, Kind, State

CASE_COLUMNS = (
    live_cases.c.case_id,
    live_cases.c.area_id,
    live_cases.c.category_id,
    live_cases.c.channel_id,
)
STANDING_COLUMNS = ("state", "unit_id", "due_at", "paused_at", "closed_at", "ended_at")
# A rejection that was taken back never was: between it and the reopening the case counts as open.
# One that stands takes its case out of every count (`is_not_rejected`).
OPEN_AFTER = OPENING_KINDS | {Kind.REJECT}
LAST_INSTANT = datetime.max.replace(tzinfo=UTC)
Condition = Callable[[FromClause], ColumnElement[bool]]


def standing(known_before: datetime, condition: Condition) -> Subquery:
    """Cases opened before an instant as their events before it left them, where a condition holds.

    Columns: case_id, area_id, category_id, channel_id, opened_at, last_event_at (ever), state,
    unit_id, due_at, paused_at (while paused), closed_at (last closing), ended_at (while not open).
    The case row is the answer where no later event exists; other cases are replayed.
    """
    own = (live_cases.c.opened_at, live_cases.c.last_event_at)
    columns = (*own, *(live_cases.c[name] for name in STANDING_COLUMNS))
    current = select(*CASE_COLUMNS, *columns).where(
        live_cases.c.last_event_at < known_before, condition(live_cases)
    )
    earlier = _replayed(known_before)
    return union_all(current, select(earlier).where(condition(earlier))).subquery("standing")


def _replayed(known_before: datetime) -> Subquery:
    """`standing` from the events alone, for cases that have later events."""
    last = select(
        *CASE_COLUMNS,
        live_cases.c.opened_at,
        live_cases.c.last_event_at,
        last_said("to_state", known_before).label("state"),
        last_said("unit_id", known_before).label("unit_id"),
        last_said("due_at", known_before).label("due_at"),
        _paused_at(known_before).label("paused_at"),
        _last_at(known_before, live_events.c.kind == Kind.CLOSE).label("closed_at"),
        _last_at(known_before, live_events.c.kind.in_(ENDING_KINDS)).label("ended_at"),
    ).where(
        is_from(live_cases.c.last_event_at, known_before), live_cases.c.opened_at < known_before
    )
    then = last.subquery("then")
    return select(
        *case_columns(then),
        *(then.c[name] for name in ("opened_at", "last_event_at", "state", "unit_id", "due_at")),
        case((then.c.state == State.PAUSED, then.c.paused_at)).label("paused_at"),
        then.c.closed_at,
        case((_is_ended(then), then.c.ended_at)).label("ended_at"),
    ).subquery("earlier")


def case_columns(rows: FromClause) -> list[ColumnElement]:
    """The columns every base starts with, taken from other rows."""
    return [rows.c[column.name] for column in CASE_COLUMNS]


def _is_ended(rows: FromClause) -> ColumnElement[bool]:
    return rows.c.state.in_([State.CLOSED, State.REJECTED, State.WITHDRAWN, State.MERGED])


def last_said(name: str, before: datetime | ColumnElement[datetime]) -> ScalarSelect:
    """What the events of a case (of `live_cases`) before an instant last said of a column."""
    column = live_events.c["to_unit_id" if name == "unit_id" else name]
    return _last(column, live_events.c.at < before, column.is_not(None))


def _last_at(before: datetime, condition: ColumnElement[bool]) -> ScalarSelect:
    return _last(live_events.c.at, live_events.c.at < before, condition)


def _paused_at(before: datetime) -> ScalarSelect:
    """When the pause began that is not over before an instant; told twice, the first telling."""
    later = live_events.alias()
    has_ended = (
        select(later.c.event_id)
        .where(
            later.c.case_id == live_events.c.case_id,
            later.c.at < before,
            later.c.to_state != State.PAUSED,
            place_of(later) > place_of(live_events),
        )
        .exists()
    )
    return (
        select(func.min(live_events.c.at))
        .where(
            live_events.c.case_id == live_cases.c.case_id,
            live_events.c.at < before,
            live_events.c.to_state == State.PAUSED,
            ~has_ended,
        )
        .correlate(live_cases)
        .scalar_subquery()
    )


def last_crossing(before: datetime, of: FromClause = live_cases) -> ScalarSelect:
    """The kind of the last event before an instant that crossed the line between open and not."""
    kinds = live_events.c.kind.in_(CROSSING_KINDS)
    return _last(live_events.c.kind, live_events.c.at < before, kinds, of=of)


def _last(
    column: ColumnElement, *conditions: ColumnElement[bool], of: FromClause = live_cases
) -> ScalarSelect:
    return (
        select(column)
        .where(live_events.c.case_id == of.c.case_id, *conditions)
        .order_by(
            live_events.c.at.desc(),
            live_events.c.source_order.desc(),
            live_events.c.event_id.desc(),
        )
        .limit(1)
        .correlate(of)
        .scalar_subquery()
    )


def holder_at(rows: FromClause, instant: ColumnElement[datetime]) -> ScalarSelect:
    """Who held the case of a row at an instant, events at the instant included."""
    earlier = live_events.alias()
    return _last_holder(earlier, rows, earlier.c.at <= instant)


def closer_or_holder(rows: FromClause) -> ColumnElement[int]:
    """Of a closed case of `standing` the unit that closed it, of another who holds it."""
    went_on = and_(rows.c.state == State.CLOSED, rows.c.last_event_at > rows.c.closed_at)
    return case((went_on, holder_at(rows, rows.c.closed_at)), else_=rows.c.unit_id)


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


def raw_due_at(rows: FromClause, before: datetime) -> ScalarSelect:
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
    earlier = live_events.alias()
    return _last_of(
        earlier.c.kind,
        earlier,
        event,
        place_of(earlier) < place_of(event),
        earlier.c.kind.in_(CROSSING_KINDS),
    )


def crossing_by(rows: FromClause, instant: ColumnElement[datetime]) -> ScalarSelect:
    """The kind of the last crossing of the line by an instant, events at it included."""
    earlier = live_events.alias()
    is_crossing = earlier.c.kind.in_(CROSSING_KINDS)
    return _last_of(earlier.c.kind, earlier, rows, earlier.c.at <= instant, is_crossing)


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


def is_not_rejected(known_before: datetime, of: FromClause = live_cases) -> ColumnElement[bool]:
    """Whether a case does not stand rejected at an instant; else it counts nowhere."""
    never_reopened = of.c.reopen_count == 0
    return or_(
        and_(
            never_reopened,
            or_(of.c.state != State.REJECTED, of.c.ended_at >= known_before),
        ),
        and_(~never_reopened, last_crossing(known_before, of) != Kind.REJECT),
    )


def was_open_at(cut: datetime) -> ColumnElement[bool]:
    """Whether a case (of `live_cases`) was open after all events before an instant."""
    return and_(
        live_cases.c.opened_at < cut,
        or_(live_cases.c.ended_at.is_(None), is_from(live_cases.c.ended_at, cut)),
        or_(live_cases.c.reopen_count == 0, last_crossing(cut).in_(OPEN_AFTER)),
    )


def is_from(column: ColumnElement[datetime], instant: datetime) -> ColumnElement[bool]:
    """Whether an instant has come to this one: few have, which SQLite takes of a closed range."""
    return column.between(instant, LAST_INSTANT)


def is_waiting(rows: FromClause) -> ColumnElement[bool]:
    """Paused, and the due time had not passed when the pause began: such a case is not due."""
    return and_(rows.c.state == State.PAUSED, rows.c.due_at > rows.c.paused_at)
