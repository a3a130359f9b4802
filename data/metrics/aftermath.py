"""After the work: reopened 重开, what call-backs found 解决 满意, what mediation reached 调处."""

from datetime import timedelta

from sqlalchemy import Select, and_, or_

from data.db_functions import hours_between
from data.metrics.base import events_in_window
from data.metrics.figure import Window
from data.metrics.history import first_after, holder_after
from data.metrics.measure import Share
from data.schema import live_events
from data.terms import CROSSING_KINDS, Kind

REOPENED_WITHIN_HOURS = 30 * 24
VALID_OUTCOMES = ("resolved", "partly", "unresolved")  # not: unreachable, refused
VALID_SATISFACTIONS = ("satisfied", "mostly", "not")
FINISHED_MEDIATIONS = ("agreed", "failed")


def closings(window: Window) -> Select:
    """One row for each closing in the window; did a reopening follow within 30 days, by as-of."""
    event, later = live_events, live_events.alias("later")
    is_crossing = later.c.kind.in_(CROSSING_KINDS)  # only a reopening can follow a closing
    reopened_at = first_after(event, later, window.known_before, is_crossing, later.c.at)
    is_soon = hours_between(event.c.at, reopened_at) <= REOPENED_WITHIN_HOURS
    return (
        events_in_window(window, holder_after(event))
        .where(event.c.kind == Kind.CLOSE)
        .add_columns(and_(reopened_at.is_not(None), is_soon).label("is_reopened"))
    )


def outcomes(window: Window) -> Select:
    """The last call-back of each case recorded in the window; did somebody answer, and what."""
    told = live_events.c.outcome
    return _last_told(window, "outcome").add_columns(
        told.in_(VALID_OUTCOMES).label("is_valid"), (told == "resolved").label("is_resolved")
    )


def satisfactions(window: Window) -> Select:
    """The last call-back on satisfaction of each case in the window; an answer, and what."""
    told = live_events.c.satisfaction
    return _last_told(window, "satisfaction").add_columns(
        told.in_(VALID_SATISFACTIONS).label("is_valid"),
        told.in_(["satisfied", "mostly"]).label("is_satisfied"),
    )


def mediations(window: Window) -> Select:
    """The mediation of each case that was finished in the window."""
    rows = _last_told(window, "mediation")
    told = live_events.c.mediation
    return rows.where(told.in_(FINISHED_MEDIATIONS)).add_columns(
        (told == "agreed").label("is_agreed")
    )


def _last_told(window: Window, name: str) -> Select:
    """The events of the window that were the last in it to speak of a column.

    As `until` when the next of the case spoke of it, if one did.
    """
    event, later = live_events, live_events.alias("later")
    until = first_after(event, later, window.known_before, later.c[name].is_not(None), later.c.at)
    return (
        events_in_window(window, holder_after(event))
        .where(event.c[name].is_not(None), or_(until.is_(None), until >= window.told_before))
        .add_columns(until.label("until"))
    )


MEASURES = (
    Share(
        "reopen_rate",
        base=closings,
        counts="is_reopened",
        better="lower",
        ripens_in=timedelta(hours=REOPENED_WITHIN_HOURS),
    ),
    Share("resolution_rate", base=outcomes, counts="is_resolved", of="is_valid", better="higher"),
    Share("resolution_valid_rate", base=outcomes, counts="is_valid", better="higher"),
    Share(
        "satisfaction_rate",
        base=satisfactions,
        counts="is_satisfied",
        of="is_valid",
        better="higher",
    ),
    Share("satisfaction_valid_rate", base=satisfactions, counts="is_valid", better="higher"),
    Share("mediation_success_rate", base=mediations, counts="is_agreed", better="higher"),
)
