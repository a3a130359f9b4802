"""Checkpoints: the cube as it was at one moment, kept in the database over a restart.

It is never believed without its mark: what the journal tells from there on is folded into it.
"""

import hashlib
import logging
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Compiled, Connection, Row, delete, func, insert, select

from data.db import KEEPING, Looks, is_sqlite
from data.metrics.dispatches import timed_dispatches
from data.metrics.figure import WINDOW
from data.metrics.measure import Base
from data.rollups.cube import BASES, Cube
from data.rollups.facts import TYPES, Column, Facts, kept_of
from data.rollups.fold import built, caught_up
from data.rollups.limits import running_in
from data.rollups.names import names_of
from data.rollups.rollup import Rollup
from data.schema import checkpoint_columns, checkpoints

log = logging.getLogger("yiping.rollups")

PART = 1_000_000  # values of a column in one row
FAST = 1  # of zlib


@dataclass(frozen=True, slots=True)
class Packed:
    """A cube as it is kept: about it one row, and its columns in parts."""

    about: Mapping[str, object]
    columns: Iterable[Mapping[str, object]]


def packed(cube: Cube) -> Packed:
    """A cube made ready to be kept; that takes longer than writers should have to wait."""
    about = {"at": cube.at, "mark": cube.mark, "rules": cube.rules}
    columns = [row for base in BASES for row in _columns(base.__name__, cube.rollups[base].all)]
    return Packed(about, columns)


def keep(conn: Connection, cube: Packed, now: datetime) -> None:
    """Put a cube in the place of the last one that was kept; of an older moment it stays away.

    One of a moment that has not come is not believed, and gives way.
    """
    if not is_sqlite(conn):  # that has one writer
        conn.execute(select(func.pg_advisory_xact_lock(KEEPING)))
    kept = conn.execute(select(checkpoints.c.at)).scalar()
    if kept is not None and cube.about["at"] < kept <= now:
        return
    conn.execute(delete(checkpoints))
    conn.execute(delete(checkpoint_columns))
    conn.execute(insert(checkpoints).values({**cube.about, "definitions": defined(conn)}))
    for row in cube.columns:
        conn.execute(insert(checkpoint_columns).values(**row))


def _columns(base: str, facts: Facts) -> Iterator[dict[str, object]]:
    for name, column in facts.columns.items():
        for part, start in enumerate(range(0, max(len(column), 1), PART)):
            told = zlib.compress(column[start : start + PART].tobytes(), FAST)
            yield {"base": base, "name": name, "part": part, "packed": told}


def kept(looks: Looks, now: datetime) -> Cube | None:
    """The cube that was kept until a moment; None for none.

    So it is for one of a program that counts otherwise, and for one that cannot be read any more.
    Each look reads a column, so that nobody who writes has to wait until all are read.
    """
    with looks() as conn:
        about, names = _about(conn), names_of(conn)
        if about is None or about.definitions != defined(conn) or about.at > now:
            return None
    try:
        rollups = {base: Rollup.of(_unpacked(looks, base)) for base in BASES}
    except (zlib.error, ValueError) as failure:
        log.warning("the rollups that were kept cannot be read: %s", failure)
        return None
    with looks() as conn:
        if _about(conn) != about:  # another took its place meanwhile
            return kept(looks, now)
    running = running_in(rollups[timed_dispatches].all)
    return Cube(about.at, about.mark, about.rules, (), about.at, running, rollups, names)


def _about(conn: Connection) -> Row[Any] | None:
    return conn.execute(select(checkpoints)).first()


def _unpacked(looks: Looks, base: Base) -> Facts:
    columns = {}
    for name in kept_of(base):
        with looks() as conn:
            columns[name] = _column(conn, base.__name__, name)
    return Facts(columns)


def _column(conn: Connection, base: str, name: str) -> Column:
    told = checkpoint_columns.c.base == base, checkpoint_columns.c.name == name
    query = select(checkpoint_columns.c.packed).where(*told).order_by(checkpoint_columns.c.part)
    parts = conn.execute(query).scalars()
    return np.frombuffer(b"".join(map(zlib.decompress, parts)), dtype=TYPES[name])


def at_hand(looks: Looks, now: datetime) -> Cube:
    """The cube of a moment, from the one that was kept where there is one."""
    cube = kept(looks, now)
    return built(looks, now) if cube is None else caught_up(looks, cube, now)


def defined(conn: Connection) -> str:
    """A text that is another once a base counts otherwise."""
    told = [repr(TYPES), *(_told(base(WINDOW).compile(conn.engine)) for base in BASES)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _told(statement: Compiled) -> str:
    """A statement with the values written in it; those of a set in an order of their own."""
    values = sorted((name, _plain(value)) for name, value in statement.params.items())
    return f"{statement} {values}"


def _plain(value: object) -> str:
    return repr(sorted(map(repr, value)) if isinstance(value, Collection) else value)
