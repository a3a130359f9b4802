"""A client of the real server that sends what no browser would: any header, any frame."""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from socket import create_connection
from urllib.parse import urlsplit

from google.protobuf.message import Message
from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from data.db import connect as connect_database
from data.schema import users
from data.sessions import open_session
from data.words import word
from gate.cookie import NAME
from gate.guard import SOCKET
from tests.servers import Server

CUT_SHORT = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
LAPTOPS = ((1366, 768), (1440, 900), (1920, 1080))
SOON_NO_WIDER = """async node => {
    const fits = () => node.scrollWidth <= node.clientWidth + 1;
    for (let turn = 0; turn < 50 && !fits(); turn++)
        await new Promise(done => setTimeout(done, 100));
    return fits();
}"""
SECONDS = 60  # how long to wait for what must come


def token_of(server: Server, login: str) -> str:
    """The token of a new session of an account, as the sign-in would give it to a browser."""
    engine = connect_database(server.database_url)
    with engine.begin() as conn:
        token = open_session(conn, login, datetime.now(UTC))
    engine.dispose()
    return token


def go_in(page: Page, server: Server, login: str, path: str = "/") -> None:
    """Open a page as an account, with the cookie that the sign-in would have set."""
    cookie = {"name": NAME, "value": token_of(server, login), "url": server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"{server.url}/{path.lstrip('/')}")
    expect(page.get_by_text(word("sign_out.leave"), exact=True)).to_be_visible()


def fits(page: Page, size: tuple[int, int]) -> bool:
    """Whether a page, once drawn anew at a size, sticks out sideways nowhere."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return bool(page.get_by_test_id("stMain").evaluate(SOON_NO_WIDER))


def change_account(server: Server, login: str, **values: object) -> None:
    """Change an account behind everybody's back, as another process would."""
    engine = connect_database(server.database_url)
    with engine.begin() as conn:
        conn.execute(update(users).where(users.c.login == login).values(**values))
        assert conn.execute(select(users.c.login).where(users.c.login == login)).scalar()
    engine.dispose()


def cookie_of(token: str | None) -> dict[str, str]:
    """The header that brings a token, or none."""
    return {"Cookie": f"{NAME}={token}"} if token else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came back with."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    server: Server, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> Answer:
    """One request with exactly these headers; `Host` only if it is among them."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=SECONDS)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    answer = Answer(response.status, found, response.read())
    connection.close()
    return answer


@dataclass
class Socket:
    """One connection to the stream of a server, and what it was told."""

    connection: ClientConnection
    url: str
    frames: list[bytes] = field(default_factory=list)  # everything, for good
    elements: dict[tuple[int, ...], Element] = field(default_factory=dict)  # as on the screen
    fragments: dict[str, None] = field(default_factory=dict)  # parts of the page, in order
    session_id: str = ""
    page: str = ""  # the page last drawn
    path: str = ""  # its address
    query: str = ""

    def send(self, message: BackMsg) -> None:
        """Send one message."""
        self.connection.send(message.SerializeToString())

    def run(self, path: str = "", query: str = "", *states: WidgetState) -> str:
        """Ask for a page and read until it is drawn. Returns what this run showed, as text."""
        self.elements.clear()
        self.fragments.clear()
        self.path, self.query = path, query
        self.send(self.rerun(*states))
        return self.read_run()

    def tick(self, *states: WidgetState) -> str:
        """Set some widgets; or, with none, do what a page does by itself. Returns what is shown."""
        if states:
            self.send(self.rerun(*states, fragment=self.part))
        else:
            self.send_tick()
        return self.read_run()

    def send_tick(self) -> None:
        """Do what a page does by itself; while it knows of no news, nothing comes back."""
        message = self.rerun(fragment=self.pulse)
        message.rerun_script.is_auto_rerun = True
        self.send(message)

    @property
    def part(self) -> str:
        """The part of the page that shows something."""
        return next(iter(self.fragments))

    @property
    def pulse(self) -> str:
        """The part of the page that follows the data: the last one, or the only one."""
        return list(self.fragments)[-1]

    def rerun(self, *states: WidgetState, fragment: str = "") -> BackMsg:
        """The message that asks for the page, or a part of it, with some widgets set."""
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.fragment_id = self.query, fragment
        if fragment:
            asked.page_script_hash = self.page
        else:
            asked.page_name = self.path
        asked.widget_states.widgets.extend(states)
        asked.context_info.url = f"{self.url}/{self.path}"
        asked.context_info.locale = "zh-CN"
        return message

    def upload(self, server: Server, token: str, name: str, content: bytes) -> WidgetState:
        """Send a file for the one uploader on the screen. Returns the uploader with it."""
        [widget] = [
            element.file_uploader
            for element in self.elements.values()
            if element.WhichOneof("type") == "file_uploader"
        ]
        place = self.place_for(name)
        put(server, token, place.upload_url, name, content)
        held = WidgetState(id=widget.id)
        held.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(content), file_id=place.file_id, file_urls=place
        )
        return held

    def place_for(self, name: str) -> FileURLs:
        """Where a file may be put; the answer comes once the server took what was sent before."""
        message = BackMsg()
        asked = message.file_urls_request
        asked.request_id, asked.session_id = "1", self.session_id
        asked.file_names.append(name)
        self.send(message)
        for told in self.messages():
            if told.WhichOneof("type") == "file_urls_response":
                [place] = told.file_urls_response.file_urls
                return place
        raise AssertionError("no place")

    def file_behind(self, file_id: str) -> tuple[str, str]:
        """Press a button that makes a file: the file's address, or why there is none."""
        message = BackMsg()
        asked = message.backend_operation_request
        asked.request_id, asked.session_id = "1", self.session_id
        asked.deferred_file.file_id = file_id
        self.send(message)
        for told in self.messages():
            if told.WhichOneof("type") == "backend_operation_response":
                answer = told.backend_operation_response
                return answer.deferred_file.url, answer.error_msg
        raise AssertionError("no answer")

    def read_run(self) -> str:
        """Read until a script has come to its end. Returns what was shown meanwhile, as text."""
        start = len(self.frames)
        for message in self.messages():
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session_id = message.new_session.initialize.session_id
                self.page = message.new_session.page_script_hash
            elif kind == "delta":
                self._keep(message)
            elif kind == "script_finished" and message.script_finished != CUT_SHORT:
                return text_of(self.frames[start:])
        raise AssertionError("the script did not finish")

    def messages(self) -> Iterator[ForwardMsg]:
        """What the server sends, one by one."""
        while True:
            yield parsed(self.frame())

    def frame(self) -> bytes:
        """The next frame the server sends."""
        frame = self.connection.recv(timeout=SECONDS)
        assert isinstance(frame, bytes)
        self.frames.append(frame)
        return frame

    def text(self) -> str:
        """Everything the server has sent, as text."""
        return text_of(self.frames)

    def _keep(self, message: ForwardMsg) -> None:
        if message.delta.WhichOneof("type") == "new_element":
            self.elements[tuple(message.metadata.delta_path)] = message.delta.new_element
        if message.delta.fragment_id:
            self.fragments[message.delta.fragment_id] = None

    def widget(self, kind: str, name: str) -> Message:
        """The widget of a kind whose label or id tells a name."""
        for element in self.elements.values():
            if element.WhichOneof("type") == kind:
                found: Message = getattr(element, kind)
                if name in (
                    getattr(found, "label", ""),
                    getattr(found, "id", "").split("-", 2)[-1],
                ):
                    return found
        raise AssertionError(f"no {kind} {name} on the screen")


def put(server: Server, token: str, path: str, name: str, content: bytes) -> None:
    """Send a file as Streamlit's uploader does, with the token it compares with its cookie."""
    host = urlsplit(server.url).netloc
    given = ask(server, "GET", "/_stcore/health", {"Host": host}).headers["set-cookie"]
    xsrf = given.split(";")[0]
    headers = {
        "Host": host,
        "Origin": server.url,
        "Cookie": f"{NAME}={token}; {xsrf}",
        "X-Xsrftoken": xsrf.split("=", 1)[1],
        "Content-Type": "multipart/form-data; boundary=end",
    }
    part = f'--end\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'
    body = part.encode() + content + b"\r\n--end--\r\n"
    assert ask(server, "PUT", path, headers, body).status == 204


@contextmanager
def open_socket(
    server: Server,
    token: str | None = None,
    session_id: str = "",
    headers: dict[str, str] | None = None,
    host: str = "",
    path: str = SOCKET,
) -> Iterator[Socket]:
    """Connect as a browser of the same origin would, unless told otherwise.

    `session_id` asks to go on with a session of Streamlit. Raises InvalidStatus if refused.
    """
    told = {"Origin": server.url, **cookie_of(token), **(headers or {})}
    address = urlsplit(server.url)
    with connect(
        f"ws://{host or address.netloc}{path}",
        sock=create_connection((address.hostname, address.port), SECONDS),
        additional_headers={name: value for name, value in told.items() if value},
        subprotocols=[Subprotocol(one) for one in ("streamlit", "x", session_id) if one],
        compression=None,
        open_timeout=SECONDS,
        max_size=None,
    ) as connection:
        yield Socket(connection, server.url)


def sign_in_by_frames(
    server: Server, login: str, password: str, headers: dict[str, str] | None = None
) -> str:
    """Fill the sign-in form without a browser. Returns the ticket it is answered with, or ""."""
    headers = dict(headers or {})
    with open_socket(server, headers=headers, host=headers.pop("Host", "")) as socket:
        socket.run()
        told = socket.run(
            "",
            "",
            state(socket.widget("text_input", word("sign_in.login")), string_value=login),
            state(socket.widget("text_input", word("sign_in.password")), string_value=password),
            state(socket.widget("button", word("sign_in.enter")), trigger_value=True),
        )
    found = re.search(r'"ticket": "([\w-]+)"', told)
    return found[1] if found else ""


def parsed(frame: bytes) -> ForwardMsg:
    """A frame of the server as a message."""
    message = ForwardMsg()
    message.ParseFromString(frame)
    return message


def text_of(frames: list[bytes]) -> str:
    """The frames as text, so that words and numbers in them can be looked for."""
    text = b"".join(frames).decode("utf-8", "replace")
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def state(widget: Message, **value: object) -> WidgetState:
    """A widget said to have a value, whatever it offers."""
    return WidgetState(id=widget.id, **value)  # type: ignore[attr-defined, arg-type]


def event(component: Message, name: str, value: object) -> WidgetState:
    """An event of one of our components, as its script would send it."""
    told = json.dumps([{"event": name, "value": value}])
    key = f"$$STREAMLIT_INTERNAL_KEY_{component.id}__events"  # type: ignore[attr-defined]
    return WidgetState(id=key, json_trigger_value=told)
