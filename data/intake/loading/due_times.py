"""The due times that new events of a case bring: of openings, and of the ends of pauses."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from data.deadlines import Clock, Due, due_after, with_due
from data.intake.loading.batch import ACTOR
from data.intake.loading.history import Held
from data.terms import Event, Kind


def with_due_times(held: Sequence[Held], new: Sequence[Event], clock: Clock) -> list[Event]:
    """New events of a case, each telling the due time that it brings.

    An event that is held cannot be rewritten. Where it ends another pause than it did, because new
    events stand before it, one more event behind it tells the due time.
    """
    if clock.limit is None:
        return list(new)
    alone, both, told = Due(), Due(), None
    found: list[Event] = []
    for event, is_held, is_last in _line(held, new):
        if is_held:
            alone, both = due_after(alone, event, clock), due_after(both, event, clock)
        else:
            event, both = with_due(both, event, clock)
            found.append(event)
        told = event.due_at or told
        if is_held and is_last and both.net not in (alone.net, told):
            found.append(_correction(event, both.net))
            told = both.net
    return found


def _line(held: Sequence[Held], new: Sequence[Event]) -> Iterator[tuple[Event, bool, bool]]:
    """All events in replay order; whether each is held, and the last held one of its place."""
    line = [*((one.event, True) for one in held), *((one, False) for one in new)]
    line.sort(key=lambda pair: _place(pair[0]))
    last = {_place(event): event for event, is_held in line if is_held}
    for event, is_held in line:
        yield event, is_held, last.get(_place(event)) is event


def _place(event: Event) -> tuple[datetime, int]:
    return event.at, event.source_order


def _correction(event: Event, due_at: datetime | None) -> Event:
    return Event(Kind.RESUME, event.at, event.source_order, due_at=due_at, actor=ACTOR)
