"""What a plan works on, and the parts that plans share."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row

from data.acting import unit_row
from data.db import MICROSECOND
from data.deadlines import Clock, clock_by
from data.intake.values.text import as_stored
from data.requests import CaseRequest
from data.states import ACTIONS, is_transfer
from data.terms import ActionRefused, Actor, AreaLevel, Event, UnitKind

FARTHEST = timedelta(days=366)  # no time that an action sets lies further ahead
LEVEL_OF_UNIT = {UnitKind.COMMUNITY: AreaLevel.COMMUNITY, UnitKind.TOWN: AreaLevel.TOWN}


@dataclass(frozen=True, slots=True)
class Ground:
    """A request, who makes it, and the case as it stands."""

    conn: Connection
    row: Row[tuple]
    ask: CaseRequest
    actor: Actor
    now: datetime

    @property
    def at(self) -> datetime:
        """When the action happens: after everything that happened to the case."""
        return max(self.now, self.row.last_event_at + MICROSECOND)

    @property
    def clock(self) -> Clock:
        """The limits of the case's category."""
        return clock_by(self.conn, self.row)

    def event(self, **said: object) -> Event:
        """What every event of an action says, and what this one says besides."""
        event = Event(
            kind=self.ask.kind,
            at=self.at,
            to_state=ACTIONS[self.ask.kind].to_state,
            reason=self.ask.reason or None,
            note=as_stored(self.ask.note) or None,
            actor=self.actor.login,
            idempotency_key=self.ask.idempotency_key,
        )
        return replace(event, **said)  # type: ignore[arg-type]


def handed_to(ground: Ground, unit: Row[tuple], **said: object) -> Event:
    """The case goes to a unit, which is to accept it."""
    row, kind = ground.row, ground.ask.kind
    is_centre = row.holder_kind == UnitKind.CENTRE
    centre_id = row.unit_id if is_centre else unit.unit_id if unit.kind == UnitKind.CENTRE else None
    return ground.event(
        **{
            "from_unit_id": row.unit_id,
            "to_unit_id": unit.unit_id,
            "is_transfer": is_transfer(kind, row.unit_id, unit.unit_id, centre_id),
            "level": level_of(unit.kind),
            "accept_due_at": ground.clock.accept_due_from(ground.at),
        }
        | said
    )


def level_of(kind: str) -> AreaLevel:
    """The level that a kind of unit works at."""
    return LEVEL_OF_UNIT.get(UnitKind(kind), AreaLevel.DISTRICT)


def asked_unit(ground: Ground) -> Row[tuple]:
    """The unit that the case is to go to. Raises ActionRefused where it cannot take it."""
    unit = unit_row(ground.conn, ground.ask.to_unit_id, ground.actor.scope)
    if not unit.is_active:
        raise ActionRefused("action.inactive_unit", unit=unit.name)
    if unit.kind == UnitKind.CENTRE:
        raise ActionRefused("action.not_to_centre", unit=unit.name)
    return unit


def asked_time(ground: Ground) -> datetime:
    """The time that an action sets. Raises ActionRefused without one, in the past, or far away."""
    until_at = ground.ask.until_at
    if until_at is None:
        raise ActionRefused("action.no_time")
    if until_at <= ground.at:
        raise ActionRefused("action.past_time")
    if until_at > ground.at + FARTHEST:
        raise ActionRefused("action.far_time", days=FARTHEST.days)
    return until_at
