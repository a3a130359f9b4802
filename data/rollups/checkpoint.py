"""Checkpoints: the cube as it was at one moment, kept in the database over a restart.

It is never believed without its mark: what the journal tells from there on is folded into it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zlib import compress, decompress

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select

from data.db import Looks, is_sqlite
from data.metrics.dispatches import timed_dispatches
from data.metrics.figure import WINDOW
from data.rollups.cube import BASES, Cube
from data.rollups.facts import TYPES, Column, Facts, kept_of
from data.rollups.fold import built, caught_up, running_in
from data.rollups.names import names_of
from data.rollups.rollup import Rollup
from data.schema import checkpoint_columns, checkpoints

PART = 1_000_000  # values of a column in one row
FAST = 1  # of zlib
LOCK = 7236003  # in PostgreSQL: one keeps at a time


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


def keep(conn: Connection, cube: Packed) -> None:
    """Put a cube in the place of the last one that was kept; of an older moment it stays away."""
    if not is_sqlite(conn):  # that has one writer
        conn.execute(select(func.pg_advisory_xact_lock(LOCK)))
    kept = conn.execute(select(checkpoints.c.at)).scalar()
    if kept is not None and kept > cube.about["at"]:
        return
    conn.execute(delete(checkpoints))
    conn.execute(delete(checkpoint_columns))
    conn.execute(insert(checkpoints).values({**cube.about, "definitions": defined(conn)}))
    for row in cube.columns:
        conn.execute(insert(checkpoint_columns).values(**row))


def _columns(base: str, facts: Facts) -> Iterator[dict[str, object]]:
    for name, column in facts.columns.items():
        for part, start in enumerate(range(0, max(len(column), 1), PART)):
            told = compress(column[start : start + PART].tobytes(), FAST)
            yield {"base": base, "name": name, "part": part, "packed": told}


def kept(conn: Connection) -> Cube | None:
    """The cube that was kept; None for none, or for one of a program that counts otherwise."""
    about = conn.execute(select(checkpoints)).first()
    if about is None or about.definitions != defined(conn):
        return None
    rollups = {base: Rollup.of(_unpacked(conn, base.__name__, kept_of(base))) for base in BASES}
    running = running_in(rollups[timed_dispatches].all)
    at, names = about.at, names_of(conn)
    return Cube(at, about.mark, about.rules, (), at, running, rollups, names)


def _unpacked(conn: Connection, base: str, names: tuple[str, ...]) -> Facts:
    return Facts({name: _column(conn, base, name) for name in names})


def _column(conn: Connection, base: str, name: str) -> Column:
    told = checkpoint_columns.c.base == base, checkpoint_columns.c.name == name
    query = select(checkpoint_columns.c.packed).where(*told).order_by(checkpoint_columns.c.part)
    parts = conn.execute(query).scalars()
    return np.frombuffer(b"".join(map(decompress, parts)), dtype=TYPES[name])


def at_hand(looks: Looks, now: datetime) -> Cube:
    """The cube of a moment, from the one that was kept where there is one."""
    with looks() as conn:
        cube = kept(conn)
    return built(looks, now) if cube is None else caught_up(looks, cube, now)


def defined(conn: Connection) -> str:
    """A text that is another once a base counts otherwise."""
    statements = (str(base(WINDOW).compile(conn.engine)) for base in BASES)
    return hashlib.sha256("\n".join([*statements, repr(TYPES)]).encode()).hexdigest()
