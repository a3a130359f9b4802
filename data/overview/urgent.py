"""The open cases that are past due or due soon."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from data.cases import CaseLine, lines_of
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
    first = source.first(question, due_soon, URGENT_COUNT)
    lines = zip(lines_of(conn, [case for case, _ in first]), first, strict=True)
    return tuple(replace(line, due_at=due_at) for line, (_, due_at) in lines), found


def overdue_hours(line: CaseLine, now: datetime) -> float | None:
    """Hours since its due time; None if it has not passed."""
    hours = line.hours_to_due(now)
    return None if hours is None or hours >= 0 else -hours
