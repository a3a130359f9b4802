"""Visits: what a person does keeps their session open; what a page asks by itself does not."""

import asyncio
import logging
from time import monotonic

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.sessions import VISIT_STEP, note_visit
from door.clock import exact_now
from door.database import NOT_ANSWERING, engine
from gate.cookie import HEADER
from gate.messages import is_visit

log = logging.getLogger("yiping.gate")


class Visits:
    """Middleware: note the visits of every connection's session, no finer than they are kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.writing: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on, listening for what a person does."""
        session = Headers(scope=scope).get(HEADER) if scope["type"] == "websocket" else None
        if session is None:
            await self.app(scope, receive, send)
            return
        await self.app(scope, self._noted(receive, session), send)

    def _noted(self, receive: Receive, session: str) -> Receive:
        next_at = 0.0

        async def receive_noted() -> Message:
            nonlocal next_at
            message = await receive()
            if monotonic() >= next_at and is_visit(message.get("bytes")):
                next_at = monotonic() + VISIT_STEP.total_seconds()
                self._write(session)
            return message

        return receive_noted

    def _write(self, session: str) -> None:
        """Beside the connection: a long import may hold the database; no screen waits for it."""
        task = asyncio.create_task(run_in_threadpool(_note, session))
        self.writing.add(task)
        task.add_done_callback(self.writing.discard)


def _note(session: str) -> None:
    try:
        with engine().begin() as conn:
            note_visit(conn, session, exact_now())
    except NOT_ANSWERING as failure:
        log.warning("a visit was not noted: %s", type(failure).__name__)
