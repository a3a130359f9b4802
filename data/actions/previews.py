"""What an action would change, rule by rule, computed by its own plan before anybody saves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from data.acting import case_row, check_start, standing_of
from data.actions import hands, times
from data.actions.change import Change
from data.actions.doing import event_of
from data.actions.effects import Effect
from data.actions.ground import Ground
from data.requests import CaseRequest
from data.states import apply
from data.terms import DISTRICT, ActionRefused, Actor, OutOfReach, Role, Scope

# In the order in which they are shown.
TOLD: tuple[Callable[[Change], Iterator[Effect]], ...] = (
    hands.state,
    times.case_due,
    times.accept_by,
    times.until,
    times.extension,
    hands.holder,
    hands.visited,
    hands.level,
    hands.counters,
    hands.orders,
    hands.parent,
    hands.ending,
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action would change; or why it would be refused."""

    effects: tuple[Effect, ...] = ()
    why_not: str = ""


def preview(conn: Connection, ask: CaseRequest, now: datetime, scope: Scope = DISTRICT) -> Preview:
    """What a request would change, by the plan that would carry it out.

    Its reason, note and version are not looked at. Raises ActionRefused for a case or a unit that
    is not in the scope.
    """
    row = case_row(conn, ask.case_no, scope)
    ground = Ground(conn, row, ask, Actor("", "", Role.DISPATCHER, scope), now)
    try:
        check_start(ask.kind, row, scope)
        event = event_of(ground)
    except OutOfReach:
        raise
    except ActionRefused as refusal:
        return Preview(why_not=str(refusal))
    after = standing_of(row)
    apply(after, event)
    change = Change(ground, event, after)
    return Preview(tuple(effect for told in TOLD for effect in told(change)))
