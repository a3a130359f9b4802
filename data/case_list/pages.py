"""The list page by page: each page begins after a case, so that the millionth is as near as any."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    func,
    literal,
    select,
    tuple_,
)

from data.case_list.asked import CaseFilter, Place
from data.case_list.conditions import conditions
from data.case_list.lines import ListLine, list_lines
from data.case_list.orders import SORTINGS
from data.schema import live_cases
from data.scope import Conditions
from data.terms import DISTRICT, Scope

PAGE = 50
COUNTED = 10_000  # exactly; above it only on request
_key = live_cases.c.case_id


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of the list, and where the pages before and after it begin."""

    lines: tuple[ListLine, ...]
    before: Place | None
    after: Place | None

    @property
    def is_all(self) -> bool:
        """Whether nothing was found but what stands on it."""
        return self.before is None and self.after is None


def case_page(
    conn: Connection,
    asked: CaseFilter,
    place: Place | None,
    now: datetime,
    scope: Scope = DISTRICT,
    size: int = PAGE,
) -> CasePage:
    """A page of the cases that a filter finds, in its order; ties by the age of their rows.

    A case that nothing happens to meanwhile stands on exactly one page.
    """
    found = conditions(conn, asked, now, scope)
    lines = _lines(conn, found, asked, place, size + 1)
    is_more = len(lines) > size
    if place is not None and (not lines or (place.is_before and not is_more)):
        return case_page(conn, asked, None, now, scope, size)  # what stood there is gone
    lines = lines[:size]
    if place is not None and place.is_before:
        lines.reverse()
        return CasePage(tuple(lines), _at(asked, lines[0], True), _at(asked, lines[-1], False))
    before = _at(asked, lines[0], True) if place else None
    return CasePage(tuple(lines), before, _at(asked, lines[-1], False) if is_more else None)


def _at(asked: CaseFilter, line: ListLine, is_before: bool) -> Place:
    sorting = SORTINGS[asked.order[0]]
    return Place(sorting.as_text(getattr(line, sorting.column)), line.case_id, is_before)


def _lines(
    conn: Connection, found: Conditions, asked: CaseFilter, place: Place | None, most: int
) -> list[ListLine]:
    """The next ones from a place, in the direction it looks; in two stretches at most."""
    lines: list[ListLine] = []
    for stretch in _stretches(asked, place):
        if len(lines) < most:
            rows = select(live_cases).where(*found, *stretch.where)
            page = rows.order_by(*stretch.keys(live_cases)).limit(most - len(lines))
            named = page.subquery("page")
            told = conn.execute(list_lines(named).order_by(*stretch.keys(named)))
            lines += [ListLine(*row) for row in told]
    return lines


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of an order that can be read along an index: cases with a value, or without."""

    column: str  # "": they have no value
    is_down: bool
    where: Conditions

    def keys(self, rows: FromClause) -> list[ColumnElement]:
        """What to sort its rows by."""
        keys: list[ColumnElement] = [rows.c[name] for name in (self.column, "case_id") if name]
        return [key.desc() for key in keys] if self.is_down else keys


def _stretches(asked: CaseFilter, place: Place | None) -> list[_Stretch]:
    """What lies from a place on, cases without a value last; looking back they come first."""
    order, is_descending = asked.order
    sorting = SORTINGS[order]
    is_back = place is not None and place.is_before
    is_down = is_descending != is_back
    column = live_cases.c[sorting.column]
    valued = _Stretch(sorting.column, is_down, [] if sorting.is_total else [column.is_not(None)])
    empty = _Stretch("", is_down, [column.is_(None)])
    if place is None:
        return [valued] if sorting.is_total else [valued, empty]
    value = sorting.from_text(place.value)
    if value is None:
        beyond = _key < place.case_id if is_down else _key > place.case_id
        empty = _Stretch("", is_down, [*empty.where, beyond])
        return [empty, valued] if is_back else [empty]
    here = tuple_(literal(value, column.type), literal(place.case_id))
    mine = tuple_(column, _key)
    beyond = mine < here if is_down else mine > here
    valued = _Stretch(sorting.column, is_down, [*valued.where, beyond])
    return [valued] if sorting.is_total or is_back else [valued, empty]


def first_lines(
    conn: Connection, asked: CaseFilter, now: datetime, most: int, scope: Scope = DISTRICT
) -> list[ListLine]:
    """The first so many cases of the list."""
    return _lines(conn, conditions(conn, asked, now, scope), asked, None, most)


def first_numbers(
    conn: Connection, asked: CaseFilter, now: datetime, most: int, scope: Scope = DISTRICT
) -> tuple[str, ...]:
    """The numbers of the first so many cases of the list."""
    return tuple(line.case_no for line in first_lines(conn, asked, now, most, scope))


def case_count(
    conn: Connection,
    asked: CaseFilter,
    now: datetime,
    most: int | None = COUNTED + 1,
    scope: Scope = DISTRICT,
) -> int:
    """How many cases a filter finds; counting stops at `most`, unless that is None."""
    rows = select(_key).where(*conditions(conn, asked, now, scope))
    if most is not None:
        rows = rows.limit(most)
    return conn.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
