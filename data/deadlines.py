"""When things fall due: limits on the category's own clock, and what events do to a due time."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, Row, bindparam, func, select

from data.calendar import Limit, LimitUnit, WorkingCalendar
from data.config import settings
from data.db import Instant
from data.schema import calendar_days, categories, live_cases
from data.terms import OPENING_KINDS, Event, Kind, State

NEAR_DUE = timedelta(hours=24)  # before a due time, what is shown as due soon
ROUND_THE_CLOCK = frozenset({LimitUnit.URGENT_HOURS, LimitUnit.URGENT_DAYS})
NET_KINDS = frozenset({Kind.PAUSE, Kind.RESUME, Kind.APPROVE_EXTENSION})  # leave the raw due time

# Put together once: actions ask them each time.
_DAYS = select(calendar_days.c.day, calendar_days.c.is_worked)
_CATEGORY = select(categories).where(categories.c.category_id == bindparam("key"))


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

        A pause that begins at the due time or later moves nothing. Where a category has no limit,
        the due time is its source's word, and the source moves it.
        """
        if self.limit is None or start >= due_at:
            return due_at
        if self.limit.unit in ROUND_THE_CLOCK:
            return due_at + (end - start)
        paused = self.calendar.worked(start, end)
        return self.calendar.add(due_at, paused) if paused else due_at

    @property
    def is_of_working_time(self) -> bool:
        """Whether the limit is counted in working time."""
        return self.limit is not None and self.limit.unit not in ROUND_THE_CLOCK


Clocks = dict[int | None, Clock]  # by category_id; None: of a case without a category


@dataclass(frozen=True, slots=True)
class Due:
    """The due time of a case between two events; while it is paused its clock stands."""

    net: datetime | None = None  # in force
    raw: datetime | None = None  # as if there were no pauses and extensions
    paused_at: datetime | None = None

    def is_running(self, at: datetime) -> bool:
        """Whether the due time in force has not passed; paused before it, it does not pass."""
        if self.net is None:
            return False
        return at <= self.net or (self.paused_at is not None and self.paused_at < self.net)


def due_in(row: Row[tuple]) -> Due:
    """The due time of a row of `cases`; of its raw one the row says nothing."""
    return Due(net=row.due_at, paused_at=row.paused_at)


def due_of(events: Iterable[Event], clock: Clock) -> Due:
    """The due time of a case after events given in their order."""
    due = Due()
    for event in events:
        due = due_after(due, event, clock)
    return due


def due_after(due: Due, event: Event, clock: Clock) -> Due:
    """The due time once an event has happened.

    What the event tells wins, then the limit from an opening or reopening, then the end of a pause.
    An extension approved after the due time in force is a note; a resumption is always worked out.
    """
    told, paused_at = _told(due, event, clock), due.paused_at
    net, raw = told or due.net, due.raw
    if event.to_state is State.PAUSED:
        paused_at = paused_at or event.at
    elif event.to_state and paused_at:
        net = told or (net and clock.due_after_pause(net, paused_at, event.at))
        paused_at = None
    if event.kind not in NET_KINDS and (due.paused_at is None or paused_at):
        raw = told or raw
    return Due(net, raw, paused_at)


def _told(due: Due, event: Event, clock: Clock) -> datetime | None:
    """The due time that an event sets by its own word or by the limit of the category."""
    if event.kind in OPENING_KINDS:
        return event.due_at or clock.due_from(event.at)
    if event.kind is Kind.APPROVE_EXTENSION and not due.is_running(event.at):
        return None
    if event.kind is Kind.RESUME and clock.limit:
        return None
    return event.due_at


def with_due(due: Due, event: Event, clock: Clock) -> tuple[Event, Due]:
    """The event, telling the due time in force from then on where it changes that; and the latter.

    `due` is what was in force before it.
    """
    after = due_after(due, event, clock)
    is_news = event.kind in OPENING_KINDS or after.net != due.net
    own = None if event.kind in NET_KINDS else event.due_at
    told = after.net if is_news else own
    return (event if told == event.due_at else replace(event, due_at=told)), after


def approval_from(calendar: WorkingCalendar, asked_at: datetime, cut_off: time) -> datetime:
    """From when an extension may be approved that was asked for then.

    Asked for after the cut-off hour, or on a day off, it waits for the next working day.
    """
    asked = asked_at.astimezone(calendar.zone)
    if calendar.is_working_day(asked.date()) and asked.time() <= cut_off:
        return asked_at
    midnight = datetime.combine(asked.date() + timedelta(days=1), time(), calendar.zone)
    return calendar.add(midnight, timedelta(0))


def working_calendar(conn: Connection) -> WorkingCalendar:
    """The centre's calendar: its windows, and the days that its day table speaks of."""
    days = dict(conn.execute(_DAYS).all())
    return WorkingCalendar(settings().zone, settings().calendar.windows, days)


# By the index of due times, from the last: without an index of its own the second condition does
# not lead SQLite to look at all open cases.
_LAST_DUE = (
    select(live_cases.c.due_at)
    .where(
        live_cases.c.due_at > bindparam("now", type_=Instant),
        func.coalesce(live_cases.c.ended_at, live_cases.c.ended_at).is_(None),
    )
    .order_by(live_cases.c.due_at.desc())
    .limit(1)
)


def guessed_years(conn: Connection, now: datetime) -> tuple[int, ...]:
    """Years without a published calendar between now and the last due time of an open case."""
    last = conn.execute(_LAST_DUE, {"now": now}).scalar()
    return tuple(working_calendar(conn).unpublished_years(now, last or now))


def clocks(conn: Connection, wanted: Collection[int] | None = None) -> Clocks:
    """The clock of every category, or of some."""
    calendar, query = working_calendar(conn), select(categories)
    if wanted is not None:
        query = query.where(categories.c.category_id.in_(wanted))
    found: Clocks = {None: Clock(calendar)}
    for row in conn.execute(query):
        limit = _limit(row, "limit")
        found[row.category_id] = Clock(calendar, limit, _limit(row, "accept"))
    return found


def clock_in(known: Clocks, category_id: int | None) -> Clock:
    """The clock of a category; one that was made since the clocks were read has no limit."""
    return known.get(category_id) or known[None]


def clock_of(conn: Connection, category_id: int | None) -> Clock:
    """The clock of one category."""
    row = conn.execute(_CATEGORY, {"key": category_id}).first()
    return Clock(working_calendar(conn)) if row is None else clock_by(conn, row)


def clock_by(conn: Connection, row: Row[tuple]) -> Clock:
    """The clock of a row with the limits of a category; empty for none."""
    return Clock(working_calendar(conn), _limit(row, "limit"), _limit(row, "accept"))


def _limit(row: Row[tuple], name: str) -> Limit | None:
    amount, unit = getattr(row, f"{name}_amount"), getattr(row, f"{name}_unit")
    return None if amount is None else Limit(amount, LimitUnit(unit))
