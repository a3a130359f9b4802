"""What a case is, replayed from its events, and the table of actions that may move it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data.terms import (
    ENDED_STATES,
    OPEN_STATES,
    AreaLevel,
    Event,
    Kind,
    State,
)

REPORTED, DISPATCHED, IN_PROGRESS = State.REPORTED, State.DISPATCHED, State.IN_PROGRESS
PAUSED, RESOLVED, CLOSED = State.PAUSED, State.RESOLVED, State.CLOSED


@dataclass(frozen=True, slots=True)
class Action:
    """From which states an action may start, and where it leads (None: the state stays)."""

    from_states: frozenset[State]
    to_state: State | None


def _from(*states: State, to: State | None) -> Action:
    return Action(frozenset(states), to)


# design.md's table of actions. Imported events may join any two states; this binds actions only.
ACTIONS: dict[Kind, Action] = {
    Kind.REPORT: _from(to=REPORTED),
    Kind.DISPATCH: _from(REPORTED, to=DISPATCHED),
    Kind.ACCEPT: _from(DISPATCHED, to=IN_PROGRESS),
    Kind.RETURN: _from(DISPATCHED, IN_PROGRESS, to=REPORTED),
    Kind.REASSIGN: _from(DISPATCHED, IN_PROGRESS, PAUSED, RESOLVED, to=DISPATCHED),
    Kind.ESCALATE: _from(REPORTED, DISPATCHED, IN_PROGRESS, to=DISPATCHED),
    Kind.PAUSE: _from(IN_PROGRESS, to=PAUSED),
    Kind.RESUME: _from(PAUSED, to=IN_PROGRESS),
    Kind.REQUEST_EXTENSION: _from(DISPATCHED, IN_PROGRESS, PAUSED, to=None),
    Kind.APPROVE_EXTENSION: _from(DISPATCHED, IN_PROGRESS, PAUSED, to=None),
    Kind.REFUSE_EXTENSION: _from(DISPATCHED, IN_PROGRESS, PAUSED, to=None),
    Kind.RESOLVE: _from(IN_PROGRESS, to=RESOLVED),
    Kind.PASS_CHECK: _from(RESOLVED, to=None),
    Kind.FAIL_CHECK: _from(RESOLVED, to=IN_PROGRESS),
    Kind.CLOSE: _from(RESOLVED, to=CLOSED),
    Kind.REOPEN: _from(CLOSED, to=IN_PROGRESS),
    Kind.REJECT: _from(REPORTED, to=State.REJECTED),
    Kind.WITHDRAW: _from(*OPEN_STATES, to=State.WITHDRAWN),
    Kind.MERGE: _from(*OPEN_STATES, to=State.MERGED),
    Kind.SUPERVISE: _from(*OPEN_STATES, to=None),
    Kind.REPLY: _from(*OPEN_STATES, to=None),
    Kind.FEED_BACK: _from(*OPEN_STATES, to=None),
    Kind.NOTE: _from(*OPEN_STATES, to=None),
    Kind.MEDIATE: _from(*OPEN_STATES, to=None),
    Kind.CALL_BACK: _from(CLOSED, to=None),
}


@dataclass(slots=True)
class Standing:
    """The part of a case row that its events decide. Names are the columns of `cases`."""

    state: State = State.REPORTED
    unit_id: int | None = None
    level: AreaLevel | None = None
    opened_at: datetime | None = None
    due_at: datetime | None = None
    paused_at: datetime | None = None
    closed_at: datetime | None = None
    ended_at: datetime | None = None
    is_verified: bool = False
    transfer_count: int = 0
    return_count: int = 0
    reopen_count: int = 0
    escalation_count: int = 0
    supervision_count: int = 0
    extension_count: int = 0
    failed_check_count: int = 0
    outcome: str | None = None
    satisfaction: str | None = None
    mediation: str | None = None
    last_event_at: datetime | None = None
    version: int = 0


STANDING_COLUMNS = tuple(Standing.__dataclass_fields__)

_COUNTERS = {
    Kind.RETURN: "return_count",
    Kind.REOPEN: "reopen_count",
    Kind.ESCALATE: "escalation_count",
    Kind.SUPERVISE: "supervision_count",
    Kind.APPROVE_EXTENSION: "extension_count",
    Kind.FAIL_CHECK: "failed_check_count",
}


def replay(events: Iterable[Event]) -> Standing:
    """The standing of a case after its events, given in order (at, source_order, event_id)."""
    standing = Standing()
    for event in events:
        apply(standing, event)
    return standing


def apply(standing: Standing, event: Event) -> None:
    """Move a standing by one event, in place."""
    standing.version += 1
    standing.last_event_at = event.at
    kind = event.kind
    if kind is Kind.REPORT:
        standing.opened_at = event.at
    if event.to_state is not None:
        _enter(standing, event.to_state, event.at)
    if event.to_unit_id is not None:
        standing.unit_id = event.to_unit_id
    if event.due_at is not None:
        standing.due_at = event.due_at
    if kind is Kind.CLOSE:
        standing.closed_at = event.at
    if kind is Kind.PASS_CHECK:
        standing.is_verified = True
    standing.transfer_count += event.is_transfer
    counter = _COUNTERS.get(kind)
    if counter:
        setattr(standing, counter, getattr(standing, counter) + 1)
    standing.level = event.level or standing.level
    standing.outcome = event.outcome or standing.outcome
    standing.satisfaction = event.satisfaction or standing.satisfaction
    standing.mediation = event.mediation or standing.mediation


def _enter(standing: Standing, state: State, at: datetime) -> None:
    if state in ENDED_STATES:
        if standing.ended_at is None:
            standing.ended_at = at
    else:
        standing.ended_at = None
        standing.is_verified = False
    standing.paused_at = (standing.paused_at or at) if state is PAUSED else None
    standing.state = state


def is_transfer(
    kind: Kind, from_unit_id: int | None, to_unit_id: int | None, centre_id: int | None
) -> bool:
    """Whether an event hands a case from one known unit to a different known one.

    The centre is not such a unit: a dispatch by it is no transfer, nor is a return to it.
    """
    known = {from_unit_id, to_unit_id} - {None, centre_id}
    return kind is not Kind.REPORT and len(known) == 2


def can_start(kind: Kind, state: State) -> bool:
    """Whether an action may start from a state."""
    return state in ACTIONS[kind].from_states
