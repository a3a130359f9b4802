"""Accounts for tests, with a password that costs little to check."""

from datetime import datetime

import bcrypt
from sqlalchemy import Connection, insert, select

from data.schema import audit_events, users
from data.sessions import open_session, session_of_token

PASSWORD = "Correct-Horse-7"
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


def add_person(
    conn: Connection, login: str = "wang", role: str = "dispatcher", **values: object
) -> None:
    """An account that may sign in with PASSWORD."""
    row = {"login": login, "name": f"{login}的岗位", "role": role, "password_hash": HASH, **values}
    conn.execute(insert(users).values(row))


def signed_in(conn: Connection, login: str, now: datetime, address: str = "10.0.0.1") -> str:
    """A session of an account."""
    return session_of_token(open_session(conn, login, now, address))


def audited(conn: Connection, *kinds: str) -> list[tuple[str, str, str | None]]:
    """What was written down, in order: kind, who, about whom; of some kinds, or of all."""
    query = select(audit_events.c.kind, audit_events.c.actor, audit_events.c.object)
    rows = conn.execute(query.order_by(audit_events.c.event_id))
    return [(row.kind, row.actor, row.object) for row in rows if not kinds or row.kind in kinds]
