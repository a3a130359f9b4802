"""What lies in a scope, as conditions of a query: what somebody may not see is never read."""

from sqlalchemy import ColumnElement, Table, literal, or_, select
from sqlalchemy.sql import FromClause

from data.schema import areas, live_cases, live_events, units
from data.terms import AreaLevel, Kind, Scope

Conditions = list[ColumnElement[bool]]
# Written into the statement: only so does SQLite know that the index of reports serves.
REPORT = literal(Kind.REPORT.value, literal_execute=True)


def cases_within(scope: Scope, rows: FromClause = live_cases) -> Conditions:
    """Of cases: those that lie in the area, and those that the unit holds, has held or reported."""
    conditions: Conditions = []
    if scope.area_id is not None:
        conditions.append(_lies_below(rows.c.area_id, scope.area_id))
    if scope.unit_id is not None:
        conditions.append(_was_with(rows.c.case_id, scope.unit_id))
    return conditions


def _was_with(case_id: ColumnElement, unit_id: int) -> ColumnElement[bool]:
    """What a unit held, and what it reported: that the centre holds from the first moment."""
    event = live_events
    held = select(event.c.event_id).where(event.c.case_id == case_id, event.c.to_unit_id == unit_id)
    reported = select(event.c.case_id).where(
        event.c.kind == REPORT, event.c.from_unit_id == unit_id
    )
    return or_(held.exists(), case_id.in_(reported))  # its reports are few, and found once


def credited_within(rows: FromClause, scope: Scope) -> Conditions:
    """Of counted things: those in the area, and those credited to the unit."""
    conditions: Conditions = []
    if scope.area_id is not None:
        conditions.append(_lies_below(rows.c.area_id, scope.area_id))
    if scope.unit_id is not None:
        conditions.append(rows.c.unit_id == scope.unit_id)
    return conditions


def takers_within(scope: Scope) -> Conditions:
    """Of units: those that may be handed a case; another town's are not.

    Who acts for one unit may hand a case to its children and to the other children of its parent.
    """
    conditions: Conditions = []
    if scope.area_id is not None:
        districts = select(areas.c.area_id).where(areas.c.level == AreaLevel.DISTRICT)
        of_district = or_(units.c.area_id.is_(None), units.c.area_id.in_(districts))
        conditions.append(or_(of_district, _lies_below(units.c.area_id, scope.area_id)))
    if scope.unit_id is not None:
        own = select(units.c.parent_id).where(units.c.unit_id == scope.unit_id).scalar_subquery()
        family = units.c.unit_id, units.c.parent_id
        near = [column == scope.unit_id for column in family]
        conditions.append(or_(*near, units.c.parent_id == own))
    return conditions


def named_within(table: Table, scope: Scope) -> Conditions:
    """Of areas, units, categories and channels: those whose figures somebody may ask for.

    In an area any unit may have handled something; figures then tell of that area alone.
    """
    if table is areas and scope.area_id is not None:
        return [_lies_below(areas.c.area_id, scope.area_id)]
    if table is units and scope.unit_id is not None:
        return [units.c.unit_id == scope.unit_id]
    return []


def _lies_below(column: ColumnElement, area_id: int) -> ColumnElement[bool]:
    tree = select(areas.c.area_id.label("id")).where(areas.c.area_id == area_id)
    below = tree.cte(recursive=True)
    below = below.union(select(areas.c.area_id).join(below, areas.c.parent_id == below.c.id))
    return column.in_(select(below.c.id))
