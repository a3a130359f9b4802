"""What is to happen to a demo case between its opening and its closing, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from random import Random
from typing import NamedTuple

from data.demo.matters import Matter
from data.demo.organisation import CENTRE, Organisation, Unit
from data.demo.places import Place
from data.demo.rhythm import DAY, HOUR, at_office
from data.terms import Kind

LATE = {"grid": 0.038, "residents": 0.195, "police": 0.045, "whistle": 0.085, "hotline": 0.08}
LATE_DAYS = {"grid": 4.5, "residents": 15.0, "police": 4.5, "whistle": 8.0, "hotline": 9.0}
HASTY = 0.0015  # closed within minutes, which nobody believes
RETURNED, REASSIGNED, ESCALATED = 0.041, 0.058, 0.014
PAUSED, FED_BACK, NOTED, PRESSED, MEDIATED, FAILED = 0.018, 0.11, 0.006, 0.006, 0.75, 0.03
EXTENDED, EXTENDED_IF_LATE = 0.03, 0.12  # asked for; three of four are approved


@dataclass(frozen=True, slots=True)
class Arrival:
    """A case as it comes in; `earlier` is the number of an open case on the same thing."""

    case_no: str
    opened: int  # seconds since 1970
    channel: str
    matter: Matter
    place: Place
    due: int  # when its limit has passed
    earlier: str | None = None

    @property
    def limit(self) -> int:
        """Seconds from the opening to the due time."""
        return self.due - self.opened


class Step(NamedTuple):
    """Something that happens `at` seconds after the opening; the length of pauses is added."""

    at: float
    kind: Kind
    unit: int | None = None  # handed to
    seconds: int = 0  # of a pause or an extension
    mediation: str | None = None


def plan(
    random: Random, arrival: Arrival, organisation: Organisation, offset: timedelta
) -> list[Step]:
    """Every step from the dispatch to the closing, in order."""
    chain = list(_hand_offs(random, arrival, organisation))
    last = next(step.unit for step in reversed(chain) if step.unit is not None)
    unit, limit = organisation.units[last], arrival.limit
    is_late = random.random() < chance_late(arrival.channel, unit)
    extension = _extension(random, arrival.matter, is_late)
    granted = extension if extension > 0 else 0
    taken = time_taken(random, limit, granted, is_late, arrival.channel, unit)
    taken = by_day(arrival.opened, taken, limit + granted, offset)
    chain = _in_time(chain, 0.45 * min(taken, limit))
    accepted = chain[-1].at
    end = ending(random, arrival.matter, accepted, taken)
    resolved, due = end[0].at, limit + granted
    middle = [
        *_asking(random, extension, accepted, min(resolved, limit)),
        *_pressing(random, is_late, accepted, due, resolved),
        *_working(random, arrival.matter, accepted, resolved),
    ]
    return [*chain, *sorted(middle, key=itemgetter(0)), *end]


def chance_late(channel: str, unit: Unit) -> float:
    """How likely a unit is late with a case of a channel."""
    return min(0.7, LATE[channel] * unit.lateness)


def time_taken(
    random: Random, limit: int, granted: int, is_late: bool, channel: str, unit: Unit
) -> float:
    """Seconds from the opening to the closing."""
    if is_late:
        days = LATE_DAYS[channel] * max(1.0, unit.lateness**0.5)
        return limit + granted + HOUR + random.expovariate(1 / (days * DAY))
    if random.random() < HASTY:
        return random.uniform(60, 240)
    if granted:
        return limit * 0.95 + granted * random.uniform(0.1, 0.95)
    return limit * min(random.uniform(0.85, 0.99), random.betavariate(1.5, 2.4) / unit.speed)


def by_day(start: int, taken: float, due: int, offset: timedelta) -> float:
    """The time taken, moved within its day to office hours, unless that changes its being late."""
    moved = at_office(start + int(taken), offset) - start
    return moved if moved > 0.6 * taken and (moved <= due) == (taken <= due) else taken


def ending(random: Random, matter: Matter, accepted: float, closed: float) -> list[Step]:
    """From the first resolution to the closing; failed checks send the case back once."""
    left = closed - accepted
    gap = min(random.expovariate(1 / (1.5 * HOUR)) + 300, 0.25 * left)
    resolved = closed - gap
    checks = matter.needs_check or random.random() < 0.08
    steps = [Step(resolved, Kind.RESOLVE)]
    if checks and random.random() < FAILED:
        first = accepted + left * random.uniform(0.3, 0.5)
        failed = first + left * random.uniform(0.02, 0.2)
        steps = [Step(first, Kind.RESOLVE), Step(failed, Kind.FAIL_CHECK), *steps]
    if checks:
        steps.append(Step(resolved + gap * random.uniform(0.3, 0.9), Kind.PASS_CHECK))
    return [*steps, Step(closed, Kind.CLOSE)]


def _hand_offs(random: Random, arrival: Arrival, organisation: Organisation) -> Iterator[Step]:
    """Dispatch to the last acceptance; `at` is the wait since the step before."""
    matter, community = arrival.matter, arrival.place.community
    unit = organisation.handler(random, matter, arrival.channel, community)
    yield Step(random.lognormvariate(6.6, 1.0), Kind.DISPATCH, unit)
    chance = random.random()
    if chance < RETURNED + REASSIGNED + ESCALATED:
        if random.random() < 0.5:
            yield _acceptance(random, matter, organisation.units[unit])
        other = organisation.another(random, unit, matter, community)
        wait = random.expovariate(1 / (3 * HOUR))
        if chance < RETURNED:
            yield Step(wait, Kind.RETURN, CENTRE)
            yield Step(random.lognormvariate(7.2, 1.0), Kind.DISPATCH, other)
        elif chance < RETURNED + REASSIGNED:
            yield Step(wait, Kind.REASSIGN, other)
        else:
            up = organisation.units[unit].parent or CENTRE
            yield Step(wait, Kind.ESCALATE, up)
            if up == CENTRE:
                yield Step(random.lognormvariate(7.2, 1.0), Kind.REASSIGN, other)
                up = other
            other = up
        unit = other
    yield _acceptance(random, matter, organisation.units[unit])


def _acceptance(random: Random, matter: Matter, unit: Unit) -> Step:
    slow = 6.0 if random.random() < 0.012 * max(1.0, unit.lateness) else 0.15
    return Step(random.expovariate(1 / (slow * matter.acceptance.amount * HOUR)), Kind.ACCEPT)


def _in_time(chain: list[Step], budget: float) -> list[Step]:
    """Waits turned into times, shortened where together they would leave no time for the work."""
    pace = min(1.0, budget / sum(step.at for step in chain))
    at, found = 0.0, []
    for step in chain:
        at += step.at * pace
        found.append(Step(at, step.kind, step.unit))
    return found


def _extension(random: Random, matter: Matter, is_late: bool) -> int:
    """Seconds granted; below zero: asked for and refused; zero: not asked for."""
    asked = EXTENDED_IF_LATE if is_late else EXTENDED
    if matter.limit.amount == 24 or random.random() >= asked:
        return 0
    return random.choice((24, 48, 72, 120)) * HOUR * (1 if random.random() < 0.75 else -1)


def _asking(random: Random, extension: int, start: float, end: float) -> Iterator[Step]:
    if extension:
        asked = start + (end - start) * random.uniform(0.3, 0.7)
        answered = asked + (end - asked) * random.uniform(0.1, 0.9)
        answer = Kind.APPROVE_EXTENSION if extension > 0 else Kind.REFUSE_EXTENSION
        yield Step(asked, Kind.REQUEST_EXTENSION)
        yield Step(answered, answer, seconds=max(0, extension))


def _pressing(
    random: Random, is_late: bool, accepted: float, due: float, resolved: float
) -> Iterator[Step]:
    if random.random() < (0.45 if is_late else PRESSED):
        start = max(accepted, min(due, resolved - HOUR))
        pressed = start + (resolved - start) * random.uniform(0.05, 0.5)
        yield Step(pressed, Kind.SUPERVISE)
        yield Step(pressed + (resolved - pressed) * random.uniform(0.05, 0.6), Kind.REPLY)


def _working(random: Random, matter: Matter, start: float, end: float) -> Iterator[Step]:
    length = end - start
    if random.random() < FED_BACK:
        yield Step(start + length * random.random(), Kind.FEED_BACK)
    if random.random() < NOTED:
        yield Step(start + length * random.random(), Kind.NOTE)
    if random.random() < PAUSED and length > 6 * HOUR:
        at = start + length * random.uniform(0.1, 0.7)
        yield Step(at, Kind.PAUSE, seconds=int(random.uniform(0.5, 9) * DAY))
    if matter.is_dispute and random.random() < MEDIATED:
        first, then = sorted((random.random(), random.random()))
        result = "agreed" if random.random() < 0.965 else "failed"
        yield Step(start + length * first, Kind.MEDIATE, mediation="running")
        yield Step(start + length * then, Kind.MEDIATE, mediation=result)
