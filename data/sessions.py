"""Sessions: who is signed in where, since when and until when.

A session's token is known to one browser only; the table keeps its SHA-256, the session's name.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, insert, or_, select, update

from data.accounts import ACTOR_COLUMNS, actor_of_row, canonical_login
from data.journal import audit
from data.schema import sessions, users
from data.terms import NOBODY, Actor, Role

SESSION_LENGTH = timedelta(hours=12)  # whatever is done in it
IDLE = timedelta(minutes=30)  # without a person's doing; a wall has nobody before it
PER_ACCOUNT = 3  # at a time; one more ends the oldest
VISIT_STEP = timedelta(minutes=5)  # visits are noted no finer: each note is a write
SKEW = timedelta(minutes=1)  # a clock set back further ends what was visited after it


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is open: where, since when, and when a person last did something in it."""

    session_id: int
    login: str
    name: str
    address: str
    opened_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a session is; with a password to change they may do nothing else."""

    login: str
    name: str
    must_change_password: bool


def open_session(conn: Connection, login: str, now: datetime, address: str = "") -> str:
    """Sign an account in. Returns the token for its browser; it is stored nowhere."""
    login, token = canonical_login(login), secrets.token_urlsafe(32)
    _make_room(conn, login, now)
    conn.execute(
        insert(sessions).values(
            token_sha256=session_of_token(token),
            login=login,
            address=address or None,
            opened_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LENGTH,
        )
    )
    audit(conn, login, "sign_in", now, login, {"address": address})
    return token


def session_of_token(token: str) -> str:
    """The name of the session that a token opens."""
    return hashlib.sha256(token.encode()).hexdigest()


def _make_room(conn: Connection, login: str, now: datetime) -> None:
    newest_first = (sessions.c.opened_at.desc(), sessions.c.session_id.desc())
    query = _open_sessions(now).where(sessions.c.login == login).order_by(*newest_first)
    too_many = conn.execute(query).scalars().all()[PER_ACCOUNT - 1 :]
    if too_many:
        revoke_sessions(conn, login, now, login, "too_many", these(too_many))


def these(session_ids: Iterable[int]) -> ColumnElement[bool]:
    """The condition of sessions by their keys."""
    return sessions.c.session_id.in_(session_ids)


def _is_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions of a session and its account.

    A visit in the future means that the clock was set back: nobody can tell then how long ago it
    was, and such a session has ended.
    """
    return (
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > now,
        sessions.c.last_seen_at <= now + SKEW,
        or_(sessions.c.last_seen_at > now - IDLE, users.c.role == Role.DISPLAY),
        users.c.is_active,
    )


def _open_sessions(now: datetime) -> Select[int]:
    return select(sessions.c.session_id).join(users).where(*_is_open(now))


def actor_of_session(conn: Connection, session: str, now: datetime) -> Actor | None:
    """Who is signed in by a session at this moment, with the role held at this moment.

    None for a session that is unknown, over or revoked, for an account switched off, and for one
    that has to change its password first.
    """
    query = (
        select(*ACTOR_COLUMNS)
        .join(sessions, sessions.c.login == users.c.login)
        .where(
            sessions.c.token_sha256 == session,
            *_is_open(now),
            users.c.must_change_password.is_(False),
        )
    )
    return actor_of_row(conn.execute(query).first())


def holder_of_session(conn: Connection, session: str, now: datetime) -> Holder | None:
    """Whose open session it is, also of an account that has to change its password first."""
    query = select(users.c.login, users.c.name, users.c.must_change_password).join(sessions)
    row = conn.execute(query.where(sessions.c.token_sha256 == session, *_is_open(now))).first()
    return Holder(*row) if row else None


def login_of_session(conn: Connection, session: str) -> str | None:
    """Whose a session is or was."""
    query = select(sessions.c.login).where(sessions.c.token_sha256 == session)
    return conn.execute(query).scalar()


def note_visit(conn: Connection, session: str, now: datetime) -> None:
    """A person did something in an open session."""
    is_due = sessions.c.last_seen_at <= now - VISIT_STEP
    still_open = sessions.c.session_id.in_(_open_sessions(now))
    conn.execute(
        update(sessions)
        .where(sessions.c.token_sha256 == session, is_due, still_open)
        .values(last_seen_at=now)
    )


def close_session(conn: Connection, session: str, now: datetime) -> None:
    """Sign a session out; closing one that is over or unknown does nothing."""
    login = login_of_session(conn, session)
    if login and _revoke(conn, login, now, sessions.c.token_sha256 == session):
        audit(conn, login, "sign_out", now, login)


def note_refused(conn: Connection, session: str, now: datetime, address: str) -> None:
    """Put on record that a browser came with a session that is over by the clock, or none of ours.

    A session ends so once; what was ended by somebody is on record already.
    """
    login = login_of_session(conn, session)
    if login is None:
        audit(conn, NOBODY, "session_unknown", now, None, {"address": address})
        return
    is_over = sessions.c.session_id.not_in(_open_sessions(now)), sessions.c.revoked_at.is_(None)
    over = conn.execute(
        update(sessions).where(sessions.c.token_sha256 == session, *is_over).values(revoked_at=now)
    )
    if over.rowcount:
        audit(conn, login, "session_over", now, login, {"address": address})


def revoke_sessions(
    conn: Connection,
    login: str,
    now: datetime,
    by: str,
    why: str,
    which: ColumnElement[bool] | None = None,
) -> int:
    """End sessions of an account, all of them unless told which. Returns how many."""
    count = _revoke(conn, login, now, *(() if which is None else (which,)))
    if count:
        audit(conn, by, "session_revoked", now, login, {"why": why, "count": count})
    return count


def _revoke(conn: Connection, login: str, now: datetime, *which: ColumnElement[bool]) -> int:
    """Only those that are open by the clock: ended ones are history."""
    is_running = (sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
    ended = conn.execute(
        update(sessions)
        .where(sessions.c.login == login, *is_running, *which)
        .values(revoked_at=now)
    )
    return ended.rowcount


def open_sessions(
    conn: Connection, now: datetime, login: str | None = None, here: str | None = None
) -> tuple[OpenSession, ...]:
    """The sessions that are open, of one account or of all, the latest visited first."""
    query = (
        select(sessions, users.c.name)
        .join(users)
        .where(*_is_open(now), *(() if login is None else (sessions.c.login == login,)))
        .order_by(sessions.c.last_seen_at.desc(), sessions.c.session_id.desc())
    )
    return tuple(
        OpenSession(
            row.session_id,
            row.login,
            row.name,
            row.address or "",
            row.opened_at,
            row.last_seen_at,
            row.expires_at,
            row.token_sha256 == here,
        )
        for row in conn.execute(query)
    )
