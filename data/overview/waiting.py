"""What waits to be accepted, and for longer than it may."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, Select, func, select

from data.metrics.base import LIMIT, count_where
from data.metrics.figure import WINDOW, Question
from data.metrics.standing import accept_by, standing
from data.scope import credited_within
from data.terms import DISTRICT, Scope, State


@dataclass(frozen=True, slots=True)
class Unaccepted:
    """Cases waiting to be accepted, and those that wait longer than their category allows."""

    waiting: int
    over_limit: int


def unaccepted(conn: Connection, as_of: datetime, scope: Scope = DISTRICT) -> Unaccepted:
    """What waits in 待签收 at a time; a category without a limit is never over it."""
    return Unaccepted(*conn.execute(_waiting(scope), Question(as_of, as_of, as_of).values).one())


@lru_cache(LIMIT)
def _waiting(scope: Scope) -> Select:
    rows = standing(WINDOW.known_before, lambda c: c.c.ended_at.is_(None))
    waiting = select(accept_by(rows, WINDOW.known_before).label("accept_by")).where(
        rows.c.state == State.DISPATCHED, *credited_within(rows, scope)
    )
    waits = waiting.subquery()
    is_over = waits.c.accept_by < WINDOW.as_of
    return select(func.count(), count_where(is_over)).select_from(waits)
