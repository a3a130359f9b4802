"""The sign-in of the real server: rows L01 to L07 of the catalogue of bad input."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bcrypt
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.exc import OperationalError
from starlette.requests import Request

from data.account_changes import (
    AddAccount,
    EndSessions,
    ResetPassword,
    SetRights,
    SwitchAccount,
    add_account,
    end_sessions,
    reset_password,
    set_rights,
    switch_account,
)
from data.accounts import account_of
from data.passwords import LONGEST_BYTES, nobodys_hash
from data.schema import sessions, sign_ins, users
from data.sessions import IDLE, session_of_token
from data.sign_ins import LONGEST_TYPED_BYTES, PER_ADDRESS, PER_LOGIN, record_failure
from data.terms import Actor, Role
from data.words import word
from gate import cookie, sign_in, web
from gate.messages import is_visit
from gate.sign_in import _OneAccount
from tests.client import open_socket, sign_in_by_frames, state, token_of
from tests.house import on
from tests.people import HASH, PASSWORD, add_person, audited
from tests.servers import Server, copy_of, fill_sign_in, start

KEEPER = Actor("keeper", "安全管理员", Role.SECURITY_ADMINISTRATOR)
NEW = "Nantan-7-bridge"
FORM, LEAVE, WRONG = word("sign_in.enter"), word("sign_out.leave"), word("sign_in.wrong")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def warm(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on an empty database with a few accounts, whose failures are nobody else's."""
    folder = tmp_path_factory.mktemp("sign-in")
    url = copy_of(f"sqlite:///{migrated_sqlite}", folder)
    on(url, _fill)
    server = start(url, folder)
    yield server
    server.stop()


def _fill(conn: Connection) -> None:
    add_person(conn, KEEPER.login, KEEPER.role)
    for login in ("wang", "zhou"):
        add_person(conn, login)


@pytest.fixture
def gate(warm: Server) -> Server:
    """The same server, with no failure counted and nobody changed."""
    on(warm.database_url, lambda conn: conn.execute(delete(sign_ins)))
    on(warm.database_url, _restore)
    return warm


def _restore(conn: Connection) -> None:
    values = {"role": "dispatcher", "is_active": True, "version": 0, "password_hash": HASH}
    conn.execute(
        update(users).where(users.c.login == "wang").values(must_change_password=False, **values)
    )


def told_by_form(server: Server, login: str, password: str, address: str = "") -> str:
    """What the sign-in form answers, as the browser is told it."""
    headers = {"X-Forwarded-For": address} if address else {}
    with open_socket(server, headers=headers) as socket:
        socket.run()
        return socket.run(
            "",
            "",
            state(socket.widget("text_input", word("sign_in.login")), string_value=login),
            state(socket.widget("text_input", word("sign_in.password")), string_value=password),
            state(socket.widget("button", FORM), trigger_value=True),
        )


def sees(server: Server, token: str | None) -> str:
    """Which page a browser with a token is shown: the form, the first password, or the screens."""
    with open_socket(server, token) as socket:
        return page_of(socket.run())


def page_of(told: str) -> str:
    """Which page was told; in this order, since the words of one stand in those of another."""
    pages = {word("first_password.title"): "first password", LEAVE: "screens", FORM: "form"}
    return next(page for said, page in pages.items() if said in told)


def test_l01_a_locked_account_and_an_unknown_one_read_the_same_sentence(gate: Server) -> None:
    for _ in range(PER_LOGIN):
        assert WRONG in told_by_form(gate, "wang", "not it")
    locked = told_by_form(gate, "wang", PASSWORD)
    unknown = told_by_form(gate, "nobody", PASSWORD)
    assert WRONG in locked and WRONG in unknown
    assert '"ticket"' not in locked
    assert sign_in_by_frames(gate, "zhou", PASSWORD)  # nobody else is locked


def test_l01_an_address_is_locked_for_every_account(gate: Server) -> None:
    def fail(conn: Connection) -> None:
        for number in range(PER_ADDRESS - 1):
            record_failure(conn, f"nobody{number}", "10.9.8.7", now())

    on(gate.database_url, fail)
    assert WRONG in told_by_form(gate, "nobody", "not it", "10.9.8.7")
    assert '"ticket"' not in told_by_form(gate, "zhou", PASSWORD, "10.9.8.7")
    assert '"ticket"' in told_by_form(gate, "zhou", PASSWORD, "10.9.8.8")


LONG = "x" * (LONGEST_BYTES + 1)
ATTEMPTS = {
    "right": ("wang", PASSWORD, 1),
    "wrong": ("wang", "not it", 1),
    "unknown": ("nobody", PASSWORD, 1),
    "locked": ("locked", PASSWORD, 1),
    "switched off": ("off", PASSWORD, 1),
    "longer than is looked at": ("wang", LONG, 1),
    "longer, and right up to there": ("long", LONG, 1),
    "no password": ("wang", "", 1),
    "a megabyte": ("wang", "x" * 2**20, 0),
    "a login of a megabyte": ("x" * 2**20, PASSWORD, 0),
    "one byte too many": ("wang", "x" * (LONGEST_TYPED_BYTES + 1), 0),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_l01_l02_every_attempt_costs_one_check_and_too_long_ones_none(
    attempt: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as conn:
        add_person(conn)
        add_person(conn, "off", is_active=False)
        add_person(conn, "locked")
        kept = bcrypt.hashpw(LONG.encode()[:LONGEST_BYTES], bcrypt.gensalt(4)).decode()
        add_person(conn, "long", password_hash=kept)
        for _ in range(PER_LOGIN):
            record_failure(conn, "locked", "10.0.0.1", now())
    nobodys_hash()
    checks: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, password_hash: bytes) -> bool:
        checks.append(password)
        return check(password, password_hash)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    monkeypatch.setattr(sign_in, "reading", lambda: engine)
    login, password, expected = ATTEMPTS[attempt]
    account = _OneAccount()
    assert account.login(login, password) == (attempt == "right")
    assert (account.right is not None) == (attempt == "right")
    assert len(checks) == expected


def test_l02_a_password_of_half_a_megabyte_reads_the_same_sentence(gate: Server) -> None:
    assert WRONG in told_by_form(gate, "wang", "x" * 2**19)
    assert sign_in_by_frames(gate, "wang", PASSWORD)


def _forged(payload: dict[str, object]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, payload)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


ENDED: dict[str, Callable[[Connection, str], object]] = {
    "sign-out elsewhere": lambda conn, _: end_sessions(conn, EndSessions("wang"), KEEPER, now()),
    "role": lambda conn, _: set_rights(conn, SetRights("wang", 0, "leader"), KEEPER, now()),
    "disabled": lambda conn, _: switch_account(
        conn, SwitchAccount("wang", 0, False), KEEPER, now()
    ),
    "reset": lambda conn, _: reset_password(conn, ResetPassword("wang", 0), KEEPER, now()),
    "idle": lambda conn, session: _set(conn, session, last_seen_at=now() - IDLE),
    "over": lambda conn, session: _set(conn, session, expires_at=now()),
    "clock set back": lambda conn, session: _set(
        conn, session, last_seen_at=now() + timedelta(hours=1)
    ),
}


def _set(conn: Connection, session: str, **values: object) -> None:
    conn.execute(update(sessions).where(sessions.c.token_sha256 == session).values(**values))


def test_l03_l04_l06_a_cookie_that_is_no_longer_good_leads_to_the_sign_in(gate: Server) -> None:
    """One server for all of them: each starts signed in with the very same account."""
    for name, end in ENDED.items():
        on(gate.database_url, _restore)
        token = token_of(gate, "wang")
        assert sees(gate, token) == "screens", name
        on(gate.database_url, lambda conn, end=end, token=token: end(conn, session_of_token(token)))
        assert sees(gate, token) == "form", name
    token = token_of(gate, "zhou")
    for forged in (token[:-1], token + "x", session_of_token(token), _forged({"login": "zhou"})):
        assert sees(gate, forged) == "form"
    assert sees(gate, token) == "screens"
    told = on(gate.database_url, lambda conn: audited(conn, "session_over", "session_unknown"))
    assert told.count(("session_over", "wang", "wang")) == 3  # idle, over, clock set back
    assert ("session_unknown", "stranger", None) in told


def test_l07_an_account_switched_off_sees_nothing_more_on_its_open_socket(gate: Server) -> None:
    with open_socket(gate, token_of(gate, "wang")) as socket:
        assert page_of(socket.run()) == "screens"
        on(
            gate.database_url,
            lambda conn: switch_account(conn, SwitchAccount("wang", 0, False), KEEPER, now()),
        )
        assert page_of(socket.tick()) == "form"  # the part ends, and the page with it


def test_l06_what_a_person_does_keeps_a_session_open_and_a_following_page_does_not(
    gate: Server,
) -> None:
    token = token_of(gate, "wang")
    long_ago = now() - IDLE / 2
    on(gate.database_url, lambda conn: _set(conn, session_of_token(token), last_seen_at=long_ago))
    with open_socket(gate, token) as socket:
        message = socket.rerun()
        message.rerun_script.is_auto_rerun = True
        socket.send(message)
        assert page_of(socket.read_run()) == "screens"
        assert not is_visit(message.SerializeToString())
        assert _seen(gate, token) == long_ago
        socket.run()
        while _seen(gate, token) == long_ago:  # written beside the run; pytest's own limit ends it
            socket.run()


def _seen(gate: Server, token: str) -> datetime:
    query = select(sessions.c.last_seen_at).where(
        sessions.c.token_sha256 == session_of_token(token)
    )
    found: datetime = on(gate.database_url, lambda conn: conn.execute(query).scalar_one())
    return found


def test_a_new_account_sees_nothing_before_it_changed_its_password(
    gate: Server, page: Page
) -> None:
    ask = AddAccount("li", "新来的值班席", "dispatcher")
    password = on(gate.database_url, lambda conn: add_account(conn, ask, KEEPER, now()))
    page.goto(f"{gate.url}/intake")
    fill_sign_in(page, "li", password)
    expect(page.get_by_text(word("first_password.title"), exact=True)).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
    assert sees(gate, token_of(gate, "li")) == "first password"

    _change(page, password, "Password123!", "Password123!")
    expect(page.get_by_text(word("password.too_known"), exact=True)).to_be_visible()
    _change(page, password, NEW, NEW + "x")
    expect(page.get_by_text(word("password.not_repeated"), exact=True)).to_be_visible()
    _change(page, "not it", NEW, NEW)
    expect(page.get_by_text(word("password.wrong"), exact=True)).to_be_visible()
    _change(page, password, NEW, NEW)
    expect(page.get_by_role("navigation")).to_be_visible()
    assert page.url == f"{gate.url}/intake"
    account = on(gate.database_url, lambda conn: account_of(conn, "li"))
    assert not account.must_change_password
    assert not sign_in_by_frames(gate, "li", password)
    assert sign_in_by_frames(gate, "li", NEW)


def _change(page: Page, *typed: str) -> None:
    for name, text in zip(("present", "new", "again"), typed, strict=True):
        page.get_by_label(word(f"password.{name}"), exact=True).fill(text)
    page.get_by_role("button", name=word("password.change"), exact=True).click()


def test_signing_out_beside_a_silent_database_still_clears_the_cookie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silent() -> Engine:
        raise OperationalError("", {}, ConnectionError())

    monkeypatch.setattr(web, "engine", silent)
    header = cookie.HEADER.encode(), b"a session"
    answer = web.end_session(Request({"type": "http", "headers": [header]}))
    assert answer.status_code == 503
    assert f'{cookie.NAME}=""' in answer.headers["set-cookie"]
