"""存疑办结: closures that may have been made for the figures, by three rules of the settings."""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import Connection, Select, case, select

from data.config import settings
from data.db_functions import microseconds_of
from data.metrics.base import LIMIT, events_in_window, filtered
from data.metrics.figure import Question, Shape, Window
from data.metrics.history import due_before, holder_after
from data.schema import live_cases, live_events
from data.terms import Kind

MINUTE = 60_000_000  # microseconds


class Doubt(StrEnum):
    """Why a closure looks implausible; one case may be in several."""

    FAST = "fast"  # within minutes of its opening
    TOGETHER = "together"  # one of many that one unit closed in the same minute
    AT_DUE = "at_due"  # in the last minute before it was due


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Cases by doubt, of those closed in the window."""

    closed: int  # closings that were looked at
    cases: dict[Doubt, tuple[int, ...]]  # keys, each case once, the newest closing first

    @property
    def counts(self) -> dict[Doubt, int]:
        """How many cases each rule names."""
        return {doubt: len(keys) for doubt, keys in self.cases.items()}


def closings(window: Window) -> Select:
    """One row for each closing in the window, with the due time that was in force."""
    due_at = case((live_cases.c.reopen_count == 0, live_cases.c.due_at))
    told = case((live_cases.c.reopen_count > 0, due_before(live_events)), else_=due_at)
    return (
        events_in_window(window, holder_after(live_events))
        .where(live_events.c.kind == Kind.CLOSE)
        .add_columns(live_cases.c.opened_at, told.label("due_at"))
    )


def doubtful(conn: Connection, question: Question) -> Doubtful:
    """The closures of the window that a rule names."""
    found = conn.execute(_closed(question.shape), question.values).all()
    soon = int(settings().flow.closed_within_minutes * MINUTE)
    by_minute: dict[int, list[int]] = defaultdict(list)
    for row in found:
        by_minute[row.at // MINUTE].append(row.case_id)
    crowded = {
        key
        for keys in by_minute.values()
        if len(keys) >= settings().flow.closed_together
        for key in keys
    }
    together = _together(conn, question, crowded) if crowded else set()
    told = {
        Doubt.FAST: [r.case_id for r in found if r.at - r.opened_at <= soon],
        Doubt.TOGETHER: [r.case_id for r in found if (r.case_id, r.at // MINUTE) in together],
        Doubt.AT_DUE: [
            r.case_id for r in found if r.due_at is not None and 0 <= r.due_at - r.at <= MINUTE
        ],
    }
    once = {doubt: tuple(dict.fromkeys(keys)) for doubt, keys in told.items()}
    return Doubtful(len(found), once)


@lru_cache(LIMIT)
def _closed(shape: Shape) -> Select:
    rows = filtered(closings, shape)
    times = (microseconds_of(rows.c[name]).label(name) for name in ("at", "opened_at", "due_at"))
    return select(rows.c.case_id, *times).order_by(rows.c.at.desc(), rows.c.case_id)


def _together(conn: Connection, question: Question, crowded: set[int]) -> set[tuple[int, int]]:
    """Case and minute of the closings of which one unit made enough within that minute.

    Who closed a case is asked only of minutes in which enough were closed by anybody.
    """
    rows = filtered(closings, question.shape)
    query = select(rows.c.case_id, rows.c.unit_id, microseconds_of(rows.c.at).label("at"))
    by_unit: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in conn.execute(query, question.values):
        if row.case_id in crowded and row.unit_id is not None:  # nobody is no unit
            by_unit[row.unit_id, row.at // MINUTE].append(row.case_id)
    enough = settings().flow.closed_together
    return {
        (key, minute)
        for (_, minute), keys in by_unit.items()
        if len(keys) >= enough
        for key in keys
    }
