"""Commands that look after the database: init, demo, fold, rebuild, verify."""

from datetime import datetime

import click
from sqlalchemy import Connection, select

from data import demo
from data.commands import Answer, Prompt, command
from data.commands.metrics import read_instant
from data.config import settings
from data.db import MICROSECOND, Looks, reading, refresh_statistics, snapshot
from data.demo.accounts import add_accounts
from data.journal import audit
from data.migrations import migrate
from data.proof import prove
from data.rollups.checkpoint import at_hand, keep, packed
from data.rollups.cube import Cube
from data.rollups.fold import built, difference, folded
from data.schema import cases, units
from data.sealing import seal_all
from data.terms import UnitKind
from data.words import word

CENTRE = "centre"


def register(cli: click.Group) -> None:
    """Add the family to the command line."""
    command(cli, "init")(init)
    command(cli, "demo")(fill_demo)
    command(cli, "fold")(seal)
    command(cli, "rebuild")(rebuild)
    command(cli, "verify")(verify)


def init(prompt: Prompt) -> Answer:
    """Create or migrate the schema; safe to repeat."""
    with prompt.engine.begin() as conn:
        migrate(conn)
        _ensure_centre(conn)
        audit(conn, prompt.actor, "init", prompt.now)
    return Answer({"database": prompt.engine.url.render_as_string()}, word("command.init"))


def _ensure_centre(conn: Connection) -> None:
    if conn.execute(select(units).where(units.c.code == CENTRE)).first() is None:
        name = settings().district.centre
        conn.execute(units.insert().values(code=CENTRE, name=name, kind=UnitKind.CENTRE))


@click.option(
    "--cases", "case_count", type=click.IntRange(min=0), default=60_000, show_default=True
)
@click.option("--days", type=click.IntRange(min=1), default=365, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--as-of", metavar="TIME", help="Default: now.")
def fill_demo(prompt: Prompt, case_count: int, days: int, seed: int, as_of: str | None) -> Answer:
    """Fill an empty database with the synthetic district."""
    moment = _whole_second(read_instant(as_of) if as_of else prompt.now)
    with prompt.engine.begin() as conn:
        migrate(conn)
        _ensure_centre(conn)
        counts = demo.fill(conn, case_count, days, seed, moment)
        add_accounts(conn)
        audit(conn, prompt.actor, "demo", prompt.now, details={"seed": seed, **counts})
        refresh_statistics(conn)
    return Answer({"counts": counts}, word("command.demo", **counts))


def _whole_second(instant: datetime) -> datetime:
    return instant - instant.microsecond * MICROSECOND


def seal(prompt: Prompt) -> Answer:
    """Apply the journal: seal what was written since the last fold, and bring rollups forward."""
    sealed = seal_all(prompt.engine, prompt.now, settings().audit.heads_place)
    cube = packed(at_hand(snapshot(prompt.engine).connect, prompt.now))
    with prompt.engine.begin() as conn:
        keep(conn, cube, prompt.now)
    return Answer({"sealed": sealed}, word("command.fold", **sealed))


@click.option("--check", "only_checks", is_flag=True, help="Only compare; exit 1 if they differ.")
def rebuild(prompt: Prompt, only_checks: bool) -> Answer:
    """Count the rollups anew from the rows of the database."""
    looks = snapshot(prompt.engine).connect
    anew = built(looks, prompt.now)
    if only_checks:
        return _compared(looks, anew)
    ready = packed(anew)
    with prompt.engine.begin() as conn:
        keep(conn, ready, prompt.now)
        audit(conn, prompt.actor, "rebuild", prompt.now)
    return Answer({"rows": anew.size}, word("command.rebuild", rows=anew.size))


def _compared(looks: Looks, anew: Cube) -> Answer:
    kept = at_hand(looks, anew.at)
    with looks() as conn:
        found = difference(folded(conn, kept, anew.at), folded(conn, anew, anew.at))
    if found is None:
        return Answer(
            {"holds": True, "rows": anew.size}, word("command.rebuild_holds", rows=anew.size)
        )
    base, case = found
    with looks() as conn:
        case_no = conn.execute(select(cases.c.case_no).where(cases.c.case_id == case)).scalar()
    about: dict[str, object] = {"holds": False, "base": base, "case_no": case_no}
    return Answer(about, word("command.rebuild_differs", **about), exit_status=1)


def verify(prompt: Prompt) -> Answer:
    """Replay events against states and recompute every seal."""
    with reading(prompt.engine).connect() as conn:
        proof = prove(conn, settings().audit.heads_place)
    with prompt.engine.begin() as conn:
        audit(conn, prompt.actor, "verify", prompt.now, details={"holds": proof.holds})
    found: dict[str, object] = {
        "holds": proof.holds,
        "cases": proof.case_count,
        "events": proof.event_count,
        "not_sealed_yet": proof.unsealed_count,
        "difference": proof.difference,
        "broken_seal": proof.broken_seal,
        "broken_head": proof.broken_head,
    }
    text = word("command.verify_holds" if proof.holds else "command.verify_fails", **found)
    return Answer(found, text, exit_status=0 if proof.holds else 1)
