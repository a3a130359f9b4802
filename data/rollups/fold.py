"""Folding: the cube of everything, and the cube of a later moment from the journal's tail."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from data.db import Looks, journal_horizon, one_moment, to_microseconds
from data.metrics.dispatches import responses, timed_dispatches
from data.metrics.measure import Base
from data.rollups.cube import BASES, Cube
from data.rollups.facts import Facts, in_order
from data.rollups.limits import has, running_in, still_running
from data.rollups.rollup import Rollup
from data.rollups.tail import (
    Around,
    Tail,
    around_of,
    coming_between,
    happened_after,
    parted,
    tail_of,
)
from data.rollups.told import facts_of
from data.schema import case_events

WORKED: tuple[Base, ...] = (responses,)  # bases with hours on the clock of a category
AHEAD = timedelta(days=1)  # for so long a cube knows what comes
UNTOLD = 64  # cases at most that some bases do not tell: of many, one costs a fraction


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
        coming = coming_between(conn, now, now + AHEAD)
    rollups = {base: Rollup.of(facts) for base, facts in facts_of(looks, BASES, now).items()}
    running = running_in(rollups[timed_dispatches].all)
    return Cube(now, mark, around.rules, coming, now + AHEAD, running, rollups, around.names)


def folded(
    conn: Connection,
    cube: Cube,
    now: datetime,
    around: Around | None = None,
    tail: Tail | None = None,
    asked: Collection[Base] = BASES,
) -> Cube:
    """The cube of a later moment: the facts of all cases that changed since, told anew.

    `conn` is to see one moment of the database throughout, no earlier than the cube's; what it
    tells of `around_of` and `tail_of` may be given. Bases that are not asked may stay behind.
    """
    bases = tuple(base for base in BASES if base in asked or base is timed_dispatches)
    return _folded(one_moment(conn), cube, now, around or around_of(conn), tail, bases)


def caught_up(looks: Looks, cube: Cube, now: datetime) -> Cube:
    """The same over many looks, while others write, for a cube that much was written after."""
    with looks() as conn:
        around, tail = around_of(conn), tail_of(conn, cube)
    cube = _folded(looks, cube, now, around, tail)
    with looks() as conn:
        return folded(conn, cube, now)


def _folded(
    looks: Looks,
    cube: Cube,
    now: datetime,
    around: Around,
    tail: Tail | None,
    bases: tuple[Base, ...] = BASES,
) -> Cube:
    if tail is None:
        with looks() as conn:
            tail = tail_of(conn, cube)
    if around.rules != cube.rules:  # of the calendar or of limits: hours and limits are other ones
        cube = _with_new_rules(looks, cube, now)
    cube = _looking_ahead(looks, cube, now)
    instant, last = to_microseconds(now), to_microseconds(cube.known_until)
    come, coming = parted(cube.coming, instant)
    ahead = {(at, case) for at, case, _ in tail.events if instant < at <= last}
    if ahead:
        coming = tuple(sorted({*coming, *ahead}))
    # What is imported also tells what is of no time.
    told = {case for at, case, is_imported in tail.events if at <= instant or is_imported}
    changed = told | {case for _, case in come}
    cube = replace(cube, mark=tail.mark, rules=around.rules, coming=coming, names=around.names)
    return _told_anew(looks, _limits_run_on(looks, cube, now), now, changed, bases)


def _looking_ahead(looks: Looks, cube: Cube, now: datetime) -> Cube:
    """A cube that knows what comes after an instant, if only for some time."""
    if now <= cube.known_until:
        return cube
    until = now + AHEAD
    with looks() as conn:
        return replace(cube, coming=coming_between(conn, cube.at, until), known_until=until)


def _limits_run_on(looks: Looks, cube: Cube, now: datetime) -> Cube:
    """Limits of acceptance that ran have passed at a later time: that alone changes no other."""
    passed, running = parted(cube.running, to_microseconds(now))
    if not passed:
        return cube
    cases = {case for _, case in passed}
    told = facts_of(looks, (timed_dispatches,), now, cases)
    running = still_running(running, cases, told[timed_dispatches])
    return replace(cube, rollups=_replaced(cube, cases, told), running=running)


def seen_earlier(looks: Looks, cube: Cube, then: datetime) -> Cube:
    """The cube as it would have been at an earlier moment, by what happened until then.

    The looks see a moment of the database no earlier than the cube's.
    """
    with looks() as conn:
        after = happened_after(conn, then)
        coming = coming_between(conn, then, then + AHEAD)
    dispatches = cube.rollups[timed_dispatches].all
    is_late = has(dispatches, "is_decided") & ~has(dispatches, "is_timely")
    ran = is_late & (dispatches["accept_by"] >= to_microseconds(then))  # then, and not now
    late = set(dispatches["case"][ran].tolist())
    changed = after | late | {case for _, case in cube.running}
    early = replace(cube, coming=coming, known_until=then + AHEAD)
    early = _told_anew(looks, early, then, changed)
    with looks() as conn:
        return folded(conn, early, then)


def _told_anew(
    looks: Looks, cube: Cube, now: datetime, changed: set[int], bases: tuple[Base, ...] = BASES
) -> Cube:
    """A cube with the facts of some cases told anew, at a moment; in some bases if they are few."""
    untold = cube.untold | changed
    if len(untold) > UNTOLD:
        bases = BASES
    behind = changed if {*bases} <= {*cube.told} else untold
    if not behind:
        return replace(cube, at=now)
    told = facts_of(looks, bases, now, behind)
    return replace(
        cube,
        at=now,
        running=still_running(cube.running, behind, told[timed_dispatches]),
        rollups=_replaced(cube, behind, told),
        told=bases,
        untold=frozenset() if bases == BASES else frozenset(untold),
    )


def _replaced(cube: Cube, cases: Collection[int], told: dict[Base, Facts]) -> dict[Base, Rollup]:
    """The rollups with other facts for some cases, in the bases that were told."""
    some = np.array(sorted(cases), dtype=np.int32)
    return cube.rollups | {base: cube.rollups[base].replaced(some, told[base]) for base in told}


def _with_new_rules(looks: Looks, cube: Cube, now: datetime) -> Cube:
    anew = {base: Rollup.of(facts) for base, facts in facts_of(looks, WORKED, now).items()}
    return replace(cube, rollups=cube.rollups | anew)


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
