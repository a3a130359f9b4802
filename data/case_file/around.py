"""The cases around one case: at the same place and matter, merged into it, or what it went into."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select, union

from data.case_file.known import known_case
from data.cases import CaseLine, case_lines
from data.metrics.recurrence import LOOKED_BACK_HOURS, same_place
from data.schema import live_cases, live_events
from data.scope import cases_within
from data.terms import DISTRICT, Kind, Scope, State

SHOWN = 8  # lines of a list on the page of a case
LOOKED_AROUND = timedelta(hours=LOOKED_BACK_HOURS)


@dataclass(frozen=True, slots=True)
class Lines:
    """The newest cases of a list, and how many there are."""

    count: int
    lines: tuple[CaseLine, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around a case."""

    repeats: Lines  # same category and place, opened within 30 days before or after
    children: Lines  # merged into it
    parent: CaseLine | None  # what it was merged into


def around_case(conn: Connection, case_no: str, scope: Scope = DISTRICT) -> Around:
    """The cases around one, as far as they lie in the scope. Raises Refused as `case_file` does."""
    row = known_case(conn, case_no, scope)
    merged_into = _merges(live_events.c.parent_id, live_events.c.case_id == row.case_id)
    merged = _merges(live_events.c.case_id, live_events.c.parent_id == row.case_id)
    is_merged = live_cases.c.state == State.MERGED
    parent = newest_lines(conn, live_cases.c.case_id.in_(merged_into), scope)
    return Around(
        repeats=newest_lines(conn, live_cases.c.case_id.in_(_repeats(row)), scope),
        children=newest_lines(conn, and_(live_cases.c.case_id.in_(merged), is_merged), scope),
        parent=parent.lines[0] if parent.lines and row.state == State.MERGED else None,
    )


def _merges(told: ColumnElement[int | None], condition: ColumnElement[bool]) -> Select:
    """What the mergers that a condition names tell of."""
    return select(told).where(live_events.c.kind == Kind.MERGE, condition, told.is_not(None))


def newest_lines(conn: Connection, condition: ColumnElement[bool], scope: Scope) -> Lines:
    """Of the cases of a scope for which a condition holds: how many, and those opened last."""
    query = case_lines().add_columns(func.count().over().label("total"))
    query = query.where(condition, *cases_within(scope))
    newest = query.order_by(live_cases.c.opened_at.desc(), live_cases.c.case_no).limit(SHOWN)
    rows = conn.execute(newest).all()
    return Lines(rows[0].total if rows else 0, tuple(CaseLine(*row[:-1]) for row in rows))


def _repeats(row: Row[tuple]) -> Select:
    """The cases of the same category at the same place, and the one that the source names."""
    mine, other = live_cases.alias("mine"), live_cases.alias("other")
    is_matter = (
        mine.c.case_id == row.case_id,
        other.c.case_id != row.case_id,
        other.c.category_id == row.category_id,
        other.c.opened_at >= row.opened_at - LOOKED_AROUND,
        other.c.opened_at <= row.opened_at + LOOKED_AROUND,
        other.c.state != State.REJECTED,
    )
    near = [select(other.c.case_id).where(*is_matter, same) for same in same_place(mine, other)]
    named = select(other.c.case_id).where(other.c.case_no == row.repeat_of)
    found = union(*near, *([named] if row.repeat_of else [])).subquery("around")
    return select(found.c.case_id)
