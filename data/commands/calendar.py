"""Commands for the working calendar: `calendar set`, `calendar list`."""

from datetime import date, timedelta

import click
from sqlalchemy import delete, insert

from data.calendar import WorkingCalendar, is_published
from data.commands import Answer, Prompt, command
from data.config import settings
from data.db import reading
from data.deadlines import working_calendar
from data.journal import audit
from data.schema import calendar_days
from data.words import word


def register(cli: click.Group) -> None:
    """Add the family to the command line."""

    @cli.group()
    def calendar() -> None:
        """Which days are worked."""

    command(calendar, "set")(set_day)
    command(calendar, "list")(list_days)


@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("said", type=click.Choice(["worked", "off", "as-published"]))
@click.option("--note", help="Why, for whoever reads the list.")
def set_day(prompt: Prompt, day: date, said: str, note: str | None) -> Answer:
    """Say of a day that it is worked, or off; that wins over holidays and weekdays.

    Due times that were set before stay as they were promised.
    """
    day = date(day.year, day.month, day.day)
    with prompt.engine.begin() as conn:
        conn.execute(delete(calendar_days).where(calendar_days.c.day == day))
        if said != "as-published":
            row = {"day": day, "is_worked": said == "worked", "note": note}
            conn.execute(insert(calendar_days).values(row))
        audit(conn, prompt.actor, "calendar", prompt.now, str(day), {"said": said, "note": note})
    text = word("calendar.set", day=day, said=word(f"calendar.{said}"))
    return Answer({"day": str(day), "said": said}, text)


@click.argument("year", type=click.IntRange(1990, 2100), required=False)
def list_days(prompt: Prompt, year: int | None) -> Answer:
    """List the days of a year that differ from Monday to Friday, and whether it is published."""
    year = year or prompt.now.astimezone(settings().zone).year
    with reading(prompt.engine).connect() as conn:
        calendar = working_calendar(conn)
    days = [
        {"day": str(day), "worked": calendar.is_working_day(day), "set": day in calendar.days}
        for day in _unusual(calendar, year)
    ]
    lines = [
        word("calendar.line", day=one["day"], said=word(f"calendar.{_said(one['worked'])}"))
        for one in days
    ]
    published = is_published(year)
    if not published:
        lines.insert(0, word("calendar.guessed", years=year))
    json: dict[str, object] = {"year": year, "published": published, "days": days}
    return Answer(json, "\n".join(lines))


def _said(worked: object) -> str:
    return "worked" if worked else "off"


def _unusual(calendar: WorkingCalendar, year: int) -> list[date]:
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    return [day for day in days if calendar.is_working_day(day) != (day.weekday() < 5)]
