"""Facts as the database tells them, of all cases or of some, a part at a look."""

import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from sqlalchemy import Connection, Executable, func, select

from data.db import EPOCH, MICROSECOND, Looks, is_sqlite
from data.metrics.figure import Question
from data.metrics.measure import Base
from data.metrics.values import TIMES, clock_hours
from data.rollups.facts import TYPES, Column, Facts, columns_of, joined, kept_of
from data.rollups.statements import TOLD, of_one, of_row, of_some
from data.schema import cases as case_table

IN_A_ROW = 1000  # cases whose facts one statement tells
# The same where they are named: few are laid out, of many PostgreSQL looks each up.
FEW, MANY = {"sqlite": 64, "postgresql": 8}, 500
SPARSE = 2  # naming a case takes twice as long
EVER, NEVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def facts_of(
    looks: Looks, bases: tuple[Base, ...], now: datetime, cases: Collection[int] | None = None
) -> dict[Base, Facts]:
    """All rows of some bases, in whatever window, as they stand at `now`; of some cases, or of all.

    Each look tells a part, so that nobody who writes has to wait until all is told.
    """
    if cases is None:
        with looks() as conn:
            last = conn.execute(select(func.max(case_table.c.case_id))).scalar() or 0
        return _joined(bases, _in_a_row(looks, bases, now, 1, last))
    wanted = np.array(sorted(cases), dtype=np.int32)
    if not _lie_close(wanted):
        return _joined(bases, _one_by_one(looks, bases, now, wanted.tolist()))
    row = _joined(bases, _in_a_row(looks, bases, now, int(wanted[0]), int(wanted[-1])))
    return {base: told.at_places(np.isin(told["case"], wanted)) for base, told in row.items()}


def _joined(bases: tuple[Base, ...], parts: Iterator[dict[Base, Facts]]) -> dict[Base, Facts]:
    told = list(parts)  # each goes as soon as it is joined: of millions none lies there twice
    return {base: joined(*(part.pop(base) for part in told)) for base in bases}


def _lie_close(cases: Column) -> bool:
    """Whether so many cases lie so close that it is quicker to ask for all between them."""
    return len(cases) > FEW["sqlite"] and bool(len(cases) * SPARSE > cases[-1] - cases[0])


def _in_a_row(
    looks: Looks, bases: tuple[Base, ...], now: datetime, first: int, last: int
) -> Iterator[dict[Base, Facts]]:
    for start in range(first, max(last, first) + 1, IN_A_ROW):
        with looks() as conn:
            asked = {"first": start, "last": min(start + IN_A_ROW - 1, last)}
            yield _told(conn, bases, of_row(bases, is_sqlite(conn)), _values(now) | asked)


def _one_by_one(
    looks: Looks, bases: tuple[Base, ...], now: datetime, cases: list[int]
) -> Iterator[dict[Base, Facts]]:
    while True:
        with looks() as conn:
            some, statement, asked = _asking(conn, bases, cases)
            yield _told(conn, bases, statement, _values(now) | asked)
        cases = cases[len(some) :]
        if not cases:
            return


def _asking(
    conn: Connection, bases: tuple[Base, ...], cases: list[int]
) -> tuple[list[int], Executable, dict[str, Any]]:
    """The cases to ask for first, and the statement that tells their facts, with its values."""
    if is_sqlite(conn):
        if len(cases) == 1:
            return cases, of_one(bases), {"one": cases[0]}
        some = cases[: FEW["sqlite"]]
        return some, of_some(bases, True, True), {"cases": json.dumps(some)}
    is_few = len(cases) <= 2 * FEW["postgresql"]
    some = cases[: FEW["postgresql"] if is_few else MANY]
    return some, of_some(bases, False, is_few), {"cases": some}


def _told(
    conn: Connection, bases: tuple[Base, ...], statement: Executable, asked: dict[str, Any]
) -> dict[Base, Facts]:
    """What a statement tells, as columns; each base has the rows of its number."""
    rows = conn.execute(statement, asked).all()
    if not rows:
        return {base: _no_facts(base) for base in bases}
    told = dict(zip(TOLD, zip(*rows, strict=True), strict=True))
    columns = {name: np.array(values, TYPES.get(name, np.int64)) for name, values in told.items()}
    order = np.lexsort((columns["at"], columns["base"]))
    columns = {name: column[order] for name, column in columns.items()}
    ends = np.searchsorted(columns["base"], range(len(bases) + 1)).tolist()
    return {
        base: _as_facts(conn, base, {name: columns[name][start:end] for name in TOLD})
        for base, (start, end) in zip(bases, pairwise(ends), strict=True)
    }


def _values(now: datetime) -> dict[str, Any]:
    """The question that every row answers that there is at `now`."""
    values = Question(EPOCH, NEVER, NEVER).values | {"start": EVER, "told_before": EVER}
    return values | dict.fromkeys(("happened_before", "known_before"), now + MICROSECOND)


def _as_facts(conn: Connection, base: Base, told: dict[str, Column]) -> Facts:
    """The columns that a base has; where it says from when to when, hours on each one's clock."""
    if "ended_at" in columns_of(base) and len(told["at"]):
        told = told | {"hours": clock_hours(conn, told["category"], *(told[at] for at in TIMES))}
    return Facts({name: told[name] for name in kept_of(base)})


@lru_cache
def _no_facts(base: Base) -> Facts:
    return Facts({name: np.empty(0, TYPES[name]) for name in kept_of(base)})
