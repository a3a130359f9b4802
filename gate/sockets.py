"""Open connections: how many one account may have, and which messages pass, both ways.

Streamlit takes operations from any browser that clear caches, read the code's repository or
install files, and tells every browser its versions and paths: neither passes here.
"""

import hashlib
from collections import Counter

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data.config import Gate
from door.database import NOT_ANSWERING
from gate import cookie
from gate.identity import visitor
from gate.messages import asked

NEEDED = frozenset({"rerun_script", "stop_script", "file_urls_request", "app_heartbeat"})
NEEDED_OPERATIONS = frozenset({"deferred_file", "dataframe_chunk"})
TOO_MANY = 1008


class Sockets:
    """Middleware: count the connections of each account, pass on what the screens need."""

    def __init__(self, app: ASGIApp, gate: Gate, script: str) -> None:
        self.app = app
        self.gate = gate
        self.script = script.encode()
        self.open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a connection in while there is room for it."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        who, limit = await self._counted_as(scope)
        if self.open[who] >= limit:
            await send({"type": "websocket.close", "code": TOO_MANY})
            return
        self.open[who] += 1
        try:
            await self.app(scope, _needed(receive), self._discreet(send))
        finally:
            self.open[who] -= 1
            self.open += Counter()  # forget whoever has none left

    async def _counted_as(self, scope: Scope) -> tuple[str, int]:
        """Strangers count by address; so does everybody while the database is silent."""
        try:
            actor = await run_in_threadpool(visitor, cookie.session_in(Headers(scope=scope)))
        except NOT_ANSWERING:
            actor = None
        if actor:
            return f"account {actor.login}", self.gate.sockets_per_user
        address, _ = scope.get("client") or ("", 0)
        return f"address {address}", self.gate.sockets_per_address

    def _discreet(self, send: Send) -> Send:
        async def send_without_paths(message: Message) -> None:
            frame = message.get("bytes")
            if frame and self.script in frame:
                message = {**message, "bytes": without_paths(frame)}
            await send(message)

        return send_without_paths


def _needed(receive: Receive) -> Receive:
    async def receive_needed() -> Message:
        while True:
            message = await receive()
            if not message.get("bytes") or is_needed(message["bytes"]):
                return message

    return receive_needed


def is_needed(frame: bytes) -> bool:
    """Whether a browser's message is one that screens need; Streamlit refuses broken ones."""
    message = asked(frame)
    if message is None:
        return True
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in NEEDED_OPERATIONS
    return kind in NEEDED


def without_paths(frame: bytes) -> bytes:
    """A message to a browser without where the program lies and what it runs on.

    The version stays recognisable, not readable: an open page reloads when it changes.
    """
    message = ForwardMsg()
    message.ParseFromString(frame)
    if message.WhichOneof("type") != "new_session":
        return frame
    session = message.new_session
    session.main_script_path = ""
    environment = session.initialize.environment_info
    version = environment.streamlit_version.encode()
    environment.Clear()
    environment.streamlit_version = hashlib.sha256(version).hexdigest()[:12]
    session.initialize.user_info.Clear()
    return message.SerializeToString()
