"""Days of the working calendar: which differ from Monday to Friday, and saying so of one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from data.actions.effects import Effect
from data.calendar import WorkingCalendar, holiday_name, is_published
from data.config import settings
from data.deadlines import working_calendar
from data.journal import audit
from data.schema import calendar_days, live_cases
from data.terms import ActionRefused, Actor
from data.words import word

SAID = ("worked", "off", "as-published")
FIRST_YEAR, LAST_YEAR = 1990, 2100
LONGEST_NOTE = 60


@dataclass(frozen=True, slots=True)
class SetDay:
    """A request to say of a day that it is worked, off, or as the calendar publishes it."""

    day: date
    said: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day that is not what its weekday says, or that the centre spoke of."""

    day: date
    is_worked: bool
    is_set: bool  # by the centre
    note: str  # the centre's own, else what the holiday is called


@dataclass(frozen=True, slots=True)
class Year:
    """The days of a year, and whether its holidays are published."""

    year: int
    is_published: bool
    days: tuple[Day, ...]


def set_day(conn: Connection, ask: SetDay, actor: Actor, now: datetime) -> None:
    """Say what a day is; that wins over holidays and weekdays.

    Due times that were set before stay as they were promised. Raises ActionRefused for a year out
    of range, or a note that is too long.
    """
    if ask.said not in SAID or not FIRST_YEAR <= ask.day.year <= LAST_YEAR:
        raise ActionRefused("calendar.bad_day", first=FIRST_YEAR, last=LAST_YEAR)
    note = ask.note.strip()
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise ActionRefused("calendar.bad_note", limit=LONGEST_NOTE)
    conn.execute(delete(calendar_days).where(calendar_days.c.day == ask.day))
    if ask.said != "as-published":
        row = {"day": ask.day, "is_worked": ask.said == "worked", "note": note or None}
        conn.execute(insert(calendar_days).values(row))
    details: dict[str, object] = {"said": ask.said, "note": note or None}
    audit(conn, actor.login, "calendar", now, str(ask.day), details)


def preview_day(conn: Connection, ask: SetDay, now: datetime) -> tuple[Effect, ...]:
    """What saying so would change, and what it would not."""
    calendar = working_calendar(conn)
    others = {day: worked for day, worked in calendar.days.items() if day != ask.day}
    if ask.said != "as-published":
        others[ask.day] = ask.said == "worked"
    after = WorkingCalendar(calendar.zone, calendar.windows, others)
    before, then = (_said(one.is_working_day(ask.day)) for one in (calendar, after))
    is_running = live_cases.c.ended_at.is_(None), live_cases.c.due_at > now
    running = conn.execute(
        select(func.count()).select_from(live_cases).where(*is_running)
    ).scalar_one()
    change = "unchanged" if before == then else "alters"
    return (
        Effect("day", "centre_wins", before, then, change),
        Effect("running_cases", "keeps_promises", running, running, "unchanged"),
    )


def _said(is_worked: bool) -> str:
    return word("calendar.worked" if is_worked else "calendar.off")


def year_of_calendar(conn: Connection, year: int) -> Year:
    """The days of a year that differ from Monday to Friday, or that the centre spoke of."""
    calendar = working_calendar(conn)
    notes = dict(conn.execute(select(calendar_days.c.day, calendar_days.c.note)).all())
    language = settings().language
    days = tuple(
        Day(
            day,
            calendar.is_working_day(day),
            day in calendar.days,
            notes.get(day) or holiday_name(day, language),
        )
        for day in _days_of(year)
        if day in calendar.days or calendar.is_working_day(day) != (day.weekday() < 5)
    )
    return Year(year, is_published(year), days)


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
