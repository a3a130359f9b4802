"""Dispatches 交办: accepted 签收, in time, first response 首次响应, returned 退单.

A dispatch is every event that puts a case into `dispatched`; it is credited to the unit it names.
"""

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, func, not_, or_
from sqlalchemy.sql import FromClause

from data.metrics.base import events_in_window
from data.metrics.figure import Window
from data.metrics.history import first_after, holder_after, state_before
from data.metrics.measure import ClockQuantile, Count, Share
from data.schema import live_events
from data.terms import Kind, State

DISPATCHING = (Kind.DISPATCH, Kind.REASSIGN, Kind.ESCALATE)
RESPONDING = (Kind.ACCEPT, Kind.FEED_BACK, Kind.RETURN, Kind.RESOLVE)
RESPONDED = (State.IN_PROGRESS, State.RESOLVED, State.REPORTED)  # as other systems' logs tell it


def dispatches(window: Window) -> Select:
    """One row for each dispatch in the window; was it accepted, or returned, by as-of."""
    later = live_events.alias("later")
    accepted = _next(later, window, _says_a_state(later), later.c.to_state)
    came_back = [State.DISPATCHED, State.REPORTED]
    returned = _next(later, window, later.c.to_state.in_(came_back), later.c.to_state)
    return dispatched(window).add_columns(
        _is(accepted, State.IN_PROGRESS).label("is_accepted"),
        _is(returned, State.REPORTED).label("is_returned"),
    )


def timed_dispatches(window: Window) -> Select:
    """Every dispatch: has it a limit for acceptance that was met or passed; was it met in time."""
    later = live_events.alias("later")
    accepted = case((later.c.to_state == State.IN_PROGRESS, later.c.at))
    accepted_at = _next(later, window, _says_a_state(later), accepted)
    limit = live_events.c.accept_due_at
    in_time = and_(accepted_at.is_not(None), accepted_at <= limit)
    is_decided = or_(accepted_at.is_not(None), limit < window.known_before)
    return dispatched(window).add_columns(
        and_(limit.is_not(None), in_time).label("is_timely"),
        and_(limit.is_not(None), is_decided).label("is_decided"),
        and_(limit.is_not(None), not_(is_decided)).label("is_running"),
        limit.is_(None).label("is_without_limit"),
        limit.label("accept_by"),
    )


def responses(window: Window) -> Select:
    """Dispatches answered by as-of by the unit they went to, with the time from one to the other.

    Once another unit has the case its answers are no longer those of the first.
    """
    answered_at = _answered_at(window)
    return (
        dispatched(window)
        .add_columns(live_events.c.at.label("started_at"), answered_at.label("ended_at"))
        .where(answered_at.is_not(None))
    )


def unanswered(window: Window) -> Select:
    """Dispatches that the unit they went to had not answered by as-of."""
    return dispatched(window).where(_answered_at(window).is_(None))


def _answered_at(window: Window) -> ScalarSelect:
    later = live_events.alias("later")
    answers = or_(later.c.kind.in_(RESPONDING), later.c.to_state.in_(RESPONDED))
    is_gone = or_(later.c.to_state == State.DISPATCHED, _goes_on(later))
    answered = case((is_gone, None), else_=later.c.at)
    return _next(later, window, or_(answers, is_gone), answered)


def dispatched(window: Window) -> Select:
    """One row for each dispatch in the window, credited to the unit it names."""
    event = live_events
    is_new = or_(
        event.c.kind.in_(DISPATCHING),
        event.c.is_transfer,
        state_before(event).is_distinct_from(State.DISPATCHED),
    )
    return events_in_window(window, holder_after(event)).where(
        event.c.to_state == State.DISPATCHED, is_new
    )


def _goes_on(event: FromClause) -> ColumnElement[bool]:
    """Whether an event hands the case to another unit, and is no return by the one that had it."""
    is_return = or_(
        event.c.kind == Kind.RETURN, func.coalesce(event.c.to_state, "") == State.REPORTED
    )
    return and_(event.c.is_transfer, not_(is_return))


def _says_a_state(event: FromClause) -> ColumnElement[bool]:
    return event.c.to_state.is_not(None)


def _next(
    later: FromClause,
    window: Window,
    condition: ColumnElement[bool],
    column: ColumnElement,
) -> ScalarSelect:
    """A column of the first event by as-of after a dispatch for which a condition holds."""
    return first_after(live_events, later, window.known_before, condition, column)


def _is(told: ColumnElement, state: State) -> ColumnElement[bool]:
    return and_(told.is_not(None), told == state)


MEASURES = (
    Share("acceptance_rate", base=dispatches, counts="is_accepted", better="higher"),
    Share(
        "timely_acceptance_rate",
        base=timed_dispatches,
        counts="is_timely",
        of="is_decided",
        better="higher",
    ),
    Count("acceptance_running_count", base=timed_dispatches, counts="is_running", unit="times"),
    Count(
        "acceptance_without_limit_count",
        base=timed_dispatches,
        counts="is_without_limit",
        unit="times",
    ),
    ClockQuantile("first_response_hours_median", base=responses, percent=50, better="lower"),
    Count("unanswered_count", base=unanswered, unit="times", better="lower"),
    Share("return_rate", base=dispatches, counts="is_returned", better="lower"),
)
