"""What a fold reads besides facts: the journal's tail, what is to come, and the rules in force."""

from bisect import bisect
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zlib import crc32

import holidays
from sqlalchemy import BigInteger, Column, Connection, Select, bindparam, select

from data.config import settings
from data.db import Instant, journal_horizon, journal_mark
from data.db_functions import microseconds_of
from data.rollups.cube import Cube, Event
from data.rollups.names import AllNames, names_of
from data.schema import calendar_days, case_events, categories
from data.terms import Kind

LAST = 2**62  # after every case
# Of any kind: both databases have an index of kinds and times.
_AFTER = case_events.c.kind.in_([*Kind]), case_events.c.at > bindparam("after", type_=Instant)
_CASES_AFTER = select(case_events.c.case_id).where(*_AFTER).distinct()
_LIMITS = categories.c.category_id, categories.c.limit_amount, categories.c.limit_unit
_COMING = select(microseconds_of(case_events.c.at), case_events.c.case_id).where(
    *_AFTER, case_events.c.at <= bindparam("until", type_=Instant)
)


@dataclass(frozen=True, slots=True)
class Around:
    """What cubes of all moments share: a number for the rules in force, and the groups' codes."""

    rules: int
    names: AllNames


@dataclass(frozen=True, slots=True)
class Tail:
    """What the journal tells from a mark on: events, each with when, of which case, if imported."""

    mark: int  # from which on the next tail begins
    events: tuple[tuple[int, int, bool], ...]


def tail_of(conn: Connection, cube: Cube, most: int | None = None) -> Tail:
    """The events that the journal tells and a cube does not; a few of its last may come again."""
    mark = journal_horizon(conn, case_events)
    query = _tail(journal_mark(conn, case_events)).limit(most)
    told = conn.execute(query, {"mark": cube.mark})
    return Tail(mark, tuple((at, case, is_imported) for at, case, is_imported in told))


@cache
def _tail(mark: Column[int]) -> Select[Any]:
    is_imported = case_events.c.batch_id.is_not(None)
    told = select(microseconds_of(case_events.c.at), case_events.c.case_id, is_imported)
    return told.where(mark >= bindparam("mark", type_=BigInteger))


def happened_after(conn: Connection, then: datetime) -> set[int]:
    """The cases of which something happened after an instant."""
    return set(conn.execute(_CASES_AFTER, {"after": then}).scalars())


def coming_between(conn: Connection, after: datetime, until: datetime) -> tuple[Event, ...]:
    """What happens after an instant and until another, in order."""
    told = conn.execute(_COMING, {"after": after, "until": until})
    return tuple(sorted({(at, case) for at, case in told}))


def parted(events: tuple[Event, ...], now: int) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """Events in order: those until an instant, and those after it."""
    here = bisect(events, (now, LAST))
    return events[:here], events[here:]


def around_of(conn: Connection) -> Around:
    """The rules and codes that the database holds now."""
    return Around(rules_of(conn), names_of(conn))


def rules_of(conn: Connection) -> int:
    """A number that is another once working time is: a day of the calendar, the hours, a limit."""
    days = conn.execute(select(calendar_days).order_by(*calendar_days.primary_key)).all()
    is_limited = categories.c.limit_amount.is_not(None)
    limits = conn.execute(select(*_LIMITS).where(is_limited).order_by(_LIMITS[0])).all()
    time = settings().calendar.windows, settings().zone, holidays.__version__
    return crc32(repr((days, limits, time)).encode())
