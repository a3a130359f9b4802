"""What came and went by day or by hour, against the usual for the same weekday."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from sqlalchemy import Connection, func, select

from data.metrics.evaluate import Counts, Rows, Source
from data.metrics.figure import Question
from data.metrics.ledger import crossings
from data.periods import midnight
from data.schema import live_cases

DAY_COUNT = 14
WEEKS = 8  # before a day, whose same weekdays tell what is usual
FLAGS = ("is_opened", "is_closed")
Step = Literal["day", "hour"]
Bounds = Sequence[datetime]


@dataclass(frozen=True, slots=True)
class Span:
    """A day or an hour: opened and closed, and the mean of the weeks before; None without any."""

    start: datetime
    end: datetime
    opened: int
    closed: int
    usual_opened: float | None
    usual_closed: float | None
    is_partial: bool  # it has not ended


def in_and_out(
    conn: Connection, question: Question, step: Step, source: Source | None = None
) -> tuple[Span, ...]:
    """The last days up to today, or the hours of today; whatever the window is."""
    counter, first = source or Rows(conn), _first(conn)
    if step == "hour":
        return _by_hour(counter, question, first)
    return _by_day(counter, question, first)


def _first(conn: Connection) -> datetime | None:
    """Since when there are records."""
    return conn.execute(select(func.min(live_cases.c.opened_at))).scalar()


def _by_day(counter: Source, question: Question, first: datetime | None) -> tuple[Span, ...]:
    before = DAY_COUNT + 7 * WEEKS
    bounds = [midnight(question.as_of, day) for day in range(1 - before, 2)]
    told = _counts(counter, question, bounds)
    spans = list(zip(pairwise(bounds), told, strict=True))
    return tuple(
        _span(
            spans[place],
            [spans[place - 7 * week] for week in range(1, WEEKS + 1)],
            question,
            first,
        )
        for place in range(before - DAY_COUNT, before)
    )


def _by_hour(counter: Source, question: Question, first: datetime | None) -> tuple[Span, ...]:
    days = [_hours(question.as_of, -7 * week) for week in range(WEEKS + 1)]
    told = [
        list(zip(pairwise(bounds), _counts(counter, question, bounds), strict=True))
        for bounds in days
    ]
    return tuple(
        _span(span, [day[place] for day in told[1:] if place < len(day)], question, first)
        for place, span in enumerate(told[0])
    )


def _hours(instant: datetime, days: int) -> list[datetime]:
    """Every full hour of a day of the centre, and its end; a day may have 23 or 25 of them."""
    start, end = midnight(instant, days), midnight(instant, days + 1)
    count = (end - start) // timedelta(hours=1)
    return [start + timedelta(hours=hour) for hour in range(count)] + [end]


def _counts(counter: Source, question: Question, bounds: Bounds) -> list[Counts]:
    whole = replace(question, start=bounds[0], end=bounds[-1])
    return counter.series(whole, crossings, bounds, FLAGS)


Told = tuple[tuple[datetime, datetime], Counts]


def _span(told: Told, before: Sequence[Told], question: Question, first: datetime | None) -> Span:
    (start, end), counts = told
    known = [earlier for (began, _), earlier in before if first is not None and first <= began]
    now = question.as_of
    return Span(
        start=start,
        end=end,
        opened=counts["is_opened"],
        closed=counts["is_closed"],
        usual_opened=_mean([earlier["is_opened"] for earlier in known]),
        usual_closed=_mean([earlier["is_closed"] for earlier in known]),
        is_partial=end > now,
    )


def _mean(counts: Sequence[int]) -> float | None:
    return sum(counts) / len(counts) if counts else None
