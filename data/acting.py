"""What every action on a case shares: the case it may start from, and saving it with its event."""

from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from data.config import settings
from data.journal import event_row, standing_row
from data.schema import case_events, cases, live_cases, units, users
from data.scope import cases_within, takers_within
from data.states import STANDING_COLUMNS, Standing, apply, can_start
from data.terms import (
    DISTRICT,
    ActionRefused,
    AreaLevel,
    CaseRequest,
    Event,
    Kind,
    OutOfReach,
    Scope,
    Stale,
    State,
)
from data.words import word


def startable_case(
    conn: Connection, kind: Kind, ask: CaseRequest, scope: Scope
) -> Row[tuple] | None:
    """The case of a request, if it lies in a scope and its state lets the action start.

    None where the same request was done before. Raises ActionRefused, or Stale.
    """
    row = case_row(conn, ask.case_no, scope)
    if _is_done(conn, ask.idempotency_key):  # asked after the row was read, so no commit can hide
        return None
    if row.version != ask.version:
        raise _stale(conn, row)
    if not can_start(kind, State(row.state)):
        state = word(f"state.{row.state}")
        raise ActionRefused("action.wrong_state", case_no=row.case_no, state=state)
    return row


def _is_done(conn: Connection, key: str | None) -> bool:
    query = select(case_events.c.event_id).where(case_events.c.idempotency_key == key)
    return conn.execute(query).first() is not None


def case_row(conn: Connection, case_no: str, scope: Scope = DISTRICT) -> Row[tuple]:
    """A case that lies in a scope. Raises ActionRefused, in the same words for any other."""
    query = select(live_cases).where(live_cases.c.case_no == case_no)
    row = conn.execute(query.where(*cases_within(scope))).first()
    if row is None:
        refusal = OutOfReach if conn.execute(query).first() else ActionRefused
        raise refusal("action.unknown_case", case_no=case_no)
    return row


def unit_row(conn: Connection, unit_id: int, scope: Scope = DISTRICT) -> Row[tuple]:
    """A unit that a scope may hand a case to. Raises ActionRefused, in the same words else."""
    query = select(units).where(units.c.unit_id == unit_id)
    row = conn.execute(query.where(*takers_within(scope))).first()
    if row is None:
        refusal = OutOfReach if conn.execute(query).first() else ActionRefused
        raise refusal("action.unknown_unit")
    return row


def save(conn: Connection, row: Row[tuple], event: Event, now: datetime) -> None:
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
        raise _stale(conn, case_row(conn, row.case_no))
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
