"""The self-check at the start: what is unsafe is named, all of it, and nothing is served."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection
from streamlit import config

from data.accounts import add_user
from data.config import PROJECT, Gate
from data.db import connect
from data.demo.accounts import ACCOUNTS, PASSWORD
from data.words import word
from gate.checks import OPTIONS, unsafe, unsafe_options
from gate.cookie import HEADER, NAME
from gate.headers import FOR_A_YEAR
from tests import people
from tests.client import ask, sign_in_by_frames
from tests.people import add_person
from tests.servers import Server, copy_of, environment_of

ColdServer = Callable[..., Server]
ORIGIN = "https://yiping.example.gov.cn"
PRODUCTION = Gate(mode="production", origins=[ORIGIN], sockets_per_user=9, sockets_per_address=9)
UNSAFE = {
    "browser.gatherUsageStats": [True],
    "client.allowedOrigins": [["https://*.streamlit.app"]],
    "client.showErrorDetails": ["full", "stacktrace", "type"],
    "client.showErrorLinks": ["auto", True],
    "client.toolbarMode": ["developer", "auto"],
    "global.developmentMode": [True],
    "server.corsAllowedOrigins": [["*"]],
    "server.enableAgentApi": [True],
    "server.enableCORS": [False],
    "server.enableStaticServing": [True],
    "server.enableXsrfProtection": [False],
    "server.fileWatcherType": ["auto", "poll"],
    "server.headless": [False],
    "server.maxMessageSize": [200, 0],
    "server.maxUploadSize": [200, 0],
    "server.maxWidgetStateSize": [25],
    "server.scriptHealthCheckEnabled": [True],
    "server.trustedUserHeaders": [{}, {HEADER: "session", "x-user": "login"}],
}


@pytest.fixture
def option() -> Iterator[Callable[[str, object], None]]:
    """Set an option of Streamlit for one test."""
    before: dict[str, object] = {}

    def change(name: str, value: object) -> None:
        before.setdefault(name, config.get_option(name))
        config.set_option(name, value)

    yield change
    for name, value in before.items():
        config.set_option(name, value)


def test_s15_s16_the_shipped_options_are_safe() -> None:
    assert unsafe_options() == []


def test_every_option_is_tried() -> None:
    assert set(UNSAFE) == set(OPTIONS)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in UNSAFE.items() for value in values]
)
def test_each_unsafe_option_is_named(
    name: str, value: object, option: Callable[[str, object], None]
) -> None:
    option(name, value)
    [said] = unsafe_options()
    assert name in said and str(value) in said and OPTIONS[name][0] in said


def test_everything_is_named_at_once(
    conn: Connection, option: Callable[[str, object], None]
) -> None:
    for login, (name, role) in ACCOUNTS.items():
        add_user(conn, login, name, PASSWORD, role)
    for name, values in UNSAFE.items():
        option(name, values[0])
    said = unsafe(PRODUCTION.model_copy(update={"origins": []}), conn)
    assert len(said) == len(UNSAFE) + 2
    assert word("unsafe.no_origin") in said
    assert "、".join(sorted(ACCOUNTS)) in said[-1]


def test_an_address_without_tls_is_unsafe(conn: Connection) -> None:
    mixed = PRODUCTION.model_copy(update={"origins": [ORIGIN, "http://yiping.example.gov.cn"]})
    [said] = unsafe(mixed, conn)
    assert "http://yiping.example.gov.cn" in said
    assert unsafe(PRODUCTION, conn) == []


def test_a_demo_login_with_a_password_of_its_own_is_nobody_to_warn_of(conn: Connection) -> None:
    add_person(conn, "dispatcher")
    assert unsafe(PRODUCTION, conn) == []


@pytest.mark.parametrize(
    "origin", ["*", "https://*.gov.cn", "yiping.gov.cn", f"{ORIGIN}/", "https://YIPING.gov.cn", ""]
)
def test_an_address_no_browser_sends_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError):
        Gate(mode="production", origins=[origin], sockets_per_user=1, sockets_per_address=1)


def test_a_server_in_production_refuses_to_start_and_says_why(cold_server: ColdServer) -> None:
    with pytest.raises(RuntimeError) as failure:
        cold_server(YIPING_GATE__MODE="production")
    assert word("unsafe.no_origin") in str(failure.value)
    assert "dispatcher" in str(failure.value)


def test_in_production_a_silent_database_keeps_the_server_from_starting(
    cold_server: ColdServer,
) -> None:
    with pytest.raises(RuntimeError) as failure:
        cold_server(
            database_url="postgresql+psycopg://nobody@127.0.0.1:9/nothing",
            YIPING_GATE__MODE="production",
            YIPING_GATE__ORIGINS=f'["{ORIGIN}"]',
        )
    assert word("unsafe.unknown") in str(failure.value)


def test_the_command_says_it_in_sentences(demo_url: str, tmp_path: Path) -> None:
    told = environment_of(copy_of(demo_url, tmp_path), tmp_path) | {
        "YIPING_GATE__MODE": "production"
    }
    done = subprocess.run(
        [sys.executable, "-m", "gate"],
        cwd=PROJECT,
        env=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert word("unsafe.no_origin") in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_in_production_the_cookie_insists_on_tls(cold_server: ColdServer, sqlite_url: str) -> None:
    engine = connect(sqlite_url)
    with engine.begin() as conn:
        add_person(conn, "wang")
    engine.dispose()
    server = cold_server(
        database_url=sqlite_url,
        YIPING_GATE__MODE="production",
        YIPING_GATE__ORIGINS=f'["{ORIGIN}"]',
    )
    headers = {"Host": ORIGIN.removeprefix("https://"), "Origin": ORIGIN}
    ticket = sign_in_by_frames(server, "wang", people.PASSWORD, headers)
    answer = ask(server, "POST", "/session/open", headers | {"X-Ticket": ticket})
    assert answer.status == 204
    given = answer.headers["set-cookie"]
    assert re.match(f"__Host-{NAME}=", given)
    assert {"Secure", "HttpOnly", "Path=/"} <= set(given.split("; ")) and "Domain" not in given
    assert answer.headers["strict-transport-security"] == FOR_A_YEAR
    for path in ("/_stcore/health", "/"):
        given = ask(server, "GET", path, headers).headers.get("set-cookie", "Secure")
        assert "Secure" in given  # Streamlit's own one too
    host = server.url.removeprefix("http://")
    assert ask(server, "GET", "/healthz", {"Host": host}).status == 421
