"""Connections no browser would make, against a real server: S and W of the catalogue."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus

from data.config import PROJECT
from data.db import connect
from data.schema import audit_events, case_events
from data.sessions import session_of_token
from data.words import word
from gate.cookie import NAME
from tests.client import Socket, ask, open_socket, token_of
from tests.forging import REVOCATIONS, a_case, headers_of, new_person, number, refusals_of, serves
from tests.scale import SIZE
from tests.servers import Server

TOO_BIG, BROKEN = 1009, 1002
CUT_OFF = 1006  # the rest of a message still on its way can swallow the goodbye
MEGABYTE = 1024 * 1024


def shows_the_form(told: str) -> bool:
    return word("sign_in.enter") in told and word("sign_out.leave") not in told


# S: sessions


def test_s1_w7_a_stolen_session_of_streamlit_carries_no_rights(server: Server) -> None:
    """Its number stands in addresses of uploads, and so in logs."""
    thief = new_person(server, "leader")
    with open_socket(server, new_person(server).token) as victim:
        victim.run("intake")
        for token in (None, thief.token):
            with open_socket(server, token, session_id=victim.session_id) as socket:
                told = socket.run("intake")
                assert socket.session_id != victim.session_id
                assert shows_the_form(told) if token is None else word("screen.missing") in told
            assert "file_uploader" in kinds_of(victim, "intake")  # nobody was driven out


def kinds_of(socket: Socket, path: str) -> set[str]:
    socket.run(path)
    return {str(element.WhichOneof("type")) for element in socket.elements.values()}


def test_s1_going_on_with_ones_own_session_needs_the_cookie_still(server: Server) -> None:
    who = new_person(server)
    with open_socket(server, who.token) as socket:
        socket.run()
        mine = socket.session_id
    with open_socket(server, None, session_id=mine) as socket:
        assert shows_the_form(socket.run())


def test_s1_a_token_is_worth_nothing_after_signing_out(server: Server) -> None:
    who = new_person(server)
    with open_socket(server, who.token) as socket:
        assert not shows_the_form(socket.run())
        answer = ask(server, "POST", "/session/close", headers_of(server, who.token))
        assert answer.status == 204 and f'{NAME}=""' in answer.headers["set-cookie"]
        assert shows_the_form(socket.run())
    with open_socket(server, who.token) as socket:
        assert shows_the_form(socket.run())
    assert ask(server, "GET", "/media/x.png", headers_of(server, who.token)).status == 401


@pytest.mark.parametrize(
    "token",
    ["", "x", "0" * 43, "é", "null", "' OR 1=1--", "a" * 4000, "eyJhbGciOiJub25lIn0.e30."],
)
def test_s1_a_token_that_was_made_up_is_a_stranger(token: str, server: Server) -> None:
    headers = {"Cookie": f"{NAME}={token}; {NAME}={token}"}
    with open_socket(server, headers=headers) as socket:
        assert shows_the_form(socket.run())


@pytest.mark.parametrize("name", ["X-Yiping-Session", "x-yiping-session", "X-YIPING-SESSION"])
def test_s1_an_identity_in_a_header_of_ones_own_is_no_identity(name: str, server: Server) -> None:
    who = new_person(server)
    for claim in (who.login, session_of_token(who.token), who.token):
        with open_socket(server, headers={name: claim}) as socket:
            assert shows_the_form(socket.run())


def test_s1_a_cookie_of_streamlits_own_sign_in_is_no_identity(server: Server) -> None:
    who = new_person(server)
    cookies = "; ".join(
        f"{name}={value}"
        for name in ("_streamlit_user", "_streamlit_user_tokens", "_streamlit_session")
        for value in (who.login, '{"session": "x"}')
    )
    with open_socket(server, headers={"Cookie": cookies}) as socket:
        assert shows_the_form(socket.run())


def test_s4_connections_of_other_sites_make_the_server_ask_nobody(server: Server) -> None:
    for origin in ("http://evil.example", "null", "", "http://127.0.0.1:1"):
        with pytest.raises(InvalidStatus), open_socket(server, headers={"Origin": origin}):
            pass
    assert server.outside_addresses() == []


def test_s5_the_cookies_of_a_visitor(server: Server) -> None:
    """Streamlit's own one is compared with a header, so a script must read it; no other may."""
    given = ask(server, "GET", "/_stcore/health", headers_of(server)).headers.get("set-cookie", "")
    assert given == "" or given.startswith("_streamlit_xsrf=")
    assert "samesite=strict" in given.lower() or given == ""


def test_s6_files_are_taken_from_nobody_who_may_not_import(server: Server) -> None:
    with open_socket(server, new_person(server).token) as keeper:
        keeper.run("intake")
        path = f"/_stcore/upload_file/{keeper.session_id}/x"
    body = b"x" * MEGABYTE
    for token in (None, new_person(server, "leader").token, new_person(server, "auditor").token):
        told = headers_of(server, token)
        assert ask(server, "PUT", path, told, body).status == (403 if token else 401)


def test_s7_s8_a_file_is_for_who_is_signed_in_and_no_two_share_an_address(server: Server) -> None:
    addresses = []
    for _ in range(2):
        auditor = new_person(server, "auditor")
        with open_socket(server, auditor.token) as socket:
            url, why_not = socket.file_behind(file_id_in(socket))
            assert why_not == ""
            address = urlsplit(url).path
            answers = {
                token: ask(server, "GET", address, headers_of(server, token))
                for token in (None, "made up", auditor.token)
            }
            assert [answer.status for answer in answers.values()] == [401, 401, 200]
            kept = answers[auditor.token]
            assert kept.body.startswith(b"\xef\xbb\xbf")
            assert kept.headers["cache-control"] == "no-store"
            addresses.append(address)
            ask(server, "POST", "/session/close", headers_of(server, auditor.token))
            assert ask(server, "GET", address, headers_of(server, auditor.token)).status == 401
    assert len(set(addresses)) == 2


def file_id_in(socket: Socket) -> str:
    socket.run("audit")
    button = socket.widget("download_button", "audit-save")
    return str(button.deferred_file_id)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", REVOCATIONS)
def test_s8_what_was_taken_away_after_drawing_counts_at_the_export(
    name: str, server: Server
) -> None:
    for _ in range(SIZE.revoked_clicks):
        who = new_person(server, "auditor")
        with open_socket(server, who.token) as socket:
            file_id = file_id_in(socket)
            REVOCATIONS[name](server, who)
            url, why_not = socket.file_behind(file_id)
            assert (url, bool(why_not)) == ("", True)
            assert str(PROJECT) not in why_not and "Traceback" not in why_not
        assert refusals_of(server, who.login) == 1


def test_s10_nobody_elsewhere_may_steer_the_page(server: Server) -> None:
    answer = ask(server, "GET", "/_stcore/host-config", headers_of(server))
    assert b'"allowedOrigins":[]' in answer.body.replace(b" ", b"")


@pytest.mark.parametrize(
    "path",
    [
        "/../config.toml",
        "/static/../../config.toml",
        "/static/%2e%2e/%2e%2e/config.toml",
        "/%2e%2e/.streamlit/config.toml",
        "//evil.example/x",
        "/static//etc/passwd",
        "/media/../yiping.db",
        "/media/..%2fyiping.db",
        "/static/js/..\\..\\config.toml",
        "/.git/config",
        "/app.py",
        "/yiping.db",
    ],
)
def test_s12_no_path_leads_out_of_the_assets(path: str, server: Server) -> None:
    answer = ask(server, "GET", path, headers_of(server, new_person(server).token))
    assert answer.status in (200, 400, 401, 404)
    assert answer.status != 200 or b"<title>Streamlit</title>" in answer.body  # the page itself
    assert b"[theme" not in answer.body and b"SQLite format" not in answer.body


def test_s14_an_error_keeps_its_details_on_the_server(server: Server) -> None:
    """A page whose address cannot be worked with shows neither source nor values."""
    with open_socket(server, new_person(server).token) as socket:
        for query in BROKEN_QUERIES:
            socket.run("opened", query)
            told = socket.text()
            assert "Traceback" not in told and 'File "' not in told and "sqlite3" not in told


BROKEN_QUERIES = (
    "metric=closure_rate_due&from=0001-01-01T00:00:00%2B14:00&to=9999-12-31T23:59:59-12:00"
    "&as_of=9999-12-31T23:59:59-12:00",
    "metric=closure_rate_due&from=x&to=y&as_of=z",
    "metric=%00&part=%00",
)


def test_s20_many_short_visits_leave_nothing_open(server: Server) -> None:
    who = new_person(server)

    def visit() -> None:
        with open_socket(server, who.token) as socket:
            socket.run("definitions")

    for _ in range(5):
        visit()
    before = open_files(server)
    for _ in range(SIZE.short_visits):
        visit()
    assert serves(server)
    # Streamlit keeps a session for some time after its visitor left, at most 128 of them.
    assert open_files(server) - before <= 3 * min(SIZE.short_visits, 128) + 10


def open_files(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


# W: frames


def ended_with(socket: Socket) -> int | None:
    """The code a connection was closed with."""
    with pytest.raises(ConnectionClosed):
        while True:
            socket.frame()
    return socket.connection.close_code


@pytest.mark.parametrize("frame", [b"\xff" * 40, b"\x5a\x05abc", b"<?xml version='1.0'?>"])
def test_w1_what_is_no_message_ends_its_connection_and_nobody_elses(
    frame: bytes, server: Server
) -> None:
    with open_socket(server) as other, open_socket(server) as socket:
        socket.connection.send(frame)
        assert ended_with(socket) == BROKEN
        assert shows_the_form(other.run())


def test_w2_text_ends_its_connection(server: Server) -> None:
    with open_socket(server) as socket:
        socket.connection.send('{"role": "dispatcher"}')
        ended_with(socket)
    assert serves(server)


@pytest.mark.parametrize(("megabytes", "codes"), [(2, {TOO_BIG}), (25, {TOO_BIG, CUT_OFF})])
def test_w3_a_message_that_is_too_long_ends_its_connection(
    megabytes: int, codes: set[int], server: Server
) -> None:
    with open_socket(server) as socket:
        message = BackMsg()
        message.rerun_script.query_string = "x" * megabytes * MEGABYTE
        with pytest.raises(ConnectionClosed):
            socket.send(message)
            while True:
                socket.frame()
        assert socket.connection.close_code in codes
    assert serves(server)


def test_w8_clearing_caches_over_and_over_is_not_heard(server: Server) -> None:
    with open_socket(server) as socket:
        for _ in range(200):
            socket.send(BackMsg(clear_cache=True))
        assert shows_the_form(socket.run())


def test_w9_an_account_has_only_so_many_connections(cold_server: Callable[..., Server]) -> None:
    server = cold_server(YIPING_GATE__SOCKETS_PER_USER="3", YIPING_GATE__SOCKETS_PER_ADDRESS="2")
    who, other = new_person(server), new_person(server)
    with ExitStack() as held:
        for _ in range(3):
            first = held.enter_context(open_socket(server, who.token))
        with pytest.raises(InvalidStatus), open_socket(server, who.token):
            pass
        another_session = token_of(server, who.login)
        with pytest.raises(InvalidStatus), open_socket(server, another_session):
            pass
        held.enter_context(open_socket(server, other.token))
        for _ in range(2):
            held.enter_context(open_socket(server))
        for token in (None, "made up", "another"):  # a token that opens nothing is no account
            with pytest.raises(InvalidStatus), open_socket(server, token):
                pass
        first.connection.close()
        first.connection.close()
        with open_socket(server, who.token) as again:
            assert not shows_the_form(again.run())


def test_w10_who_never_reads_holds_nobody_up(server: Server) -> None:
    with open_socket(server, new_person(server).token) as deaf:
        deaf.path = "overview"
        before = resident(server)
        for _ in range(60):
            deaf.send(deaf.rerun())
        with open_socket(server, new_person(server).token) as other:
            for _ in range(3):
                assert not shows_the_form(other.run())
        assert resident(server) - before < 150 * MEGABYTE
    assert serves(server)


def resident(server: Server) -> int:
    """How much memory a server holds, in bytes."""
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


def test_f18_frames_of_any_shape_change_nothing(server: Server) -> None:
    """A valid message, bent at random places."""
    case_no, who = a_case(server), new_person(server)
    count = select(func.count()).select_from(case_events)
    before, memory = number(server, count), resident(server)
    seed = random.getrandbits(32)
    print(f"seed {seed}")
    frames = bent(seed, case_no)
    sent = 0
    while sent < SIZE.forged_frames:
        with open_socket(server, who.token) as socket:
            socket.run("case", f"no={case_no}")
            try:
                for _ in range(20):
                    socket.connection.send(next(frames))
                    sent += 1
            except ConnectionClosed:
                continue
    assert serves(server)
    assert number(server, count) == before
    wrote = {"import", "undo", "export", "user"} & kinds_by(server, who.login)
    assert not wrote
    print(f"memory grew by {(resident(server) - memory) // MEGABYTE} MB")


def kinds_by(server: Server, login: str) -> set[str]:
    engine = connect(server.database_url)
    with engine.connect() as conn:
        query = select(audit_events.c.kind).where(audit_events.c.actor == login).distinct()
        found = set(conn.execute(query).scalars())
    engine.dispose()
    return found


def bent(seed: int, case_no: str) -> Iterator[bytes]:
    """Messages like those of a browser, each with a few bytes changed."""
    chance = random.Random(seed)
    message = BackMsg()
    asked = message.rerun_script
    asked.query_string, asked.page_name = f"no={case_no}", "case"
    asked.widget_states.widgets.add(id="$$ID-0-reassign-confirm", trigger_value=True)
    asked.context_info.url = "http://127.0.0.1/case"
    valid = message.SerializeToString()
    while True:
        frame = bytearray(valid)
        for _ in range(chance.randint(1, 6)):
            frame[chance.randrange(len(frame))] = chance.randrange(256)
        if chance.random() < 0.2:
            frame = frame[: chance.randrange(1, len(frame))]
        yield bytes(frame)
