"""The life of one demo case: every event a legal step of the table of actions."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from data.deadlines import Clock, Due, with_due
from data.demo.organisation import CENTRE, Organisation
from data.demo.phrases import MANNERS
from data.demo.plan import Arrival, Step, by_day, chance_late, ending, plan, time_taken
from data.demo.rhythm import DAY, HOUR, at_office
from data.states import Standing, apply, is_transfer
from data.terms import Event, Kind, State

REJECTED, WITHDRAWN, MERGED_IF_REPEATED = 0.006, 0.012, 0.6
CALLED_BACK = {"grid": 0.03, "residents": 0.6, "police": 0.06, "whistle": 0.1, "hotline": 0.6}
REOPENED, REOPENED_IF_UNRESOLVED = 0.011, 0.5
OUTCOMES = (("resolved", 74), ("partly", 9), ("unresolved", 5), ("unreachable", 9), ("refused", 3))
SATISFACTIONS = {
    "resolved": (("satisfied", 82), ("mostly", 16), ("not", 2)),
    "partly": (("satisfied", 15), ("mostly", 55), ("not", 30)),
    "unresolved": (("mostly", 10), ("not", 90)),
    "unreachable": (("unreachable", 1),),
    "refused": (("refused", 1),),
}


@dataclass(slots=True)
class Life:
    """A case and its events up to `end`; what comes later has not happened. Times in seconds."""

    arrival: Arrival
    organisation: Organisation
    random: Random
    end: int
    offset: timedelta  # local time less UTC; today's will do all year
    clock: Clock
    due: Due = field(default_factory=Due)
    unit: int = CENTRE
    now: int = 0
    standing: Standing = field(default_factory=Standing)
    events: list[Event] = field(default_factory=list)


def live(
    random: Random,
    arrival: Arrival,
    organisation: Organisation,
    end: int,
    offset: timedelta,
    clock: Clock,
) -> Life:
    """Everything that happened to a case up to `end`."""
    life = Life(arrival, organisation, random, end, offset, clock)
    _say(life, Kind.REPORT, arrival.opened, unit=CENTRE)
    if not _ends_early(life):
        _run(life, arrival.opened, plan(random, arrival, organisation, offset))
        _go_on(life)
    return life


def _say(
    life: Life,
    kind: Kind,
    at: int,
    unit: int | None = None,
    **said: Any,
) -> None:
    """One more event, at least a second after the last."""
    life.now = max(at, life.now + 1)
    if life.now > life.end:
        return
    manner = MANNERS[kind]
    said["actor"] = manner.actor or f"unit:{life.organisation.units[life.unit].code}"
    if unit is not None:
        said |= _hand_over(life, kind, unit)
    if manner.reasons:
        said["reason"] = life.random.choice(manner.reasons)
    if manner.notes:
        said["note"] = life.random.choice(manner.notes)
    event = Event(kind, _instant(life.now), to_state=manner.to_state, **said)
    event, life.due = with_due(life.due, event, life.clock)
    life.events.append(event)
    apply(life.standing, event)


def _hand_over(life: Life, kind: Kind, unit: int) -> dict[str, object]:
    """What an event says of the hand that lets go and the one that takes."""
    ids = life.organisation.ids
    taker, giver = ids[unit], None if kind is Kind.REPORT else ids[life.unit]
    life.unit = unit
    said: dict[str, object] = {"from_unit_id": giver, "to_unit_id": taker}
    said["is_transfer"] = is_transfer(kind, giver, taker, ids[CENTRE])
    if MANNERS[kind].to_state is State.DISPATCHED:
        said["level"] = life.organisation.units[unit].level
        said["accept_due_at"] = life.clock.accept_due_from(_instant(life.now))
    return said


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def due_from(clock: Clock, start: int) -> int:
    """When the limit of a clock that starts then has passed, in seconds."""
    due = clock.due_from(_instant(start))
    assert due is not None, "every matter has a limit"
    return int(due.timestamp())


def _run(life: Life, start: int, steps: list[Step]) -> None:
    """Take the steps; the clock stands still in a pause, unless the due time had passed."""
    for step in steps:
        at = start + int(step.at)
        said: dict[str, object] = {"mediation": step.mediation} if step.mediation else {}
        if step.kind is Kind.APPROVE_EXTENSION:
            said["due_at"] = _due(life) + timedelta(seconds=step.seconds)
        _say(life, step.kind, at, step.unit, **said)
        if step.kind is Kind.PAUSE:
            _say(life, Kind.RESUME, life.now + step.seconds)
            start += step.seconds


def _due(life: Life) -> datetime:
    """The due time in force."""
    assert life.due.net is not None, "every matter has a limit"
    return life.due.net


def _ends_early(life: Life) -> bool:
    """Whether the case was rejected, withdrawn, or merged with the one on the same thing."""
    random, opened = life.random, life.arrival.opened
    chance = random.random()
    if chance < REJECTED:
        _say(life, Kind.REJECT, opened + int(random.expovariate(1 / (3 * HOUR))))
        return True
    is_withdrawn = chance < REJECTED + WITHDRAWN
    is_merged = (
        not is_withdrawn and bool(life.arrival.earlier) and random.random() < MERGED_IF_REPEATED
    )
    if not (is_withdrawn or is_merged):
        return False
    steps = plan(random, life.arrival, life.organisation, life.offset)[: random.choice((0, 1, 2))]
    _run(life, opened, steps)
    at = life.now + int(random.expovariate(1 / (4 * HOUR)))
    if is_withdrawn:
        _say(life, Kind.WITHDRAW, at)
    else:
        _say(life, Kind.MERGE, at, note=life.arrival.earlier)
    return True


def _go_on(life: Life) -> None:
    """After the closing: a call-back, and where the matter was not over, a second round."""
    random = life.random
    outcome = _called_back(life) if random.random() < CALLED_BACK[life.arrival.channel] else None
    unresolved = outcome in ("unresolved", "partly")
    if random.random() < (REOPENED_IF_UNRESOLVED if unresolved else REOPENED):
        delay = 0.5 if unresolved else 8.0
        reopened = life.now + int(random.expovariate(1 / (delay * DAY)))
        reopened = max(at_office(reopened, life.offset), life.now + 1)
        _say(life, Kind.REOPEN, reopened)
        _close_again(life)
        if outcome:
            _called_back(life)


def _called_back(life: Life) -> str:
    outcome = _one_of(life.random, OUTCOMES)
    satisfaction = _one_of(life.random, SATISFACTIONS[outcome])
    at = at_office(life.now + int(life.random.uniform(3, 72) * HOUR), life.offset)
    _say(life, Kind.CALL_BACK, at, outcome=outcome, satisfaction=satisfaction)
    return outcome


def _close_again(life: Life) -> None:
    random, matter, channel = life.random, life.arrival.matter, life.arrival.channel
    unit = life.organisation.units[life.unit]
    is_late = random.random() < chance_late(channel, unit)
    limit = int(_due(life).timestamp()) - life.now
    taken = time_taken(random, limit, 0, is_late, channel, unit)
    taken = by_day(life.now, taken, limit, life.offset)
    _run(life, life.now, ending(random, matter, 0, taken))


def _one_of(random: Random, weighted: tuple[tuple[str, int], ...]) -> str:
    return random.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]
