"""What metrics count: the filters, and rows of events.

A base is a SELECT of counted things with the columns `case_id`, `unit_id` (the unit it is credited
to), `area_id`, `category_id`, `channel_id`, and yes/no columns that a metric counts. A number is
the count of a base; the list behind it is the same base, so the two cannot differ.
"""

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Table,
    case,
    func,
    select,
)

from data.metrics.figure import Question
from data.metrics.standing import CASE_COLUMNS, is_not_rejected
from data.schema import areas, categories, channels, live_cases, live_events, units
from data.scope import credited_within


def filtered(rows: Select, question: Question) -> Subquery:
    """A base, narrowed to what the asker may see and to what the question names."""
    base = rows.subquery("base")
    query = select(base).where(*credited_within(base, question.within))
    if question.area is not None:
        query = query.where(_is_below(base.c.area_id, areas, question.area))
    if question.category is not None:
        query = query.where(_is_below(base.c.category_id, categories, question.category))
    if question.unit is not None:
        query = query.where(_has_code(base.c.unit_id, units, question.unit))
    if question.channel is not None:
        query = query.where(_has_code(base.c.channel_id, channels, question.channel))
    return query.subquery("counted")


def _has_code(column: ColumnElement, table: Table, code: str) -> ColumnElement[bool]:
    if code == "":
        return column.is_(None)
    key = next(iter(table.primary_key))
    return column == select(key).where(table.c.code == code).scalar_subquery()


def _is_below(column: ColumnElement, table: Table, code: str) -> ColumnElement[bool]:
    if code == "":
        return column.is_(None)
    key = next(iter(table.primary_key))
    tree = select(key.label("id")).where(table.c.code == code).cte(recursive=True)
    tree = tree.union_all(select(key).join(tree, table.c.parent_id == tree.c.id))
    return column.in_(select(tree.c.id))


def count_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows a condition holds for; 0 for no rows."""
    return func.count(case((condition, 1)))


def events_in_window(question: Question, unit_id: ColumnElement) -> Select:
    """One row for each event of the window, of cases not rejected; each family adds which kinds."""
    return (
        select(*CASE_COLUMNS, unit_id.label("unit_id"), live_events.c.at)
        .join(live_events, live_events.c.case_id == live_cases.c.case_id)
        .where(
            live_events.c.at >= question.start,
            live_events.c.at < question.happened_before,
            is_not_rejected(question.known_before),
        )
    )
