"""What every action on a case shares: the case it may start from, and saving it with its event."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from data.config import settings
from data.journal import event_of, event_row, standing_row
from data.requests import CaseRequest
from data.schema import case_events, cases, categories, live_cases, live_events, units, users
from data.scope import cases_within, takers_within
from data.states import STANDING_COLUMNS, Standing, apply, can_start
from data.terms import (
    DISTRICT,
    ActionRefused,
    Actor,
    AreaLevel,
    Event,
    Kind,
    OutOfReach,
    Scope,
    Stale,
    State,
    UnitKind,
)
from data.words import word

LIMITS = ("limit_amount", "limit_unit", "accept_amount", "accept_unit", "needs_check")

# Put together once: an action sends them each time.
_SENT = select(case_events).where(case_events.c.idempotency_key == bindparam("key"))
_CASES = (  # with the limits of their category and the unit that holds them
    select(
        live_cases,
        *(categories.c[name] for name in LIMITS),
        units.c.kind.label("holder_kind"),
        units.c.name.label("holder_name"),
        units.c.parent_id.label("holder_parent_id"),
    )
    .outerjoin(categories, categories.c.category_id == live_cases.c.category_id)
    .outerjoin(units, units.c.unit_id == live_cases.c.unit_id)
)
_CASE = _CASES.add_columns(_SENT.exists().label("was_sent")).where(
    live_cases.c.case_no == bindparam("case_no")
)
_UNIT = select(units).where(units.c.unit_id == bindparam("key"))
_CHANGE = update(cases).where(
    cases.c.case_id == bindparam("seen_id"), cases.c.version == bindparam("seen_version")
)
_TELL = insert(case_events).inline()


def startable_case(
    conn: Connection, kind: Kind, ask: CaseRequest, scope: Scope
) -> Row[tuple] | None:
    """The case of a request, if it lies in a scope and its state lets the action start.

    None where the same request was done before. Raises ActionRefused, or Stale.
    """
    row = case_row(conn, ask.case_no, scope, ask.idempotency_key)
    if row.was_sent:
        return None
    if row.state == State.MERGED:
        raise ActionRefused("action.merged", case_no=row.case_no, parent_no=_parent_no(conn, row))
    if row.version != ask.version:
        raise _stale(conn, row)
    check_start(kind, row, scope)
    return row


def check_start(kind: Kind, row: Row[tuple], scope: Scope) -> None:
    """Whether an action may start from a case as it stands. Raises ActionRefused.

    A unit acts on what it holds; what it handed on, it only sees.
    """
    if not can_start(kind, State(row.state)):
        told = {"kind": word(f"kind.{kind}"), "state": word(f"state.{row.state}")}
        raise ActionRefused("action.wrong_state", case_no=row.case_no, **told)
    if scope.unit_id not in (None, row.unit_id):
        unit = row.holder_name or word("unit.none")
        raise ActionRefused("action.not_holder", case_no=row.case_no, unit=unit)


def done_before(conn: Connection, ask: CaseRequest, actor: Actor) -> Event:
    """The event of a request that was done before. Raises ActionRefused where it was another."""
    row = _event_with(conn, ask.idempotency_key)
    case_id = select(cases.c.case_id).where(cases.c.case_no == ask.case_no)
    same = (ask.kind, conn.execute(case_id).scalar(), actor.login)
    if row is None or (row.kind, row.case_id, row.actor) != same:
        raise ActionRefused("action.used_key", case_no=ask.case_no)
    return event_of(row)


def _event_with(conn: Connection, key: str) -> Row[tuple] | None:
    return conn.execute(_SENT, {"key": key}).first()


def _parent_no(conn: Connection, row: Row[tuple]) -> str:
    """The case that a case was merged into; empty where an import did not say."""
    query = select(cases.c.case_no).join(live_events, live_events.c.parent_id == cases.c.case_id)
    merged = query.where(live_events.c.case_id == row.case_id)
    return conn.execute(merged.order_by(live_events.c.event_id.desc())).scalar() or ""


def case_row(conn: Connection, case_no: str, scope: Scope = DISTRICT, key: str = "") -> Row[tuple]:
    """A case that lies in a scope, with its limits and its holder.

    As `was_sent` also whether a request of a key was done before: in one statement, so that no
    commit can hide. Raises ActionRefused, in the same words for
    any other case.
    """
    named = {"case_no": case_no, "key": key}
    query = _CASE if scope == DISTRICT else _CASE.where(*cases_within(scope))
    row = conn.execute(query, named).first()
    if row is None:
        refusal = OutOfReach if conn.execute(_CASE, named).first() else ActionRefused
        raise refusal("action.unknown_case", case_no=case_no)
    return row


def case_rows(conn: Connection, case_nos: Iterable[str], scope: Scope) -> dict[str, Row[tuple]]:
    """Those of some cases that lie in a scope, by number; `was_sent` is not told."""
    query = _CASES.where(live_cases.c.case_no.in_(case_nos), *cases_within(scope))
    return {row.case_no: row for row in conn.execute(query)}


def unit_row(conn: Connection, unit_id: int | None, scope: Scope = DISTRICT) -> Row[tuple]:
    """A unit that a scope may hand a case to. Raises ActionRefused, in the same words else."""
    query = _UNIT if scope == DISTRICT else _UNIT.where(*takers_within(scope))
    row = conn.execute(query, {"key": unit_id}).first()
    if row is None:
        refusal = OutOfReach if conn.execute(_UNIT, {"key": unit_id}).first() else ActionRefused
        raise refusal("action.unknown_unit")
    return row


def centre_row(conn: Connection) -> Row[tuple]:
    """The unit that holds what nobody else holds."""
    return conn.execute(select(units).where(units.c.kind == UnitKind.CENTRE)).one()


def save(conn: Connection, row: Row[tuple], event: Event, now: datetime) -> bool:
    """The case row and its event. False where the same request was saved meanwhile.

    Raises Stale if the version moved since the row was read.
    """
    standing = standing_of(row)
    apply(standing, event)
    seen = {"seen_id": row.case_id, "seen_version": row.version}
    changed = conn.execute(_CHANGE, standing_row(standing) | seen)
    if changed.rowcount != 1:
        if _event_with(conn, event.idempotency_key or ""):
            return False
        raise _stale(conn, case_row(conn, row.case_no))
    conn.execute(_TELL, event_row(event, row.case_id, recorded_at=now))
    return True


def standing_of(row: Row[tuple]) -> Standing:
    """What of a case row its events decide."""
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
