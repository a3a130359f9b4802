"""The outermost wall: which hosts, origins, methods and paths get in; what every answer carries."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.config import Gate
from data.words import word
from gate.headers import answer_headers

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD"})
OUR_POSTS = frozenset({"/session/open", "/session/close"})
UPLOADS = "/_stcore/upload_file/"
SOCKET = "/_stcore/stream"
# All that a browser needs of Streamlit's own endpoints; its statistics and interfaces stay shut.
OPEN_ENDPOINTS = ("/_stcore/health", "/_stcore/host-config", SOCKET, UPLOADS)
SHUT_ROOTS = ("/_stcore", "/component", "/app", "/auth", "/oauth2callback")

WRONG_HOST, WRONG_ORIGIN, NO_SUCH_PATH, WRONG_METHOD = 421, 403, 404, 405


@dataclass(frozen=True, slots=True)
class Reach:
    """At which hosts and origins a connection may ask."""

    hosts: frozenset[str]
    origins: frozenset[str]


def reach_of(gate: Gate, scope: Scope) -> Reach:
    """What the settings name; in demo mode only this machine, at the port that was asked."""
    address, port = scope.get("server") or ("", None)
    if gate.mode == "demo" and address not in LOOPBACK_ADDRESSES:
        return Reach(frozenset(), frozenset())
    origins = frozenset(gate.origins) or frozenset(f"http://{name}:{port}" for name in LOOPBACK)
    return Reach(frozenset(urlsplit(origin).netloc for origin in origins), origins)


def refusal(gate: Gate, scope: Scope) -> int | None:
    """The status to refuse a connection with, or None to let it in."""
    headers, reach = Headers(scope=scope), reach_of(gate, scope)
    if headers.getlist("host") not in [[host] for host in reach.hosts]:
        return WRONG_HOST
    if not _is_open(scope["path"]):
        return NO_SUCH_PATH
    is_socket = scope["type"] == "websocket"
    if is_socket != (scope["path"] == SOCKET):
        return NO_SUCH_PATH
    origins = headers.getlist("origin")
    must_say = is_socket or scope["method"] not in SAFE_METHODS
    if (origins or must_say) and origins not in [[origin] for origin in reach.origins]:
        return WRONG_ORIGIN
    if must_say and not is_socket and not _takes(scope["path"], scope["method"]):
        return WRONG_METHOD
    return None


def _is_open(path: str) -> bool:
    if any(path == one or (one.endswith("/") and path.startswith(one)) for one in OPEN_ENDPOINTS):
        return True
    return not any(path == root or path.startswith(root + "/") for root in SHUT_ROOTS)


def _takes(path: str, method: str) -> bool:
    if path in OUR_POSTS:
        return method == "POST"
    return path.startswith(UPLOADS) and method in ("PUT", "DELETE")


class Guard:
    """Middleware: refuse, or pass on and send what every answer carries."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app = app
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        status = refusal(self.gate, scope)
        app = self.app if status is None else _refused(scope, status)
        await app(scope, receive, self._carrying(scope["path"], send))

    def _carrying(self, path: str, send: Send) -> Send:
        carried = answer_headers(path, self.gate.is_under_tls)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in carried.items():
                    headers[name] = value
                if self.gate.is_under_tls:
                    _secure_cookies(message)
            await send(message)

        return send_with_headers


def _secure_cookies(message: Message) -> None:
    """Streamlit does not know of a TLS that ends before it."""
    message["headers"] = [
        (name, value if name != b"set-cookie" or b"Secure" in value else value + b"; Secure")
        for name, value in message["headers"]
    ]


def _refused(scope: Scope, status: int) -> ASGIApp:
    if scope["type"] == "http":
        return PlainTextResponse(word(f"gate.refused.{status}"), status)

    async def close(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": 1008})  # before accepting: becomes a 403

    return close
