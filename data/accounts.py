"""Accounts: who there is, with which role and how far their rights reach."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from data.passwords import LONGEST_BYTES, hashed
from data.schema import areas, units, users
from data.terms import NOBODY, NOTHING, ActionRefused, Actor, Role, Scope
from data.words import word

ACTOR_COLUMNS = (users.c.login, users.c.name, users.c.role, users.c.area_id, users.c.unit_id)
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")  # no colon: the command line acts as command:…
RESERVED = frozenset({NOBODY, "server"})  # who else acts, in the audit
LONGEST_NAME = 40
WITH_UNIT = frozenset({Role.OPERATOR})  # see their own unit, and nothing without one
WITH_AREA = frozenset({Role.DISPATCHER, Role.LEADER, Role.DISPLAY})  # of a town, or the district

# 三员: an account is one of them for ever, none handles cases, and there is always one of each.
ADMINISTRATORS = frozenset({Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Account:
    """An account, as a security administrator sees it."""

    login: str
    name: str
    role: str
    area_id: int | None
    area: str | None
    unit_id: int | None
    unit: str | None
    is_active: bool
    must_change_password: bool
    password_changed_at: datetime | None
    signed_in_at: datetime | None
    version: int

    @property
    def role_words(self) -> str:
        """The role as people read it; one that this program does not know, as it stands."""
        return word(f"role.{self.role}") if self.role in set(Role) else self.role


def add_user(
    conn: Connection,
    login: str,
    name: str,
    password: str,
    role: str,
    unit_id: int | None = None,
    area_id: int | None = None,
    must_change_password: bool = False,
) -> None:
    """Add an account, whatever its password. Raises ActionRefused for what no account can be."""
    if role not in set(Role):
        raise ActionRefused("accounts.unknown_role", role=role)
    secret = password.strip()  # as the sign-in form reads it
    if not 0 < len(secret.encode()) <= LONGEST_BYTES:
        raise ActionRefused("accounts.password_length", limit=LONGEST_BYTES)
    conn.execute(
        insert(users).values(
            login=canonical_login(login),
            name=name,
            password_hash=hashed(secret),
            role=role,
            area_id=area_id,
            unit_id=unit_id,
            must_change_password=must_change_password,
        )
    )


def canonical_login(typed: str) -> str:
    """A login as it is stored: without surrounding space, in lower case."""
    return typed.strip().lower()


def checked_login(conn: Connection, typed: str) -> str:
    """A login that a new account can have. Raises ActionRefused."""
    login = canonical_login(typed)
    if not LOGIN.fullmatch(login) or login in RESERVED:
        raise ActionRefused("accounts.bad_login", login=login[:LONGEST_NAME])
    if conn.execute(select(users.c.login).where(users.c.login == login)).first():
        raise ActionRefused("accounts.exists", login=login)
    return login


def checked_name(typed: str) -> str:
    """The name of a post, as screens can show it. Raises ActionRefused."""
    name = unicodedata.normalize("NFC", typed).strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise ActionRefused("accounts.bad_name", limit=LONGEST_NAME)
    return name


def check_scope(conn: Connection, role: str, area_id: int | None, unit_id: int | None) -> None:
    """Raises ActionRefused for a role that does not exist, or that does not have such a scope."""
    if role not in set(Role):
        raise ActionRefused("accounts.unknown_role", role=role)
    if (unit_id is not None) != (role in WITH_UNIT):
        key = "accounts.needs_unit" if role in WITH_UNIT else "accounts.no_unit"
        raise ActionRefused(key)
    if area_id is not None and role not in WITH_AREA:
        raise ActionRefused("accounts.no_area")
    _check_known(conn, area_id, unit_id)


def _check_known(conn: Connection, area_id: int | None, unit_id: int | None) -> None:
    for column, key in ((areas.c.area_id, area_id), (units.c.unit_id, unit_id)):
        if key is not None and not conn.execute(select(column).where(column == key)).first():
            raise ActionRefused("accounts.unknown_scope")


def actor_of_login(conn: Connection, login: str) -> Actor | None:
    """The account of a login at this moment; None for an unknown one or one switched off."""
    query = select(*ACTOR_COLUMNS).where(users.c.login == login, users.c.is_active)
    return actor_of_row(conn.execute(query).first())


def actor_of_row(row: Row[Any, Any, Any, Any, Any] | None) -> Actor | None:
    """The actor that the `ACTOR_COLUMNS` of an account tell of."""
    if row is None or row.role not in set(Role):  # a role this program does not know
        return None
    scope = Scope(row.area_id, row.unit_id)
    if row.role in WITH_UNIT and row.unit_id is None:
        scope = NOTHING
    return Actor(row.login, row.name, Role(row.role), scope)


def accounts(conn: Connection) -> tuple[Account, ...]:
    """Every account, those that may sign in first, by login."""
    query = (
        select(
            users,
            areas.c.name.label("area"),
            units.c.name.label("unit"),
        )
        .outerjoin(areas, areas.c.area_id == users.c.area_id)
        .outerjoin(units, units.c.unit_id == users.c.unit_id)
        .order_by(users.c.is_active.desc(), users.c.login)
    )
    names = Account.__dataclass_fields__
    return tuple(
        Account(**{name: getattr(row, name) for name in names}) for row in conn.execute(query)
    )


def account_of(conn: Connection, login: str) -> Account:
    """One account. Raises ActionRefused for one that does not exist."""
    found = next((one for one in accounts(conn) if one.login == login), None)
    if found is None:
        raise ActionRefused("accounts.unknown", login=login)
    return found
