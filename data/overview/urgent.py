"""The open cases that are past due or due soon."""

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
    """Open cases past due or due soon, the oldest due time first, and how many there are."""
    found = source.counts(question, due_soon, None, ())[""][WHOLE]
    return lines_of(conn, source.first(question, due_soon, URGENT_COUNT)), found


def longest_overdue_hours(urgent: tuple[CaseLine, ...], now: datetime) -> float | None:
    """Hours since the earliest due time that has passed; `urgent` starts with it."""
    due_at = urgent[0].due_at if urgent else None
    if due_at is None or due_at >= now:
        return None
    return (now - due_at).total_seconds() / 3600
