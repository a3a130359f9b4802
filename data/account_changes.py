"""What a security administrator does to accounts, and everybody to their own password.

Every change of somebody's rights ends their sessions: what they do next needs a new sign-in.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select, update

from data.accounts import (
    ADMINISTRATORS,
    add_user,
    check_scope,
    checked_login,
    checked_name,
)
from data.journal import audit
from data.passwords import (
    check_history,
    check_rules,
    hashed,
    is_password,
    one_time_password,
    remember,
)
from data.schema import sessions, users
from data.sessions import revoke_sessions, these
from data.sign_ins import Candidate, forget_failures
from data.terms import ActionRefused, Actor, Stale
from data.words import word


@dataclass(frozen=True, slots=True)
class AddAccount:
    """A request for an account; without a password one is made up, to be told once."""

    login: str
    name: str
    role: str
    area_id: int | None = None
    unit_id: int | None = None
    password: str = ""


@dataclass(frozen=True, slots=True)
class SetRights:
    """A request to give an account, seen at a version, another role or scope."""

    login: str
    version: int
    role: str
    area_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class SwitchAccount:
    """A request to switch an account, seen at a version, off or on again."""

    login: str
    version: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """A request for a new first password; without one it is made up, to be told once."""

    login: str
    version: int
    password: str = ""


@dataclass(frozen=True, slots=True)
class UnlockAccount:
    """A request to let an account sign in again before its lock ends by itself."""

    login: str


@dataclass(frozen=True, slots=True)
class EndSessions:
    """A request to end one session of an account, or all."""

    login: str
    session_id: int | None = None


def add_account(conn: Connection, ask: AddAccount, actor: Actor, now: datetime) -> str:
    """Add an account that changes its password at the first sign-in. Returns that password.

    Raises ActionRefused for a login, name, role, scope or password that cannot be.
    """
    login, name = checked_login(conn, ask.login), checked_name(ask.name)
    check_scope(conn, ask.role, ask.area_id, ask.unit_id)
    password = _first_password(login, ask.password)
    add_user(conn, login, name, password, ask.role, ask.unit_id, ask.area_id, True)
    rights = _rights(ask.role, ask.area_id, ask.unit_id)
    audit(conn, actor.login, "user_added", now, login, rights)
    return password


def _first_password(login: str, asked: str) -> str:
    password = asked.strip() or one_time_password(login)
    check_rules(login, password)
    return password


def _rights(role: str, area_id: int | None, unit_id: int | None) -> dict[str, object]:
    return {"role": role, "area_id": area_id, "unit_id": unit_id}


def set_rights(conn: Connection, ask: SetRights, actor: Actor, now: datetime) -> None:
    """Give an account another role or scope, and end its sessions.

    Raises ActionRefused for one's own account, for a scope that the role does not have, between
    two kinds of administrator, and for the last administrator of a kind; Stale if it was changed.
    """
    row = _others_account(conn, ask.login, actor)
    check_scope(conn, ask.role, ask.area_id, ask.unit_id)
    before, after = (
        _rights(row.role, row.area_id, row.unit_id),
        _rights(ask.role, ask.area_id, ask.unit_id),
    )
    if before == after:
        raise ActionRefused("accounts.same_rights", login=ask.login)
    if row.role != ask.role:
        _check_apart(row.role, ask.role)
        _check_not_last(conn, row)
    _update(conn, ask.login, ask.version, **after)
    audit(conn, actor.login, "user_rights", now, ask.login, {"before": before, "after": after})
    revoke_sessions(conn, ask.login, now, actor.login, "rights")


def switch_account(conn: Connection, ask: SwitchAccount, actor: Actor, now: datetime) -> None:
    """Switch an account off, which ends its sessions, or on again.

    Raises ActionRefused for one's own account and the last administrator of a kind; Stale.
    """
    row = _others_account(conn, ask.login, actor)
    if row.is_active == ask.is_active:
        key = "accounts.already_on" if ask.is_active else "accounts.already_off"
        raise ActionRefused(key, login=ask.login)
    if not ask.is_active:
        _check_not_last(conn, row)
    _update(conn, ask.login, ask.version, is_active=ask.is_active)
    audit(conn, actor.login, "user_enabled" if ask.is_active else "user_disabled", now, ask.login)
    if not ask.is_active:
        revoke_sessions(conn, ask.login, now, actor.login, "disabled")


def reset_password(conn: Connection, ask: ResetPassword, actor: Actor, now: datetime) -> str:
    """Give an account a password for one sign-in, and end its sessions. Returns the password.

    Raises ActionRefused for one's own account and for a password that breaks a rule; Stale.
    """
    row = _others_account(conn, ask.login, actor)
    password = _first_password(ask.login, ask.password)
    remember(conn, ask.login, row.password_hash)
    _update(conn, ask.login, ask.version, password_hash=hashed(password), must_change_password=True)
    forget_failures(conn, ask.login)
    audit(conn, actor.login, "user_reset", now, ask.login)
    revoke_sessions(conn, ask.login, now, actor.login, "reset")
    return password


def unlock_account(conn: Connection, ask: UnlockAccount, actor: Actor, now: datetime) -> None:
    """Let an account sign in again. Raises ActionRefused if nothing counts against it."""
    _others_account(conn, ask.login, actor)
    if not forget_failures(conn, ask.login):
        raise ActionRefused("accounts.not_locked", login=ask.login)
    audit(conn, actor.login, "user_unlocked", now, ask.login)


def end_sessions(conn: Connection, ask: EndSessions, actor: Actor, now: datetime) -> int:
    """End one session of an account, or all. Returns how many; none is no fault."""
    which = None if ask.session_id is None else these([ask.session_id])
    return revoke_sessions(conn, ask.login, now, actor.login, "ended", which)


def change_own_password(
    conn: Connection, own: Candidate, password_hash: str, session: str, now: datetime
) -> None:
    """Keep a new password that passed `new_hash`; every other session of the account ends.

    Raises Stale if the account was given another one meanwhile.
    """
    is_same = (users.c.login == own.login, users.c.password_hash == own.password_hash)
    remember(conn, own.login, own.password_hash)
    changed = conn.execute(
        update(users)
        .where(*is_same, users.c.is_active)
        .values(
            password_hash=password_hash,
            password_changed_at=now,
            must_change_password=False,
            version=users.c.version + 1,
        )
    )
    if not changed.rowcount:
        raise Stale("accounts.changed", login=own.login)
    audit(conn, own.login, "password_changed", now, own.login)
    others = sessions.c.token_sha256 != session
    revoke_sessions(conn, own.login, now, own.login, "password", others)


def new_hash(conn: Connection, own: Candidate, password: str) -> str:
    """A new password of one's own as it will be kept. Slow, and writes nothing.

    Raises ActionRefused for one that breaks a rule or was used before.
    """
    check_rules(own.login, password)
    check_history(conn, own.login, password, own.password_hash)
    return hashed(password)


def is_own_password(own: Candidate, typed: str) -> bool:
    """Whether somebody typed their present password; costs one check, also when locked."""
    return is_password(typed.strip(), own.password_hash)


def _others_account(conn: Connection, login: str, actor: Actor) -> Row[tuple]:
    """An account that is not one's own. Raises ActionRefused."""
    if login == actor.login:
        raise ActionRefused("accounts.own_rights")
    row = conn.execute(select(users).where(users.c.login == login)).first()
    if row is None:
        raise ActionRefused("accounts.unknown", login=login)
    return row


def _check_apart(before: str, after: str) -> None:
    if before in ADMINISTRATORS and after in ADMINISTRATORS:
        raise ActionRefused("accounts.apart")


def _check_not_last(conn: Connection, row: Row[tuple]) -> None:
    """Raises ActionRefused for the last active administrator of a kind.

    The rows stay locked until the change is done, so that two cannot remove each other at once.
    """
    if row.role not in ADMINISTRATORS or not row.is_active:
        return
    of_kind = select(users.c.login).where(users.c.role == row.role, users.c.is_active)
    held = conn.execute(of_kind.order_by(users.c.login).with_for_update()).scalars().all()
    if held == [row.login]:
        raise ActionRefused("accounts.last_of_kind", login=row.login, role=word(f"role.{row.role}"))


def _update(conn: Connection, login: str, version: int, **values: object) -> None:
    """Raises Stale if somebody changed the account since it was seen."""
    changed = conn.execute(
        update(users)
        .where(users.c.login == login, users.c.version == version)
        .values(version=users.c.version + 1, **values)
    )
    if not changed.rowcount:
        raise Stale("accounts.changed", login=login)
