"""The rollups of this process: built once beside the screens, then folded as they are asked for."""

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from sqlalchemy import Connection

from data.metrics.evaluate import Rows
from data.metrics.measure import Base
from data.news import Look
from data.rollups.checkpoint import at_hand, keep, packed
from data.rollups.cube import BASES, Both, Cube, kept_for
from data.rollups.fold import caught_up, folded, seen_earlier
from data.rollups.tail import Around, Tail, around_of, tail_of
from door.clock import exact_now
from door.database import NOT_ANSWERING, engine, looking
from door.version import clock_step, now

log = logging.getLogger("yiping.rollups")

LONGEST_TAIL = 5_000  # events that somebody who waits for a screen waits for
NEAR = timedelta(hours=1)  # an earlier moment is reached from one so long before it
EARLIER = 4  # moments to compare with that are kept, besides the present
KEPT_EVERY = timedelta(hours=1)
PATIENCE = 30.0  # seconds before a database that did not answer is asked again


@dataclass(frozen=True, slots=True)
class _Held:
    """A cube, the version of the data that it tells of, and which bases it was asked for.

    None: nobody looked yet.
    """

    cube: Cube
    version: int | None = None
    asked: frozenset[Base] = frozenset(BASES)


@dataclass(slots=True)
class _Kept:
    """The cubes that this process has: of the present, and of earlier moments to compare with."""

    lock: Lock = field(default_factory=Lock)
    present: _Held | None = None
    before: _Held | None = None  # the present that somebody may still be drawing
    earlier: list[_Held] = field(default_factory=list)
    around: tuple[int, datetime, Around] | None = None  # of rules and codes, and a clock step
    tail: tuple[int, int, Tail] | None = None  # of a version, and from a mark on
    is_building: bool = False
    kept_mark: int = -1
    kept_at: datetime | None = None


_kept = _Kept()


def counting(conn: Connection, look: Look) -> Both:
    """Where a query counts: the cubes where there is one of the moment, else the database.

    `conn` sees the database no earlier than the look did.
    """
    return Both(lambda at, bases: _cube(conn, look, at, bases), Rows(conn))


def _cube(conn: Connection, look: Look, at: datetime, bases: Collection[Base]) -> Cube | None:
    """The cube of a moment. None while there is none, and for one that has not come."""
    with _kept.lock:
        present, before = _kept.present, _kept.before
        if present is None or at > exact_now():
            return None
        if at >= present.cube.at:
            held = _moved(conn, look, present, at)
            if held is not None and held is not present:
                _kept.present, _kept.before = held, present
        elif before is not None and (before.cube.at, before.version) == (at, look.version):
            held = before
        else:
            held = _earlier(conn, look, at, bases) if at + NEAR < present.cube.at else None
        return held.cube if held else None


def _moved(
    conn: Connection, look: Look, held: _Held, at: datetime, bases: Collection[Base] = ()
) -> _Held | None:
    """A cube at a later moment, or at the same with newer data. None where that takes long."""
    asked = held.asked | kept_for(bases)
    if (held.cube.at, held.version, held.asked) == (at, look.version, asked):
        return held
    around, tail = _around(conn, look), _tail(conn, look, held.cube)
    if len(tail.events) > LONGEST_TAIL or around.rules != held.cube.rules:
        _build(_kept, None)
        return None
    return _Held(folded(conn, held.cube, at, around, tail, asked), look.version, asked)


def _around(conn: Connection, look: Look) -> Around:
    """What the cubes of all moments share, read once for them."""
    step = clock_step()
    if _kept.around is None or _kept.around[:2] != (look.rest, step):
        _kept.around = look.rest, step, around_of(conn)
    return _kept.around[2]


def _tail(conn: Connection, look: Look, cube: Cube) -> Tail:
    """What the journal tells after a cube, read once for those that are as far."""
    if _kept.tail is None or _kept.tail[:2] != (look.version, cube.mark):
        _kept.tail = look.version, cube.mark, tail_of(conn, cube, LONGEST_TAIL + 1)
    return _kept.tail[2]


def _earlier(conn: Connection, look: Look, at: datetime, bases: Collection[Base]) -> _Held | None:
    """The cube of an earlier moment; only what is asked of it is kept at hand."""
    near = [held for held in _kept.earlier if held.cube.at <= at < held.cube.at + NEAR]
    if not near:
        _build(_kept, at)
        return None
    nearest = max(near, key=lambda held: held.cube.at)
    held = _moved(conn, look, nearest, at, bases)
    _kept.earlier.remove(nearest)
    if held is not None:
        _kept.earlier.append(held)  # who was asked for last goes last
    return held


def begin() -> None:
    """Build the cube of the present beside whatever else this process does."""
    with _kept.lock:
        _build(_kept, None)


def _build(kept: _Kept, at: datetime | None) -> None:
    """Build in a thread of its own, one at a time; whoever comes meanwhile asks the database."""
    if not kept.is_building:
        kept.is_building = True
        Thread(target=_built, args=(kept, at), daemon=True).start()


def _built(kept: _Kept, at: datetime | None) -> None:
    """Build for `kept`, and for no other that may have taken its place meanwhile."""
    is_done = False
    try:
        _put(kept, _new(kept.present, at), at is None)
        is_done = True
    except NOT_ANSWERING as failure:
        log.warning("no rollups yet: %s", type(failure).__name__)
    finally:
        if not is_done:  # whatever it was: it is not to be tried without end
            Event().wait(PATIENCE)
        with kept.lock:
            kept.is_building = False
            if kept.present is None and kept is _kept:
                _build(kept, None)


def _new(held: _Held | None, at: datetime | None) -> Cube:
    looks = looking().connect
    if held is None:
        return at_hand(looks, now())
    present = caught_up(looks, held.cube, max(now(), held.cube.at))
    return present if at is None else seen_earlier(looks, present, at)


def _put(kept: _Kept, cube: Cube, is_present: bool) -> None:
    with kept.lock:
        if is_present:
            if kept.present is None or kept.present.cube.at <= cube.at:
                kept.present = _Held(cube)
            return
        kept.earlier = [*kept.earlier, _Held(cube, asked=frozenset())][-EARLIER:]


def keep_checkpoint() -> None:
    """Keep the cube over a restart, if it changed; seldom, for it is large."""
    cube = _kept.present.cube if _kept.present else None
    if cube is None or cube.mark == _kept.kept_mark:
        return
    if _kept.kept_at is not None and cube.at - _kept.kept_at < KEPT_EVERY:
        return
    ready = packed(cube)
    with engine().begin() as conn:
        keep(conn, ready, now())
    _kept.kept_mark, _kept.kept_at = cube.mark, cube.at
