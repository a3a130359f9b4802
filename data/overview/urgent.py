"""The open cases that are past due or due soon."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from data.cases import CaseLine, lines_of
from data.metrics.base import filtered
from data.metrics.evaluate import Source
from data.metrics.figure import Question
from data.metrics.measure import WHOLE
from data.metrics.pressing import due_soon

URGENT_COUNT = 6


def urgent_cases(
    conn: Connection, question: Question, source: Source
) -> tuple[tuple[CaseLine, ...], int]:
    """Open cases past due or due soon, the oldest due time first, and how many there are.

    Each with the due time that was in force at as-of.
    """
    found = source.counts(question, due_soon, None, ())[""][WHOLE]
    keys = source.first(question, due_soon, URGENT_COUNT)
    due_at = _due_times(conn, question, keys)
    lines = zip(keys, lines_of(conn, keys), strict=True)
    return tuple(replace(line, due_at=due_at[key]) for key, line in lines if key in due_at), found


def _due_times(conn: Connection, question: Question, keys: Sequence[int]) -> dict[int, datetime]:
    rows = filtered(due_soon, question.shape)
    query = select(rows.c.case_id, rows.c.at).where(rows.c.case_id.in_(keys))
    return dict(conn.execute(query, question.values).all())


def overdue_hours(line: CaseLine, now: datetime) -> float | None:
    """Hours since its due time; None if it has not passed."""
    hours = line.hours_to_due(now)
    return None if hours is None or hours >= 0 else -hours
