"""Who asks, re-read from the database each time: a role taken away counts at the next question."""

import streamlit as st
from sqlalchemy import Connection

from data.accounts import actor_of_session
from data.terms import Actor
from door.clock import exact_now
from door.database import reading


class SignedOut(Exception):
    """Nobody is signed in here, or no longer."""


def actor() -> Actor:
    """Who asks at this moment. Raises SignedOut for a stranger."""
    with reading().connect() as conn:
        return actor_in(conn)


def actor_in(conn: Connection) -> Actor:
    """Who asks, as this transaction sees the accounts. Raises SignedOut for a stranger."""
    session = st.user.to_dict().get("session")  # put there by the gate, never by the browser
    found = actor_of_session(conn, session, exact_now()) if isinstance(session, str) else None
    if found is None:
        raise SignedOut
    return found
