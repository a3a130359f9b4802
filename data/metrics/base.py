"""What metrics count: the filters, and rows of events.

A base is a SELECT of counted things with the columns `case_id`, `unit_id` (the unit it is credited
to), `area_id`, `category_id`, `channel_id`, mostly `at` (what places it in a window), and yes/no
columns that a metric counts. A number is the count of a base; the list behind it is the same base,
so the two cannot differ.
"""

from functools import lru_cache

from sqlalchemy import ColumnElement, Select, Subquery, Text, bindparam, case, func, select

from data.metrics.figure import WINDOW, By, Shape, Window
from data.metrics.groups import GROUPS
from data.metrics.measure import Base
from data.metrics.standing import CASE_COLUMNS, is_not_rejected
from data.schema import live_cases, live_events
from data.scope import credited_within

LIMIT = 2000  # statements kept: writing one takes longer than most take to answer


@lru_cache(LIMIT)
def filtered(base: Base, shape: Shape) -> Subquery:
    """A base, narrowed to what the asker may see and to what the question names.

    It is the same for all questions of a shape; whatever is made of it is to be executed with the
    `values` of one of them.
    """
    rows = base(WINDOW).subquery("base")
    query = select(rows).where(*credited_within(rows, shape.within))
    for by, is_blank in shape.named:
        column = rows.c[f"{by}_id"]
        query = query.where(column.is_(None) if is_blank else _is_named(column, by))
    return query.subquery("counted")


def _is_named(column: ColumnElement, by: By) -> ColumnElement[bool]:
    """Whether a column tells of the code that a question gives; of a tree, with what is below."""
    table = GROUPS[by]
    key, code = next(iter(table.primary_key)), bindparam(by, type_=Text)
    if by in ("unit", "channel"):
        return column == select(key).where(table.c.code == code).scalar_subquery()
    tree = select(key.label("id")).where(table.c.code == code).cte(recursive=True)
    tree = tree.union(select(key).join(tree, table.c.parent_id == tree.c.id))
    return column.in_(select(tree.c.id))


def count_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows a condition holds for; 0 for no rows."""
    return func.count(case((condition, 1)))


def events_in_window(window: Window, unit_id: ColumnElement) -> Select:
    """One row for each event of the window, of cases not rejected; each family adds which kinds."""
    return (
        select(*CASE_COLUMNS, unit_id.label("unit_id"), live_events.c.at)
        .join(live_events, live_events.c.case_id == live_cases.c.case_id)
        .where(
            live_events.c.at >= window.start,
            live_events.c.at < window.happened_before,
            is_not_rejected(window.known_before),
        )
    )
