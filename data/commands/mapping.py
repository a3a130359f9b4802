"""`mapping draft`."""

from pathlib import Path

import click

from data.commands import Answer, Prompt, command
from data.intake.draft import draft_mapping
from data.terms import ImportRefused
from data.words import word


def register(cli: click.Group) -> None:
    """Add the commands of this family."""
    group = click.Group("mapping", help="How the files of other systems are read.")
    cli.add_command(group)
    command(group, "draft")(draft)


@click.argument("file", type=click.Path())
@click.option("--kind", type=click.Choice(["cases", "events", "areas"]), default="cases")
@click.option("--sheet", default="", help="Of a workbook; the first when left out.")
@click.option("--out", type=click.Path(dir_okay=False), help="Save it instead of printing it.")
def draft(prompt: Prompt, file: str, kind: str, sheet: str, out: str | None) -> Answer:
    """Draft a mapping from a file, with a word on all that is unsure."""
    drafted = draft_mapping(file, kind, sheet)
    told: dict[str, object] = {
        "mapping": drafted.text,
        "columns": drafted.columns,
        "unsure": list(drafted.unsure),
    }
    if out is None:
        return Answer(told, drafted.text)
    try:
        Path(out).write_text(drafted.text, encoding="utf-8")
    except OSError as error:
        raise ImportRefused("draft.unwritable", out=out) from error
    lines = [word("draft.written", out=out, count=len(drafted.unsure)), *drafted.unsure]
    return Answer(told | {"out": out}, "\n".join(lines))
