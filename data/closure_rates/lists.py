"""Cases near their due time, past it and open, past it and closed: the first of each, and all."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, Select, Subquery, func, select

from data import metrics
from data.case_list.asked import CaseFilter, Due
from data.cases import LIST_LIMIT, CaseLine, case_lines, lines_of
from data.closure_rates.bases import COME, LEAVE, step_cases
from data.metrics import MEASURES
from data.metrics.base import filtered
from data.metrics.evaluate import part_rows
from data.metrics.figure import Question, Window
from data.metrics.pressing import due_soon
from data.schema import live_cases, units
from data.terms import Refused

SHOWN = 6


@dataclass(frozen=True, slots=True)
class CaseList:
    """How many cases there are, and the first of them, as they stood at as-of.

    An open one has no `closed_at`, though it may have been closed before.
    """

    count: int
    lines: tuple[CaseLine, ...]


def near_due(window: Window) -> Select:
    """Open cases due soon that are not past due yet."""
    rows = due_soon(window).subquery()
    return select(rows).where(rows.c.at >= window.as_of)


def near_list(conn: Connection, question: Question) -> CaseList:
    """Open cases due within a day, the next first."""
    return _listed(conn, filtered(near_due, question.shape), question)


def overdue_list(conn: Connection, question: Question) -> CaseList:
    """Open cases past their due time, those due longest ago first."""
    rows = part_rows(question.shape, MEASURES["overdue_now_count"], "numerator")
    return _listed(conn, rows, question)


def closed_late_list(conn: Connection, question: Question) -> CaseList:
    """Cases due in the window and closed after that, those due longest ago first."""
    rows = part_rows(question.shape, MEASURES["overdue_closed_count"], "numerator")
    return _listed(conn, rows, question, is_closed=True)


def step_list(conn: Connection, question: Question, step: str) -> CaseList:
    """The cases of a step from one base to the other, as they stand now.

    Raises Refused for a step that is none.
    """
    if step not in (*LEAVE, *COME):
        raise Refused("behind.no_such_list", name=step)
    keys = step_cases(conn, metrics.known(conn, question), step)
    return CaseList(len(keys), lines_of(conn, keys[:LIST_LIMIT]))


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
