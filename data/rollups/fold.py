"""Folding: the cube of everything, and the cube of a later moment from the journal's tail."""

from bisect import bisect
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zlib import crc32

import holidays
import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Select,
    bindparam,
    select,
)

from data.config import settings
from data.db import Instant, Looks, journal_horizon, journal_mark, one_moment, to_microseconds
from data.db_functions import microseconds_of
from data.metrics.dispatches import responses, timed_dispatches
from data.metrics.measure import Base
from data.rollups.cube import BASES, Cube, Event
from data.rollups.facts import Facts, facts_of, flags_of, in_order
from data.rollups.names import AllNames, names_of
from data.rollups.rollup import Mask, Rollup
from data.schema import calendar_days, case_events, categories
from data.terms import Kind

WORKED: tuple[Base, ...] = (responses,)  # bases with hours on the clock of a category
LAST = 2**62  # after every case
AHEAD = timedelta(days=1)  # for so long a cube knows what comes
# Of any kind: both databases have an index of kinds and times.
_AFTER = case_events.c.kind.in_([*Kind]), case_events.c.at > bindparam("after", type_=Instant)
_CASES_AFTER = select(case_events.c.case_id).where(*_AFTER).distinct()
_LIMITS = categories.c.category_id, categories.c.limit_amount, categories.c.limit_unit
_COMING = select(microseconds_of(case_events.c.at), case_events.c.case_id).where(
    *_AFTER, case_events.c.at <= bindparam("until", type_=Instant)
)


@dataclass(frozen=True, slots=True)
class Around:
    """What cubes of all moments share: a number for the rules in force, and the groups' codes."""

    rules: int
    names: AllNames


@dataclass(frozen=True, slots=True)
class Tail:
    """What the journal tells from a mark on: events, each with when, of which case, if imported."""

    mark: int  # from which on the next tail begins
    events: tuple[tuple[int, int, bool], ...]


def around_of(conn: Connection) -> Around:
    """The rules and codes that the database holds now."""
    return Around(rules_of(conn), names_of(conn))


def cube_of(conn: Connection, now: datetime) -> Cube:
    """Everything that the database holds, at a moment.

    `conn` is to see one moment of the database throughout.
    """
    return _counted(one_moment(conn), now)


def built(looks: Looks, now: datetime) -> Cube:
    """The same over many looks, while others write; what they changed meanwhile is folded in."""
    cube = _counted(looks, now)
    with looks() as conn:
        return folded(conn, cube, now)


def _counted(looks: Looks, now: datetime) -> Cube:
    with looks() as conn:
        mark, around = journal_horizon(conn, case_events), around_of(conn)
        coming = _coming(conn, now, now + AHEAD)
    rollups = {base: Rollup.of(facts) for base, facts in facts_of(looks, BASES, now).items()}
    running = running_in(rollups[timed_dispatches].all)
    return Cube(now, mark, around.rules, coming, now + AHEAD, running, rollups, around.names)


def folded(
    conn: Connection,
    cube: Cube,
    now: datetime,
    around: Around | None = None,
    tail: Tail | None = None,
) -> Cube:
    """The cube of a later moment: the facts of all cases that changed since, told anew.

    `conn` is to see one moment of the database throughout, no earlier than the cube's; what it
    tells of `around_of` and `tail_of` may be given.
    """
    return _folded(one_moment(conn), cube, now, around or around_of(conn), tail)


def caught_up(looks: Looks, cube: Cube, now: datetime) -> Cube:
    """The same over many looks, while others write, for a cube that much was written after."""
    with looks() as conn:
        around, tail = around_of(conn), tail_of(conn, cube)
    cube = _folded(looks, cube, now, around, tail)
    with looks() as conn:
        return folded(conn, cube, now)


def _folded(looks: Looks, cube: Cube, now: datetime, around: Around, tail: Tail | None) -> Cube:
    if tail is None:
        with looks() as conn:
            tail = tail_of(conn, cube)
    if around.rules != cube.rules:  # of the calendar or of limits: hours and limits are other ones
        cube = _with_new_rules(looks, cube, now)
    cube = _looking_ahead(looks, cube, now)
    instant, last = to_microseconds(now), to_microseconds(cube.known_until)
    come, coming = _parted(cube.coming, instant)
    ahead = {(at, case) for at, case, _ in tail.events if instant < at <= last}
    if ahead:
        coming = tuple(sorted({*coming, *ahead}))
    # What is imported also tells what is of no time.
    told = {case for at, case, is_imported in tail.events if at <= instant or is_imported}
    changed = told | {case for _, case in come}
    cube = replace(cube, mark=tail.mark, rules=around.rules, coming=coming, names=around.names)
    return _told_anew(looks, _limits_run_on(looks, cube, now), now, changed)


def _looking_ahead(looks: Looks, cube: Cube, now: datetime) -> Cube:
    """A cube that knows what comes after an instant, if only for some time."""
    if now <= cube.known_until:
        return cube
    until = now + AHEAD
    with looks() as conn:
        return replace(cube, coming=_coming(conn, cube.at, until), known_until=until)


def _parted(events: tuple[Event, ...], now: int) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """Events in order: those until an instant, and those after it."""
    here = bisect(events, (now, LAST))
    return events[:here], events[here:]


def _limits_run_on(looks: Looks, cube: Cube, now: datetime) -> Cube:
    """Limits of acceptance that ran have passed at a later time: that alone changes no other."""
    passed, running = _parted(cube.running, to_microseconds(now))
    if not passed:
        return cube
    cases = {case for _, case in passed}
    told = facts_of(looks, (timed_dispatches,), now, cases)
    running = _running(running, cases, told[timed_dispatches])
    return replace(cube, rollups=_replaced(cube, cases, told), running=running)


def _running(running: tuple[Event, ...], cases: set[int], dispatches: Facts) -> tuple[Event, ...]:
    """The limits that run, after the dispatches of some cases were told anew."""
    others = (event for event in running if event[1] not in cases)
    return tuple(sorted((*others, *running_in(dispatches))))


def tail_of(conn: Connection, cube: Cube, most: int | None = None) -> Tail:
    """The events that the journal tells and a cube does not; a few of its last may come again."""
    mark = journal_horizon(conn, case_events)
    query = _tail(journal_mark(conn, case_events)).limit(most)
    told = conn.execute(query, {"mark": cube.mark})
    return Tail(mark, tuple((at, case, is_imported) for at, case, is_imported in told))


@cache
def _tail(mark: Column[int]) -> Select[Any]:
    is_imported = case_events.c.batch_id.is_not(None)
    told = select(microseconds_of(case_events.c.at), case_events.c.case_id, is_imported)
    return told.where(mark >= bindparam("mark", type_=BigInteger))


def seen_earlier(looks: Looks, cube: Cube, then: datetime) -> Cube:
    """The cube as it would have been at an earlier moment, by what happened until then.

    The looks see a moment of the database no earlier than the cube's.
    """
    with looks() as conn:
        after = set(conn.execute(_CASES_AFTER, {"after": then}).scalars())
        coming = _coming(conn, then, then + AHEAD)
    dispatches = cube.rollups[timed_dispatches].all
    is_late = _has(dispatches, "is_decided") & ~_has(dispatches, "is_timely")
    ran = is_late & (dispatches["accept_by"] >= to_microseconds(then))  # then, and not now
    late = set(dispatches["case"][ran].tolist())
    changed = after | late | {case for _, case in cube.running}
    early = replace(cube, coming=coming, known_until=then + AHEAD)
    early = _told_anew(looks, early, then, changed)
    with looks() as conn:
        return folded(conn, early, then)


def _told_anew(looks: Looks, cube: Cube, now: datetime, changed: set[int]) -> Cube:
    """A cube with the facts of some cases told anew, at a moment."""
    if not changed:
        return replace(cube, at=now)
    told = facts_of(looks, BASES, now, changed)
    running = _running(cube.running, changed, told[timed_dispatches])
    return replace(cube, at=now, running=running, rollups=_replaced(cube, changed, told))


def _replaced(cube: Cube, cases: set[int], told: dict[Base, Facts]) -> dict[Base, Rollup]:
    """The rollups with other facts for some cases, in the bases that were told."""
    some = np.array(sorted(cases), dtype=np.int32)
    return cube.rollups | {base: cube.rollups[base].replaced(some, told[base]) for base in told}


def _with_new_rules(looks: Looks, cube: Cube, now: datetime) -> Cube:
    anew = {base: Rollup.of(facts) for base, facts in facts_of(looks, WORKED, now).items()}
    return replace(cube, rollups=cube.rollups | anew)


def _coming(conn: Connection, after: datetime, until: datetime) -> tuple[Event, ...]:
    """What happens after an instant and until another, in order."""
    told = conn.execute(_COMING, {"after": after, "until": until})
    return tuple(sorted({(at, case) for at, case in told}))


def running_in(dispatches: Facts) -> tuple[Event, ...]:
    """The limits of acceptance that run, the next to pass first."""
    running = dispatches.at_places(_has(dispatches, "is_running"))
    return tuple(sorted(zip(running["accept_by"].tolist(), running["case"].tolist(), strict=True)))


def _has(dispatches: Facts, flag: str) -> Mask:
    return (dispatches["flags"] >> flags_of(timed_dispatches).index(flag) & 1).astype(bool)


def rules_of(conn: Connection) -> int:
    """A number that is another once working time is: a day of the calendar, the hours, a limit."""
    days = conn.execute(select(calendar_days).order_by(*calendar_days.primary_key)).all()
    is_limited = categories.c.limit_amount.is_not(None)
    limits = conn.execute(select(*_LIMITS).where(is_limited).order_by(_LIMITS[0])).all()
    time = settings().calendar.windows, settings().zone, holidays.__version__
    return crc32(repr((days, limits, time)).encode())


def difference(one: Cube, other: Cube) -> tuple[str, int] | None:
    """The first base of which two cubes of one moment tell different facts, and of which case."""
    for base, rollup in one.rollups.items():
        here, there = in_order(rollup.all), in_order(other.rollups[base].all)
        length = min(len(here), len(there))
        odd = np.zeros(length, dtype=bool)
        for name in here.columns:
            odd |= here[name][:length] != there[name][:length]
        place = int(odd.argmax()) if odd.any() else length
        if place < max(len(here), len(there)):
            cases = [int(some["case"][place]) for some in (here, there) if place < len(some)]
            return base.__name__, min(cases)
    return None
