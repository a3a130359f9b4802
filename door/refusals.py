"""Refusals on record: who asked for what they may not have, and why they did not get it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from data.access import Permission, require
from data.journal import audit
from data.terms import NOBODY, ActionRefused, Actor, OutOfScope, Refused
from door.clock import exact_now
from door.database import engine
from door.identity import actor

_TOLD = "refused-reads"


def name_of(function: Callable[..., Any]) -> str:
    """What an action or a query is called in the tables of access."""
    return f"{function.__module__}.{function.__qualname__}"


def allowed(permission: Permission, what: str) -> Actor:
    """Whoever asks, if they may. Raises SignedOut, or ActionRefused, on record."""
    asker = actor()
    try:
        require(asker, permission)
    except ActionRefused as refusal:
        record_once(asker, what, refusal)
        raise
    return asker


def record_refusal(asker: Actor, what: str, refusal: Refused, subject: str | None = None) -> None:
    """Write down who was refused what, and why."""
    told = refusal, *getattr(refusal, "refusals", ())  # of a bulk action one for each case
    is_beyond = any(isinstance(one, OutOfScope) for one in told)
    reason = "beyond_scope" if is_beyond else refusal.key
    _record(asker.login, what, reason, subject, {"role": asker.role})


def record_stranger(login: str | None, what: str, subject: str | None = None) -> None:
    """Write down that somebody who is signed out, or never was signed in, asked for something."""
    _record(login or NOBODY, what, "signed_out", subject, {})


def record_once(asker: Actor, what: str, refusal: Refused) -> None:
    """The same of a question that an open screen asks again each tick: once for that screen."""
    told: set[object] = st.session_state.setdefault(_TOLD, set())
    asked = what, refusal.key, str(refusal)
    if asked not in told:
        record_refusal(asker, what, refusal, str(refusal.values.get("case_no") or "") or None)
        told.add(asked)


def _record(
    login: str, what: str, reason: str, subject: str | None, more: dict[str, object]
) -> None:
    with engine().begin() as conn:
        audit(
            conn, login, "refused", exact_now(), subject, {"what": what, "reason": reason, **more}
        )
