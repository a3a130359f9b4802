"""What comes again: repeats 重复 at the same place, and days since the last case of a kind."""

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.sql import FromClause

from data.db import hours_between, metres_between
from data.metrics.closure import cohort
from data.metrics.figure import Question
from data.metrics.measure import Share, Since
from data.metrics.standing import CASE_COLUMNS, case_columns, is_not_rejected
from data.places import SAME_PLACE_METRES
from data.schema import areas, live_cases

LOOKED_BACK_HOURS = 30 * 24
GRID = "grid%"  # AreaLevel grid1 … grid4


def placed_cohort(question: Question) -> Select:
    """R1's base with a place: was another case of the same category opened there before.

    Within 50 m where both have coordinates; else at the same address; else in the same grid.
    The source's own flag wins.
    """
    rows = cohort(question).subquery("cohort")
    mine, earlier = live_cases.alias("mine"), live_cases.alias("earlier")
    hours = hours_between(earlier.c.opened_at, mine.c.opened_at)
    before = and_(
        earlier.c.category_id == mine.c.category_id,
        earlier.c.opened_at < mine.c.opened_at,
        hours <= LOOKED_BACK_HOURS,
        is_not_rejected(question.known_before, earlier),
    )
    is_repeat = or_(
        mine.c.repeat_of.is_not(None),
        *(exists().where(before, same) for same in _same_place(mine, earlier)),
    )
    return (
        select(*case_columns(rows), rows.c.unit_id, is_repeat.label("is_repeat"))
        .join(mine, mine.c.case_id == rows.c.case_id)
        .where(or_(mine.c.repeat_of.is_not(None), _has_place(mine)))
    )


def _same_place(mine: FromClause, other: FromClause) -> tuple[ColumnElement[bool], ...]:
    """Three conditions, of which at most one can hold: near, same address, same grid."""
    both_points = and_(mine.c.cell_x.is_not(None), other.c.cell_x.is_not(None))
    both_addresses = and_(mine.c.address_key.is_not(None), other.c.address_key.is_not(None))
    near = and_(
        other.c.cell_y.between(mine.c.cell_y - 1, mine.c.cell_y + 1),
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
    return area_id.in_(select(areas.c.area_id).where(areas.c.level == lowest))


def ever_opened(question: Question) -> Select:
    """Every case opened by as-of that does not stand rejected then; no window."""
    return select(*CASE_COLUMNS, live_cases.c.unit_id, live_cases.c.opened_at).where(
        live_cases.c.opened_at < question.known_before, is_not_rejected(question.known_before)
    )


MEASURES = (
    Share("repeat_rate", base=placed_cohort, counts="is_repeat", better="lower"),
    Since("days_since_last", base=ever_opened, better="higher"),
)
