"""Cases near their due time, past it and open, past it and closed: the first of each, and all."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, Select, Subquery, and_, func, not_, select

from data.case_list.asked import CaseFilter, Due
from data.cases import CaseLine, case_lines
from data.deadlines import NEAR_DUE
from data.metrics import MEASURES
from data.metrics.base import filtered
from data.metrics.evaluate import part_rows
from data.metrics.figure import Question, Window
from data.metrics.standing import case_columns, is_waiting, standing
from data.schema import live_cases, units

SHOWN = 6


@dataclass(frozen=True, slots=True)
class CaseList:
    """How many cases there are, and the first of them, as they stood at as-of.

    An open one has no `closed_at`, though it may have been closed before.
    """

    count: int
    lines: tuple[CaseLine, ...]


def near_due(window: Window) -> Select:
    """Open cases due from the as-of time on, before the window begins; paused ones are not due."""
    rows = standing(
        window.known_before,
        lambda c: and_(
            c.c.ended_at.is_(None), c.c.due_at >= window.as_of, c.c.due_at < window.start
        ),
    )
    return select(*case_columns(rows), rows.c.unit_id, rows.c.due_at.label("at")).where(
        not_(is_waiting(rows))
    )


def near_list(conn: Connection, question: Question) -> CaseList:
    """Open cases due within a day, the next first."""
    soon = question.as_of + NEAR_DUE
    later = replace(question, start=soon, end=soon)
    return _listed(conn, filtered(near_due, later.shape), later)


def overdue_list(conn: Connection, question: Question) -> CaseList:
    """Open cases past their due time, those due longest ago first."""
    rows = part_rows(question.shape, MEASURES["overdue_now_count"], "numerator")
    return _listed(conn, rows, question)


def closed_late_list(conn: Connection, question: Question) -> CaseList:
    """Cases due in the window and closed after that, those due longest ago first."""
    rows = part_rows(question.shape, MEASURES["overdue_closed_count"], "numerator")
    return _listed(conn, rows, question, is_closed=True)


def list_filter(conn: Connection, question: Question) -> CaseFilter:
    """What the list of cases is to be narrowed to, so that it holds those of a question.

    Who acts for one unit sees there what it has held, too; here counts what it holds.
    """
    unit = question.unit
    if question.within.unit_id is not None:
        own = select(units.c.code).where(units.c.unit_id == question.within.unit_id)
        unit = conn.execute(own).scalar()  # None for whoever sees nothing
    return CaseFilter(
        units=_one(unit),
        areas=_one(question.area),
        categories=_one(question.category),
        channels=_one(question.channel),
    )


def list_of(asked: CaseFilter, due: Due | None) -> CaseFilter:
    """The same filter for the cases that stand so to their due time."""
    return replace(asked, due=due)


def _one(code: str | None) -> tuple[str, ...]:
    return () if code is None else (code,)


def _listed(
    conn: Connection, rows: Subquery, question: Question, is_closed: bool = False
) -> CaseList:
    lines = case_lines().join(rows, rows.c.case_id == live_cases.c.case_id).add_columns(rows.c.at)
    counting = select(func.count()).select_from(rows)
    count = conn.execute(counting, question.values).scalar_one()
    first = lines.order_by(rows.c.at, live_cases.c.case_no).limit(SHOWN)
    found = [
        replace(CaseLine(*row[:-1]), due_at=row.at, closed_at=row.closed_at if is_closed else None)
        for row in conn.execute(first, question.values)
    ]
    return CaseList(count, tuple(found))
