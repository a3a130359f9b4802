"""Commands for the working calendar: `calendar set`, `calendar list`."""

from datetime import date

import click

from data.calendar_changes import FIRST_YEAR, LAST_YEAR, SAID, SetDay, set_day, year_of_calendar
from data.commands import Answer, Prompt, command
from data.config import settings
from data.db import reading
from data.terms import Actor, Role
from data.words import word


def register(cli: click.Group) -> None:
    """Add the family to the command line."""

    @cli.group()
    def calendar() -> None:
        """Which days are worked."""

    command(calendar, "set")(say_day)
    command(calendar, "list")(list_days)


@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("said", type=click.Choice(SAID))
@click.option("--note", default="", help="Why, for whoever reads the list.")
def say_day(prompt: Prompt, day: date, said: str, note: str) -> Answer:
    """Say of a day that it is worked, or off; that wins over holidays and weekdays.

    Due times that were set before stay as they were promised.
    """
    day = date(day.year, day.month, day.day)
    actor = Actor(prompt.actor, prompt.actor, Role.SYSTEM_ADMINISTRATOR)
    with prompt.engine.begin() as conn:
        set_day(conn, SetDay(day, said, note), actor, prompt.now)
    text = word("calendar.set", day=day, said=word(f"calendar.{said}"))
    return Answer({"day": str(day), "said": said}, text)


@click.argument("year", type=click.IntRange(FIRST_YEAR, LAST_YEAR), required=False)
def list_days(prompt: Prompt, year: int | None) -> Answer:
    """List the days of a year that differ from Monday to Friday, and whether it is published."""
    year = year or prompt.now.astimezone(settings().zone).year
    with reading(prompt.engine).connect() as conn:
        found = year_of_calendar(conn, year)
    lines = [
        word("calendar.line", day=one.day, said=word(f"calendar.{_said(one.is_worked)}"))
        for one in found.days
    ]
    if not found.is_published:
        lines.insert(0, word("calendar.guessed", years=year))
    days = [{"day": str(d.day), "worked": d.is_worked, "set": d.is_set} for d in found.days]
    json: dict[str, object] = {"year": year, "published": found.is_published, "days": days}
    return Answer(json, "\n".join(lines))


def _said(is_worked: bool) -> str:
    return "worked" if is_worked else "off"
