"""Closure 办结: of the cases due, and of the cases opened; on time, overdue; how long it took."""

from sqlalchemy import Select, Subquery, and_, func, not_, or_, select

from data.db_functions import hours_between
from data.metrics.figure import Window
from data.metrics.history import (
    Condition,
    Moment,
    due_before,
    holder_at,
    paused_since,
    place_of,
    raw_due_at,
)
from data.metrics.measure import Count, Quantile, Share
from data.metrics.standing import case_columns, closer_or_holder, is_waiting, standing
from data.schema import live_events
from data.terms import LEFT_OUT_STATES, OPEN_STATES, Kind, State


def due_cases(window: Window) -> Select:
    """D(W,T) 应办结: cases whose net due time lies in the window and before the as-of time.

    Out: rejected, merged, withdrawn before due, paused before due. Credited to who held it then.
    """
    rows = standing(
        window.known_before,
        lambda c: and_(c.c.due_at >= window.start, c.c.due_at < window.due_before),
    )
    closed = rows.c.state == State.CLOSED
    on_time = and_(closed, rows.c.closed_at <= rows.c.due_at)
    raw_due = func.coalesce(raw_due_at(rows, window.known_before), rows.c.due_at)
    return select(
        *case_columns(rows),
        holder_at(rows, rows.c.due_at).label("unit_id"),
        rows.c.due_at.label("at"),
        closed.label("is_closed"),
        on_time.label("is_on_time"),
        and_(closed, rows.c.closed_at <= raw_due).label("is_on_time_raw"),
        not_(on_time).label("is_overdue"),
        not_(closed).label("is_overdue_open"),
        and_(closed, rows.c.closed_at > rows.c.due_at).label("is_overdue_closed"),
        rows.c.case_id.in_(_extended(window)).label("is_extended"),
    ).where(
        rows.c.state.not_in([State.REJECTED, State.MERGED]),
        not_(and_(rows.c.state == State.WITHDRAWN, rows.c.ended_at < rows.c.due_at)),
        not_(is_waiting(rows)),
    )


def cohort(window: Window) -> Select:
    """Cases opened in the window that stand neither rejected, withdrawn nor merged at as-of."""
    rows = _opened(window, lambda c: c.c.state.not_in(LEFT_OUT_STATES))
    return select(
        *case_columns(rows),
        closer_or_holder(rows).label("unit_id"),
        rows.c.opened_at.label("at"),
        (rows.c.state == State.CLOSED).label("is_closed"),
        rows.c.case_id.in_(_escalated(window)).label("is_escalated"),
    )


def left_out(window: Window) -> Select:
    """Cases opened in the window that R1 leaves out; of all bases only this has rejected ones."""
    rows = _opened(window, lambda c: c.c.state.in_(LEFT_OUT_STATES))
    return select(*case_columns(rows), rows.c.unit_id, rows.c.opened_at.label("at"))


def _opened(window: Window, condition: Condition) -> Subquery:
    """Cases opened in the window as they stand at as-of, where a condition holds."""
    return standing(
        window.known_before,
        lambda c: and_(
            c.c.opened_at >= window.start,
            c.c.opened_at < window.happened_before,
            condition(c),
        ),
    )


def _escalated(window: Window) -> Select:
    """Cases escalated at least once by as-of."""
    event = live_events
    return select(event.c.case_id).where(
        event.c.kind == Kind.ESCALATE, event.c.at < window.known_before
    )


def _extended(window: Window) -> Select:
    """Cases with an extension by as-of, approved no later than the due time then in force.

    While a pause that began before it goes on, the due time moves on too.
    """
    event, due_at = live_events, due_before(live_events)
    paused_at = paused_since(event, lambda earlier: place_of(earlier) < place_of(event))
    return select(event.c.case_id).where(
        event.c.kind == Kind.APPROVE_EXTENSION,
        event.c.at < window.known_before,
        or_(event.c.at <= due_at, paused_at < due_at),
    )


def handled(window: Window) -> Select:
    """The closed cases of the cohort, with the real hours from opening to last closing."""
    rows = _opened(window, lambda c: c.c.state == State.CLOSED)
    hours = hours_between(rows.c.opened_at, rows.c.closed_at)
    unit_id = closer_or_holder(rows).label("unit_id")
    at = rows.c.opened_at.label("at")
    return select(*case_columns(rows), unit_id, at, hours.label("hours"))


def overdue_now(window: Window) -> Select:
    """All open cases whose due time has passed at as-of; no window."""
    return open_and_due(window, window.as_of)


def open_and_due(window: Window, before: Moment) -> Select:
    """All open cases that are due before an instant, at their due times; paused ones are not."""
    rows = standing(
        window.known_before, lambda c: and_(c.c.ended_at.is_(None), c.c.due_at < before)
    )
    return select(*case_columns(rows), rows.c.unit_id, rows.c.due_at.label("at")).where(
        rows.c.state.in_(OPEN_STATES), not_(is_waiting(rows))
    )


MEASURES = (
    Share("closure_rate_due", base=due_cases, counts="is_closed", better="higher"),
    Share("closure_rate_cohort", base=cohort, counts="is_closed", better="higher"),
    Count("cohort_left_out_count", base=left_out),
    Share("on_time_rate", base=due_cases, counts="is_on_time", better="higher"),
    Share("on_time_raw_rate", base=due_cases, counts="is_on_time_raw", better="higher"),
    Share("overdue_rate", base=due_cases, counts="is_overdue", better="lower"),
    Count("overdue_open_count", base=due_cases, counts="is_overdue_open", better="lower"),
    Count("overdue_closed_count", base=due_cases, counts="is_overdue_closed", better="lower"),
    Count("overdue_now_count", base=overdue_now, better="lower"),
    Share("extension_rate", base=due_cases, counts="is_extended", better="lower"),
    Share("escalation_rate", base=cohort, counts="is_escalated", better="lower"),
    Quantile("handling_hours_median", base=handled, percent=50, better="lower"),
    Quantile("handling_hours_p90", base=handled, percent=90, better="lower"),
)
