"""The gate as a web server sees it: what stands before Streamlit, sign-in and -out, health."""

import gc
import importlib
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from components.mount import ROOT, script_in
from data.config import settings
from data.db import is_wal_safe
from data.serving import serving_alone
from data.sessions import close_session
from data.terms import Refused
from door.clock import exact_now
from door.database import NOT_ANSWERING, engine, reading
from door.desk import cleared_room
from door.keeping import on_record
from door.version import answers
from gate import cookie
from gate.checks import unsafe
from gate.guard import Guard
from gate.identity import Identity
from gate.page import page
from gate.screens import SCREENS
from gate.sockets import Sockets
from gate.tickets import take_token
from gate.ticks import Ticks
from gate.visits import Visits

log = logging.getLogger("yiping.gate")

FOR_EVER = "public, max-age=31536000, immutable"

# One room further in, because beside a folder `pages/` a cold server runs any page by its URL.
SCRIPT = Path(__file__).with_name("script.py")
ICON = Path(__file__).with_name("icon.png")


async def open_session(request: Request) -> Response:
    """Turn a ticket into the cookie of a session."""
    token = take_token(request.headers.get("x-ticket", ""))
    if token is None:
        return Response(status_code=403)
    response = Response(status_code=204)
    cookie.put(response, token)
    return response


def end_session(request: Request) -> Response:
    """Revoke the session of the cookie, if the database answers, and clear it."""
    session, status = request.headers.get(cookie.HEADER), 204
    try:
        if session:
            with engine().begin() as conn:
                close_session(conn, session, exact_now())
    except NOT_ANSWERING as failure:
        log.warning("a session is not closed, only its cookie: %s", type(failure).__name__)
        status = 503
    response = Response(status_code=status)
    cookie.clear(response)
    return response


def healthy(_: Request) -> Response:
    """Whether the database answers a query."""
    if not answers():
        return PlainTextResponse("no database", status_code=503)
    return PlainTextResponse("ok")


def check_settings() -> None:
    """Raises Refused with everything that is unsafe, or if that cannot be known; a demo may be."""
    gate = settings().gate
    if gate.mode == "demo":
        return
    try:
        with reading().connect() as conn:
            found = unsafe(gate, conn)
    except NOT_ANSWERING as failure:
        raise Refused("unsafe.unknown") from failure
    if found:
        raise Refused("unsafe.all", count=len(found), all="\n".join(found))


def icon(_: Request) -> Response:
    """The picture in the browser's tab, also for whoever has not signed in."""
    return FileResponse(ICON)


def screen(_: Request) -> Response:
    """The page of every screen; which one, its address tells the script."""
    return HTMLResponse(page())


def component(request: Request) -> Response:
    """The script of a component, also for whoever has not signed in; browsers keep it."""
    script = script_in(request.path_params["file"])
    if script is None:
        return Response(status_code=404, headers={"Cache-Control": "no-store"})
    return Response(script, media_type="text/javascript", headers={"Cache-Control": FOR_EVER})


@asynccontextmanager
async def warmed_up(_: object) -> AsyncIterator[None]:
    """Load every screen before the first visitor; garbage collections leave out what is loaded."""
    check_settings()
    for screen in SCREENS:
        importlib.import_module(screen.module)
    gc.collect()
    gc.freeze()
    if not is_wal_safe():
        log.warning("SQLite %s: rollback journal, not WAL", sqlite3.sqlite_version)
    with serving_alone(settings().database_url), on_record(), cleared_room():
        yield


ROUTES = [
    *(Route(f"/{path}", screen) for path in ("", *(one.url_path for one in SCREENS))),
    Route("/favicon.png", icon),
    Route("/healthz", healthy),
    Route(ROOT + "{file}", component),
    Route("/session/open", open_session, methods=["POST"]),
    Route("/session/close", end_session, methods=["POST"]),
]
MIDDLEWARE = [
    Middleware(Guard, gate=settings().gate),
    Middleware(Sockets, gate=settings().gate, script=str(SCRIPT)),
    Middleware(Identity),
    Middleware(Visits),
    Middleware(Ticks),
]
