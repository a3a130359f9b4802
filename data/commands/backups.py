"""Commands for backups: `backup FILE`, `restore FILE`."""

from pathlib import Path

import click

from data.backups.bring_back import restore
from data.backups.save import back_up
from data.commands import Answer, Prompt, command
from data.words import word

FILE = click.Path(path_type=Path)


def register(cli: click.Group) -> None:
    """Add the family to the command line."""
    command(cli, "backup")(save)
    command(cli, "restore")(bring_back)


@click.argument("file", type=FILE)
def save(prompt: Prompt, file: Path) -> Answer:
    """Copy the whole database into FILE, with its SHA-256 in FILE.sha256, while others work."""
    made = back_up(prompt.engine, file, prompt.actor, prompt.now)
    found: dict[str, object] = {
        "file": str(made.path),
        "sha256": made.sha256,
        "bytes": made.size,
        "cases": made.case_count,
        "events": made.event_count,
    }
    return Answer(found, word("backup.made", **found))


@click.argument("file", type=FILE)
@click.option("--sha256", metavar="HEX", help="As it was kept elsewhere; else FILE.sha256 tells.")
@click.option("--replace", is_flag=True, help="SQLite: lay the present file aside first.")
def bring_back(prompt: Prompt, file: Path, sha256: str | None, replace: bool) -> Answer:
    """Let the backup FILE be the database: SQLite in place of none, PostgreSQL in an empty one."""
    done = restore(prompt.engine, file, sha256, replace, prompt.actor, prompt.now)
    found: dict[str, object] = {
        "file": str(file),
        "sha256": done.sha256,
        "cases": done.proof.case_count,
        "events": done.proof.event_count,
        "holds": done.proof.holds,
        "difference": done.proof.difference,
        "broken_seal": done.proof.broken_seal,
        "aside": str(done.aside) if done.aside else None,
    }
    lines = [word("backup.restored", **found)]
    if done.aside:
        lines.append(word("backup.aside", path=done.aside))
    if not done.proof.holds:
        lines.append(word("backup.does_not_hold", **found))
    return Answer(found, "\n".join(lines), exit_status=0 if done.proof.holds else 1)
