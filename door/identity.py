"""Who asks, re-read from the database for each drawing: a role taken away counts at the next."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from sqlalchemy import Connection

from data.sessions import actor_of_session, login_of_session
from data.terms import Actor
from door.clock import exact_now
from door.database import reading

LOOPBACK = "127.0.0.1"

_known: ContextVar[list[Actor] | None] = ContextVar("known", default=None)


class SignedOut(Exception):
    """Nobody is signed in here, or no longer; then `login` is who was."""

    def __init__(self, login: str | None = None) -> None:
        super().__init__()
        self.login = login


def actor() -> Actor:
    """Who asks: at this moment, or as one drawing found it. Raises SignedOut for a stranger."""
    known = _known.get()
    if known:
        return known[0]
    with reading().connect() as conn:
        found = actor_in(conn)
    if known is not None:
        known.append(found)
    return found


@contextmanager
def one_drawing() -> Iterator[None]:
    """Everything within is asked by whoever asks first, until something is changed."""
    outer = _known.set([]) if _known.get() is None else None
    try:
        yield
    finally:
        if outer is not None:
            _known.reset(outer)


def look_who_asks() -> None:
    """Something was changed, perhaps who may ask."""
    known = _known.get()
    if known:
        known.clear()


def actor_in(conn: Connection) -> Actor:
    """Who asks, as this transaction sees the accounts. Raises SignedOut for a stranger."""
    return actor_of(conn, session())


def session() -> str | None:
    """The session of whoever asks: put there by the gate, never by the browser."""
    found = st.user.to_dict().get("session")
    return found if isinstance(found, str) else None


def address() -> str:
    """The network address of whoever asks."""
    return st.context.ip_address or LOOPBACK  # Streamlit says None for this machine


def actor_of(conn: Connection, session: str | None) -> Actor:
    """Who holds a session at this moment. Raises SignedOut."""
    if session is None:
        raise SignedOut
    found = actor_of_session(conn, session, exact_now())
    if found is None:
        raise SignedOut(login_of_session(conn, session))
    return found
