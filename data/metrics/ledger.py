"""The ledger 台账: carried in + opened + reopened = closed + withdrawn + merged + carried out.

It counts crossings of the line between open and not open, so a case may count more than once.
For one unit two more terms stand on the sides: handed in and handed out.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, Select, or_, select

from data.metrics.base import events_in_window
from data.metrics.figure import Figure, Window
from data.metrics.history import (
    crossing_before,
    holder_after,
    holder_before,
    was_open_before,
)
from data.metrics.measure import Count, Share
from data.metrics.standing import CASE_COLUMNS, holder_by, is_not_rejected, was_open_at
from data.schema import live_events
from data.terms import CROSSING_KINDS, Kind

LEFT_SIDE = ("carried_in_count", "opened_count", "reopened_count", "handed_in_count")
RIGHT_SIDE = (
    "closed_count",
    "withdrawn_count",
    "merged_count",
    "handed_out_count",
    "backlog_count",
)


def crossings(window: Window) -> Select:
    """One row for each crossing in the window, credited to who held the case just after it."""
    kind = live_events.c.kind
    return (
        events_in_window(window, holder_after(live_events))
        .where(
            kind.in_(CROSSING_KINDS - {Kind.REJECT}),
            or_(kind != Kind.REOPEN, crossing_before(live_events) != Kind.REJECT),
        )
        .add_columns(
            (kind == Kind.REPORT).label("is_opened"),
            (kind == Kind.REOPEN).label("is_reopened"),
            (kind == Kind.CLOSE).label("is_closed"),
            (kind == Kind.WITHDRAW).label("is_withdrawn"),
            (kind == Kind.MERGE).label("is_merged"),
        )
    )


def handed_in(window: Window) -> Select:
    """One row for each time an open case came to a unit in the window, credited to that unit."""
    return _handed(window, live_events.c.to_unit_id)


def handed_out(window: Window) -> Select:
    """One row for each time an open case left a unit in the window, credited to that unit."""
    return _handed(window, holder_before(live_events))


def _handed(window: Window, unit_id: ColumnElement) -> Select:
    return events_in_window(window, unit_id).where(
        live_events.c.to_unit_id.is_distinct_from(holder_before(live_events)),
        live_events.c.to_unit_id.is_not(None),
        was_open_before(live_events),
    )


def carried_in(window: Window) -> Select:
    """Cases open when the window began, whatever became of them later."""
    return _open_at(window.carried_before, window)


def carried_out(window: Window) -> Select:
    """Cases open when the window ended, or at the as-of time if that is earlier."""
    return _open_at(window.happened_before, window)


def _open_at(cut: BindParameter[datetime], window: Window) -> Select:
    return select(*CASE_COLUMNS, holder_by(cut).label("unit_id")).where(
        was_open_at(cut), is_not_rejected(window.known_before)
    )


def is_balanced(figures: Mapping[str, Figure]) -> bool:
    """Whether the two sides of the ledger are equal, as they must always be."""
    left = sum(figures[name].value or 0 for name in LEFT_SIDE)
    return left == sum(figures[name].value or 0 for name in RIGHT_SIDE)


MEASURES = (
    Count("carried_in_count", base=carried_in),
    Count("opened_count", base=crossings, counts="is_opened"),
    Count("reopened_count", base=crossings, counts="is_reopened", better="lower"),
    Count("closed_count", base=crossings, counts="is_closed", better="higher"),
    Count("withdrawn_count", base=crossings, counts="is_withdrawn"),
    Count("merged_count", base=crossings, counts="is_merged"),
    Count("handed_in_count", base=handed_in, only_by_unit=True),
    Count("handed_out_count", base=handed_out, only_by_unit=True),
    Count("backlog_count", base=carried_out, better="lower"),
    Share(
        "throughput_ratio",
        base=crossings,
        counts="is_closed",
        of="is_opened",
        better="higher",
        unit="ratio",
    ),
)
