"""Commands for accounts: `user add`."""

import click
from sqlalchemy import select

from data.accounts import add_user, canonical_login
from data.commands import Answer, Prompt, command
from data.journal import audit
from data.schema import units, users
from data.terms import Refused, Role
from data.words import word


def register(cli: click.Group) -> None:
    """Add the family to the command line."""

    @cli.group()
    def user() -> None:
        """Accounts."""

    command(user, "add")(add)


@click.argument("login")
@click.option("--name", required=True, help="The post, as screens show it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--unit", metavar="CODE", help="The unit an operator works for.")
@click.password_option(help="Asked for when not given.")
def add(
    prompt: Prompt, login: str, name: str, role: str, unit: str | None, password: str
) -> Answer:
    """Add an account."""
    known = canonical_login(login)
    with prompt.engine.begin() as conn:
        if conn.execute(select(users.c.login).where(users.c.login == known)).first():
            raise Refused("accounts.exists", login=known)
        unit_id = None
        if unit is not None:
            unit_id = conn.execute(select(units.c.unit_id).where(units.c.code == unit)).scalar()
            if unit_id is None:
                raise Refused("accounts.unknown_unit", unit=unit)
        add_user(conn, known, name, password, role, unit_id)
        audit(conn, prompt.actor, "user_added", prompt.now, known, {"role": role})
    return Answer({"login": known, "role": role}, word("accounts.added", login=known))
