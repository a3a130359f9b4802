"""The closure rate week by week, as it stands now; and this week against the last, to date."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection

from data import metrics
from data.metrics.closure import due_cases
from data.metrics.comparison import NOTHING, Against, Change, change, earlier, is_known
from data.metrics.evaluate import Counts, Rows, Source
from data.metrics.figure import Figure, Question
from data.metrics.measure import WHOLE
from data.periods import midnight, period
from data.standings import DUE, GroupLine

WEEK_COUNT = 12
CLOSED = "is_closed"


@dataclass(frozen=True, slots=True)
class Week:
    """The cases due in one week and how many of them are closed by now, of all and of a channel."""

    start: datetime
    end: datetime
    is_partial: bool
    due: int
    closed: int
    channel_due: int = 0
    channel_closed: int = 0


@dataclass(frozen=True, slots=True)
class Trend:
    """Weeks that the records reach, oldest first; this week against the last to the same hour."""

    weeks: tuple[Week, ...]
    channel: GroupLine | None  # the worst one, drawn beside the whole
    this_week: Figure
    change: Change


def trend(
    conn: Connection, question: Question, channel: GroupLine | None, source: Source | None
) -> Trend:
    """The last weeks up to that of the as-of time, with what the question names."""
    now = question.as_of
    begun = period("this_week", now).start
    bounds = [midnight(begun, 7 * place) for place in range(1 - WEEK_COUNT, 2)]
    known = [at for at in bounds[:-2] if is_known(conn, replace(question, start=at))]
    bounds = [*known, *bounds[-2:]]
    told = _series(conn, question, bounds, source)
    of_channel = [dict.fromkeys((WHOLE, CLOSED), 0)] * len(told)
    if channel is not None:
        of_channel = _series(conn, replace(question, channel=channel.code), bounds, source)
    weeks = tuple(
        Week(
            start=start,
            end=end,
            is_partial=end > now,
            due=all_of[WHOLE],
            closed=all_of[CLOSED],
            channel_due=some[WHOLE],
            channel_closed=some[CLOSED],
        )
        for (start, end), all_of, some in zip(pairwise(bounds), told, of_channel, strict=True)
    )
    this_week = replace(question, start=bounds[-2], end=bounds[-1])
    return Trend(weeks, channel, *_to_date(conn, this_week, source))


def _series(
    conn: Connection, question: Question, bounds: list[datetime], source: Source | None
) -> list[Counts]:
    whole = replace(question, start=bounds[0], end=bounds[-1])
    return (source or Rows(conn)).series(whole, due_cases, bounds, (WHOLE, CLOSED))


def _to_date(conn: Connection, this_week: Question, source: Source | None) -> tuple[Figure, Change]:
    """This week, and how it changed against the week before seen at the same hour of it."""
    now = metrics.measure(conn, this_week, (DUE,), source)[DUE]
    before = earlier(this_week, Against.PERIOD_BEFORE)
    if before is None or not is_known(conn, before):
        return now, NOTHING
    return now, change(now, metrics.measure(conn, before, (DUE,), source)[DUE])
