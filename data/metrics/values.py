"""Values that are more than a count: percentiles, and days since the last case."""

from collections import defaultdict
from datetime import timedelta

import numpy as np
from sqlalchemy import Connection, func, select

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
    told = select(code, rows.c.category_id, rows.c.started_at, rows.c.ended_at).select_from(joined)
    known, hours = clocks(conn), defaultdict(list)
    for row in conn.execute(told):
        time = known[row.category_id].time_between(row.started_at, row.ended_at)
        hours[row.group].append(time / timedelta(hours=1))
    return {group: float(np.percentile(some, measure.percent)) for group, some in hours.items()}


def _days_since(conn: Connection, question: Question, measure: Since, by: By | None) -> Values:
    """Whole days since the last opening, by group."""
    rows = filtered(measure.base(question), question)
    query = grouped(select(func.max(rows.c.opened_at).label("last")), rows, by)
    return {
        row.group: float((question.as_of - row.last).days)
        for row in conn.execute(query)
        if row.last is not None
    }
