"""The statements that tell the facts of some cases: all bases in one."""

from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from operator import add
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Float,
    Integer,
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

from data.db_functions import microseconds_of
from data.metrics.figure import WINDOW
from data.metrics.measure import Base
from data.metrics.values import TIMES
from data.rollups.facts import BY, FOREVER, OPEN_ENDED, columns_of, flags_of
from data.schema import live_cases, live_events

TOLD = ("base", "case", "at", *BY, "flags", "hours", *TIMES, *OPEN_ENDED)
_FIRST, _LAST, _ONE = (bindparam(name, type_=BigInteger) for name in ("first", "last", "one"))
NOT_LAID_OUT = "NOT MATERIALIZED"  # each base looks for its rows itself
_FOREVER = literal(FOREVER, BigInteger)


@lru_cache
def of_row(bases: tuple[Base, ...], sqlite: bool) -> CompoundSelect[Any]:
    """The facts of all cases between two. Laid out, their rows would have no index."""
    hint = "" if sqlite else NOT_LAID_OUT
    return _of_cases(bases, sqlite, lambda case: case.between(_FIRST, _LAST), hint)


@lru_cache
def of_one(bases: tuple[Base, ...]) -> CompoundSelect[Any]:
    """The facts of one case, for SQLite: its rows are found sooner than laid out and indexed."""
    return _of_cases(bases, True, lambda case: case == _ONE, NOT_LAID_OUT)


@lru_cache
def of_some(bases: tuple[Base, ...], sqlite: bool, is_few: bool) -> CompoundSelect[Any]:
    """The facts of some cases, which are one value: one statement does for any number."""
    if sqlite:
        listed = func.json_each(bindparam("cases", type_=Text)).table_valued("value")
        return _of_cases(bases, sqlite, lambda case: case.in_(select(listed.c.value)))
    some = bindparam("cases", type_=ARRAY(BigInteger))
    if is_few:
        return _of_cases(bases, sqlite, lambda case: case == any_(some), "MATERIALIZED")
    some_rows = select(func.unnest(some))
    return _of_cases(bases, sqlite, lambda case: case.in_(some_rows), NOT_LAID_OUT)


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
        told = told.add_cte(rows.prefix_with(hint) if hint else rows)
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
    has = columns_of(base)
    columns: dict[str, ColumnElement[Any]] = {"base": literal(number, Integer)}
    columns |= {"case": rows.c.case_id, "at": microseconds_of(rows.c.at)}
    columns |= {by: func.coalesce(rows.c[f"{by}_id"], 0) for by in BY}
    columns |= {"flags": _bits(rows, flags_of(base))}
    columns |= {"hours": rows.c.hours if "hours" in has else cast(null(), Float)}
    for name in TIMES:
        columns[name] = microseconds_of(rows.c[name]) if name in has else literal(0, BigInteger)
    for name in OPEN_ENDED:
        told = microseconds_of(rows.c[name]) if name in has else null()
        columns[name] = func.coalesce(told, _FOREVER)
    return select(*(one.label(name) for name, one in columns.items()))


def _bits(rows: FromClause, flags: Sequence[str]) -> ColumnElement[int]:
    bits = (case((rows.c[flag], 1 << place), else_=0) for place, flag in enumerate(flags))
    return reduce(add, bits, literal(0))
