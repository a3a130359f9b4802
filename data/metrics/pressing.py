"""What presses: open cases due soon, and those that wait to be accepted; all of no window."""

from sqlalchemy import Select, select

from data.metrics.closure import open_and_due
from data.metrics.figure import Window
from data.metrics.history import accept_by
from data.metrics.measure import Base
from data.metrics.standing import case_columns, standing
from data.terms import State


def due_soon(window: Window) -> Select:
    """Open cases past due or due soon, at their due times."""
    return open_and_due(window, window.near_before)


def to_accept(window: Window) -> Select:
    """Cases in 待签收, at their opening."""
    rows = standing(window.known_before, lambda c: c.c.ended_at.is_(None))
    return select(*case_columns(rows), rows.c.unit_id, rows.c.opened_at.label("at")).where(
        rows.c.state == State.DISPATCHED
    )


def late_to_accept(window: Window) -> Select:
    """Of these those that wait longer than they may, at their limits; most have one."""
    rows = standing(window.known_before, lambda c: c.c.ended_at.is_(None))
    limit = accept_by(rows, window.known_before).label("at")
    waiting = select(*case_columns(rows), rows.c.unit_id, limit).where(
        rows.c.state == State.DISPATCHED
    )
    waits = waiting.subquery()
    return select(waits).where(waits.c.at < window.as_of)


PRESSING: tuple[Base, ...] = (due_soon, to_accept, late_to_accept)
