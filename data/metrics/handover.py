"""Between units: transfers 改派, and checks that failed 返工."""

from sqlalchemy import Select

from data.metrics.base import events_in_window
from data.metrics.figure import Question
from data.metrics.measure import Count, Share
from data.metrics.standing import holder_after
from data.schema import live_events
from data.terms import CHECK_KINDS, Kind


def transfers(question: Question) -> Select:
    """One row for each move from a known unit to another, credited to the unit handed away from."""
    return events_in_window(question, live_events.c.from_unit_id).where(live_events.c.is_transfer)


def checks(question: Question) -> Select:
    """One row for each verification recorded, credited to who holds the case after it."""
    return (
        events_in_window(question, holder_after(live_events))
        .where(live_events.c.kind.in_(CHECK_KINDS))
        .add_columns((live_events.c.kind == Kind.FAIL_CHECK).label("is_failed"))
    )


MEASURES = (
    Count("transfer_count", base=transfers, unit="times", better="lower"),
    Share("rework_rate", base=checks, counts="is_failed", better="lower"),
)
