"""Ticks: what a page asks by itself waits while a run that a person asked for goes on.

A tick that arrives while another page is being drawn would be answered after it, as a run of the
page that was left, and Streamlit's browser side would then clear the new one.
"""

from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from gate.messages import asked_run

PATIENCE = 10.0  # seconds: what was asked may have been of a part that is gone, and is not answered
SMALL = 20_000  # bytes; what tells of a run beginning or ending is smaller
GOES_ON = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN


class Ticks:
    """Middleware: drop the ticks of a connection while it is busy; the next one comes soon."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on, following its runs."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        busy_until, has_begun = 0.0, False

        async def receive_in_turn() -> Message:
            nonlocal busy_until, has_begun
            while True:
                message = await receive()
                run = asked_run(message.get("bytes"))
                if run is not None and not run.is_auto_rerun:
                    busy_until, has_begun = monotonic() + PATIENCE, False
                elif run is not None and monotonic() < busy_until:
                    continue
                return message

        async def send_on(message: Message) -> None:
            nonlocal busy_until, has_begun
            goes_on = is_busy_after(message.get("bytes"))
            has_begun = has_begun or bool(goes_on)
            if goes_on is not None and has_begun:  # else what ends was asked for before
                busy_until = monotonic() + PATIENCE if goes_on else 0.0
            await send(message)

        await self.app(scope, receive_in_turn, send_on)


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
