"""Where observations stand in the history of a case: the case file's times win, the order stays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.intake.loading.history import Held
from data.terms import CROSSING_KINDS, ENDED_STATES, ENDING_KINDS, Event, Kind, State


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


def placed(held: Sequence[Held], seen: Sequence[Seen]) -> Iterator[Placed]:
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
                order += ending.source_order + 1 if index > closing and at == ending.at else 0
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
    """The last ending of the case, if a case file told of it and nothing reopened it since."""
    crossings = [one for one in held if one.event.kind in CROSSING_KINDS]
    last = crossings[-1]
    is_told = last.import_kind == "cases" and not last.is_observed
    return last.event if is_told and last.event.kind in ENDING_KINDS else None


def _closing_of_log(line: Sequence[_Sight], ending: Event) -> int:
    """Where the log tells of that ending: its last change to ended; behind its end if nowhere."""
    state, found, met = None, len(line), False
    for index, sight in enumerate(line):
        is_end = sight.state in ENDED_STATES and state not in ENDED_STATES
        if is_end and not met:
            met = sight.seen is None and sight.at == ending.at
            found = index if sight.seen or met else len(line)
        state = sight.state or state
    return found
