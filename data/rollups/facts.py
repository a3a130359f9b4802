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
    Connection,
    Row,
    Select,
    bindparam,
    case,
    column,
    func,
    literal,
    select,
    table,
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


def facts_of(
    looks: Looks, base: Base, now: datetime, cases: Collection[int] | None = None
) -> Facts:
    """All rows of a base, in whatever window, as they stand at `now`; of some cases, or of all.

    Each look tells a part, so that nobody who writes has to wait until all is told.
    """
    if cases is not None and len(cases) > MANY:
        facts = facts_of(looks, base, now)
        return facts.at_places(np.isin(facts["case"], np.array(sorted(cases))))
    told = list(_all_told(looks, base, now) if cases is None else _told(looks, base, now, cases))
    if told:
        return joined(*told)
    with looks() as conn:
        return _as_facts(conn, base, [])


def _all_told(looks: Looks, base: Base, now: datetime) -> Iterator[Facts]:
    """The facts of all cases, so many in a row at a time."""
    with looks() as conn:
        last = conn.execute(select(func.max(case_table.c.case_id))).scalar() or 0
    for first in range(1, last + 1, IN_A_ROW):
        span = _values(now) | {"first": first, "last": first + IN_A_ROW - 1}
        with looks() as conn:
            yield _as_facts(conn, base, conn.execute(_in_a_row(base), span).all())


def _told(looks: Looks, base: Base, now: datetime, cases: Collection[int]) -> Iterator[Facts]:
    """The facts of some cases, so many at a time."""
    wanted, values = sorted(cases), _values(now)
    size = next((size for size in SIZES if size >= len(wanted)), SIZES[-1])
    for start in range(0, len(wanted), size):
        some = wanted[start : start + size]
        some += some[:1] * (size - len(some))  # one statement for each size, compiled once
        named = {f"case{place}": case for place, case in enumerate(some)}
        with looks() as conn:
            statement = _of_cases(base, size, "main" if is_sqlite(conn) else None)
            yield _as_facts(conn, base, conn.execute(statement, values | named).all())


def _values(now: datetime) -> dict[str, Any]:
    """The question that every row answers that there is at `now`."""
    values = Question(EPOCH, NEVER, NEVER).values | {"start": EVER, "told_before": EVER}
    return values | dict.fromkeys(("happened_before", "known_before"), now + MICROSECOND)


@lru_cache
def _in_a_row(base: Base) -> Select[Any]:
    told = _statement(base)
    return told.where(told.selected_columns[0].between(_FIRST, _LAST))


@lru_cache
def _of_cases(base: Base, size: int, schema: str | None) -> Select[Any]:
    """The facts of some cases: the base is given their rows alone, by the names of all rows.

    What a base asks of all cases at once, as those with an extension, is so asked of these.
    """
    keys = [bindparam(f"case{place}", type_=BigInteger) for place in range(size)]
    told = _statement(base)
    for view in (live_cases, live_events):
        every = table(view.name, *(column(each.name) for each in view.c), schema=schema)
        told = told.add_cte(select(every).where(every.c.case_id.in_(keys)).cte(view.name))
    return told


@lru_cache
def _statement(base: Base) -> Select[Any]:
    rows = base(WINDOW).subquery("rows")
    has = _columns(base)
    columns: list[ColumnElement[Any]] = [rows.c.case_id, microseconds_of(rows.c.at)]
    columns += [func.coalesce(rows.c[f"{by}_id"], 0) for by in BY]
    columns += [_bits(rows, flags_of(base))]
    columns += [rows.c.hours] if "hours" in has else []
    columns += [microseconds_of(rows.c[name]) for name in TIMES if name in has]
    last = (microseconds_of(rows.c[name]) for name in OPEN_ENDED if name in has)
    columns += [func.coalesce(instant, _FOREVER) for instant in last]
    return select(*(one.label(f"c{n}") for n, one in enumerate(columns)))


def _bits(rows: FromClause, flags: Sequence[str]) -> ColumnElement[int]:
    bits = (case((rows.c[flag], 1 << place), else_=0) for place, flag in enumerate(flags))
    return reduce(add, bits, literal(0))


def _as_facts(conn: Connection, base: Base, told: Sequence[Row[Any]]) -> Facts:
    """Rows as columns; where a base says from when to when, hours on each category's clock."""
    has, kept = _columns(base), kept_of(base)
    plain = [name for name in kept if name != "hours" or "hours" in has]
    times = [name for name in TIMES if name in has]
    place = len(plain) - sum(name in OPEN_ENDED for name in plain)
    names = [*plain[:place], *times, *plain[place:]]
    told_columns = dict(zip(names, zip(*told, strict=True), strict=True)) if told else {}
    columns = {n: np.array(told_columns.get(n, ()), TYPES.get(n, np.int64)) for n in names}
    if "hours" in kept and "hours" not in columns:
        began, ended = (columns.pop(name) for name in TIMES)
        columns["hours"] = clock_hours(conn, columns["category"], began, ended)
    facts = Facts({name: columns[name].astype(TYPES[name], copy=False) for name in kept})
    return facts.at_places(np.argsort(facts["at"], kind="stable"))
