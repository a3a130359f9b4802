"""What people do to a case: one function, one transaction, one change and its event."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row

from data.acting import case_row, save, startable_case, unit_row
from data.db import MICROSECOND
from data.deadlines import clock_of, due_after, due_in, with_due
from data.directory import centre_id, units_visited
from data.intake.values.text import clean, without_numbers
from data.states import is_transfer
from data.terms import (
    DISTRICT,
    ActionRefused,
    Actor,
    Event,
    Kind,
    Lamp,
    Reassign,
    Scope,
    State,
    UnitKind,
)

REASSIGN_REASONS = ("ownership", "trade", "area", "capacity", "other")
NOTE_LIMIT = 200  # characters
MANY_UNITS = 5  # from this many units visited a lamp is lit


@dataclass(frozen=True, slots=True)
class Effect:
    """One line of a preview: keys of the catalogue, and values before and after."""

    effect: str
    rule: str
    before: datetime | str | int | None
    after: datetime | str | int | None
    change: str
    lamp: Lamp = Lamp.NONE


def reassign_case(conn: Connection, ask: Reassign, actor: Actor, now: datetime) -> None:
    """Hand an open case to another unit.

    Raises ActionRefused where scope, state, unit or reason forbid it, or Stale.
    The same idempotency key again changes nothing.
    """
    row = startable_case(conn, Kind.REASSIGN, ask, actor.scope)
    if row is None:
        return
    _check_target(conn, row, ask.to_unit_id, actor.scope)
    _check_reason(ask)
    at = max(now, row.last_event_at + MICROSECOND)  # after everything that happened to it
    clock = clock_of(conn, row.category_id)
    event = Event(
        kind=Kind.REASSIGN,
        at=at,
        to_state=State.DISPATCHED,
        from_unit_id=row.unit_id,
        to_unit_id=ask.to_unit_id,
        is_transfer=is_transfer(Kind.REASSIGN, row.unit_id, ask.to_unit_id, centre_id(conn)),
        accept_due_at=clock.accept_due_from(at),
        reason=ask.reason,
        note=without_numbers(clean(ask.note)) or None,
        actor=actor.login,
        idempotency_key=ask.idempotency_key,
    )
    save(conn, row, with_due(due_in(row), event, clock)[0], now)


def preview_reassign(
    conn: Connection, case_no: str, to_unit_id: int, now: datetime, scope: Scope = DISTRICT
) -> tuple[Effect, ...]:
    """What a reassignment would change, rule by rule, computed before anybody saves."""
    row = case_row(conn, case_no, scope)
    after = unit_row(conn, to_unit_id, scope).name
    before = unit_row(conn, row.unit_id).name if row.unit_id else None
    clock, due = clock_of(conn, row.category_id), due_in(row)
    moved = due_after(due, Event(Kind.REASSIGN, now, to_state=State.DISPATCHED), clock).net
    rule, change = ("keeps_due", "unchanged") if moved == due.net else ("ends_pause", "changes")
    overdue = due.net is not None and not due.is_running(now)
    accept_by = clock.accept_due_from(now)
    visited = units_visited(conn, row.case_id)
    then_visited = len(visited | {to_unit_id})
    return (
        Effect("case_due", rule, due.net, moved, change),
        Effect("accept_by", "accept_limit", None, accept_by, "starts"),
        Effect("holder", "unit_clock", before, after, "changes"),
        Effect(
            "overdue_credit",
            "holder_at_due",
            before if overdue else None,
            before if overdue else after,
            "unchanged" if overdue else "changes",
        ),
        Effect(
            "units_visited",
            "many_units",
            len(visited),
            then_visited,
            "warns" if then_visited >= MANY_UNITS else "counts",
            Lamp.YELLOW if then_visited >= MANY_UNITS else Lamp.NONE,
        ),
    )


def _check_target(conn: Connection, row: Row[tuple], unit_id: int, scope: Scope) -> None:
    unit = unit_row(conn, unit_id, scope)
    if unit.unit_id == row.unit_id:
        raise ActionRefused("action.same_unit", case_no=row.case_no, unit=unit.name)
    if not unit.is_active:
        raise ActionRefused("action.inactive_unit", unit=unit.name)
    if unit.kind == UnitKind.CENTRE:
        raise ActionRefused("action.not_to_centre", unit=unit.name)


def _check_reason(ask: Reassign) -> None:
    if ask.reason not in REASSIGN_REASONS:
        raise ActionRefused("action.no_reason")
    if len(ask.note) > NOTE_LIMIT:
        raise ActionRefused("action.long_note", limit=NOTE_LIMIT, length=len(ask.note))
    if ask.reason == "other" and not ask.note.strip():
        raise ActionRefused("action.no_note")
