"""What of a case still waits for a word: an extension asked for, orders to be answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select

from data.config import settings
from data.deadlines import approval_from, working_calendar
from data.schema import live_events
from data.terms import Kind

DECIDING = {Kind.APPROVE_EXTENSION, Kind.REFUSE_EXTENSION}
TOLD_BY = (Kind.REQUEST_EXTENSION, *DECIDING, Kind.SUPERVISE, Kind.NOTE, Kind.REPLY, Kind.REOPEN)


@dataclass(frozen=True, slots=True)
class Asked:
    """An extension that was asked for and not decided."""

    at: datetime
    until_at: datetime | None  # the due time asked for
    actor: str
    approvable_from: datetime  # asked for too late in a day it waits for the next


@dataclass(frozen=True, slots=True)
class Order:
    """An order or a note that asks for a reply and has none."""

    order_no: str
    kind: Kind
    at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits for a word since the case was opened, or opened again."""

    extension: Asked | None
    orders: tuple[Order, ...]


def pending(conn: Connection, case_id: int) -> Pending:
    """What of a case waits for a word."""
    event = live_events
    query = select(event).where(event.c.case_id == case_id, event.c.kind.in_(TOLD_BY))
    rows = conn.execute(query.order_by(event.c.at, event.c.source_order, event.c.event_id)).all()
    opened = [place for place, row in enumerate(rows) if row.kind == Kind.REOPEN]
    since = rows[opened[-1] + 1 if opened else 0 :]
    return Pending(_asked(conn, since), tuple(_unanswered(since)))


def _asked(conn: Connection, rows: Iterable[Row[tuple]]) -> Asked | None:
    told = [row for row in rows if row.kind in DECIDING | {Kind.REQUEST_EXTENSION}]
    if not told or told[-1].kind != Kind.REQUEST_EXTENSION:
        return None
    row, calendar = told[-1], working_calendar(conn)
    start = approval_from(calendar, row.at, settings().calendar.extension_cut_off)
    return Asked(row.at, row.until_at, row.actor, start)


def _unanswered(rows: Sequence[Row[tuple]]) -> list[Order]:
    answered = {row.order_no for row in rows if row.kind == Kind.REPLY}
    return [
        Order(row.order_no, Kind(row.kind), row.at, row.until_at)
        for row in rows
        if row.kind in (Kind.SUPERVISE, Kind.NOTE) and row.order_no not in (answered | {None})
    ]
