"""The clock of a case: elapsed above with its due tick, below who held it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from components.formats import format_instant, format_time
from components.mount import Payload, register
from data.terms import Lamp
from data.words import word

_CLOCK = register("clock")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with its words: a pause, or a unit's turn."""

    start: datetime
    end: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """One case from its opening to its end, or to now while it is open."""

    opened_at: datetime
    until: datetime  # closed or ended at; now while the case is open
    due_at: datetime | None = None
    is_ended: bool = False
    state_text: str = ""  # at the right end: 超期 9 天 4 小时, 剩 2 小时
    lamp: Lamp = Lamp.NONE  # of the state
    pauses: Sequence[Span] = ()
    holdings: Sequence[Span] = ()


def show_clock(clock: Clock, now: datetime, key: str) -> None:
    """Draw the two lanes of a case's clock."""
    last = max(clock.until, clock.due_at or clock.until, clock.opened_at + timedelta(minutes=1))
    whole = last - clock.opened_at

    def share(at: datetime) -> float:
        return min(max((at - clock.opened_at) / whole, 0.0), 1.0)

    def span(part: Span) -> Payload:
        return {"from": share(part.start), "to": share(part.end), "text": part.text}

    due = None if clock.due_at is None else share(clock.due_at)
    data: Payload = {
        "until": share(clock.until),
        "due": due,
        "lamp": clock.lamp,
        "pauses": [span(part) for part in clock.pauses],
        "holdings": [span(part) for part in clock.holdings],
        "openedText": word("clock.opened", at=format_instant(clock.opened_at, now)),
        "dueText": "" if due is None else word("clock.due", at=format_instant(clock.due_at, now)),
        "untilText": _until_text(clock, now),
    }
    _CLOCK(data=data, key=key)


def _until_text(clock: Clock, now: datetime) -> str:
    at = format_instant(clock.until, now) if clock.is_ended else format_time(clock.until)
    key = "clock.ended" if clock.is_ended else "clock.now"
    return word(key, at=at, state=clock.state_text).strip()
