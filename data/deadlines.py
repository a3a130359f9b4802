"""When things fall due: limits on the category's own clock, and what a pause does to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, func, select

from data.calendar import Limit, LimitUnit, WorkingCalendar
from data.config import settings
from data.schema import calendar_days, categories, live_cases

ROUND_THE_CLOCK = frozenset({LimitUnit.URGENT_HOURS, LimitUnit.URGENT_DAYS})


@dataclass(frozen=True, slots=True)
class Clock:
    """The limits of a category on one calendar; None where it has none."""

    calendar: WorkingCalendar
    limit: Limit | None = None  # from opening to due
    acceptance: Limit | None = None  # from dispatch to acceptance

    def due_from(self, opened_at: datetime) -> datetime | None:
        """When a case opened, or reopened, then falls due."""
        return self.calendar.due(opened_at, self.limit) if self.limit else None

    def accept_due_from(self, dispatched_at: datetime) -> datetime | None:
        """Until when a case dispatched then is to be accepted."""
        return self.calendar.due(dispatched_at, self.acceptance) if self.acceptance else None

    def due_after_pause(self, due_at: datetime, start: datetime, end: datetime) -> datetime:
        """The due time moved by a pause, on the category's own clock.

        A pause that begins at the due time or later moves nothing.
        """
        if start >= due_at:
            return due_at
        if self.limit is None or self.limit.unit in ROUND_THE_CLOCK:
            return due_at + (end - start)
        paused = self.calendar.worked(start, end)
        return self.calendar.add(due_at, paused) if paused else due_at

    def time_between(self, start: datetime, end: datetime) -> timedelta:
        """Time on the category's own clock; real time where it has none."""
        if self.limit is None or self.limit.unit in ROUND_THE_CLOCK:
            return end - start
        return self.calendar.worked(start, end)


Clocks = dict[int | None, Clock]  # by category_id; None: of a case without a category


def working_calendar(conn: Connection) -> WorkingCalendar:
    """The centre's calendar: its windows, and the days that its day table speaks of."""
    rows = conn.execute(select(calendar_days.c.day, calendar_days.c.is_worked))
    days = {row.day: row.is_worked for row in rows}
    return WorkingCalendar(settings().zone, settings().calendar.windows, days)


def guessed_years(conn: Connection, now: datetime) -> tuple[int, ...]:
    """Years without a published calendar between now and the last due time of an open case."""
    last = conn.execute(
        select(func.max(live_cases.c.due_at)).where(live_cases.c.ended_at.is_(None))
    ).scalar()
    return tuple(working_calendar(conn).unpublished_years(now, max(now, last or now)))


def clocks(conn: Connection) -> Clocks:
    """The clock of every category."""
    calendar = working_calendar(conn)
    found: Clocks = {None: Clock(calendar)}
    for row in conn.execute(select(categories)):
        limit = _limit(row, "limit")
        found[row.category_id] = Clock(calendar, limit, _limit(row, "accept"))
    return found


def clock_of(conn: Connection, category_id: int | None) -> Clock:
    """The clock of one category."""
    calendar = working_calendar(conn)
    query = select(categories).where(categories.c.category_id == category_id)
    row = conn.execute(query).first()
    if row is None:
        return Clock(calendar)
    return Clock(calendar, _limit(row, "limit"), _limit(row, "accept"))


def _limit(row: Row[tuple], name: str) -> Limit | None:
    amount, unit = getattr(row, f"{name}_amount"), getattr(row, f"{name}_unit")
    return None if amount is None else Limit(amount, LimitUnit(unit))
