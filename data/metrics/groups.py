"""Groups of counted things: by unit, area, category or channel."""

from sqlalchemy import ColumnElement, Select, Subquery, Table, Text, func, literal
from sqlalchemy.sql import FromClause

from data.metrics.figure import By
from data.schema import areas, categories, channels, units

GROUPS: dict[By, Table] = {
    "unit": units,
    "area": areas,
    "category": categories,
    "channel": channels,
}


def grouped(query: Select, rows: Subquery, by: By | None) -> Select:
    """Add the column `group`, and make one row of each group."""
    code, joined = group_of(rows, by)
    query = query.add_columns(code).select_from(joined)
    return query.group_by(code) if by else query


def group_of(rows: Subquery, by: By | None) -> tuple[ColumnElement[str], FromClause]:
    """The column `group`, a code, and what to select it from.

    It is "" for rows without a code, and for the whole.
    """
    if by is None:
        return literal("", Text).label("group"), rows
    table = GROUPS[by]
    key = next(iter(table.primary_key))
    joined = rows.outerjoin(table, key == rows.c[f"{by}_id"])
    return func.coalesce(table.c.code, "").label("group"), joined
