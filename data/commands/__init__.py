"""The command line, one module per family of commands; `python -m data` runs it."""

import getpass
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import click
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, ProgrammingError

from data.config import settings
from data.db import connect
from data.terms import Refused


@dataclass(frozen=True, slots=True)
class Prompt:
    """What every command is handed: a database, the one reading of the clock, and who asks."""

    engine: Engine
    now: datetime
    actor: str  # command:<OS user>


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found or did: one JSON object, and the same for a person."""

    json: dict[str, object]
    text: str
    exit_status: int = 0


def command(group: click.Group, name: str) -> Callable[[Callable[..., Answer]], click.Command]:
    """Register a function (prompt, **options) -> Answer under a name.

    Adds --database and --json; a `Refused` becomes its sentence on stderr and exit status 1.
    """

    def register(function: Callable[..., Answer]) -> click.Command:
        @click.option("--database", metavar="URL", help="Instead of the settings' own.")
        @click.option(
            "--json", "as_json", is_flag=True, help="Print one JSON object, nothing else."
        )
        @click.pass_obj
        def run(now: datetime, database: str | None, as_json: bool, **options: object) -> None:
            try:
                answer = _answered(function, database or settings().database_url, now, options)
            except Refused as refusal:
                click.echo(str(refusal), err=True)
                sys.exit(1)
            click.echo(json.dumps(answer.json, ensure_ascii=False) if as_json else answer.text)
            sys.exit(answer.exit_status)

        run.__doc__ = function.__doc__
        run.__name__ = function.__name__
        for option in getattr(function, "__click_params__", []):  # keep the options declared above
            run.__click_params__ = [*getattr(run, "__click_params__", []), option]  # type: ignore[attr-defined]
        return group.command(name)(run)

    return register


def _answered(
    function: Callable[..., Answer], url: str, now: datetime, options: dict[str, object]
) -> Answer:
    """The answer of a command on a database. Raises Refused, also for a database that fails."""
    try:
        engine = connect(url)
    except (ArgumentError, NoSuchModuleError) as failure:
        raise Refused("command.bad_url", url=url) from failure
    prompt = Prompt(engine, now, f"command:{getpass.getuser()}")
    try:
        return function(prompt, **options)
    except (OperationalError, ProgrammingError) as failure:
        why = str(failure.orig).strip().splitlines()[0]
        raise Refused("command.database_failed", url=repr(engine.url), why=why) from failure
    finally:
        engine.dispose()
