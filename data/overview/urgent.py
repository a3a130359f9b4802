"""The open cases that are past due or due soon."""

from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, Select, and_, bindparam, func, select

from data.cases import CaseLine, case_lines
from data.db import Instant
from data.deadlines import NEAR_DUE
from data.metrics.base import LIMIT
from data.metrics.figure import WINDOW, Question
from data.metrics.standing import is_waiting, standing
from data.schema import live_cases
from data.scope import credited_within
from data.terms import Scope

URGENT_COUNT = 6


def urgent_cases(conn: Connection, now: datetime, scope: Scope) -> tuple[tuple[CaseLine, ...], int]:
    """Open cases past due or due soon, the oldest due time first, and how many there are."""
    first, counting = _past_or_near_due(scope)
    values = Question(now, now, now).values | {"soon": now + NEAR_DUE}
    lines = tuple(CaseLine(*row) for row in conn.execute(first, values))
    return lines, conn.execute(counting, values).scalar_one()


@lru_cache(LIMIT)
def _past_or_near_due(scope: Scope) -> tuple[Select, Select]:
    """The first open cases due before `soon`, and how many there are."""
    soon = bindparam("soon", type_=Instant)
    rows = standing(WINDOW.known_before, lambda c: and_(c.c.ended_at.is_(None), c.c.due_at < soon))
    found = ~is_waiting(rows), *credited_within(rows, scope)
    lines = case_lines().join(rows, rows.c.case_id == live_cases.c.case_id).where(*found)
    first = lines.order_by(rows.c.due_at, live_cases.c.case_no).limit(URGENT_COUNT)
    return first, select(func.count()).select_from(rows).where(*found)


def longest_overdue_hours(urgent: tuple[CaseLine, ...], now: datetime) -> float | None:
    """Hours since the earliest due time that has passed; `urgent` starts with it."""
    due_at = urgent[0].due_at if urgent else None
    if due_at is None or due_at >= now:
        return None
    return (now - due_at).total_seconds() / 3600
