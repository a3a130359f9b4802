"""Values that are more than a count: percentiles, and days since the last case."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, Row, func, select

from data.calendar_arrays import HOUR, worked_many
from data.db_functions import microseconds_of
from data.deadlines import clocks
from data.metrics.base import filtered
from data.metrics.figure import Question
from data.metrics.groups import By, group_of, grouped
from data.metrics.measure import ClockQuantile, Measure, Quantile, Since

Values = dict[str, float]  # by group


def values(conn: Connection, question: Question, measure: Measure, by: By | None) -> Values:
    """The value by group of a measure that does more than count; nothing of the others."""
    if isinstance(measure, Quantile):
        return _quantiles(conn, question, measure, by)
    if isinstance(measure, ClockQuantile):
        return _clock_quantiles(conn, question, measure, by)
    if isinstance(measure, Since):
        return _days_since(conn, question, measure, by)
    return {}


def _quantiles(conn: Connection, question: Question, measure: Quantile, by: By | None) -> Values:
    """The percentile by group, from its two neighbouring order statistics."""
    rows = filtered(measure.base(question), question)
    code, joined = group_of(rows, by)
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
    found: Values = {}
    for row in conn.execute(neighbours.order_by(ranked.c.group, ranked.c.rank)):
        weight = row.last * measure.percent % 100 / 100
        low = found.get(row.group)
        found[row.group] = row.hours if low is None else low + (row.hours - low) * weight
    return found


def _clock_quantiles(
    conn: Connection, question: Question, measure: ClockQuantile, by: By | None
) -> Values:
    """The percentile by group of times on the clock of each row's category."""
    rows = filtered(measure.base(question), question)
    code, joined = group_of(rows, by)
    times = (microseconds_of(rows.c[name]).label(name) for name in ("started_at", "ended_at"))
    told = conn.execute(select(code, rows.c.category_id, *times).select_from(joined)).all()
    hours = defaultdict(list)
    for row, time in zip(told, _clock_hours(conn, told), strict=True):
        hours[row.group].append(time)
    return {group: float(np.percentile(some, measure.percent)) for group, some in hours.items()}


def _clock_hours(conn: Connection, told: Sequence[Row[tuple]]) -> list[float]:
    """Hours from `started_at` to `ended_at` of each row, on its category's clock."""
    known = clocks(conn)
    starts = np.array([row.started_at for row in told], dtype=np.int64)
    ends = np.array([row.ended_at for row in told], dtype=np.int64)
    is_working = np.array([known[row.category_id].is_of_working_time for row in told], dtype=bool)
    times = ends - starts
    times[is_working] = worked_many(known[None].calendar, starts[is_working], ends[is_working])
    return list(times / HOUR)


def _days_since(conn: Connection, question: Question, measure: Since, by: By | None) -> Values:
    """Whole days since the last opening, by group."""
    rows = filtered(measure.base(question), question)
    query = grouped(select(func.max(rows.c.opened_at).label("last")), rows, by)
    return {
        row.group: float((question.as_of - row.last).days)
        for row in conn.execute(query)
        if row.last is not None
    }
