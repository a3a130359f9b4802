"""The ways a metric counts its base, and one evaluation for all of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    Text,
    false,
    func,
    literal,
    select,
)
from sqlalchemy.sql import FromClause

from data.deadlines import clocks
from data.metrics.base import count_where, filtered
from data.metrics.figure import Figure, Metric, Question
from data.schema import areas, categories, channels, units

Base = Callable[[Question], Select]
Part = Literal["numerator", "denominator", "missing"]
By = Literal["unit", "area", "category", "channel"]
GROUPS: dict[By, Table] = {
    "unit": units,
    "area": areas,
    "category": categories,
    "channel": channels,
}
WHOLE = "is_counted"  # every row of a base


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows of a base, or how many of them with a yes in the column `counts`."""

    name: str
    base: Base
    counts: str = WHOLE
    unit: str = "cases"
    better: str = "neither"
    only_by_unit: bool = False  # without a unit the two sides are the same case


@dataclass(frozen=True, slots=True)
class Share:
    """The rows with a yes in `counts`, of all rows of the base."""

    name: str
    base: Base
    counts: str
    better: str
    unit: str = "share"


@dataclass(frozen=True, slots=True)
class Ratio:
    """The rows with a yes in one column to those with a yes in another; may exceed 1."""

    name: str
    base: Base
    numerator: str
    denominator: str
    better: str
    unit: str = "ratio"


@dataclass(frozen=True, slots=True)
class Quantile:
    """The percentile of the column `hours` of a base, linear between order statistics (type 7)."""

    name: str
    base: Base
    percent: int
    better: str
    unit: str = "hours"


@dataclass(frozen=True, slots=True)
class ClockQuantile:
    """The percentile of the hours from `started_at` to `ended_at` on the category's own clock."""

    name: str
    base: Base
    percent: int
    better: str
    unit: str = "hours"


@dataclass(frozen=True, slots=True)
class Since:
    """Whole days from the last `opened_at` of a base to the as-of time."""

    name: str
    base: Base
    better: str
    unit: str = "days"


Measure = Count | Share | Ratio | Quantile | ClockQuantile | Since


def metric_of(measure: Measure) -> Metric:
    """The words side of a measure."""
    return Metric(measure.name, measure.unit, measure.better)


def evaluate(
    conn: Connection, question: Question, measures: Iterable[Measure], by: By | None
) -> dict[str, dict[str, Figure]]:
    """Figures by group code and metric name; the only group is "" without `by`.

    Measures on one base share one query. A group that a base does not know counts 0 there.
    """
    wanted = [m for m in measures if not (isinstance(m, Count) and m.only_by_unit)]
    if question.is_of_one_unit or by == "unit":
        wanted = list(measures)
    counted = {m.base: _counts(conn, question, m.base, by, wanted) for m in wanted}
    values = {m.name: _values(conn, question, m, by) for m in wanted if not _is_counted(m)}
    groups = {group for counts in counted.values() for group in counts}
    if by is None:
        groups.add("")
    return {
        group: {
            m.name: _figure(m, counted.get(m.base, {}).get(group, {}), values, group)
            for m in measures
        }
        for group in sorted(groups)
    }


def _counts(
    conn: Connection, question: Question, base: Base, by: By | None, measures: list[Measure]
) -> dict[str, dict[str, int]]:
    """Rows of one base by group: all of them, and those with a yes in each wanted column."""
    rows = filtered(base(question), question)
    flags = {flag for m in measures if m.base is base for flag in _flags(m)} - {WHOLE}
    sums = [count_where(rows.c[flag]).label(flag) for flag in sorted(flags)]
    query = _grouped(select(func.count().label(WHOLE), *sums), rows, by)
    return {row.group: dict(row._mapping) for row in conn.execute(query)}


def _flags(measure: Measure) -> tuple[str, ...]:
    if isinstance(measure, Ratio):
        return measure.numerator, measure.denominator
    return (measure.counts,) if isinstance(measure, Count | Share) else ()


def _is_counted(measure: Measure) -> bool:
    """Whether counting the rows of a base is all that a figure needs."""
    return isinstance(measure, Count | Share | Ratio)


def _values(
    conn: Connection, question: Question, measure: Measure, by: By | None
) -> dict[str, float]:
    """The value by group of a measure that does more than count."""
    if isinstance(measure, Since):
        return _days_since(conn, question, measure, by)
    if isinstance(measure, ClockQuantile):
        return _clock_quantiles(conn, question, measure, by)
    assert isinstance(measure, Quantile)
    return _quantiles(conn, question, measure, by)


def _grouped(query: Select, rows: Subquery, by: By | None, together: bool = True) -> Select:
    """Add the column `group`, a code; "" for rows without one, and for the whole.

    `together` makes one row a group; else the rows stay as they are.
    """
    if by is None:
        return query.add_columns(_the_whole()).select_from(rows)
    code, joined = _group_of(rows, by)
    query = query.add_columns(code).select_from(joined)
    return query.group_by(code) if together else query


def _group_of(rows: Subquery, by: By) -> tuple[ColumnElement[str], FromClause]:
    table = GROUPS[by]
    key = next(iter(table.primary_key))
    joined = rows.outerjoin(table, key == rows.c[f"{by}_id"])
    return func.coalesce(table.c.code, "").label("group"), joined


def _the_whole() -> ColumnElement[str]:
    return literal("", Text).label("group")


def _quantiles(
    conn: Connection, question: Question, measure: Quantile, by: By | None
) -> dict[str, float]:
    """The percentile by group, from its two neighbouring order statistics."""
    rows = filtered(measure.base(question), question)
    code, joined = _group_of(rows, by) if by else (_the_whole(), rows)
    ranked = (
        select(
            code,
            rows.c.hours,
            (func.row_number().over(partition_by=code, order_by=rows.c.hours) - 1).label("rank"),
            (func.count().over(partition_by=code) - 1).label("last"),
        )
        .select_from(joined)
        .subquery("ranked")
    )
    below = ranked.c.last * measure.percent // 100
    neighbours = select(ranked).where(ranked.c.rank.in_([below, below + 1]))
    found: dict[str, float] = {}
    for row in conn.execute(neighbours.order_by(ranked.c.group, ranked.c.rank)):
        weight = row.last * measure.percent % 100 / 100
        low = found.get(row.group)
        found[row.group] = row.hours if low is None else low + (row.hours - low) * weight
    return found


def _clock_quantiles(
    conn: Connection, question: Question, measure: ClockQuantile, by: By | None
) -> dict[str, float]:
    """The percentile by group of times on the clock of each row's category."""
    rows = filtered(measure.base(question), question)
    told = _grouped(select(rows.c.category_id, rows.c.started_at, rows.c.ended_at), rows, by, False)
    known, hours = clocks(conn), defaultdict(list)
    for row in conn.execute(told):
        time = known[row.category_id].time_between(row.started_at, row.ended_at)
        hours[row.group].append(time / timedelta(hours=1))
    return {group: float(np.percentile(some, measure.percent)) for group, some in hours.items()}


def _days_since(
    conn: Connection, question: Question, measure: Since, by: By | None
) -> dict[str, float]:
    """Whole days since the last opening, by group."""
    rows = filtered(measure.base(question), question)
    query = _grouped(select(func.max(rows.c.opened_at).label("last")), rows, by)
    return {
        row.group: float((question.as_of - row.last).days)
        for row in conn.execute(query)
        if row.last is not None
    }


def _figure(
    measure: Measure, counts: dict[str, int], values: dict[str, dict[str, float]], group: str
) -> Figure:
    metric, whole = metric_of(measure), counts.get(WHOLE, 0)
    if isinstance(measure, Since):
        return Figure(metric, values[measure.name].get(group), count=min(whole, 1))
    if isinstance(measure, Quantile | ClockQuantile):
        return Figure(metric, values[measure.name].get(group), count=whole)
    if isinstance(measure, Count):
        return Figure(metric, counts.get(measure.counts, 0))
    if isinstance(measure, Share):
        part = counts.get(measure.counts, 0)
    else:
        part, whole = counts.get(measure.numerator, 0), counts.get(measure.denominator, 0)
    return Figure(metric, part / whole if whole else None, part, whole)


def part_rows(question: Question, measure: Measure, part: Part) -> Subquery:
    """The counted things behind one part of a number: the same base, the same filters.

    `missing` is what the denominator has and the numerator has not. For a count or a percentile
    the numerator is what it counts, for days since it is the last case; there is nothing else.
    """
    rows = filtered(measure.base(question), question)
    if isinstance(measure, Since):
        latest = rows.c.opened_at.desc(), rows.c.case_id.desc()
        return select(rows).order_by(*latest).limit(1).subquery("part")
    if isinstance(measure, Count) and measure.only_by_unit and not question.is_of_one_unit:
        return select(rows).where(false()).subquery("part")
    conditions = {
        Count: {"numerator": lambda m: _is_yes(rows, m.counts)},
        Quantile: {"numerator": lambda _: _is_yes(rows, WHOLE)},
        ClockQuantile: {"numerator": lambda _: _is_yes(rows, WHOLE)},
        Ratio: {
            "numerator": lambda m: _is_yes(rows, m.numerator),
            "denominator": lambda m: _is_yes(rows, m.denominator),
        },
        Share: {
            "numerator": lambda m: _is_yes(rows, m.counts),
            "denominator": lambda _: _is_yes(rows, WHOLE),
            "missing": lambda m: [~rows.c[m.counts]],
        },
    }[type(measure)]
    return select(rows).where(*conditions[part](measure)).subquery("part")


def _is_yes(rows: Subquery, flag: str) -> list[ColumnElement[bool]]:
    return [] if flag == WHOLE else [rows.c[flag]]
