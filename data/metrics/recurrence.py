"""What comes again: repeats 重复 at the same place, and days since the last case of a kind."""

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql import FromClause

from data.db_functions import hours_earlier, metres_between
from data.metrics.closure import cohort
from data.metrics.figure import Window
from data.metrics.history import OPEN_AFTER, Moment, crossing_by
from data.metrics.measure import Count, Share, Since
from data.metrics.standing import CASE_COLUMNS, case_columns, holder_by, is_not_rejected
from data.places import SAME_PLACE_METRES
from data.schema import areas, live_cases
from data.terms import Kind

LOOKED_BACK_HOURS = 30 * 24
GRID = "grid%"  # AreaLevel grid1 … grid4


def cohort_with_places(window: Window) -> Select:
    """R1's base: has it a place, and was another case of the same category opened there before.

    Within 50 m where both have coordinates; else at the same address; else in the same grid.
    The source's own flag wins.
    """
    rows = cohort(window).subquery("cohort")
    mine = live_cases.alias("mine")
    is_placed = or_(mine.c.repeat_of.is_not(None), _has_place(mine))
    return select(
        *case_columns(rows),
        rows.c.unit_id,
        is_repeat(mine, window.known_before).label("is_repeat"),
        is_placed.label("is_placed"),
        not_(is_placed).label("is_unplaced"),
    ).join(mine, mine.c.case_id == rows.c.case_id)


def is_repeat(mine: FromClause, known_before: Moment) -> ColumnElement[bool]:
    """Whether the source calls a case a repeat, or another was opened there before."""
    earlier = live_cases.alias("earlier")
    before = _was_before(known_before, mine, earlier)
    places = (exists().where(before, same) for same in same_place(mine, earlier))
    return or_(mine.c.repeat_of.is_not(None), *places)


def repeats(window: Window) -> Select:
    """The repeats of R1's base whose earlier case is held here: was it open then, or closed."""
    found = _with_earlier_case(window)
    crossing = crossing_by(found, found.c.repeated_at)
    return select(
        found.c.repeat_id.label("case_id"),
        *(found.c[column.name] for column in (*CASE_COLUMNS[1:], live_cases.c.unit_id)),
        func.coalesce(crossing.in_(OPEN_AFTER), false()).label("is_before_closure"),
        func.coalesce(crossing == Kind.CLOSE, false()).label("is_after_closure"),
    )


def _with_earlier_case(window: Window) -> Subquery:
    """Each repeat (`repeat_id`) with its earlier case (`case_id`): the one it names, or the latest.

    A repeat that names a case which is not held here has none.
    """
    rows = cohort(window).cte("cohort")
    mine, earlier = live_cases.alias("mine"), live_cases.alias("earlier")
    is_named = and_(
        earlier.c.case_no == mine.c.repeat_of,
        earlier.c.case_id != mine.c.case_id,
        is_not_rejected(window.known_before, earlier),
    )
    is_there = and_(mine.c.repeat_of.is_(None), _was_before(window.known_before, mine, earlier))
    pair = select(
        rows.c.case_id.label("repeat_id"),
        *(rows.c[column.name] for column in CASE_COLUMNS[1:]),
        rows.c.unit_id,
        mine.c.opened_at.label("repeated_at"),
        earlier.c.case_id,
        earlier.c.opened_at,
    ).where(mine.c.case_id == rows.c.case_id)
    found = [is_named, *(and_(is_there, same) for same in same_place(mine, earlier))]
    pairs = union_all(*(pair.where(condition) for condition in found)).subquery("pairs")
    latest_first = pairs.c.opened_at.desc(), pairs.c.case_id.desc()
    place = func.row_number().over(partition_by=pairs.c.repeat_id, order_by=latest_first)
    ranked = select(pairs, place.label("place")).subquery("ranked")
    return select(ranked).where(ranked.c.place == 1).subquery("found")


def _was_before(known_before: Moment, mine: FromClause, earlier: FromClause) -> ColumnElement[bool]:
    """Whether a case of the same category was opened in the 30 days before."""
    return and_(
        earlier.c.category_id == mine.c.category_id,
        earlier.c.opened_at < mine.c.opened_at,
        earlier.c.opened_at >= hours_earlier(mine.c.opened_at, LOOKED_BACK_HOURS),
        is_not_rejected(known_before, earlier),
    )


def same_place(mine: FromClause, other: FromClause) -> tuple[ColumnElement[bool], ...]:
    """Three conditions, of which at most one can hold: near, same address, same grid."""
    both_points = and_(mine.c.cell_x.is_not(None), other.c.cell_x.is_not(None))
    both_addresses = and_(mine.c.address_key.is_not(None), other.c.address_key.is_not(None))
    near = and_(
        other.c.cell_y.in_([mine.c.cell_y - 1, mine.c.cell_y, mine.c.cell_y + 1]),
        other.c.cell_x.between(mine.c.cell_x - 1, mine.c.cell_x + 1),
        metres_between(mine.c.lon, mine.c.lat, other.c.lon, other.c.lat) <= SAME_PLACE_METRES,
    )
    same_address = and_(other.c.address_key == mine.c.address_key, not_(both_points))
    same_grid = and_(
        other.c.area_id == mine.c.area_id,
        _is_lowest_grid(mine.c.area_id),
        not_(both_points),
        not_(both_addresses),
    )
    return near, same_address, same_grid


def _has_place(mine: FromClause) -> ColumnElement[bool]:
    return or_(
        mine.c.cell_x.is_not(None),
        mine.c.address_key.is_not(None),
        _is_lowest_grid(mine.c.area_id),
    )


def _is_lowest_grid(area_id: ColumnElement) -> ColumnElement[bool]:
    lowest = select(func.max(areas.c.level)).where(areas.c.level.like(GRID)).scalar_subquery()
    grids = select(areas.c.area_id).where(areas.c.level == lowest)
    return and_(area_id.is_not(None), area_id.in_(grids))


def ever_opened(window: Window) -> Select:
    """Every case opened by as-of that does not stand rejected then; no window.

    Credited to who holds it then.
    """
    at, holder = live_cases.c.opened_at.label("at"), holder_by(window.known_before)
    return select(*CASE_COLUMNS, holder.label("unit_id"), at).where(
        live_cases.c.opened_at < window.known_before, is_not_rejected(window.known_before)
    )


MEASURES = (
    Share(
        "repeat_rate",
        base=cohort_with_places,
        counts="is_repeat",
        of="is_placed",
        better="lower",
    ),
    Count("unplaced_count", base=cohort_with_places, counts="is_unplaced"),
    Count("repeat_before_closure_count", base=repeats, counts="is_before_closure", better="lower"),
    Count("repeat_after_closure_count", base=repeats, counts="is_after_closure", better="lower"),
    Since("days_since_last", base=ever_opened, better="higher"),
)
