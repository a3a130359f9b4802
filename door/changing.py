"""Changing: one action, one transaction, by somebody who may."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from data.access import needs_of, require
from data.acting import startable_case
from data.requests import BulkRequest, CaseRequest
from data.terms import ActionRefused, Actor, Refused
from door.clock import exact_now
from door.database import NOT_ANSWERING, engine
from door.identity import SignedOut, actor_in, look_who_asks
from door.refusals import name_of, record_refusal, record_stranger
from door.version import look_again

log = logging.getLogger("yiping.door")

Request = TypeVar("Request")
Result = TypeVar("Result")
Action = Callable[[Connection, Request, Actor, datetime], Result]


def change(action: Action[Request, Result], request: Request) -> Result:
    """Do an action in one transaction, as whoever asks at this moment, if they may.

    Raises SignedOut, or Refused (on record; nothing was changed). A database that does not
    answer is refused too; whether it saved is unknown, so the same request may be sent again.
    """
    try:
        return _done(action, request, exact_now())
    except NOT_ANSWERING as failure:
        log.warning("the database did not answer a change: %s", type(failure).__name__)
        raise ActionRefused("door.unavailable") from failure
    finally:
        look_again()
        look_who_asks()


def _done(action: Action[Request, Result], request: Request, now: datetime) -> Result:
    name, subject = _name_of(action, request), _subject_of(request)
    try:
        with engine().begin() as conn:
            asker = actor_in(conn)
            _admit(conn, name, request, asker)
            return action(conn, request, asker, now)
    except SignedOut as nobody:
        record_stranger(nobody.login, name, subject)
        raise
    except Refused as refusal:
        record_refusal(asker, name, refusal, subject)
        raise


def _admit(conn: Connection, action: str, request: object, asker: Actor) -> None:
    """Role, scope and state, before the action itself is asked. Raises ActionRefused."""
    needs = needs_of(action)
    require(asker, needs.permission)
    if needs.kind is not None:
        startable_case(conn, needs.kind, request, asker.scope)  # type: ignore[arg-type]


def _name_of(action: Callable[..., object], request: object) -> str:
    """What the tables of access call it; an action on cases is called by its kind too."""
    if isinstance(request, CaseRequest | BulkRequest):
        return f"{name_of(action)}.{request.kind}"
    return name_of(action)


def _subject_of(request: object) -> str | None:
    """The case, the cases or the account that a request is about."""
    for name in ("case_no", "case_nos", "login"):
        if hasattr(request, name):
            return str(getattr(request, name))
    return None
