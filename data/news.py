"""Whether the database tells something new that figures follow: a look that costs next to nothing.

Of everything that is written (sessions, drafts, sign-ins …) only events, imports and days of the
calendar change figures.
"""

from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import Connection, func, select

from data.db import journal_horizon, journal_mark, log_position
from data.schema import calendar_days, case_events, imports


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at a look; `version` is another number at each that found something new."""

    version: int = 0
    position: str = ""
    mark: int | None = None  # of the journal: what lies below it cannot grow any more
    tail: frozenset[int] = frozenset()  # the events seen from the mark on
    rest: int = 0  # of the rules in force and of imports: codes and limits change with them alone


def looked(conn: Connection, last: Look) -> Look:
    """The next look. In PostgreSQL it also finds a transaction that took its number long ago."""
    position = log_position(conn)
    if position and position == last.position:
        return last
    horizon, mark = journal_horizon(conn, case_events), journal_mark(conn, case_events)
    start = horizon if last.mark is None else last.mark
    events = select(case_events.c.event_id)
    settled = events.where(mark >= start, mark < horizon).limit(len(last.tail) + 1)  # one is enough
    tail = frozenset(conn.execute(events.where(mark >= horizon)).scalars())
    rest, told = _rest(conn), tail.union(conn.execute(settled).scalars())
    is_new = last.mark is None or rest != last.rest or told - last.tail
    return Look(last.version + bool(is_new), position, horizon, tail, rest)


def _rest(conn: Connection) -> int:
    counts = func.max(imports.c.batch_id), func.count(imports.c.undone_at)
    days = select(calendar_days).order_by(*calendar_days.primary_key)
    found = [conn.execute(select(*counts)).all(), conn.execute(days).all()]
    return crc32(repr(found).encode())
