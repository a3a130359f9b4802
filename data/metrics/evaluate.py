"""One evaluation for all metrics: their figures, by group, and the things they counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, false, func, select, true

from data.metrics.base import LIMIT, count_where, filtered
from data.metrics.figure import By, Figure, Question, Shape
from data.metrics.groups import grouped
from data.metrics.measure import WHOLE, Base, Count, Measure, Part, Share, Since, metric_of
from data.metrics.values import Values, values

Counts = dict[str, int]  # by yes/no column of a base
GroupCounts = dict[str, Counts]
Flags = tuple[str, ...]


class Source(Protocol):
    """Where figures are counted: the rows of the database, or what is kept of them in memory."""

    def counts(self, question: Question, base: Base, by: By | None, flags: Flags) -> GroupCounts:
        """Rows of a base by group: all of them, and those with a yes in each wanted column."""

    def series(
        self, question: Question, base: Base, bounds: Sequence[datetime], flags: Flags
    ) -> list[Counts]:
        """Rows of a base whose `at` lies between each two bounds; nothing after as-of."""

    def values(
        self, question: Question, measures: Sequence[Measure], by: By | None
    ) -> dict[str, Values]:
        """By name the values of measures that do more than count."""

    def first(self, question: Question, base: Base, count: int) -> list[tuple[int, datetime]]:
        """The first rows of a base: the case and `at`, by which they are in order."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Figures counted by the database."""

    conn: Connection

    def counts(self, question: Question, base: Base, by: By | None, flags: Flags) -> GroupCounts:
        """One query for each base."""
        query = _counting(base, question.shape, by, flags)
        rows = self.conn.execute(query, question.values)
        return {row.group: dict(row._mapping) for row in rows}

    def series(
        self, question: Question, base: Base, bounds: Sequence[datetime], flags: Flags
    ) -> list[Counts]:
        """One query for all of it."""
        rows = filtered(base, question.shape)
        spans = [and_(rows.c.at >= start, rows.c.at < end) for start, end in pairwise(bounds)]
        columns = [
            count_where(and_(span, rows.c[flag]) if flag != WHOLE else span)
            for span in spans
            for flag in flags
        ]
        told = self.conn.execute(select(*columns).select_from(rows), question.values).one()
        size = len(flags)
        parts = (told[place * size : (place + 1) * size] for place in range(len(spans)))
        return [dict(zip(flags, part, strict=True)) for part in parts]

    def values(
        self, question: Question, measures: Sequence[Measure], by: By | None
    ) -> dict[str, Values]:
        """One query for each base."""
        return values(self.conn, question, measures, by)

    def first(self, question: Question, base: Base, count: int) -> list[tuple[int, datetime]]:
        """One query."""
        query = _in_order(base, question.shape).limit(count)
        return [(case, at) for case, at in self.conn.execute(query, question.values)]


def evaluate(
    source: Source, question: Question, measures: Iterable[Measure], by: By | None
) -> dict[str, dict[str, Figure]]:
    """Figures by group code and metric name; the only group is "" without `by`.

    Measures on one base are counted together. A group that a base does not know counts 0 there.
    """
    asked = list(measures)
    wanted = [m for m in asked if _has_meaning(m, question.shape, by)]
    bases = dict.fromkeys(m.base for m in wanted)
    counted = {base: source.counts(question, base, by, _flags_on(base, wanted)) for base in bases}
    valued = source.values(question, wanted, by)
    groups = {group for counts in counted.values() for group in counts}
    if by is None:
        groups.add("")
    return {
        group: {
            m.name: _figure(
                m,
                question,
                counted.get(m.base, {}).get(group, {}),
                valued.get(m.name, {}).get(group),
            )
            for m in asked
        }
        for group in sorted(groups)
    }


def _has_meaning(measure: Measure, shape: Shape, by: By | None) -> bool:
    is_of_units = isinstance(measure, Count) and measure.only_by_unit
    return not is_of_units or shape.is_of_one_unit or by == "unit"


def _flags_on(base: Base, measures: list[Measure]) -> Flags:
    return tuple(sorted({f for m in measures if m.base is base for f in _flags(m)} - {WHOLE}))


@lru_cache(LIMIT)
def _counting(base: Base, shape: Shape, by: By | None, flags: Flags) -> Select:
    rows = filtered(base, shape)
    sums = [count_where(rows.c[flag]).label(flag) for flag in flags]
    return grouped(select(func.count().label(WHOLE), *sums), rows, by)


@lru_cache(LIMIT)
def _in_order(base: Base, shape: Shape) -> Select:
    rows = filtered(base, shape)
    return select(rows.c.case_id, rows.c.at).order_by(rows.c.at, rows.c.case_id)


def _flags(measure: Measure) -> tuple[str, ...]:
    if isinstance(measure, Share):
        return measure.counts, measure.of
    return (measure.counts,) if isinstance(measure, Count) else ()


def _figure(measure: Measure, question: Question, counts: Counts, value: float | None) -> Figure:
    metric = metric_of(measure)
    if isinstance(measure, Count):
        return Figure(metric, counts.get(measure.counts, 0))
    if isinstance(measure, Share):
        part, whole = counts.get(measure.counts, 0), counts.get(measure.of, 0)
        is_immature = bool(measure.ripens_in and question.is_seen_within(measure.ripens_in))
        return Figure(metric, part / whole if whole else None, part, whole, None, is_immature)
    rows = counts.get(WHOLE, 0)
    return Figure(metric, value, count=min(rows, 1) if isinstance(measure, Since) else rows)


@lru_cache(LIMIT)
def part_rows(shape: Shape, measure: Measure, part: Part) -> Subquery:
    """The counted things behind one part of a number: the same base, the same filters.

    Whatever is made of it is to be executed with the `values` of a question of that shape.
    `missing` is what the denominator has and the numerator has not. For a count or a percentile
    the numerator is what it counts, for days since it is the last case; there is nothing else.
    """
    rows = filtered(measure.base, shape)
    if isinstance(measure, Since):
        latest = rows.c.at.desc(), rows.c.case_id.desc()
        return select(rows).order_by(*latest).limit(1).subquery("part")
    if not _has_meaning(measure, shape, None):
        return select(rows).where(false()).subquery("part")
    return select(rows).where(_is_in(rows, measure, part)).subquery("part")


def _is_in(rows: Subquery, measure: Measure, part: Part) -> ColumnElement[bool]:
    if isinstance(measure, Count):
        return _is_yes(rows, measure.counts)
    if not isinstance(measure, Share):
        return true()
    counted, whole = _is_yes(rows, measure.counts), _is_yes(rows, measure.of)
    return {"numerator": counted, "denominator": whole, "missing": and_(whole, ~counted)}[part]


def _is_yes(rows: Subquery, flag: str) -> ColumnElement[bool]:
    return true() if flag == WHOLE else rows.c[flag]
