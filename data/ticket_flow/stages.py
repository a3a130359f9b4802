"""The stage board: how many open cases are in each stage, for how long, and where it jams."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from data.config import settings
from data.db import from_microseconds
from data.lamps import lamp_above, unaccepted_lamp
from data.metrics.values import between_ranks
from data.schema import units
from data.terms import Lamp, State
from data.ticket_flow.open_cases import BANDS, OWN_LIMIT, STAGES, OpenCase, limit_hours


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the loop as of now. Hours are real hours since a case came there."""

    state: State
    count: int
    limited: int  # that have a limit
    over: int  # of those, past it
    median_hours: float | None
    p90_hours: float | None
    limit_hours: float | None  # the stage's own, else the middle one of its cases
    has_own_limits: bool  # each case has its own
    lamp: Lamp
    is_bottleneck: bool = False

    @property
    def base(self) -> int:
        """Of what those past the limit are a share: in 待签收 of all, else of those with one."""
        return self.count if self.state is State.DISPATCHED else self.limited


WAITING_SHOWN = 5
REST = "*"  # the units behind those; no code is it


@dataclass(frozen=True, slots=True)
class Waiting:
    """Cases that one unit has not accepted yet, those that wait longest first."""

    code: str
    name: str
    cases: tuple[OpenCase, ...]

    @property
    def count(self) -> int:
        """How many."""
        return len(self.cases)

    @property
    def over(self) -> int:
        """Of those, past the limit of their dispatch."""
        return sum(one.is_late for one in self.cases)

    @property
    def oldest_no(self) -> str:
        """The case that waits longest."""
        return self.cases[0].case_no

    @property
    def oldest_since(self) -> datetime:
        """Since when."""
        return from_microseconds(self.cases[0].entered)


def stages(found: Sequence[OpenCase]) -> tuple[Stage, ...]:
    """Every stage in its order; the bottleneck has the highest share past the limit.

    Only a stage with enough cases to share can be it, and only if any is past its limit.
    """
    every = [_stage(state, [one for one in found if one.state is state]) for state in STAGES]
    least = settings().lamps.minimum_base
    jammed = [one for one in every if one.base >= least and one.over]
    if not jammed:
        return tuple(every)
    worst = max(jammed, key=lambda one: (one.over / one.base, one.base))
    return tuple(replace(one, is_bottleneck=one is worst) for one in every)


def _stage(state: State, found: Sequence[OpenCase]) -> Stage:
    stayed = sorted(one.stayed_hours for one in found)
    allowed = sorted(one.allowed_hours for one in found if one.allowed_hours is not None)
    over, limited = sum(one.is_late for one in found), len(allowed)
    has_own = state in OWN_LIMIT
    return Stage(
        state=state,
        count=len(found),
        limited=limited,
        over=over,
        median_hours=between_ranks(stayed, 50) if stayed else None,
        p90_hours=between_ranks(stayed, 90) if stayed else None,
        limit_hours=limit_hours(state)
        if not has_own
        else (between_ranks(allowed, 50) if allowed else None),
        has_own_limits=has_own,
        lamp=_lamp(state, len(found), limited, over),
    )


def _lamp(state: State, count: int, limited: int, over: int) -> Lamp:
    if state is State.DISPATCHED:
        return unaccepted_lamp(over, count)
    return lamp_above(settings().lamps.stage_share, over, limited)


def bands(found: Iterable[OpenCase]) -> tuple[int, ...]:
    """Open cases by age since they were opened; they add up to all of them."""
    counts = [0] * (len(BANDS) + 1)
    for one in found:
        counts[one.band] += 1
    return tuple(counts)


def waiting_by_unit(conn: Connection, found: Iterable[OpenCase]) -> tuple[Waiting, ...]:
    """Who has not accepted what was dispatched, the most waiting first, then the oldest."""
    held: dict[int | None, list[OpenCase]] = defaultdict(list)
    for one in found:
        if one.state is State.DISPATCHED:
            held[one.unit_id].append(one)
    query = select(units.c.unit_id, units.c.code, units.c.name)
    known = {row.unit_id: (row.code, row.name) for row in conn.execute(query)}
    lines = [
        Waiting(*known.get(key or 0, ("", "")), tuple(sorted(cases, key=_longest_first)))
        for key, cases in held.items()
    ]
    return tuple(sorted(lines, key=_most_first))


def _longest_first(one: OpenCase) -> tuple[int, int]:
    return one.entered, one.case_id


def _most_first(line: Waiting) -> tuple[int, int, datetime, str]:
    return -line.count, -line.over, line.oldest_since, line.code


def waiting_of(lines: Sequence[Waiting], code: str) -> Sequence[Waiting]:
    """The line of a unit; or all behind those that are shown."""
    if code == REST:
        return lines[WAITING_SHOWN:]
    return [line for line in lines if line.code == code]
