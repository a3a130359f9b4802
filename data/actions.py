"""What people do to a case: one function, one transaction, one change and its event."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from data.access import Permission, require
from data.config import settings
from data.db import MICROSECOND
from data.deadlines import clock_of, due_after, due_in, with_due
from data.directory import centre_id, units_visited
from data.journal import event_row, standing_row
from data.schema import case_events, cases, live_cases, units, users
from data.states import STANDING_COLUMNS, Standing, apply, can_start, is_transfer
from data.terms import (
    ActionRefused,
    Actor,
    AreaLevel,
    Event,
    Kind,
    Lamp,
    Reassign,
    Stale,
    State,
    UnitKind,
)
from data.words import word

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

    Raises ActionRefused where right, state, unit or reason forbid it, or Stale.
    The same idempotency key again changes nothing.
    """
    require(actor, Permission.REASSIGN)
    row = _case(conn, ask.case_no)
    if _is_done(conn, ask.idempotency_key):  # asked after the row was read, so no commit can hide
        return
    if row.version != ask.version:
        raise _stale(conn, row)
    if not can_start(Kind.REASSIGN, State(row.state)):
        state = word(f"state.{row.state}")
        raise ActionRefused("action.wrong_state", case_no=row.case_no, state=state)
    _check_target(conn, row, ask.to_unit_id)
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
        note=ask.note.strip() or None,
        actor=actor.login,
        idempotency_key=ask.idempotency_key,
    )
    _save(conn, row, with_due(due_in(row), event, clock)[0], now)


def preview_reassign(
    conn: Connection, case_no: str, to_unit_id: int, now: datetime
) -> tuple[Effect, ...]:
    """What a reassignment would change, rule by rule, computed before anybody saves."""
    row = _case(conn, case_no)
    after = _unit(conn, to_unit_id).name
    before = _unit(conn, row.unit_id).name if row.unit_id else None
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


def _is_done(conn: Connection, key: str | None) -> bool:
    query = select(case_events.c.event_id).where(case_events.c.idempotency_key == key)
    return conn.execute(query).first() is not None


def _case(conn: Connection, case_no: str) -> Row[tuple]:
    row = conn.execute(select(live_cases).where(live_cases.c.case_no == case_no)).first()
    if row is None:
        raise ActionRefused("action.unknown_case", case_no=case_no)
    return row


def _unit(conn: Connection, unit_id: int) -> Row[tuple]:
    row = conn.execute(select(units).where(units.c.unit_id == unit_id)).first()
    if row is None:
        raise ActionRefused("action.unknown_unit")
    return row


def _check_target(conn: Connection, row: Row[tuple], unit_id: int) -> None:
    unit = _unit(conn, unit_id)
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


def _save(conn: Connection, row: Row[tuple], event: Event, now: datetime) -> None:
    """The case row and its event, or Stale if the version moved since the row was read."""
    standing = _standing(row)
    apply(standing, event)
    changed = conn.execute(
        update(cases)
        .where(cases.c.case_id == row.case_id, cases.c.version == row.version)
        .values(standing_row(standing))
    )
    if changed.rowcount != 1:
        if _is_done(conn, event.idempotency_key):
            return
        raise _stale(conn, _case(conn, row.case_no))
    conn.execute(insert(case_events).values(event_row(event, row.case_id, recorded_at=now)))


def _standing(row: Row[tuple]) -> Standing:
    values = {name: getattr(row, name) for name in STANDING_COLUMNS}
    values["state"] = State(row.state)
    values["level"] = AreaLevel(row.level) if row.level else None
    return Standing(**values)


def _stale(conn: Connection, row: Row[tuple]) -> Stale:
    """Who changed the case last, when, and what they did."""
    last = conn.execute(
        select(case_events)
        .where(case_events.c.case_id == row.case_id)
        .order_by(
            case_events.c.recorded_at.desc(), case_events.c.at.desc(), case_events.c.event_id.desc()
        )
    ).first()
    assert last is not None  # every case has its report
    name = conn.execute(select(users.c.name).where(users.c.login == last.actor)).scalar()
    return Stale(
        "action.stale",
        case_no=row.case_no,
        who=name or last.actor,
        at=last.at.astimezone(settings().zone),
        what=word(f"kind.{last.kind}"),
        version=row.version,
    )
