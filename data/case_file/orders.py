"""What a case is pressed with: numbered orders and notes that ask for a reply, and the replies."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from data.case_file.moments import Moment
from data.terms import Kind


@dataclass(frozen=True, slots=True)
class Order:
    """One order, or note that asks for a reply; older ones have neither number nor deadline."""

    kind: Kind  # supervise | note
    count: int  # which round of its kind, from 1
    order_no: str | None
    at: datetime
    who: str | None
    unit: str | None  # who held the case then
    reason: str | None
    note: str | None
    until_at: datetime | None  # reply by
    replied_at: datetime | None = None
    reply: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether a reply is awaited."""
        return self.replied_at is None

    def is_late(self, now: datetime) -> bool:
        """Whether the reply came, or is still missing, after the time set for it."""
        return self.until_at is not None and (self.replied_at or now) > self.until_at


def orders_of(moments: Iterable[Moment]) -> tuple[Order, ...]:
    """The orders of a case, oldest first, each with its first reply.

    A reply names its order; one that names none answers the latest that waits.
    """
    orders: list[Order] = []
    for moment in moments:
        if _asks(moment):
            orders.append(_order(moment))
        elif moment.kind is Kind.REPLY:
            _answer(orders, moment)
    return tuple(orders)


def _asks(moment: Moment) -> bool:
    asks_by_note = moment.kind is Kind.NOTE and moment.order_no is not None
    return moment.kind is Kind.SUPERVISE or asks_by_note


def _order(moment: Moment) -> Order:
    return Order(
        kind=moment.kind,
        count=moment.count,
        order_no=moment.order_no,
        at=moment.at,
        who=moment.who,
        unit=moment.holder,
        reason=moment.reason,
        note=moment.note,
        until_at=moment.until_at,
    )


def _answer(orders: list[Order], reply: Moment) -> None:
    for place in reversed(range(len(orders))):
        order = orders[place]
        is_named = reply.order_no in (None, order.order_no)
        if order.is_open and is_named:
            orders[place] = replace(order, replied_at=reply.at, reply=reply.note)
            return
