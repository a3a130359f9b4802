"""What came and what was closed, day by day."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import Connection

from data.config import settings
from data.metrics.evaluate import Rows, Source
from data.metrics.figure import Question
from data.metrics.ledger import crossings
from data.periods import midnight
from data.terms import DISTRICT, Scope


@dataclass(frozen=True, slots=True)
class DayFlow:
    """Cases opened and closings of one day of the centre; partial while the day goes on."""

    day: date
    start: datetime
    end: datetime
    opened: int
    closed: int
    is_partial: bool


def daily_flow(
    conn: Connection,
    day_count: int,
    now: datetime,
    scope: Scope = DISTRICT,
    source: Source | None = None,
) -> tuple[DayFlow, ...]:
    """The last days up to today, oldest first; the same counts as opened_count and closed_count."""
    bounds = [midnight(now, offset) for offset in range(1 - day_count, 2)]
    whole = Question(bounds[0], bounds[-1], now, within=scope)
    told = (source or Rows(conn)).series(whole, crossings, bounds, ("is_opened", "is_closed"))
    return tuple(
        DayFlow(
            day=start.astimezone(settings().zone).date(),
            start=start,
            end=end,
            opened=counts["is_opened"],
            closed=counts["is_closed"],
            is_partial=end > now,
        )
        for (start, end), counts in zip(pairwise(bounds), told, strict=True)
    )
