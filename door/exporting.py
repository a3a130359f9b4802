"""Exporting: a file made when its button is pressed, for whoever holds the session then.

It is made from one moment of the database and holds what lies in their scope at that moment.
"""

import hashlib
import uuid
from collections.abc import Callable
from functools import partial
from inspect import signature
from io import BytesIO, TextIOWrapper
from typing import Any, BinaryIO, Concatenate, ParamSpec, get_type_hints

import streamlit as st
from sqlalchemy import Connection

from data.access import EXPORTS, OF_THE_DISTRICT, require_export
from data.journal import audit
from data.terms import ActionRefused, Actor, Scope
from door.clock import exact_now
from door.database import engine, looking
from door.identity import SignedOut, actor_of, session
from door.refusals import name_of, record_refusal, record_stranger

_NONCE = "export-nonce"

Asked = ParamSpec("Asked")
# Fills a file, of text or BinaryIO; returns how many rows.
Writer = Callable[Concatenate[Connection, Any, Asked], int]


def export(
    write: Writer[Asked], subject: str, *args: Asked.args, **kwargs: Asked.kwargs
) -> Callable[[], bytes]:
    """What makes the file that write(conn, file, *args) fills, once its button is pressed.

    Streamlit runs it then, outside of any screen: it asks again who holds the session, whether
    they may, and goes on record with the number of rows and the file's SHA-256, or fails.
    """
    return partial(_exported, session(), write, subject, args, kwargs)


def file_name(stem: str, ending: str = "csv") -> str:
    """A name that no other session's file has: Streamlit tells files apart by it."""
    nonce = st.session_state.setdefault(_NONCE, uuid.uuid4().hex[:8])
    return f"{stem}-{nonce}.{ending}"


def _exported(
    session: str | None,
    write: Callable[..., int],
    subject: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> bytes:
    name = name_of(write)
    try:
        with looking().connect() as conn:
            asker = actor_of(conn, session)
            require_export(asker, name)
            rows, content = _written(conn, write, args, kwargs | _narrowed(write, name, asker))
        about = {"rows": rows, "sha256": hashlib.sha256(content).hexdigest()}
        with engine().begin() as conn:
            audit(conn, asker.login, "export", exact_now(), subject, {"what": name, **about})
    except SignedOut as nobody:
        record_stranger(nobody.login, name, subject)
        raise
    except ActionRefused as refusal:
        record_refusal(asker, name, refusal, subject)
        raise
    return content


def _narrowed(write: Callable[..., int], name: str, asker: Actor) -> dict[str, Scope]:
    """The scope of whoever asks. Raises ActionRefused for a file that would not keep to it."""
    if "scope" in signature(write).parameters:
        return {"scope": asker.scope}
    if EXPORTS[name] not in OF_THE_DISTRICT:
        raise ActionRefused("access.not_offered", what=name)
    return {}


def _written(
    conn: Connection, write: Callable[..., int], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[int, bytes]:
    """How many rows, and the file: of text, in UTF-8 with its mark, or of bytes."""
    content = BytesIO()
    if get_type_hints(write)["file"] is BinaryIO:
        return write(conn, content, *args, **kwargs), content.getvalue()
    with TextIOWrapper(content, "utf-8-sig", newline="", write_through=True) as file:
        rows = write(conn, file, *args, **kwargs)
        return rows, content.getvalue()
