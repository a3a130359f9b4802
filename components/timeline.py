"""What happened to a case, in order: the date once a day, a mark, who did what, the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from components.formats import format_day, format_time
from components.mount import Payload, lamp_word, register
from data.terms import Lamp

_TIMELINE = register("timeline")
_WEIGHT = (Lamp.NONE, Lamp.UNKNOWN, Lamp.BLUE, Lamp.YELLOW, Lamp.ORANGE, Lamp.RED)


@dataclass(frozen=True, slots=True)
class Step:
    """One event: what was done, who to whom or why, and its effect on the clock.

    `lamp` colours the action, `effect_lamp` the effect; the mark has the heavier of the two.
    """

    key: str
    at: datetime
    action: str
    detail: str = ""
    effect: str = ""
    lamp: Lamp = Lamp.NONE
    effect_lamp: Lamp = Lamp.NONE


def show_timeline(steps: Sequence[Step], now: datetime, key: str) -> None:
    """Draw the events of a case, in the order given."""
    days = [format_day(step.at, now) for step in steps]
    is_new = [i == 0 or days[i] != days[i - 1] for i in range(len(days))]
    rows = [_payload(*row) for row in zip(steps, days, is_new, strict=True)]
    _TIMELINE(data={"steps": rows}, key=key)


def _payload(step: Step, day: str, is_new_day: bool) -> Payload:
    mark = max(step.lamp, step.effect_lamp, key=_WEIGHT.index)
    return {
        "key": step.key,
        "day": day if is_new_day else "",
        "time": format_time(step.at),
        "action": step.action,
        "detail": step.detail,
        "effect": step.effect,
        "lamp": step.lamp,
        "effectLamp": step.effect_lamp,
        "mark": mark,
        "said": lamp_word(mark),
    }
