"""What of a case still waits for a word: an extension asked for, orders to be answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select

from data.config import settings
from data.deadlines import approval_from, working_calendar
from data.schema import live_events
from data.terms import Kind

EXTENDING = {
    Kind.REQUEST_EXTENSION,
    Kind.APPROVE_EXTENSION,
    Kind.REFUSE_EXTENSION,
    Kind.REOPEN,
}
TOLD_BY = EXTENDING | {Kind.SUPERVISE, Kind.NOTE, Kind.REPLY}


@dataclass(frozen=True, slots=True)
class Asked:
    """An extension that was asked for and not decided."""

    at: datetime
    until_at: datetime | None  # the due time asked for
    actor: str
    approvable_from: datetime  # asked for too late in a day it waits for the next


@dataclass(frozen=True, slots=True)
class Order:
    """An order, or a note that asks for a reply, that has none."""

    order_no: str | None  # one that an import brought has none
    kind: Kind
    at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pending:
    """What of a case waits for a word."""

    extension: Asked | None
    orders: tuple[Order, ...]  # that a reply may answer, oldest first


def pending(conn: Connection, case_id: int) -> Pending:
    """What of a case waits for a word."""
    event = live_events
    query = select(event).where(event.c.case_id == case_id, event.c.kind.in_(TOLD_BY))
    rows = conn.execute(query.order_by(event.c.at, event.c.source_order, event.c.event_id)).all()
    return Pending(_asked(conn, rows), tuple(_answerable(rows)))


def _asked(conn: Connection, rows: Sequence[Row[tuple]]) -> Asked | None:
    """Nobody decides on what was asked for before the case was opened again."""
    told = [row for row in rows if row.kind in EXTENDING]
    if not told or told[-1].kind != Kind.REQUEST_EXTENSION:
        return None
    row, calendar = told[-1], working_calendar(conn)
    start = approval_from(calendar, row.at, settings().calendar.extension_cut_off)
    return Asked(row.at, row.until_at, row.actor, start)


def _answerable(rows: Sequence[Row[tuple]]) -> list[Order]:
    """Those with a number, which a reply names; one without only if it is the latest that waits."""
    waiting: list[Order] = []
    for row in rows:
        if row.kind == Kind.SUPERVISE or (row.kind == Kind.NOTE and row.order_no):
            waiting.append(Order(row.order_no, Kind(row.kind), row.at, row.until_at))
        elif row.kind == Kind.REPLY:
            _answer(waiting, row.order_no)
    return [one for one in waiting if one.order_no or one is waiting[-1]]


def _answer(waiting: list[Order], order_no: str | None) -> None:
    """A reply names its order; one that names none answers the latest that waits."""
    named = [one for one in waiting if order_no in (None, one.order_no)]
    if named:
        waiting.remove(named[-1])
