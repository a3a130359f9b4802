"""Ticks: what a page asks by itself, to know whether there is news.

It waits while a run that a person asked for goes on. A tick that arrives while another page is
being drawn would be answered after it, as a run of the page that was left, and Streamlit's browser
side would then clear the new one.

Once a page was told that there is nothing new, it is not told again before there is: its ticks
cost a look at the version, and no run.
"""

from dataclasses import dataclass
from time import monotonic

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from door.pulse import Seen, is_pulse, seen_in
from door.version import is_silent
from gate.cookie import HEADER
from gate.messages import asked_run

PATIENCE = 10.0  # seconds: what was asked may have been of a part that is gone, and is not answered
SMALL = 20_000  # bytes; what tells of a run beginning or ending is smaller
_LOOKING = CapacityLimiter(8)  # looks of all pages at once: a locked database holds up no more
GOES_ON = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN


class Ticks:
    """Middleware: drop the ticks of a connection that is busy, and those that nothing answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on, following its runs."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        line = _Line(Headers(scope=scope).get(HEADER))

        async def receive_in_turn() -> Message:
            while True:
                message = await receive()
                run = asked_run(message.get("bytes"))
                if run is None or await line.lets_through(run):
                    return message

        async def send_on(message: Message) -> None:
            line.hears(message.get("bytes"))
            await send(message)

        await self.app(scope, receive_in_turn, send_on)


@dataclass(slots=True)
class _Line:
    """What is known of one connection."""

    session: str | None
    busy_until: float = 0.0  # on the monotonic clock
    has_begun: bool = False
    asking: tuple[str, Seen] | None = None  # a pulse that was let through, and what was so then
    knows: tuple[str, Seen] | None = None  # a pulse that found nothing new, and what was so then

    async def lets_through(self, run: ClientState) -> bool:
        """Whether a run that is asked for is to go on."""
        if not run.is_auto_rerun:
            self.busy_until, self.has_begun = monotonic() + PATIENCE, False
            self.asking = self.knows = None
            return True
        if monotonic() < self.busy_until:
            return False
        self.asking = None
        if self.session is None or not is_pulse(run.fragment_id):
            return True
        seen = await run_sync(seen_in, self.session, limiter=_LOOKING)
        if seen is not None and self.knows == (run.fragment_id, seen):
            return False
        self.knows = None
        self.asking = None if seen is None else (run.fragment_id, seen)
        return True

    def hears(self, frame: bytes | None) -> None:
        """What the server sends."""
        goes_on = is_busy_after(frame)
        if goes_on is None:
            return
        self.has_begun = self.has_begun or goes_on
        if self.has_begun:  # else what ends was asked for before
            self.busy_until = monotonic() + PATIENCE if goes_on else 0.0
        if not goes_on and self.asking and not is_silent():
            self.asking, self.knows = None, self.asking


def is_busy_after(frame: bytes | None) -> bool | None:
    """Whether a run goes on after the server has sent this; None where it does not tell."""
    if not frame or len(frame) > SMALL:
        return None
    message = ForwardMsg()
    message.ParseFromString(frame)
    kind = message.WhichOneof("type")
    if kind == "new_session":
        return True
    return message.script_finished == GOES_ON if kind == "script_finished" else None
