"""Changing: one action, one transaction, by somebody who may."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from data.journal import audit
from data.terms import ActionRefused, Actor
from door.clock import exact_now
from door.database import NOT_ANSWERING, engine
from door.identity import actor_in
from door.version import look_again

log = logging.getLogger("yiping.door")

Request = TypeVar("Request")
Result = TypeVar("Result")
Action = Callable[[Connection, Request, Actor, datetime], Result]


def change(action: Action[Request, Result], request: Request) -> Result:
    """Do an action in one transaction, as whoever asks at this moment.

    Raises SignedOut, or ActionRefused (audited; nothing was changed). A database that does not
    answer is refused too; whether it saved is unknown, so the same request may be sent again.
    """
    try:
        return _done(action, request, exact_now())
    except NOT_ANSWERING as failure:
        log.warning("the database did not answer a change: %s", type(failure).__name__)
        raise ActionRefused("door.unavailable") from failure
    finally:
        look_again()


def _done(action: Action[Request, Result], request: Request, now: datetime) -> Result:
    try:
        with engine().begin() as conn:
            asker = actor_in(conn)
            return action(conn, request, asker, now)
    except ActionRefused as refusal:
        details: dict[str, object] = {"action": action.__name__, "reason": refusal.key}
        with engine().begin() as conn:
            audit(conn, asker.login, "refused", now, getattr(request, "case_no", None), details)
        raise
