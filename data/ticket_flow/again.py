"""What came again at the same place, and which kinds of matter have not come for long."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Row, Select, select

from data import metrics
from data.directory import names_of
from data.metrics.base import LIMIT, filtered
from data.metrics.evaluate import Source
from data.metrics.figure import Figure, Question, Shape
from data.metrics.recurrence import cohort_with_places
from data.schema import areas, categories, live_cases

GROUPS_SHOWN = 6
STREAKS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Again:
    """Repeats of one kind of matter at one place in the window."""

    category: str
    place: str  # the address of the newest, else its area
    count: int
    newest_no: str


@dataclass(frozen=True, slots=True)
class Streak:
    """A kind of matter, and the days since its last case."""

    code: str
    name: str
    days: Figure


@dataclass(frozen=True, slots=True)
class Repeats:
    """The repeat board: groups add up to the count; cleared 清零 of those that were opened."""

    count: int
    group_count: int
    groups: tuple[Again, ...]
    opened_kinds: int  # categories with a case opened in the window
    cleared_kinds: int  # of those, without a repeat
    streaks: tuple[Streak, ...]


def repeats_of(conn: Connection, question: Question, source: Source | None) -> Repeats:
    """Repeats of the window by place and leaf category, the most first.

    What a repeat is, `metrics.recurrence` says. Its place is its address, else the cell of its
    point, else its area.
    """
    groups = _groups(conn, question)
    found = [row for rows in groups for row in rows]
    lines = sorted(map(_again, groups), key=_most_first)
    names = names_of(conn, "category")
    by_kind = metrics.measure_by(
        conn, question, "category", ("opened_count", "days_since_last"), source
    )
    opened = {code for code, figures in by_kind.items() if code and figures["opened_count"].value}
    return Repeats(
        count=len(found),
        group_count=len(groups),
        groups=tuple(lines[:GROUPS_SHOWN]),
        opened_kinds=len(opened),
        cleared_kinds=len(opened - {row.code for row in found}),
        streaks=_streaks(by_kind, names),
    )


def repeated_with(conn: Connection, question: Question, newest_no: str) -> list[int]:
    """The repeats of the kind and place whose newest is a case; none if it is no newest one."""
    groups = _groups(conn, question)
    return [row.case_id for rows in groups if rows[-1].case_no == newest_no for row in rows]


def _groups(conn: Connection, question: Question) -> list[list[Row]]:
    """The repeats of each kind and place, the newest last."""
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in conn.execute(_repeats(question.shape), question.values):
        groups[_key(row)].append(row)
    return [*groups.values()]


@lru_cache(LIMIT)
def _repeats(shape: Shape) -> Select:
    rows = filtered(cohort_with_places, shape)
    return (
        select(
            live_cases.c.case_id,
            live_cases.c.case_no,
            live_cases.c.address,
            live_cases.c.address_key,
            live_cases.c.cell_x,
            live_cases.c.cell_y,
            live_cases.c.area_id,
            categories.c.code,
            categories.c.name.label("category"),
            areas.c.name.label("area"),
        )
        .select_from(rows)
        .join(live_cases, live_cases.c.case_id == rows.c.case_id)
        .outerjoin(categories, categories.c.category_id == rows.c.category_id)
        .outerjoin(areas, areas.c.area_id == rows.c.area_id)
        .where(rows.c.is_repeat)
        .order_by(live_cases.c.opened_at, live_cases.c.case_id)
    )


def _key(row: Row) -> tuple[object, ...]:
    if row.address_key is not None:
        return row.code, "address", row.address_key
    if row.cell_x is not None:
        return row.code, "cell", row.cell_x, row.cell_y
    return row.code, "area", row.area_id


def _again(rows: Sequence[Row]) -> Again:
    newest = rows[-1]
    place = newest.address or newest.area or ""
    return Again(newest.category or "", place, len(rows), newest.case_no)


def _most_first(line: Again) -> tuple[int, str, str, str]:
    return -line.count, line.category, line.place, line.newest_no


def _streaks(by_kind: dict[str, dict[str, Figure]], names: dict[str, str]) -> tuple[Streak, ...]:
    """The kinds that have not come for the most days, of those that came at all."""
    days = [
        Streak(code, names.get(code, ""), figures["days_since_last"])
        for code, figures in by_kind.items()
        if code and figures["days_since_last"].value
    ]
    longest = sorted(days, key=lambda streak: (-(streak.days.value or 0), streak.code))
    return tuple(longest[:STREAKS_SHOWN])
