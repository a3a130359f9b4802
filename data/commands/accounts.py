"""Commands for accounts: `user add`, `disable`, `enable`, `role`, `reset`, `unlock`, `list` …"""

from collections.abc import Callable

import click
from sqlalchemy import Connection, Table, select

from data.account_changes import (
    AddAccount,
    EndSessions,
    ResetPassword,
    SetRights,
    SwitchAccount,
    UnlockAccount,
    add_account,
    end_sessions,
    reset_password,
    set_rights,
    switch_account,
    unlock_account,
)
from data.accounts import Account, account_of, accounts, canonical_login
from data.commands import Answer, Prompt, command
from data.db import reading
from data.schema import areas, units
from data.sessions import open_sessions
from data.sign_ins import locked_until
from data.terms import Actor, Refused, Role
from data.words import word

ROLES = click.Choice([role.value for role in Role])
Options = Callable[[Callable[..., Answer]], Callable[..., Answer]]


def register(cli: click.Group) -> None:
    """Add the family to the command line."""

    @cli.group()
    def user() -> None:
        """Accounts."""

    command(user, "add")(add)
    command(user, "disable")(disable)
    command(user, "enable")(enable)
    command(user, "role")(role)
    command(user, "reset")(reset)
    command(user, "unlock")(unlock)
    command(user, "sign-out")(sign_out)
    command(user, "list")(list_accounts)


def _scope(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """The options that say how far rights reach."""
    function = click.option("--unit", metavar="CODE", help="The unit an operator works for.")(
        function
    )
    return click.option("--area", metavar="CODE", help="The town it is limited to.")(function)


def _actor(prompt: Prompt) -> Actor:
    """Whoever sits at the prompt may what a security administrator may."""
    return Actor(prompt.actor, prompt.actor, Role.SECURITY_ADMINISTRATOR)


def _key(conn: Connection, table: Table, code: str | None) -> int | None:
    """The key of an area or unit. Raises Refused for a code that nothing has."""
    if code is None:
        return None
    [key] = table.primary_key
    found: int | None = conn.execute(select(key).where(table.c.code == code)).scalar()
    if found is None:
        raise Refused(f"accounts.unknown_{'unit' if table is units else 'area'}", code=code)
    return found


@click.argument("login")
@click.option("--name", required=True, help="The post, as screens show it.")
@click.option("--role", required=True, type=ROLES)
@_scope
@click.password_option(help="For the first sign-in; asked for when not given.")
def add(
    prompt: Prompt,
    login: str,
    name: str,
    role: str,
    area: str | None,
    unit: str | None,
    password: str,
) -> Answer:
    """Add an account; its password is changed at the first sign-in."""
    with prompt.engine.begin() as conn:
        scope = _key(conn, areas, area), _key(conn, units, unit)
        ask = AddAccount(login, name, role, *scope, password)
        add_account(conn, ask, _actor(prompt), prompt.now)
    known = canonical_login(login)
    return Answer({"login": known, "role": role}, word("accounts.added", login=known))


@click.argument("login", callback=lambda _, __, typed: canonical_login(typed))
def disable(prompt: Prompt, login: str) -> Answer:
    """Switch an account off and end its sessions."""
    return _switched(prompt, login, is_active=False)


@click.argument("login", callback=lambda _, __, typed: canonical_login(typed))
def enable(prompt: Prompt, login: str) -> Answer:
    """Switch an account on again."""
    return _switched(prompt, login, is_active=True)


def _switched(prompt: Prompt, login: str, is_active: bool) -> Answer:
    with prompt.engine.begin() as conn:
        ask = SwitchAccount(login, account_of(conn, login).version, is_active)
        switch_account(conn, ask, _actor(prompt), prompt.now)
    key = "accounts.enabled" if is_active else "accounts.disabled"
    return Answer({"login": login, "is_active": is_active}, word(key, login=login))


@click.argument("login", callback=lambda _, __, typed: canonical_login(typed))
@click.argument("role", type=ROLES)
@_scope
def role(prompt: Prompt, login: str, role: str, area: str | None, unit: str | None) -> Answer:
    """Give an account a role and a scope, and end its sessions."""
    with prompt.engine.begin() as conn:
        version = account_of(conn, login).version
        scope = _key(conn, areas, area), _key(conn, units, unit)
        set_rights(conn, SetRights(login, version, role, *scope), _actor(prompt), prompt.now)
    text = word("accounts.moved", login=login, role=word(f"role.{role}"))
    return Answer({"login": login, "role": role, "area": area, "unit": unit}, text)


@click.argument("login", callback=lambda _, __, typed: canonical_login(typed))
@click.password_option(help="For the next sign-in; asked for when not given.")
def reset(prompt: Prompt, login: str, password: str) -> Answer:
    """Give an account a password for one sign-in, and end its sessions."""
    with prompt.engine.begin() as conn:
        ask = ResetPassword(login, account_of(conn, login).version, password)
        reset_password(conn, ask, _actor(prompt), prompt.now)
    return Answer({"login": login}, word("accounts.reset", login=login))


@click.argument("login", callback=lambda _, __, typed: canonical_login(typed))
def unlock(prompt: Prompt, login: str) -> Answer:
    """Let a locked account sign in again."""
    with prompt.engine.begin() as conn:
        unlock_account(conn, UnlockAccount(login), _actor(prompt), prompt.now)
    return Answer({"login": login}, word("accounts.unlocked", login=login))


@click.argument("login", callback=lambda _, __, typed: canonical_login(typed))
def sign_out(prompt: Prompt, login: str) -> Answer:
    """End every session of an account."""
    with prompt.engine.begin() as conn:
        account_of(conn, login)
        count = end_sessions(conn, EndSessions(login), _actor(prompt), prompt.now)
    text = word("accounts.signed_out", login=login, count=count)
    return Answer({"login": login, "sessions": count}, text)


def list_accounts(prompt: Prompt) -> Answer:
    """List the accounts, with role, scope and state."""
    with reading(prompt.engine).connect() as conn:
        found, locked = accounts(conn), locked_until(conn, prompt.now)
        signed_in = [session.login for session in open_sessions(conn, prompt.now)]
    lines = [_line(one, one.login in locked, signed_in.count(one.login)) for one in found]
    rows = [
        {
            "login": one.login,
            "name": one.name,
            "role": one.role,
            "area": one.area,
            "unit": one.unit,
            "state": _state(one, one.login in locked),
            "sessions": signed_in.count(one.login),
        }
        for one in found
    ]
    return Answer({"users": rows}, "\n".join(lines) or word("accounts.none"))


def _state(account: Account, is_locked: bool) -> str:
    if not account.is_active:
        return "disabled"
    if is_locked:
        return "locked"
    return "new" if account.must_change_password else "active"


def _line(account: Account, is_locked: bool, session_count: int) -> str:
    return word(
        "accounts.line",
        login=account.login,
        name=account.name,
        role=account.role_words,
        scope=account.unit or account.area or word("accounts.district"),
        state=word(f"accounts.state.{_state(account, is_locked)}"),
        count=session_count,
    )
