"""Cases as they stood at a time, and who held them: what the bases of all metrics are made of."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Subquery, and_, case, or_, select, union_all
from sqlalchemy.sql import FromClause

from data.metrics.history import (
    OPEN_AFTER,
    Condition,
    Moment,
    holder_at,
    last_at,
    last_crossing,
    last_said,
    paused_since,
)
from data.schema import live_cases
from data.terms import ENDED_STATES, ENDING_KINDS, Kind, State

CASE_COLUMNS = (
    live_cases.c.case_id,
    live_cases.c.area_id,
    live_cases.c.category_id,
    live_cases.c.channel_id,
)
STANDING_COLUMNS = ("state", "unit_id", "due_at", "paused_at", "closed_at", "ended_at")
LAST_INSTANT = datetime.max.replace(tzinfo=UTC)


def standing(known_before: Moment, condition: Condition) -> Subquery:
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


def _replayed(known_before: Moment) -> Subquery:
    """`standing` from the events alone, for cases that have later events."""
    last = select(
        *CASE_COLUMNS,
        live_cases.c.opened_at,
        live_cases.c.last_event_at,
        last_said("to_state", known_before).label("state"),
        last_said("unit_id", known_before).label("unit_id"),
        last_said("due_at", known_before).label("due_at"),
        paused_since(live_cases, lambda event: event.c.at < known_before).label("paused_at"),
        last_at(known_before, {Kind.CLOSE}).label("closed_at"),
        last_at(known_before, ENDING_KINDS).label("ended_at"),
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
    return rows.c.state.in_(ENDED_STATES)


def holder_by(cut: Moment) -> ColumnElement[int]:
    """Who held a case (of `live_cases`) after all its events before an instant."""
    is_now = live_cases.c.last_event_at < cut
    return case((is_now, live_cases.c.unit_id), else_=last_said("unit_id", cut))


def closer_or_holder(rows: FromClause) -> ColumnElement[int]:
    """Of a closed case of `standing` the unit that closed it, of another who holds it."""
    went_on = and_(rows.c.state == State.CLOSED, rows.c.last_event_at > rows.c.closed_at)
    return case((went_on, holder_at(rows, rows.c.closed_at)), else_=rows.c.unit_id)


def is_not_rejected(known_before: Moment, of: FromClause = live_cases) -> ColumnElement[bool]:
    """Whether a case does not stand rejected at an instant; else it counts nowhere."""
    never_reopened = of.c.reopen_count == 0
    return or_(
        and_(
            never_reopened,
            or_(of.c.state != State.REJECTED, of.c.ended_at >= known_before),
        ),
        and_(~never_reopened, last_crossing(known_before, of) != Kind.REJECT),
    )


def was_open_at(cut: Moment) -> ColumnElement[bool]:
    """Whether a case (of `live_cases`) was open after all events before an instant."""
    return and_(
        live_cases.c.opened_at < cut,
        or_(live_cases.c.ended_at.is_(None), is_from(live_cases.c.ended_at, cut)),
        or_(live_cases.c.reopen_count == 0, last_crossing(cut).in_(OPEN_AFTER)),
    )


def is_from(column: ColumnElement[datetime], instant: Moment) -> ColumnElement[bool]:
    """Whether an instant has come to this one: few have, which SQLite takes of a closed range."""
    return column.between(instant, LAST_INSTANT)


def is_waiting(rows: FromClause) -> ColumnElement[bool]:
    """Paused, and the due time had not passed when the pause began: such a case is not due."""
    return and_(rows.c.state == State.PAUSED, rows.c.due_at > rows.c.paused_at)
