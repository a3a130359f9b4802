"""The gate as a web server sees it: identity of every connection, sign-in and sign-out, health."""

import gc
import importlib
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.middleware import Middleware
from starlette.requests import Request, cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from data.accounts import SESSION_LENGTH, close_session, session_of_token
from data.config import settings
from data.db import is_wal_safe
from data.serving import serving_alone
from door.clock import exact_now
from door.database import engine
from door.version import answers
from gate.screens import SCREENS
from gate.tickets import take_token

log = logging.getLogger("yiping.gate")

COOKIE = "yiping_session"
HEADER = b"x-yiping-session"  # server.trustedUserHeaders hands it to scripts as st.user


class Identity:
    """Middleware: the session of the cookie in our header, and nobody else's word in it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its identity."""
        if scope["type"] in ("http", "websocket"):
            headers = [pair for pair in scope["headers"] if pair[0].lower() != HEADER]
            token = _token(headers)
            if token:
                headers.append((HEADER, session_of_token(token).encode()))
            scope = {**scope, "headers": headers}
        await self.app(scope, receive, send)


def _token(headers: list[tuple[bytes, bytes]]) -> str | None:
    for name, value in headers:
        if name.lower() == b"cookie":
            found = cookie_parser(value.decode("latin-1")).get(COOKIE)
            if found:
                return found
    return None


async def open_session(request: Request) -> Response:
    """Turn a ticket into the cookie of a session."""
    token = take_token(request.headers.get("x-ticket", ""))
    if token is None:
        return Response(status_code=403)
    response = Response(status_code=204)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LENGTH.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def end_session(request: Request) -> Response:
    """Revoke the session of the cookie and clear it. SameSite keeps other sites from asking."""
    token = request.cookies.get(COOKIE)
    if token:
        with engine().begin() as conn:
            close_session(conn, session_of_token(token), exact_now())
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def healthy(_: Request) -> Response:
    """Whether the database answers a query."""
    if not answers():
        return PlainTextResponse("no database", status_code=503)
    return PlainTextResponse("ok")


@asynccontextmanager
async def warmed_up(_: object) -> AsyncIterator[None]:
    """Load every screen before the first visitor; garbage collections leave out what is loaded."""
    for screen in SCREENS:
        importlib.import_module(screen.module)
    gc.collect()
    gc.freeze()
    if not is_wal_safe():
        log.warning("SQLite %s: rollback journal, not WAL", sqlite3.sqlite_version)
    with serving_alone(settings().database_url):
        yield


ROUTES = [
    Route("/healthz", healthy),
    Route("/session/open", open_session, methods=["POST"]),
    Route("/session/close", end_session, methods=["POST"]),
]
MIDDLEWARE = [Middleware(Identity)]
