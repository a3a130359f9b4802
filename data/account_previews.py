"""What a change of an account would do, rule by rule, computed before anybody saves."""

from datetime import datetime

from sqlalchemy import Connection, select

from data.access import permissions_of
from data.account_changes import (
    AddAccount,
    EndSessions,
    ResetPassword,
    SetRights,
    SwitchAccount,
    UnlockAccount,
)
from data.accounts import Account, account_of
from data.actions.effects import Effect
from data.directory import name_of_unit
from data.schema import areas
from data.sessions import open_sessions
from data.sign_ins import locked_until
from data.words import word

Change = AddAccount | SetRights | SwitchAccount | ResetPassword | UnlockAccount | EndSessions
Told = datetime | str | int | None


def preview_account(conn: Connection, ask: Change, now: datetime) -> tuple[Effect, ...]:
    """The effects of a request, in the order in which they are read."""
    if isinstance(ask, AddAccount):
        return _of_adding(conn, ask)
    account = account_of(conn, ask.login)
    if isinstance(ask, SetRights):
        return (*_of_rights(conn, account, ask), _ends_sessions(conn, ask.login, now))
    if isinstance(ask, SwitchAccount):
        return _of_switching(conn, account, ask, now)
    if isinstance(ask, ResetPassword):
        first = _effect("password", "first_password", word("account.own"), word("account.once"))
        return first, _ends_sessions(conn, ask.login, now)
    if isinstance(ask, UnlockAccount):
        until = locked_until(conn, now).get(ask.login)
        return (_effect("locked_until", "lock_ends", until, None),)
    return (_ends_sessions(conn, ask.login, now, ask.session_id),)


def _effect(effect: str, rule: str, before: Told, after: Told) -> Effect:
    return Effect(effect, rule, before, after, "unchanged" if before == after else "alters")


def _of_adding(conn: Connection, ask: AddAccount) -> tuple[Effect, ...]:
    return (
        _effect("role", "one_role", None, word(f"role.{ask.role}")),
        _effect("scope", "reach", None, _scope(conn, ask.area_id, ask.unit_id)),
        _effect("permissions", "by_role", None, _permissions(ask.role)),
        _effect("password", "first_password", None, word("account.once")),
    )


def _of_rights(conn: Connection, account: Account, ask: SetRights) -> tuple[Effect, ...]:
    before = account.unit or account.area or word("accounts.district")
    after = _scope(conn, ask.area_id, ask.unit_id)
    return (
        _effect("role", "one_role", account.role_words, word(f"role.{ask.role}")),
        _effect("scope", "reach", before, after),
        _effect("permissions", "by_role", _permissions(account.role), _permissions(ask.role)),
    )


def _of_switching(
    conn: Connection, account: Account, ask: SwitchAccount, now: datetime
) -> tuple[Effect, ...]:
    before, after = (
        word(f"accounts.state.{'active' if is_active else 'disabled'}")
        for is_active in (account.is_active, ask.is_active)
    )
    state = _effect("account_state", "switch", before, after)
    return (state,) if ask.is_active else (state, _ends_sessions(conn, ask.login, now))


def _ends_sessions(
    conn: Connection, login: str, now: datetime, session_id: int | None = None
) -> Effect:
    found = open_sessions(conn, now, login)
    ended = [one for one in found if session_id in (None, one.session_id)]
    return _effect("sessions", "sign_in_again", len(found), len(found) - len(ended))


def _scope(conn: Connection, area_id: int | None, unit_id: int | None) -> str:
    name = None
    if unit_id is not None:
        name = name_of_unit(conn, unit_id)
    elif area_id is not None:
        name = conn.execute(select(areas.c.name).where(areas.c.area_id == area_id)).scalar()
    return name or word("accounts.district")


def _permissions(role: str) -> str:
    return word("account.permissions", count=len(permissions_of(role)))
