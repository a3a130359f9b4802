"""The gate table: host × origin × cookie × path, asked of a real server."""

import itertools
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import InvalidStatus

from components.mount import ROOT, file_of, script_of
from data.config import Gate
from data.words import word
from gate.guard import SOCKET, refusal
from gate.headers import policy
from tests.client import Answer, ask, cookie_of, open_socket, token_of
from tests.servers import Server

# How each is spelt, with the server's own address filled in.
HOSTS = {
    "own": "127.0.0.1:{port}",
    "by name": "localhost:{port}",
    "without port": "127.0.0.1",
    "other port": "127.0.0.1:1",
    "rebound": "evil.example:{port}",
    "public": "192.0.2.1:{port}",
}
OWN_HOSTS = {"own", "by name"}
ORIGINS = {
    "own": "http://127.0.0.1:{port}",
    "absent": "",
    "null": "null",
    "foreign": "http://evil.example",
    "other port": "http://127.0.0.1:1",
    "other scheme": "https://127.0.0.1:{port}",
    "longer": "http://127.0.0.1:{port}.evil.example",
}
COOKIES = ("none", "made up", "leader", "dispatcher")
STRANGERS = {"none", "made up"}

SignedIn = Callable[..., Page]

PAGES = ("GET /", "GET /case", "GET /nowhere", "HEAD /")
SCRIPT = f"{ROOT}{file_of('tables')}"
OPEN = (
    "GET /healthz",
    "GET /favicon.png",
    "GET /_stcore/health",
    "GET /_stcore/host-config",
    f"GET {SCRIPT}",
)
SHUT = (
    "GET /_stcore/metrics",
    "GET /_stcore/script-health-check",
    "GET /_stcore/agent/openapi.json",
    "POST /_stcore/agent/interact",
    "GET /_stcore/bidi-components/x.js",
    "GET /component/x/index.html",
    "GET /app/static/x.png",
    "GET /auth/login",
    "GET /auth/logout",
    "GET /oauth2callback",
    f"GET {SOCKET}",
)
STREAM = f"SOCKET {SOCKET}"
SOCKETS = (STREAM, "SOCKET /", "SOCKET /overview")
POSTS = ("POST /session/open",)
UPLOADS = ("PUT /_stcore/upload_file/x/y", "DELETE /_stcore/upload_file/x/y")
DOWNLOADS = ("GET /media/0c4eb5781f2fe4215cc7697ec2637366.png",)
ODD = ("POST /", "DELETE /case", "OPTIONS /", "PATCH /session/open", "PUT /media/x")
PATHS = (*PAGES, *OPEN, *SHUT, *SOCKETS, *POSTS, *UPLOADS, *DOWNLOADS, *ODD)


def expected(host: str, origin: str, cookie: str, path: str) -> int:
    """What the gate must answer, written without looking at it; 0 for what Streamlit answers."""
    method = path.split()[0]
    if method == "SOCKET":
        is_let_in = path == STREAM and host in OWN_HOSTS and origin == "own"
        return 101 if is_let_in else 403
    if host not in OWN_HOSTS:
        return 421
    if path in SHUT:
        return 404
    must_say = method not in ("GET", "HEAD")
    if origin != "own" and (must_say or origin != "absent"):
        return 403
    if path in ODD:
        return 405
    if path in UPLOADS + DOWNLOADS and cookie in STRANGERS:
        return 401
    if path in UPLOADS:
        return 403  # a leader may not import; a dispatcher lacks Streamlit's own token
    if path in POSTS:
        return 403  # without a ticket
    return 404 if path in DOWNLOADS else 200


@pytest.fixture(scope="module")
def tokens(server: Server) -> dict[str, str | None]:
    return {
        "none": None,
        "made up": secrets.token_urlsafe(32),
        "leader": token_of(server, "leader"),
        "dispatcher": token_of(server, "dispatcher"),
    }


def test_the_guard_alone_says_the_same() -> None:
    """What it decides by itself: all but who is signed in."""
    gate = Gate(mode="demo", sockets_per_user=1, sockets_per_address=1)
    wrong = []
    for host, origin, path in itertools.product(HOSTS, ORIGINS, PATHS):
        method, address = path.split()
        headers = {"host": HOSTS[host], "origin": ORIGINS[origin]}
        scope = {
            "type": "websocket" if method == "SOCKET" else "http",
            "method": method,
            "path": address,
            "server": ("127.0.0.1", 80),
            "headers": [
                (name.encode(), value.format(port=80).encode())
                for name, value in headers.items()
                if value
            ],
        }
        silent = ("own", "absent") if path in DOWNLOADS else ("own",)
        goes_on = path in UPLOADS + POSTS + DOWNLOADS and host in OWN_HOSTS and origin in silent
        wanted = goes_on or expected(host, origin, "dispatcher", path) in (101, 200)
        if (refusal(gate, scope) is None) != wanted:
            wrong.append((host, origin, path))
    assert wrong == []


def spelt(table: dict[str, str], name: str, server: Server) -> str:
    return table[name].format(port=urlsplit(server.url).port)


@pytest.mark.parametrize("path", PATHS)
def test_s2_s3_s9_s11_w6_the_gate_table(
    path: str, server: Server, tokens: dict[str, str | None]
) -> None:
    found = {}
    for host, origin, cookie in itertools.product(HOSTS, ORIGINS, COOKIES):
        headers = {
            "Host": spelt(HOSTS, host, server),
            "Origin": spelt(ORIGINS, origin, server),
            **cookie_of(tokens[cookie]),
        }
        found[host, origin, cookie] = status(server, path, headers)
    wrong = {
        case: (answered, wanted)
        for case, answered in found.items()
        if answered != (wanted := expected(*case, path))
    }
    assert wrong == {}


def status(server: Server, path: str, headers: dict[str, str]) -> int:
    method, address = path.split()
    told = {name: value for name, value in headers.items() if value}
    if method != "SOCKET":
        return ask(server, method, address, told).status
    host = told.pop("Host")
    try:
        with open_socket(server, headers={"Origin": "", **told}, host=host, path=address):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_uploads_are_for_whoever_may_import(server: Server, tokens: dict[str, str | None]) -> None:
    """Both get a 403; who may import gets it from Streamlit, which wants its own token."""
    [path, *_] = [one.split()[1] for one in UPLOADS]
    answers = {
        role: ask(server, "PUT", path, headers_of(server, tokens[role]), b"x").body.decode()
        for role in ("leader", "dispatcher")
    }
    assert answers["leader"] == word("gate.refused.403")
    assert "XSRF" in answers["dispatcher"]


def headers_of(server: Server, token: str | None = None) -> dict[str, str]:
    """The headers of a browser that shows our own page."""
    return {"Host": urlsplit(server.url).netloc, "Origin": server.url, **cookie_of(token)}


def test_a_second_host_or_origin_does_not_hide_behind_the_first() -> None:
    gate = Gate(mode="demo", sockets_per_user=1, sockets_per_address=1)
    own, foreign = (b"host", b"127.0.0.1:80"), (b"host", b"evil.example")
    named = (b"host", b"evil.example@127.0.0.1:80")
    ours, theirs = (b"origin", b"http://127.0.0.1:80"), (b"origin", b"http://evil.example")

    def asked(*headers: tuple[bytes, bytes]) -> int | None:
        scope = {"type": "http", "method": "GET", "path": "/", "server": ("127.0.0.1", 80)}
        return refusal(gate, scope | {"headers": list(headers)})

    assert asked(own, ours) is None
    assert asked(ours) == asked() == asked(named) == 421
    assert asked(own, foreign) == asked(foreign, own) == asked(own, own) == 421
    assert asked(own, ours, theirs) == asked(own, theirs, ours) == 403


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("yiping.example.gov.cn", "https://yiping.example.gov.cn", None),
        ("yiping.example.gov.cn", "http://yiping.example.gov.cn", 403),
        ("yiping.example.gov.cn", "https://yiping.example.gov.cn:8443", 403),
        ("yiping.example.gov.cn:443", "https://yiping.example.gov.cn", 421),
        ("127.0.0.1:80", "http://127.0.0.1:80", 421),
        ("sub.yiping.example.gov.cn", "https://yiping.example.gov.cn", 421),
    ],
)
def test_in_production_only_the_named_address_is_answered(
    host: str, origin: str, status: int | None
) -> None:
    gate = Gate(
        mode="production",
        origins=["https://yiping.example.gov.cn"],
        sockets_per_user=1,
        sockets_per_address=1,
    )
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]
    scope = {"type": "websocket", "path": SOCKET, "headers": headers, "server": ("10.0.0.8", 80)}
    assert refusal(gate, scope) == status


@pytest.mark.parametrize("address", ["10.0.0.8", "0.0.0.0", "", "::"])
def test_a_demo_answers_its_own_machine_only(address: str) -> None:
    """Also where somebody started it on every address of the machine."""
    gate = Gate(mode="demo", sockets_per_user=1, sockets_per_address=1)
    for host in (f"{address}:80", "127.0.0.1:80", "localhost:80"):
        scope = {"type": "http", "method": "GET", "path": "/", "server": (address, 80)}
        assert refusal(gate, scope | {"headers": [(b"host", host.encode())]}) == 421


def test_s13_every_answer_carries_the_headers(server: Server) -> None:
    for path in ("/", "/healthz", "/media/x", "/_stcore/metrics", "/static/js/nothing.js", SCRIPT):
        answer = ask(server, "GET", path, headers_of(server))
        assert answer.headers["content-security-policy"] == policy()
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in answer.headers  # a demo has no TLS
        is_kept = path.startswith(("/static/", ROOT))
        assert (answer.headers.get("cache-control") == "no-store") != is_kept


def test_a_browser_keeps_the_script_of_a_component_and_not_that_there_is_none(
    server: Server,
) -> None:
    answer = ask(server, "GET", SCRIPT, headers_of(server))
    assert answer.body == script_of("tables") and b"drawnRow" in answer.body
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    for gone in ("tables-0.js", file_of("tables") + ".map", "kit.js", "mount.py"):
        answer = ask(server, "GET", ROOT + gone, headers_of(server))
        assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    parts = dict(part.split(" ", 1) for part in policy().split("; "))
    assert (
        "'unsafe-inline'" not in parts["script-src"] and "'unsafe-eval'" not in parts["script-src"]
    )
    assert parts["connect-src"] == parts["default-src"] == "'self'"
    assert parts["frame-ancestors"] == parts["object-src"] == "'none'"
    assert not any("http" in part or "*" in part for part in parts.values())


def test_a_refused_visitor_reads_why(server: Server) -> None:
    wrong = {"Host": "evil.example"}
    answers: list[Answer] = [
        ask(server, "GET", "/", wrong),
        ask(server, "GET", "/media/x", headers_of(server)),
        ask(server, "GET", "/_stcore/metrics", headers_of(server)),
        ask(server, "POST", "/", {"Host": urlsplit(server.url).netloc}),
        ask(server, "POST", "/", headers_of(server)),
    ]
    for answer in answers:
        assert answer.body.decode() == word(f"gate.refused.{answer.status}")
    assert [answer.status for answer in answers] == [421, 401, 404, 403, 405]


def test_a_page_is_ours_and_knows_where_its_server_is(server: Server) -> None:
    for path in ("/", "/overview", "/closure"):
        told = ask(server, "GET", path, headers_of(server)).body.decode()
        assert f"<title>{word('bar.product')}</title>" in told and '<html lang="zh-CN">' in told
        assert told.index("BACKEND_BASE_URL") < told.index('type="module"')


def test_a_screen_asks_at_the_root_alone(page: Page, signed_in: SignedIn, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    signed_in(page, path="/closure")
    expect(page.locator(".st-key-closure-cards .face").first).to_be_visible()
    below = [path for path in asked if "_stcore" in path and not path.startswith("/_stcore")]
    assert below == [] and "/_stcore/health" in asked
