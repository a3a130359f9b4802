"""`python -m data COMMAND …`. The only place in data/ that reads the clock, once per command."""

from datetime import UTC, datetime

import click

from data.commands import accounts, backups, calendar, intake, mapping, metrics, sources, upkeep


@click.group()
@click.pass_context
def cli(context: click.Context) -> None:
    """Yiping: the case database from a prompt."""
    context.obj = datetime.now(UTC)


for family in (upkeep, intake, mapping, sources, metrics, calendar, accounts, backups):
    family.register(cli)

if __name__ == "__main__":
    cli(prog_name="python -m data")
