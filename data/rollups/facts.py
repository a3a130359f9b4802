"""Facts: the rows that the bases of metrics count, as columns in memory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, reduce
from operator import add
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Float,
    Integer,
    Row,
    Select,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    null,
    select,
    table,
    union_all,
)
from sqlalchemy.sql import FromClause

from data.db import EPOCH, MICROSECOND, Looks, is_sqlite
from data.db_functions import microseconds_of
from data.metrics.figure import WINDOW, By, Question
from data.metrics.measure import Base
from data.metrics.values import TIMES, clock_hours
from data.schema import cases as case_table
from data.schema import live_cases, live_events

Column = np.ndarray[Any, np.dtype[Any]]
SIZES = (1, 8, 64)  # cases that one statement names
MANY = 20_000  # of which to ask for all and leave the others out is quicker than to name them
IN_A_ROW = 20_000  # cases whose facts one statement tells
EVER, NEVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
BY: tuple[By, ...] = ("unit", "area", "category", "channel")
TYPES: dict[str, type[np.generic]] = {
    "case": np.int32,
    "at": np.int64,
    **dict.fromkeys(BY, np.int32),
    "flags": np.int32,
    "hours": np.float64,
    "until": np.int64,
    "accept_by": np.int64,
}
OPEN_ENDED = ("until", "accept_by")  # instants that a row may be without
TOLD = ("base", "case", "at", *BY, "flags", "hours", *TIMES, *OPEN_ENDED)
FOREVER = 2**62
_FOREVER = literal(FOREVER, BigInteger)
_FIRST, _LAST = (bindparam(name, type_=BigInteger) for name in ("first", "last"))


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of one base, in the order of `at`.

    Columns: case, at (microseconds since 1970), unit, area, category, channel (their keys; 0 for
    none), flags (one bit for each yes/no column of the base); where the base has them also hours,
    until (it counts in windows that end by then at the latest) and accept_by (the limit).
    """

    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.columns["at"])

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def at_places(self, places: Any) -> "Facts":
        """Some of the rows: a mask, a slice or places."""
        return Facts({name: column[places] for name, column in self.columns.items()})


def joined(*parts: Facts) -> Facts:
    """All rows of some facts of one base, in the order of `at`."""
    names = parts[0].columns
    both = Facts({name: np.concatenate([part[name] for part in parts]) for name in names})
    return both.at_places(np.argsort(both["at"], kind="stable"))


def in_order(facts: Facts) -> Facts:
    """The same facts in an order that they alone decide."""
    return facts.at_places(np.lexsort([facts[name] for name in reversed([*facts.columns])]))


@lru_cache
def flags_of(base: Base) -> tuple[str, ...]:
    """The yes/no columns of a base, in the order of their bits."""
    return tuple(name for name in _columns(base) if name.startswith("is_"))


@lru_cache
def kept_of(base: Base) -> tuple[str, ...]:
    """The columns that facts of a base have."""
    has, own = _columns(base), ("case", "at", *BY, "flags")
    hours = ("hours",) if "hours" in has or "ended_at" in has else ()
    return own + hours + tuple(name for name in OPEN_ENDED if name in has)


@lru_cache
def _columns(base: Base) -> tuple[str, ...]:
    return tuple(column.name for column in base(WINDOW).selected_columns)


def facts_of(looks: Looks, base: Base, now: datetime) -> Facts:
    """All rows of a base, in whatever window, as they stand at `now`.

    Each look tells a part, so that nobody who writes has to wait until all is told.
    """
    told = list(_all_told(looks, base, now))
    if told:
        return joined(*told)
    with looks() as conn:
        return _as_facts(conn, base, [])


def facts_of_cases(
    looks: Looks, bases: tuple[Base, ...], now: datetime, cases: Collection[int]
) -> dict[Base, Facts]:
    """The same of some cases, for each of some bases."""
    if len(cases) > MANY:
        wanted = np.array(sorted(cases), dtype=np.int32)
        every = {base: facts_of(looks, base, now) for base in bases}
        return {b: facts.at_places(np.isin(facts["case"], wanted)) for b, facts in every.items()}
    told = list(_told(looks, bases, now, cases))
    return {base: joined(*(part[base] for part in told)) for base in bases}


def _all_told(looks: Looks, base: Base, now: datetime) -> Iterator[Facts]:
    """The facts of all cases, so many in a row at a time."""
    with looks() as conn:
        last = conn.execute(select(func.max(case_table.c.case_id))).scalar() or 0
    for first in range(1, last + 1, IN_A_ROW):
        span = _values(now) | {"first": first, "last": first + IN_A_ROW - 1}
        with looks() as conn:
            yield _as_facts(conn, base, conn.execute(_in_a_row(base), span).all())


def _told(
    looks: Looks, bases: tuple[Base, ...], now: datetime, cases: Collection[int]
) -> Iterator[dict[Base, Facts]]:
    """The facts of some cases, so many at a time."""
    wanted, values = sorted(cases), _values(now)
    size = next((size for size in SIZES if size >= len(wanted)), SIZES[-1])
    for start in range(0, len(wanted), size):
        some = wanted[start : start + size]
        some += some[:1] * (size - len(some))  # one statement for each size, compiled once
        named = {f"case{place}": case for place, case in enumerate(some)}
        rows: list[list[Row[Any]]] = [[] for _ in bases]
        with looks() as conn:
            statement = _of_cases(bases, size, "main" if is_sqlite(conn) else None)
            for row in conn.execute(statement, values | named):
                rows[row[0]].append(row)
            yield {
                base: _as_facts(conn, base, told) for base, told in zip(bases, rows, strict=True)
            }


def _values(now: datetime) -> dict[str, Any]:
    """The question that every row answers that there is at `now`."""
    values = Question(EPOCH, NEVER, NEVER).values | {"start": EVER, "told_before": EVER}
    return values | dict.fromkeys(("happened_before", "known_before"), now + MICROSECOND)


@lru_cache
def _in_a_row(base: Base) -> Select[Any]:
    told = _statement(base)
    return told.where(told.selected_columns["case"].between(_FIRST, _LAST))


@lru_cache
def _of_cases(bases: tuple[Base, ...], size: int, schema: str | None) -> CompoundSelect[Any]:
    """The facts of some cases: each base is given their rows alone, by the names of all rows.

    What a base asks of all cases at once, as those with an extension, is so asked of these. All
    bases are one statement: sending one takes longer than what it asks of a few cases.
    """
    keys = [bindparam(f"case{place}", type_=BigInteger) for place in range(size)]
    told = union_all(*(_statement(base, place) for place, base in enumerate(bases)))
    for view in (live_cases, live_events):
        every = table(view.name, *(column(each.name) for each in view.c), schema=schema)
        told = told.add_cte(select(every).where(every.c.case_id.in_(keys)).cte(view.name))
    return told


@lru_cache
def _statement(base: Base, number: int = 0) -> Select[Any]:
    """Rows of a base under a number, with the columns of `TOLD`: empty where it has none."""
    rows = base(WINDOW).subquery("rows")
    has = _columns(base)
    columns: dict[str, ColumnElement[Any]] = {"base": literal(number, Integer)}
    columns |= {"case": rows.c.case_id, "at": microseconds_of(rows.c.at)}
    columns |= {by: func.coalesce(rows.c[f"{by}_id"], 0) for by in BY}
    columns |= {"flags": _bits(rows, flags_of(base))}
    columns |= {"hours": rows.c.hours if "hours" in has else cast(null(), Float)}
    for name in TIMES:
        columns[name] = microseconds_of(rows.c[name]) if name in has else cast(null(), BigInteger)
    for name in OPEN_ENDED:
        told = microseconds_of(rows.c[name]) if name in has else null()
        columns[name] = func.coalesce(told, _FOREVER)
    return select(*(one.label(name) for name, one in columns.items()))


def _bits(rows: FromClause, flags: Sequence[str]) -> ColumnElement[int]:
    bits = (case((rows.c[flag], 1 << place), else_=0) for place, flag in enumerate(flags))
    return reduce(add, bits, literal(0))


def _as_facts(conn: Connection, base: Base, told: Sequence[Row[Any]]) -> Facts:
    """Rows as columns; where a base says from when to when, hours on each category's clock."""
    kept, has = kept_of(base), _columns(base)
    values = dict(zip(TOLD, zip(*told, strict=True), strict=True)) if told else {}
    columns = {name: np.array(values.get(name, ()), TYPES[name]) for name in kept}
    if "ended_at" in has:
        began, ended = (np.array(values.get(name, ()), np.int64) for name in TIMES)
        columns["hours"] = clock_hours(conn, columns["category"], began, ended)
    facts = Facts(columns)
    return facts.at_places(np.argsort(facts["at"], kind="stable"))
