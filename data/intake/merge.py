"""Observations from another system's log, merged into the history of one case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from data.intake.batch import ACTOR
from data.intake.history import Held
from data.intake.prove import limit_from
from data.states import is_transfer
from data.terms import (
    CROSSING_KINDS,
    ENDED_STATES,
    ENDING_KIND_OF_STATE,
    ENDING_KINDS,
    LAST_ORDER,
    OPEN_STATES,
    OPENING_KINDS,
    Event,
    Kind,
    State,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation. None: it says nothing about that."""

    at: datetime
    state: State | None
    unit_id: int | None
    kind: Kind | None
    key: str  # idempotency key of its event


@dataclass(frozen=True, slots=True)
class Placed:
    """An observation at its place in the history, with what was seen of the case before it."""

    seen: Seen
    at: datetime
    order: int
    is_closing: bool  # it tells of the ending that the case file tells of
    last_state: State | None
    last_unit_id: int | None


@dataclass(frozen=True, slots=True)
class Terms:
    """What merging needs to know beside the events: the limit of the category, the centre."""

    limit_hours: float | None
    centre_id: int | None


def merge(held: Sequence[Held], seen: Sequence[Seen], terms: Terms) -> list[Event]:
    """The events to add for observations given in their order; `held` is in replay order."""
    new: list[Event] = []
    is_open = False
    waiting = sorted(_placed(held, seen), key=lambda one: (one.at, one.order))
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
    return new + _walk(waiting, is_open, terms).events


def _says_whether_open(event: Event) -> bool:
    return event.kind in CROSSING_KINDS or event.to_state is not None


def _is_open_before(event: Event, is_open: bool) -> bool:
    """Whether the case must be open just before a held event: it was, when that was written."""
    if event.kind in CROSSING_KINDS:
        return event.kind in ENDING_KINDS
    return is_open


def _placed(held: Sequence[Held], seen: Sequence[Seen]) -> Iterator[Placed]:
    """Each observation at its time, moved where the times of the case file win."""
    opening = next(one.event.at for one in held if one.event.kind is Kind.REPORT)
    ending = _ending_of_file(held)
    line = _line(held, seen, ending)
    closing = _closing_of_log(line, ending) if ending else len(line)
    base = 2 * sum(one.is_observed for one in held)
    state, unit_id = None, None
    for index, one in enumerate(line):
        if one.seen is not None:
            at, order = max(one.seen.at, opening), base + 2 * index
            if ending:
                at = ending.at if index == closing else at
                at = min(at, ending.at) if index < closing else max(at, ending.at)
                order += LAST_ORDER + 1 if index > closing and at == ending.at else 0
            yield Placed(one.seen, at, order, index == closing, state, unit_id)
        state, unit_id = one.state or state, one.unit_id or unit_id


@dataclass(frozen=True, slots=True)
class _Sight:
    """A point of the log: what was observed there, now (`seen`) or in an earlier import."""

    at: datetime
    state: State | None
    unit_id: int | None
    seen: Seen | None


def _line(held: Sequence[Held], seen: Sequence[Seen], ending: Event | None) -> list[_Sight]:
    """The whole log of the case in the order of observation."""
    known = [one.event for one in held if one.is_observed]
    earlier = [_Sight(e.at, _observed_state(e, ending), e.to_unit_id, None) for e in known]
    now = [_Sight(one.at, one.state, one.unit_id, one) for one in seen]
    return sorted([*earlier, *now], key=lambda sight: sight.at)


def _observed_state(event: Event, ending: Event | None) -> State | None:
    """What a held observation saw; one that met the case file's ending leaves the state to that."""
    is_met = ending is not None and event.at == ending.at and event.to_state is None
    if is_met and event.kind in (Kind.PASS_CHECK, Kind.OBSERVE):
        return ending.to_state  # type: ignore[union-attr]  # is_met
    return event.to_state


def _ending_of_file(held: Sequence[Held]) -> Event | None:
    """The last ending of the case, if a case file told of it and nothing reopened the case since."""
    crossings = [one for one in held if one.event.kind in CROSSING_KINDS]
    last = crossings[-1]
    is_told = last.import_kind == "cases" and not last.is_observed
    return last.event if is_told and last.event.kind in ENDING_KINDS else None


def _closing_of_log(line: Sequence[_Sight], ending: Event) -> int:
    """Where the log tells of that ending: its last change to ended; behind its end if it does not."""
    state, found, met = None, len(line), False
    for index, sight in enumerate(line):
        is_end = sight.state in ENDED_STATES and state not in ENDED_STATES
        if is_end and not met:
            met = sight.seen is None and sight.at == ending.at
            found = index if sight.seen or met else len(line)
        state = sight.state or state
    return found


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
        told = _events_of(one, is_open, terms)
        if told[-1].kind in CROSSING_KINDS:
            if crossings == most_crossings:
                told = [_event(one, Kind.OBSERVE, None)]
            else:
                crossings, is_open = crossings + 1, not is_open
        told[0] = _with_unit(told[0], one, terms.centre_id)
        events += told
    return _Told(events, is_open, crossings)


def _events_of(one: Placed, is_open: bool, terms: Terms) -> list[Event]:
    """What an observation means, given what was seen before and whether the case is open."""
    state, was_resolved = one.seen.state, one.last_state is State.RESOLVED
    if state is None:
        return [_event(one, one.seen.kind or Kind.OBSERVE, None)]
    if state in ENDED_STATES:
        passed = is_open and state is State.CLOSED and was_resolved
        if one.is_closing or not is_open:
            return [_event(one, Kind.PASS_CHECK if passed else Kind.OBSERVE, None)]
        ending = replace(_event(one, ENDING_KIND_OF_STATE[state], state), source_order=one.order + 1)
        check = replace(_event(one, Kind.PASS_CHECK, None), idempotency_key=f"{one.seen.key}:check")
        return [check, ending] if passed else [ending]
    if not is_open:
        reopening = _event(one, Kind.REOPEN, state)
        return [replace(reopening, due_at=limit_from(one.at, terms.limit_hours))]
    if was_resolved and state is not State.RESOLVED and one.seen.kind is None:
        return [_event(one, Kind.FAIL_CHECK, state)]
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
