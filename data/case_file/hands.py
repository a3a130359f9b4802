"""In whose hands a case was and for how long; when it waited, paused, ran late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row

from data.terms import State

Span = tuple[datetime, datetime | None]  # None: still


@dataclass(frozen=True, slots=True)
class Hold:
    """Who held the case from when until when (None: still)."""

    unit: str | None
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Hand:
    """All the time a case spent with one unit, in real hours; the parts may overlap."""

    unit: str | None
    turn_count: int  # how often it came there
    held_hours: float
    waited_hours: float  # until it was accepted
    paused_hours: float
    late_hours: float  # after the due time in force


def holds_of(events: Sequence[Row[tuple]], ended_at: datetime | None) -> tuple[Hold, ...]:
    """Spans between changes of holder; the last one ends when the case did."""
    starts: list[tuple[str | None, datetime]] = []
    for event in events:
        if event.to_unit and (not starts or starts[-1][0] != event.to_unit):
            starts.append((event.to_unit, event.at))
    ends = [start for _, start in starts[1:]] + [ended_at]
    return tuple(Hold(unit, start, end) for (unit, start), end in zip(starts, ends, strict=False))


def spans_in(state: State, events: Sequence[Row[tuple]]) -> tuple[Span, ...]:
    """When a case was in a state; an event that tells no state leaves it there."""
    spans: list[Span] = []
    for event in events:
        is_in = bool(spans) and spans[-1][1] is None
        if event.to_state == state and not is_in:
            spans.append((event.at, None))
        elif event.to_state and event.to_state != state and is_in:
            spans[-1] = (spans[-1][0], event.at)
    return tuple(spans)


def hands_of(
    holds: Iterable[Hold],
    waits: Sequence[Span],
    pauses: Sequence[Span],
    due_at: datetime | None,
    until: datetime,
) -> tuple[Hand, ...]:
    """The time with each unit until an instant, in the order in which they first held the case."""
    by_unit: dict[str | None, list[Span]] = {}
    for hold in holds:
        by_unit.setdefault(hold.unit, []).append((hold.start, hold.end))
    late: list[Span] = [(due_at, None)] if due_at and due_at < until else []
    return tuple(
        Hand(
            unit=unit,
            turn_count=len(held),
            held_hours=sum(real_hours(start, end or until) for start, end in held),
            waited_hours=_common_hours(held, waits, until),
            paused_hours=_common_hours(held, pauses, until),
            late_hours=_common_hours(held, late, until),
        )
        for unit, held in by_unit.items()
    )


def _common_hours(some: Iterable[Span], others: Sequence[Span], until: datetime) -> float:
    total = 0.0
    for start, end in some:
        for other_start, other_end in others:
            first, last = max(start, other_start), min(end or until, other_end or until)
            total += real_hours(first, max(first, last))
    return total


def real_hours(start: datetime, end: datetime) -> float:
    """Real hours from one instant to another."""
    return (end - start).total_seconds() / 3600
