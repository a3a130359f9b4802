"""Values that are more than a count: percentiles, and days since the last case."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, or_, select

from data.calendar_arrays import HOUR, worked_many
from data.db_functions import microseconds_of
from data.deadlines import clock_in, clocks
from data.metrics.base import filtered
from data.metrics.figure import By, Question
from data.metrics.groups import group_of, grouped
from data.metrics.measure import ClockQuantile, Measure, Quantile, Since

TIMES = ("started_at", "ended_at")
Values = dict[str, float]  # by group
Array = np.ndarray[Any, np.dtype[Any]]


def values(
    conn: Connection, question: Question, measures: Sequence[Measure], by: By | None
) -> dict[str, Values]:
    """By name the values of measures that do more than count; nothing of the others.

    Percentiles of one base share one query.
    """
    found: dict[str, Values] = {}
    quantiles = [m for m in measures if isinstance(m, Quantile)]
    for base in dict.fromkeys(m.base for m in quantiles):
        found |= _quantiles(conn, question, [m for m in quantiles if m.base is base], by)
    for measure in measures:
        if isinstance(measure, ClockQuantile):
            found[measure.name] = _clock_quantiles(conn, question, measure, by)
        elif isinstance(measure, Since):
            found[measure.name] = _days_since(conn, question, measure, by)
    return found


def _quantiles(
    conn: Connection, question: Question, measures: Sequence[Quantile], by: By | None
) -> dict[str, Values]:
    """Percentiles of one base by group, each from its two neighbouring order statistics."""
    rows = filtered(measures[0].base, question.shape)
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
    below = [ranked.c.last * measure.percent // 100 for measure in measures]
    places = [ranked.c.rank.in_([place, place + 1]) for place in below]
    hours: dict[tuple[str, int], dict[int, float]] = defaultdict(dict)  # of a group, by rank
    for row in conn.execute(select(ranked).where(or_(*places)), question.values):
        hours[row.group, row.last][row.rank] = row.hours
    return {
        measure.name: {
            group: _between(at, last * measure.percent) for (group, last), at in hours.items()
        }
        for measure in measures
    }


def between_ranks(hours: Sequence[float], percent: int) -> float:
    """A percentile of sorted hours, linear between the order statistics beside it (type 7)."""
    place = (len(hours) - 1) * percent
    below = place // 100
    return _between(dict(enumerate(map(float, hours[below : below + 2]), below)), place)


def _between(hours: dict[int, float], place: int) -> float:
    """Linear between the order statistics beside a place, told in hundredths (type 7)."""
    below, weight = divmod(place, 100)
    low = hours[below]
    return low + (hours.get(below + 1, low) - low) * weight / 100


def _clock_quantiles(
    conn: Connection, question: Question, measure: ClockQuantile, by: By | None
) -> Values:
    """The percentile by group of times on the clock of each row's category."""
    rows = filtered(measure.base, question.shape)
    code, joined = group_of(rows, by)
    times = (microseconds_of(rows.c[name]).label(name) for name in TIMES)
    query = select(code, rows.c.category_id, *times).select_from(joined)
    told = conn.execute(query, question.values).all()
    columns = (np.array([getattr(row, name) for row in told]) for name in ("category_id", *TIMES))
    hours = defaultdict(list)
    for row, time in zip(told, clock_hours(conn, *columns), strict=True):
        hours[row.group].append(float(time))
    return {group: between_ranks(sorted(some), measure.percent) for group, some in hours.items()}


def clock_hours(conn: Connection, categories: Array, starts: Array, ends: Array) -> Array:
    """Hours from starts to ends, microseconds since 1970, each on its category's clock."""
    known = clocks(conn, {key for key in categories.tolist() if key})
    of_working_time = [clock_in(known, key).is_of_working_time for key in categories.tolist()]
    is_working, times = np.array(of_working_time, dtype=bool), (ends - starts).astype(np.int64)
    times[is_working] = worked_many(known[None].calendar, starts[is_working], ends[is_working])
    return times / HOUR


def _days_since(conn: Connection, question: Question, measure: Since, by: By | None) -> Values:
    """Whole days since the last opening, by group."""
    rows = filtered(measure.base, question.shape)
    query = grouped(select(func.max(rows.c.at).label("last")), rows, by)
    return {
        row.group: float((question.as_of - row.last).days)
        for row in conn.execute(query, question.values)
        if row.last is not None
    }
