"""Crowded districts: far more cases than a random district has, at once, so that rare things meet.

Nothing here can be made smaller when it fails; the seed of the run repeats it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from data.metrics.figure import Question
from tests.random_districts import (
    ADDRESSES,
    ANSWERS,
    CLOCK,
    EAST,
    HOURS,
    MONTH,
    NORTH,
    START,
    Log,
    Spot,
    Step,
)

CASES = 60
Drawn = TypeVar("Drawn")


def crowd(chance: Random) -> Log:
    """Many cases in few places: the steps of each, and where it lies."""
    return [
        ([_step(chance) for _ in range(chance.randint(2, 14))], _spot(chance)) for _ in range(CASES)
    ]


def wide_question(chance: Random) -> Question:
    """A window over both clusters of events, now and then seen early or of one unit or area."""
    return Question(
        start=_instant(chance, HOURS // 2),
        end=START + timedelta(hours=MONTH + HOURS),
        as_of=_maybe(chance, 0.3, lambda: _instant(chance, 2 * HOURS))
        or START + timedelta(hours=MONTH + 2 * HOURS),
        unit=_maybe(chance, 0.2, lambda: chance.choice(["", "centre", "unit-1"])),
        area=_maybe(chance, 0.1, lambda: chance.choice(["", "village"])),
    )


def _step(chance: Random) -> Step:
    return Step(
        at=_instant(chance),
        choice=chance.randrange(1000),
        unit=chance.randrange(7),
        due_at=_maybe(chance, 0.5, lambda: _instant(chance)),
        accept_due_at=_maybe(chance, 0.5, lambda: _instant(chance)),
        answer=chance.randrange(len(ANSWERS)),
        shares_order=chance.random() < 0.5,
        is_late=chance.random() < 0.5,
    )


def _spot(chance: Random) -> Spot:
    return Spot(
        area=chance.choice([3, 3, 3, 0, 1, 2, 4]),
        category=chance.choice([2, 2, 2, 2, 0, 1, 3]),
        channel=chance.randrange(3),
        address=chance.randrange(len(ADDRESSES)),
        point=_maybe(chance, 0.6, lambda: (chance.choice(EAST), chance.choice(NORTH))),
        is_far=chance.random() < 0.2,
        is_later=chance.random() < 0.5,
        repeat_of=_maybe(chance, 0.05, lambda: "1"),
    )


def _instant(chance: Random, until: int = HOURS) -> datetime:
    """The instants of random districts."""
    hours = chance.choice([hours for hours in CLOCK if hours <= until])
    later, ticks = chance.choice([0, 0, 0, MONTH]), chance.choice([0, 0, 0, 0, -1, 1])
    return START + timedelta(hours=hours + later, microseconds=ticks)


def _maybe(chance: Random, share: float, draw: Callable[[], Drawn]) -> Drawn | None:
    return draw() if chance.random() < share else None
