"""Exporting: a file made when its button is pressed, for whoever holds the session then."""

import hashlib
import uuid
from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any, Concatenate, ParamSpec, TextIO

import streamlit as st
from sqlalchemy import Connection

from data.access import require_export
from data.journal import audit
from data.terms import ActionRefused
from door.clock import exact_now
from door.database import engine
from door.identity import SignedOut, actor_of, session
from door.refusals import name_of, record_refusal, record_stranger

_NONCE = "export-nonce"

Asked = ParamSpec("Asked")
Writer = Callable[Concatenate[Connection, TextIO, Asked], int]  # returns how many rows


def export(
    write: Writer[Asked], subject: str, *args: Asked.args, **kwargs: Asked.kwargs
) -> Callable[[], bytes]:
    """What makes the file that write(conn, file, *args) fills, once its button is pressed.

    Streamlit runs it then, outside of any screen: it asks again who holds the session, whether
    they may, and goes on record with the number of rows and the file's SHA-256, or fails.
    """
    return partial(_exported, session(), write, subject, args, kwargs)


def file_name(stem: str) -> str:
    """A name for a CSV that no other session's file has: Streamlit tells files apart by it."""
    nonce = st.session_state.setdefault(_NONCE, uuid.uuid4().hex[:8])
    return f"{stem}-{nonce}.csv"


def _exported(
    session: str | None,
    write: Callable[..., int],
    subject: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> bytes:
    name = name_of(write)
    try:
        with engine().begin() as conn:
            asker = actor_of(conn, session)
            require_export(asker, name)
            rows, content = _written(conn, write, args, kwargs)
            about = {"rows": rows, "sha256": hashlib.sha256(content).hexdigest()}
            audit(conn, asker.login, "export", exact_now(), subject, {"what": name, **about})
    except SignedOut as nobody:
        record_stranger(nobody.login, name, subject)
        raise
    except ActionRefused as refusal:
        record_refusal(asker, name, refusal, subject)
        raise
    return content


def _written(
    conn: Connection, write: Callable[..., int], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[int, bytes]:
    with StringIO(newline="") as file:
        rows = write(conn, file, *args, **kwargs)
        return rows, file.getvalue().encode("utf-8-sig")
