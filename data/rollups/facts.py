"""Facts: the rows that the bases of metrics count, as columns in memory."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, reduce
from operator import add
from typing import Any

import numpy as np
from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Executable,
    Float,
    Integer,
    Row,
    Select,
    Text,
    any_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    null,
    select,
    table,
    union_all,
)
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.visitors import replacement_traverse

from data.db import EPOCH, MICROSECOND, Looks, is_sqlite
from data.db_functions import microseconds_of
from data.metrics.figure import CODES, WINDOW, Question
from data.metrics.measure import Base
from data.metrics.values import TIMES, clock_hours
from data.schema import cases as case_table
from data.schema import live_cases, live_events

Column = np.ndarray[Any, np.dtype[Any]]
IN_A_ROW = 1000  # cases whose facts one statement tells
# The same where they are named: few are laid out, of many PostgreSQL looks each up.
FEW, MANY = {"sqlite": 64, "postgresql": 8}, 500
SPARSE = 2  # naming a case takes twice as long
_FIRST, _LAST = (bindparam(name, type_=BigInteger) for name in ("first", "last"))
EVER, NEVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
BY = CODES
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
    if len(parts) == 1:
        return parts[0]
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
    told = list(parts)
    return {base: joined(*(part[base] for part in told)) for base in bases}


def _lie_close(cases: Column) -> bool:
    """Whether so many cases lie so close that it is quicker to ask for all between them."""
    return len(cases) > FEW["sqlite"] and bool(len(cases) * SPARSE > cases[-1] - cases[0])


def _in_a_row(
    looks: Looks, bases: tuple[Base, ...], now: datetime, first: int, last: int
) -> Iterator[dict[Base, Facts]]:
    for start in range(first, max(last, first) + 1, IN_A_ROW):
        with looks() as conn:
            asked = {"first": start, "last": min(start + IN_A_ROW - 1, last)}
            yield _told(conn, bases, _of_row(bases, is_sqlite(conn)), _values(now) | asked)


def _one_by_one(
    looks: Looks, bases: tuple[Base, ...], now: datetime, cases: list[int]
) -> Iterator[dict[Base, Facts]]:
    start = 0
    while start < max(len(cases), 1):
        with looks() as conn:
            few = FEW[conn.dialect.name]
            is_few = is_sqlite(conn) or len(cases) <= 2 * few
            some = cases[start : start + (few if is_few else MANY)]
            asked = {"cases": json.dumps(some) if is_sqlite(conn) else some}
            statement = _of_some(bases, is_sqlite(conn), is_few)
            yield _told(conn, bases, statement, _values(now) | asked)
        start += len(some) or 1


def _told(
    conn: Connection, bases: tuple[Base, ...], statement: Executable, asked: dict[str, Any]
) -> dict[Base, Facts]:
    rows: list[list[Row[Any]]] = [[] for _ in bases]
    for row in conn.execute(statement, asked):
        rows[row[0]].append(row)
    return {base: _as_facts(conn, base, told) for base, told in zip(bases, rows, strict=True)}


def _values(now: datetime) -> dict[str, Any]:
    """The question that every row answers that there is at `now`."""
    values = Question(EPOCH, NEVER, NEVER).values | {"start": EVER, "told_before": EVER}
    return values | dict.fromkeys(("happened_before", "known_before"), now + MICROSECOND)


@lru_cache
def _of_row(bases: tuple[Base, ...], sqlite: bool) -> CompoundSelect[Any]:
    """The facts of all cases between two. Laid out, their rows would have no index."""
    return _of_cases(bases, sqlite, lambda case: case.between(_FIRST, _LAST), "NOT MATERIALIZED")


@lru_cache
def _of_some(bases: tuple[Base, ...], sqlite: bool, is_few: bool) -> CompoundSelect[Any]:
    """The facts of some cases, which are one value: one statement does for any number."""
    if sqlite:
        listed = func.json_each(bindparam("cases", type_=Text)).table_valued("value")
        return _of_cases(bases, sqlite, lambda case: case.in_(select(listed.c.value)))
    some = bindparam("cases", type_=ARRAY(BigInteger))
    if is_few:
        return _of_cases(bases, sqlite, lambda case: case == any_(some), "MATERIALIZED")
    some_rows = select(func.unnest(some))
    return _of_cases(bases, sqlite, lambda case: case.in_(some_rows), "NOT MATERIALIZED")


def _of_cases(
    bases: tuple[Base, ...],
    sqlite: bool,
    is_asked: Callable[[ColumnElement[int]], ColumnElement[bool]],
    hint: str = "",
) -> CompoundSelect[Any]:
    """The facts of some cases: each base is given their rows alone, by the names of all rows.

    What a base asks of all cases at once, as those with an extension, is so asked of these. All
    bases are one statement: sending one takes longer than what it asks of a few cases.
    """
    told = union_all(*(_statement(base, place) for place, base in enumerate(bases)))
    schema = "main" if sqlite else None
    for view in (live_cases, live_events):
        every = table(view.name, *(column(each.name) for each in view.c), schema=schema)
        rows = select(every).where(is_asked(every.c.case_id)).cte(view.name)
        told = told.add_cte(rows.prefix_with(hint, dialect="postgresql"))
    return _written_out(told)


def _written_out(told: CompoundSelect[Any]) -> CompoundSelect[Any]:
    """A statement with its constants in its text: binding hundreds takes longer than the answer."""

    def text_of(element: Any, **kw: Any) -> Any:
        if not isinstance(element, BindParameter) or element.value is None:
            return None
        text = str(element.compile(compile_kwargs={"literal_binds": True}))
        return literal_column(text, element.type)

    written: Any = replacement_traverse(told, {}, text_of)
    found: CompoundSelect[Any] = written
    return found


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


@lru_cache
def _no_facts(base: Base) -> Facts:
    return Facts({name: np.empty(0, TYPES[name]) for name in kept_of(base)})


def _as_facts(conn: Connection, base: Base, told: Sequence[Row[Any]]) -> Facts:
    """Rows as columns; where a base says from when to when, hours on each category's clock."""
    if not told:
        return _no_facts(base)
    kept, has = kept_of(base), _columns(base)
    values = dict(zip(TOLD, zip(*told, strict=True), strict=True))
    columns = {name: np.array(values[name], TYPES[name]) for name in kept}
    if "ended_at" in has:
        began, ended = (np.array(values[name], np.int64) for name in TIMES)
        columns["hours"] = clock_hours(conn, columns["category"], began, ended)
    facts = Facts(columns)
    return facts.at_places(np.argsort(facts["at"], kind="stable"))
