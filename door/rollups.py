"""The rollups of this process: built once beside the screens, then folded as they are asked for."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from sqlalchemy import Connection

from data.metrics.evaluate import Rows
from data.news import Look
from data.rollups.checkpoint import at_hand, keep, packed
from data.rollups.cube import Both, Cube
from data.rollups.fold import Around, around_of, caught_up, folded, seen_earlier, tail_of
from door.database import NOT_ANSWERING, engine, looking
from door.version import clock_step, now

log = logging.getLogger("yiping.rollups")

LONGEST_TAIL = 5_000  # events that somebody who waits for a screen waits for
NEAR = timedelta(hours=1)  # an earlier moment is reached from one so long before it
EARLIER = 4  # moments to compare with that are kept, besides the present
KEPT_EVERY = timedelta(hours=1)
PATIENCE = 30.0  # seconds before a database that did not answer is asked again


@dataclass(slots=True)
class _Kept:
    """The cubes that this process has: of the present, and of earlier moments to compare with."""

    lock: Lock = field(default_factory=Lock)
    present: Cube | None = None
    earlier: list[Cube] = field(default_factory=list)
    versions: dict[datetime, int] = field(default_factory=dict)  # of the data, by moment
    around: tuple[int, datetime, Around] | None = None  # of rules and codes, and a clock step
    is_building: bool = False
    kept_mark: int = -1
    kept_at: datetime | None = None


_kept = _Kept()


def counting(conn: Connection, look: Look) -> Both:
    """Where a query counts: the cubes where there is one of the moment, else the database.

    `conn` sees the database no earlier than the look did.
    """
    return Both(lambda at: _cube(conn, look, at), Rows(conn))


def _cube(conn: Connection, look: Look, at: datetime) -> Cube | None:
    """The cube of a moment. None while there is none: then it is built meanwhile."""
    with _kept.lock:
        present = _kept.present
        if present is None:
            return None
        if at >= present.at:
            cube = _moved(conn, look, present, at)
            _kept.present = cube or present
            return cube
        return _earlier(conn, look, at) if at + NEAR < present.at else None


def _moved(conn: Connection, look: Look, cube: Cube, at: datetime) -> Cube | None:
    """A cube at a later moment, or at the same with newer data."""
    if cube.at == at and _kept.versions.get(at) == look.version:
        return cube
    tail = tail_of(conn, cube, LONGEST_TAIL + 1)
    if len(tail.events) > LONGEST_TAIL:
        _build(None)
        return None
    _kept.versions.pop(cube.at, None)
    _kept.versions[at] = look.version
    return folded(conn, cube, at, _around(conn, look), tail)


def _around(conn: Connection, look: Look) -> Around:
    """What the cubes of all moments share, read once for them."""
    step = clock_step()
    if _kept.around is None or _kept.around[:2] != (look.rest, step):
        _kept.around = look.rest, step, around_of(conn)
    return _kept.around[2]


def _earlier(conn: Connection, look: Look, at: datetime) -> Cube | None:
    near = [cube for cube in _kept.earlier if cube.at <= at < cube.at + NEAR]
    if not near:
        _build(at)
        return None
    nearest = max(near, key=lambda cube: cube.at)
    cube = _moved(conn, look, nearest, at)
    _kept.earlier.remove(nearest)
    if cube is not None:
        _kept.earlier.append(cube)  # who was asked for last goes last
    return cube


def begin() -> None:
    """Build the cube of the present beside whatever else this process does."""
    with _kept.lock:
        _build(None)


def _build(at: datetime | None) -> None:
    """Build in a thread of its own, one at a time; whoever comes meanwhile asks the database."""
    if not _kept.is_building:
        _kept.is_building = True
        Thread(target=_built, args=(at,), daemon=True).start()


def _built(at: datetime | None) -> None:
    try:
        _put(_new(at), at is None)
    except NOT_ANSWERING as failure:
        log.warning("no rollups yet: %s", type(failure).__name__)
        Event().wait(PATIENCE)
    finally:
        with _kept.lock:
            _kept.is_building = False
            if _kept.present is None:
                _build(None)


def _new(at: datetime | None) -> Cube:
    looks, present = looking().connect, _kept.present
    if present is None:
        return at_hand(looks, now())
    present = caught_up(looks, present, max(now(), present.at))
    return present if at is None else seen_earlier(looks, present, at)


def _put(cube: Cube, is_present: bool) -> None:
    with _kept.lock:
        if is_present:
            if _kept.present is None or _kept.present.at <= cube.at:
                _kept.present = cube
            return
        _kept.earlier = [*_kept.earlier, cube][-EARLIER:]


def keep_checkpoint() -> None:
    """Keep the cube over a restart, if it changed; seldom, for it is large."""
    cube = _kept.present
    if cube is None or cube.mark == _kept.kept_mark:
        return
    if _kept.kept_at is not None and cube.at - _kept.kept_at < KEPT_EVERY:
        return
    ready = packed(cube)
    with engine().begin() as conn:
        keep(conn, ready)
    _kept.kept_mark, _kept.kept_at = cube.mark, cube.at
