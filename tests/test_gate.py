"""The gate in a real browser: nobody comes in without signing in, whatever the address."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect
from sqlalchemy import func, select, update
from starlette.types import Message, Receive, Scope, Send

from data.config import PROJECT
from data.db import connect
from data.schema import audit_events, cases, sessions, users
from data.sessions import session_of_token
from data.words import word
from gate import cookie as cookies
from gate.identity import Identity
from gate.screens import SCREENS
from gate.tickets import take_token, write_ticket
from tests import servers
from tests.house import on
from tests.scale import SIZE
from tests.servers import Server, fill_sign_in, sign_in

FILE_NAMES = {
    path.relative_to(PROJECT / "pages").with_suffix("").as_posix()
    for path in (PROJECT / "pages").glob("*.py")
} - {"__init__"}
PATHS = {screen.url_path for screen in SCREENS} | FILE_NAMES
ADDRESSES = ["", "intake", "nowhere", "pages", *sorted(PATHS - {"intake"})]
COOKIE, HEADER = cookies.NAME, cookies.HEADER.encode()
HOSTS = {"127.0.0.1", "localhost", ""}  # "" stands in data: and blob: addresses

ColdServer = Callable[..., Server]


def enter_button(page: Page) -> Locator:
    return page.get_by_role("button", name=word("sign_in.enter"), exact=True)


def leave_button(page: Page) -> Locator:
    return page.get_by_text(word("sign_out.leave"), exact=True)


@pytest.fixture
def received(page: Page) -> list[bytes]:
    """Every frame the server sends to the browser."""
    frames: list[bytes] = []

    def keep(payload: str | bytes) -> None:
        frames.append(payload.encode() if isinstance(payload, str) else payload)

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return frames


@pytest.fixture
def requests(page: Page) -> list[str]:
    """Every address the browser asks for."""
    asked: list[str] = []

    def keep(request: Request) -> None:
        asked.append(request.url)

    page.on("request", keep)
    page.on("websocket", lambda socket: asked.append(socket.url))
    return asked


def outside(addresses: list[str]) -> list[str]:
    return [address for address in addresses if (urlsplit(address).hostname or "") not in HOSTS]


@pytest.mark.parametrize("path", ADDRESSES[: SIZE.cold_addresses])
def test_on_a_cold_server_every_address_reaches_the_sign_in_and_nothing_else(
    path: str, cold_server: ColdServer, page: Page, received: list[bytes]
) -> None:
    server = cold_server()
    page.goto(f"{server.url}/{path}")
    expect(enter_button(page)).to_be_visible(timeout=20_000)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("navigation")).to_have_count(0)
    titles = {word(screen.title) for screen in SCREENS} - {word("sign_in.login")}
    secrets = [*titles, *some_case(server)]
    told = b"".join(received)
    assert told and not [secret for secret in secrets if secret.encode() in told]


def some_case(server: Server) -> list[str]:
    engine = connect(server.database_url)
    with engine.connect() as conn:
        row = conn.execute(select(cases.c.case_no, cases.c.title).limit(1)).one()
    engine.dispose()
    return [text for text in row if text]


@pytest.mark.parametrize("launcher", ["uvicorn", "streamlit"])
def test_the_first_sign_in_of_a_cold_server_works_and_keeps_the_question(
    launcher: str, cold_server: ColdServer, page: Page, requests: list[str]
) -> None:
    """With `uvicorn app:app` and with `streamlit run app.py`; nothing leaves the machine."""
    server = cold_server(launcher)
    case_no, *_ = some_case(server)
    page.goto(f"{server.url}/case?no={case_no}")
    sign_in(page, "dispatcher")
    assert page.url == f"{server.url}/case?no={case_no}"
    expect(page.get_by_text(case_no).first).to_be_visible(timeout=20_000)
    for screen in SCREENS:
        page.goto(f"{server.url}/{screen.url_path}")
        expect(leave_button(page)).to_be_visible(timeout=20_000)
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert outside(requests) == []
    assert server.outside_addresses() == []


def test_a_reload_stays_signed_in(
    server: Server, signed_in: Callable[..., Page], page: Page
) -> None:
    signed_in(page)
    page.reload()
    expect(leave_button(page)).to_be_visible(timeout=20_000)
    expect(enter_button(page)).to_have_count(0)


def test_signing_out_ends_every_tab(
    server: Server, signed_in: Callable[..., Page], page: Page, context: BrowserContext
) -> None:
    signed_in(page)
    [token] = [cookie["value"] for cookie in context.cookies() if cookie["name"] == COOKIE]
    tab = context.new_page()
    tab.goto(server.url + "/definitions")
    expect(leave_button(tab)).to_be_visible(timeout=20_000)
    leave_button(page).click()
    expect(enter_button(page)).to_be_visible(timeout=20_000)
    assert COOKIE not in {cookie["name"] for cookie in context.cookies()}
    expect(enter_button(tab)).to_be_visible(timeout=20_000)  # at its next tick
    context.add_cookies([{"name": COOKIE, "value": token, "url": server.url}])  # kept by a thief
    page.goto(server.url)
    expect(enter_button(page)).to_be_visible(timeout=20_000)


def test_an_account_switched_off_is_out_at_the_next_tick(
    cold_server: ColdServer, page: Page
) -> None:
    server = cold_server()
    page.goto(server.url)
    sign_in(page, "leader")
    engine = connect(server.database_url)
    with engine.begin() as conn:
        conn.execute(update(users).where(users.c.login == "leader").values(is_active=False))
    engine.dispose()
    expect(enter_button(page)).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("login", ["operator", "nobody", "x' OR '1'='1", "  "])
def test_a_wrong_password_gets_one_message_whoever_it_is(
    login: str, server: Server, page: Page
) -> None:
    before = failures(server, "operator")
    page.goto(server.url)
    fill_sign_in(page, login, "not it")
    expect(page.get_by_text(word("sign_in.wrong"))).to_be_visible(timeout=20_000)
    expect(leave_button(page)).to_have_count(0)
    assert failures(server, "operator") == before + (login == "operator")


def failures(server: Server, login: str) -> int:
    engine = connect(server.database_url)
    with engine.connect() as conn:
        query = select(func.count()).where(
            audit_events.c.kind == "sign_in_failed", audit_events.c.actor == login
        )
        count = conn.execute(query).scalar_one()
    engine.dispose()
    return int(count)


def test_the_cookie_is_out_of_reach_of_scripts_and_of_the_database(
    server: Server, page: Page, context: BrowserContext
) -> None:
    sign_ins = select(func.count()).where(
        audit_events.c.kind == "sign_in", audit_events.c.actor == "auditor"
    )
    before = on(server.database_url, lambda conn: conn.execute(sign_ins).scalar_one())
    page.goto(server.url)
    sign_in(page, "auditor")
    [cookie] = [cookie for cookie in context.cookies() if cookie["name"] == COOKIE]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    assert COOKIE not in page.evaluate("document.cookie")
    assert on(server.database_url, lambda conn: conn.execute(sign_ins).scalar_one()) == before + 1
    tokens = select(sessions.c.token_sha256)
    stored = on(server.database_url, lambda conn: conn.execute(tokens).scalars().all())
    assert session_of_token(cookie["value"]) in stored and cookie["value"] not in stored


def test_a_header_of_ones_own_is_no_identity(
    server: Server, signed_in: Callable[..., Page], page: Page, context: BrowserContext
) -> None:
    signed_in(page)
    [token] = [cookie["value"] for cookie in context.cookies() if cookie["name"] == COOKIE]
    context.clear_cookies()
    context.set_extra_http_headers({HEADER.decode(): session_of_token(token)})
    page.goto(server.url)
    expect(enter_button(page)).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("name", [HEADER, HEADER.upper(), HEADER.title()])
def test_the_identity_of_a_connection_is_that_of_its_cookie(kind: str, name: bytes) -> None:
    seen: list[list[tuple[bytes, bytes]]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append([value for key, value in scope["headers"] if key.lower() == HEADER])

    async def nothing() -> Message:
        return {}

    async def nobody(_: Message) -> None:
        return None

    forged, cookie = (name, b"forged"), (b"cookie", f"a=b; {COOKIE}=token".encode())
    for headers in ([forged], [forged, cookie], [cookie, forged]):
        pass_on = Identity(app)({"type": kind, "path": "/", "headers": headers}, nothing, nobody)
        with pytest.raises(StopIteration):  # it waits for nothing
            pass_on.send(None)
    mine = session_of_token("token").encode()
    assert seen == [[], [mine], [mine]]


def test_a_ticket_is_worth_its_token_once(server: Server, page: Page) -> None:
    ticket = write_ticket("token")
    assert take_token(ticket) == "token"
    assert take_token(ticket) is None
    headers = {"X-Ticket": ticket, "Origin": server.url}
    answer = page.request.post(server.url + "/session/open", headers=headers)
    assert answer.status == 403 and "set-cookie" not in answer.headers


def test_an_unknown_address_says_so_after_the_sign_in(
    server: Server, signed_in: Callable[..., Page], page: Page
) -> None:
    signed_in(page, "leader", "/nowhere")
    expect(page.get_by_text(word("screen.missing"))).to_be_visible(timeout=20_000)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_first_screen_answers_to_its_name(
    server: Server, signed_in: Callable[..., Page], page: Page
) -> None:
    signed_in(page, "leader", f"/{SCREENS[0].url_path}?from=letter")
    expect(page).to_have_url(f"{server.url}/?from=letter")


def test_health_asks_the_database(server: Server, page: Page) -> None:
    assert page.request.get(server.url + "/healthz").text() == "ok"


def test_the_watch_on_the_network_is_awake(tmp_path: Path) -> None:
    """The guard that finds nothing must be one that would find something."""
    code = """
import sys
sys.audit("socket.connect", None, ("192.0.2.1", 80))
sys.audit("socket.connect", None, ("127.0.0.1", 80))
sys.audit("socket.getaddrinfo", "tiles.invalid", 443, 0, 0, 0)
"""
    report = tmp_path / "network.txt"
    environment = {"PYTHONPATH": str(servers.GUARD), "YIPING_NETWORK_REPORT": str(report)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert report.read_text().splitlines() == [
        "socket.connect 192.0.2.1",
        "socket.getaddrinfo tiles.invalid",
    ]
