"""Which actions are offered to whom: what role, scope and state allow, and what waits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from data.access import CASE_ACTIONS, may
from data.acting import case_row
from data.actions.pending import Asked, Order, pending
from data.actions.plans import PLANS, levels_above
from data.config import settings
from data.states import can_start
from data.terms import DISTRICT, Actor, AreaLevel, Kind, Scope, State


@dataclass(frozen=True, slots=True)
class AtHand:
    """What of a case decides which actions are offered, and what their forms choose from."""

    case_no: str
    version: int
    state: State
    unit_id: int | None
    due_at: datetime | None
    is_verified: bool
    must_be_verified: bool  # before it may be closed
    extensions_left: int
    extension: Asked | None  # to decide on
    orders: tuple[Order, ...]  # to answer
    levels: tuple[AreaLevel, ...]  # to escalate to


def at_hand(conn: Connection, case_no: str, scope: Scope = DISTRICT) -> AtHand:
    """What may be done with a case. Raises ActionRefused for one that is not in the scope."""
    row = case_row(conn, case_no, scope)
    waits = pending(conn, row.case_id)
    return AtHand(
        case_no=row.case_no,
        version=row.version,
        state=State(row.state),
        unit_id=row.unit_id,
        due_at=row.due_at,
        is_verified=row.is_verified,
        must_be_verified=bool(row.needs_check) and not row.is_verified,
        extensions_left=max(0, settings().cases.extension_quota - row.extension_count),
        extension=waits.extension,
        orders=waits.orders,
        levels=levels_above(conn, row),
    )


def offered(actor: Actor, case: AtHand) -> tuple[Kind, ...]:
    """The actions that somebody may take on a case as it stands, the most usual first."""
    if actor.scope.unit_id not in (None, case.unit_id):
        return ()  # others hold it now
    return tuple(
        kind
        for kind in PLANS
        if may(actor, CASE_ACTIONS[kind])
        and can_start(kind, case.state)
        and _has_ground(kind, case, actor)
    )


def _has_ground(kind: Kind, case: AtHand, actor: Actor) -> bool:
    """Whether there is what the action is about."""
    if kind in (Kind.APPROVE_EXTENSION, Kind.REFUSE_EXTENSION):
        return case.extension is not None and case.extension.actor != actor.login
    if kind is Kind.REQUEST_EXTENSION:
        return case.extension is None and case.extensions_left > 0 and case.due_at is not None
    if kind is Kind.PASS_CHECK:
        return not case.is_verified
    if kind is Kind.CLOSE:
        return not case.must_be_verified
    if kind is Kind.ESCALATE:
        return bool(case.levels)
    return kind is not Kind.REPLY or bool(case.orders)
