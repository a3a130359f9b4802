"""Accounts and sessions: who there is, who is signed in, since when and until when.

A session's token is known to one browser only; the table keeps its SHA-256, the session's name.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import bcrypt
from sqlalchemy import Connection, Row, insert, select, update

from data.journal import audit
from data.schema import sessions, users
from data.terms import Actor, Refused, Role

SESSION_LENGTH = timedelta(hours=12)
LONGEST_PASSWORD_BYTES = 72  # bcrypt looks no further
ACTOR_COLUMNS = (users.c.login, users.c.name, users.c.role, users.c.unit_id)


def add_user(
    conn: Connection, login: str, name: str, password: str, role: str, unit_id: int | None = None
) -> None:
    """Add an account. Raises Refused for an unknown role or a password bcrypt would cut."""
    if role not in set(Role):
        raise Refused("accounts.unknown_role", role=role)
    conn.execute(
        insert(users).values(
            login=canonical_login(login),
            name=name,
            password_hash=_hash(password.strip()),
            role=role,
            unit_id=unit_id,
        )
    )


def canonical_login(typed: str) -> str:
    """A login as it is stored: without surrounding space, in lower case."""
    return typed.strip().lower()


def _hash(password: str) -> str:
    secret = password.encode()
    if not 0 < len(secret) <= LONGEST_PASSWORD_BYTES:
        raise Refused("accounts.password_length", limit=LONGEST_PASSWORD_BYTES)
    return bcrypt.hashpw(secret, bcrypt.gensalt()).decode()


@cache
def _nobodys_hash() -> str:
    """A hash that no password has: strangers cost one check, like everybody else."""
    return _hash(secrets.token_urlsafe())


def credentials_of(conn: Connection, login: str) -> dict[str, dict[str, dict[str, object]]]:
    """What the sign-in form checks against: the one account asked for, known or not."""
    login = canonical_login(login)
    row = conn.execute(
        select(users.c.name, users.c.password_hash).where(users.c.login == login, users.c.is_active)
    ).first()
    name, password_hash = row if row else ("", _nobodys_hash())
    return {"usernames": {login: {"name": name, "password": password_hash}}}


def record_failure(conn: Connection, login: str, now: datetime) -> None:
    """Count and audit a failed sign-in.

    An unknown login is not written down: it may be a password typed into the wrong field.
    """
    login = canonical_login(login)
    known = conn.execute(select(users.c.login).where(users.c.login == login)).scalar()
    audit(conn, known or "stranger", "sign_in_failed", now, known)


def open_session(conn: Connection, login: str, now: datetime) -> str:
    """Sign an account in. Returns the token for its browser; it is stored nowhere."""
    login, token = canonical_login(login), secrets.token_urlsafe(32)
    conn.execute(
        insert(sessions).values(
            token_sha256=session_of_token(token),
            login=login,
            opened_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LENGTH,
        )
    )
    audit(conn, login, "sign_in", now, login)
    return token


def session_of_token(token: str) -> str:
    """The name of the session that a token opens."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of_session(conn: Connection, session: str, now: datetime) -> Actor | None:
    """Who is signed in by a session at this moment, with the role held at this moment.

    None for a session that is unknown, over or revoked, and for an account switched off.
    """
    row = conn.execute(
        select(*ACTOR_COLUMNS)
        .join(sessions, sessions.c.login == users.c.login)
        .where(
            sessions.c.token_sha256 == session,
            sessions.c.revoked_at.is_(None),
            sessions.c.expires_at > now,
            users.c.is_active,
        )
    ).first()
    return _actor(row)


def actor_of_login(conn: Connection, login: str) -> Actor | None:
    """The account of a login at this moment; None for an unknown one or one switched off."""
    query = select(*ACTOR_COLUMNS).where(users.c.login == login, users.c.is_active)
    row = conn.execute(query).first()
    return _actor(row)


def _actor(row: Row[Any, Any, Any, Any] | None) -> Actor | None:
    if row is None or row.role not in set(Role):  # a role this program does not know
        return None
    return Actor(row.login, row.name, Role(row.role), row.unit_id)


def close_session(conn: Connection, session: str, now: datetime) -> None:
    """Sign a session out; closing one that is over or unknown does nothing."""
    closed = conn.execute(
        update(sessions)
        .where(sessions.c.token_sha256 == session, sessions.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if closed.rowcount:
        login = conn.execute(
            select(sessions.c.login).where(sessions.c.token_sha256 == session)
        ).scalar_one()
        audit(conn, login, "sign_out", now, login)
