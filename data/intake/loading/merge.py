"""Observations from another system's log, merged into the history of one case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data.deadlines import Clock
from data.intake.loading.batch import ACTOR
from data.intake.loading.due_times import with_due_times
from data.intake.loading.history import Held
from data.intake.loading.place import Placed, Seen, placed
from data.intake.loading.prove import with_accept_limit
from data.states import is_transfer
from data.terms import (
    CROSSING_KINDS,
    ENDED_STATES,
    ENDING_KIND_OF_STATE,
    ENDING_KINDS,
    OPEN_STATES,
    OPENING_KINDS,
    Event,
    Kind,
    State,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What merging needs to know beside the events: the clock of the category, the centre."""

    clock: Clock
    centre_id: int | None


def merge(held: Sequence[Held], seen: Sequence[Seen], terms: Terms) -> list[Event]:
    """The events to add for observations given in their order; `held` is in replay order."""
    new: list[Event] = []
    is_open = False
    waiting = sorted(placed(held, seen), key=lambda one: (one.at, one.order))
    for anchor in held:
        event = anchor.event
        before = [one for one in waiting if (one.at, one.order) < (event.at, event.source_order)]
        if not _says_whether_open(event):
            continue
        waiting = waiting[len(before) :]
        told = _walk(before, is_open, terms)
        if before and told.is_open != _is_open_before(event, is_open):
            told = _walk(before, is_open, terms, most_crossings=told.crossings - 1)
        new += told.events
        is_open = event.to_state in OPEN_STATES if event.to_state else event.kind in OPENING_KINDS
    new += _walk(waiting, is_open, terms).events
    return with_due_times(held, new, terms.clock)


def _says_whether_open(event: Event) -> bool:
    return event.kind in CROSSING_KINDS or event.to_state is not None


def _is_open_before(event: Event, is_open: bool) -> bool:
    """Whether the case must be open just before a held event: it was, when that was written."""
    if event.kind in CROSSING_KINDS:
        return event.kind in ENDING_KINDS
    return is_open


@dataclass(frozen=True, slots=True)
class _Told:
    """The events of a stretch of the log, and how it leaves the case."""

    events: list[Event]
    is_open: bool
    crossings: int


def _walk(
    stretch: Sequence[Placed], is_open: bool, terms: Terms, most_crossings: int | None = None
) -> _Told:
    """Turn observations into events. Beyond `most_crossings` one that would cross says nothing."""
    events: list[Event] = []
    crossings = 0
    for one in stretch:
        told = _events_of(one, is_open)
        if told[-1].kind in CROSSING_KINDS:
            if crossings == most_crossings:
                told = [_event(one, Kind.OBSERVE, None)]
            else:
                crossings, is_open = crossings + 1, not is_open
        told[0] = _with_unit(told[0], one, terms.centre_id)
        if one.last_state is not State.DISPATCHED or told[0].is_transfer:
            told = [with_accept_limit(event, terms.clock) for event in told]
        events += told
    return _Told(events, is_open, crossings)


def _events_of(one: Placed, is_open: bool) -> list[Event]:
    """What an observation means, given what was seen before and whether the case is open."""
    state, was_resolved = one.seen.state, one.last_state is State.RESOLVED
    if state is None:
        return [_event(one, one.seen.kind or Kind.OBSERVE, None)]
    if state in ENDED_STATES:
        passed = is_open and state is State.CLOSED and was_resolved
        if one.is_closing or not is_open:
            return [_event(one, Kind.PASS_CHECK if passed else Kind.OBSERVE, None)]
        ending = replace(
            _event(one, ENDING_KIND_OF_STATE[state], state), source_order=one.order + 1
        )
        check = replace(_event(one, Kind.PASS_CHECK, None), idempotency_key=f"{one.seen.key}:check")
        return [check, ending] if passed else [ending]
    if not is_open:
        return [_event(one, Kind.REOPEN, state)]
    if was_resolved and state is not State.RESOLVED and one.seen.kind is None:
        return [_event(one, Kind.FAIL_CHECK, state)]
    if one.last_state is State.PAUSED and state is not State.PAUSED and one.seen.kind is None:
        return [_event(one, Kind.RESUME, state)]
    return [_event(one, one.seen.kind or Kind.OBSERVE, state)]


def _event(one: Placed, kind: Kind, state: State | None) -> Event:
    return Event(
        kind=kind,
        at=one.at,
        source_order=one.order,
        to_state=state,
        actor=ACTOR,
        idempotency_key=one.seen.key,
        is_adjusted=one.at != one.seen.at,
    )


def _with_unit(event: Event, one: Placed, centre_id: int | None) -> Event:
    if one.seen.unit_id is None:
        return event
    moves = is_transfer(event.kind, one.last_unit_id, one.seen.unit_id, centre_id)
    return replace(
        event, from_unit_id=one.last_unit_id, to_unit_id=one.seen.unit_id, is_transfer=moves
    )
