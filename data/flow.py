"""Ticket flow: what came and what was closed, day by day; what waits to be accepted."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import Connection, and_, func, literal, select

from data.config import settings
from data.db import MICROSECOND, Instant
from data.metrics.base import count_where, filtered
from data.metrics.figure import Question
from data.metrics.ledger import crossings
from data.metrics.standing import standing
from data.periods import midnight
from data.schema import live_events
from data.scope import credited_within
from data.terms import DISTRICT, Scope, State


@dataclass(frozen=True, slots=True)
class DayFlow:
    """Cases opened and closings of one day of the centre; partial while the day goes on."""

    day: date
    start: datetime
    end: datetime
    opened: int
    closed: int
    is_partial: bool


def daily_flow(
    conn: Connection, day_count: int, now: datetime, scope: Scope = DISTRICT
) -> tuple[DayFlow, ...]:
    """The last days up to today, oldest first; the same counts as opened_count and closed_count."""
    bounds = [midnight(now, offset) for offset in range(1 - day_count, 2)]
    whole = Question(bounds[0], bounds[-1], now, within=scope)
    rows = filtered(crossings, whole.shape)
    columns = []
    for start, end in pairwise(bounds):
        of_day = and_(rows.c.at >= start, rows.c.at < end)
        columns.append(count_where(and_(of_day, rows.c.is_opened)))
        columns.append(count_where(and_(of_day, rows.c.is_closed)))
    counts = conn.execute(select(*columns).select_from(rows), whole.values).one()
    return tuple(
        DayFlow(
            day=start.astimezone(settings().zone).date(),
            start=start,
            end=end,
            opened=counts[2 * i],
            closed=counts[2 * i + 1],
            is_partial=end > now,
        )
        for i, (start, end) in enumerate(pairwise(bounds))
    )


@dataclass(frozen=True, slots=True)
class Unaccepted:
    """Cases waiting to be accepted, and those that wait longer than their category allows."""

    waiting: int
    over_limit: int


def unaccepted(conn: Connection, as_of: datetime, scope: Scope = DISTRICT) -> Unaccepted:
    """What waits in 待签收 at a time; a category without a limit is never over it."""
    known_before = as_of + MICROSECOND
    rows = standing(known_before, lambda c: c.c.ended_at.is_(None))
    accept_by = (
        select(live_events.c.accept_due_at)
        .where(
            live_events.c.case_id == rows.c.case_id,
            live_events.c.accept_due_at.is_not(None),
            live_events.c.at < known_before,
        )
        .order_by(
            live_events.c.at.desc(),
            live_events.c.source_order.desc(),
            live_events.c.event_id.desc(),
        )
        .limit(1)
        .correlate(rows)
        .scalar_subquery()
    )
    waiting = select(accept_by.label("accept_by")).where(
        rows.c.state == State.DISPATCHED, *credited_within(rows, scope)
    )
    waits = waiting.subquery()
    counts = select(
        func.count().label("waiting"),
        count_where(waits.c.accept_by < literal(as_of, Instant)).label("over_limit"),
    ).select_from(waits)
    return Unaccepted(*conn.execute(counts).one())
