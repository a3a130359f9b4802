"""Between units: transfers 改派, how many units cases went to, and checks that failed 返工."""

from sqlalchemy import Select, func, not_, null, select, union_all

from data.metrics.base import events_in_window
from data.metrics.dispatches import dispatched
from data.metrics.figure import Window
from data.metrics.history import holder_after
from data.metrics.measure import Count, Share
from data.metrics.standing import case_columns
from data.schema import live_cases, live_events, units
from data.terms import CHECK_KINDS, Kind, UnitKind


def transfers(window: Window) -> Select:
    """One row for each move from a known unit to another, credited to the unit handed away from."""
    return events_in_window(window, live_events.c.from_unit_id).where(live_events.c.is_transfer)


def visits(window: Window) -> Select:
    """One row for each case dispatched in the window, and one for each unit that had it by as-of.

    The centre is no such unit. A case, with its visits, is credited to the unit it went to last.
    """
    place = func.row_number().over(
        partition_by=live_cases.c.case_id,
        order_by=(
            live_events.c.at.desc(),
            live_events.c.source_order.desc(),
            live_events.c.event_id.desc(),
        ),
    )
    ranked = dispatched(window).add_columns(place.label("place")).subquery("dispatched")
    columns = *case_columns(ranked), ranked.c.unit_id
    event = live_events.alias("event")
    one_each = (
        select(*columns, event.c.to_unit_id.label("visited_id"))
        .join(event, event.c.case_id == ranked.c.case_id)
        .join(units, units.c.unit_id == event.c.to_unit_id)
        .where(
            ranked.c.place == 1,
            event.c.at < window.known_before,
            units.c.kind != UnitKind.CENTRE,
        )
        .distinct()
    )
    whole = select(*columns, null().label("visited_id")).where(ranked.c.place == 1)
    rows = union_all(whole, one_each).subquery("visits")
    is_visit = rows.c.visited_id.is_not(None)
    return select(
        *case_columns(rows),
        rows.c.unit_id,
        is_visit.label("is_visit"),
        not_(is_visit).label("is_case"),
    )


def checks(window: Window) -> Select:
    """One row for each verification recorded, credited to who holds the case after it."""
    return (
        events_in_window(window, holder_after(live_events))
        .where(live_events.c.kind.in_(CHECK_KINDS))
        .add_columns((live_events.c.kind == Kind.FAIL_CHECK).label("is_failed"))
    )


MEASURES = (
    Count("transfer_count", base=transfers, unit="times", better="lower"),
    Share(
        "units_visited_mean",
        base=visits,
        counts="is_visit",
        of="is_case",
        better="lower",
        unit="units",
    ),
    Share("rework_rate", base=checks, counts="is_failed", better="lower"),
)
