"""Who comes: the session of the cookie, and what only somebody signed in may fetch or send."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data.access import Permission, may
from data.sessions import actor_of_session
from data.terms import Actor
from data.words import word
from door.clock import exact_now
from door.database import NOT_ANSWERING, reading
from gate import cookie
from gate.guard import UPLOADS

MEDIA = "/media/"


def visitor(session: str | None) -> Actor | None:
    """Who a session belongs to at this moment; None for a stranger."""
    if session is None:
        return None
    with reading().connect() as conn:
        return actor_of_session(conn, session, exact_now())


class Identity:
    """Middleware: our session in our header and nobody else's word in it; files for the few."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on with its identity, or refuse it a file."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        status = await run_in_threadpool(_refused, scope) if _is_of_files(scope) else None
        if status is not None:
            refused = PlainTextResponse(word(f"gate.refused.{status}"), status)
            await refused(scope, receive, send)
            return
        await self.app({**scope, "headers": cookie.handed_on(scope["headers"])}, receive, send)


def _is_of_files(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["path"].startswith((MEDIA, UPLOADS))


def _refused(scope: Scope) -> int | None:
    """Downloads are for whoever is signed in, uploads for whoever may import."""
    try:
        actor = visitor(cookie.session_in(Headers(scope=scope)))
    except NOT_ANSWERING:
        return 503
    if actor is None:
        return 401
    is_upload = scope["path"].startswith(UPLOADS)
    return 403 if is_upload and not may(actor, Permission.KEEP_RULES) else None
