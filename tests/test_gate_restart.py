"""A server that goes away and comes back under an open screen."""

import signal
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page, expect
from sqlalchemy import update

from data.schema import users
from data.words import word
from tests.house import on
from tests.scale import SIZE
from tests.servers import Server, sign_in

ColdServer = Callable[..., Server]


def test_s17_an_open_screen_comes_back_with_its_server(cold_server: ColdServer, page: Page) -> None:
    """Still signed in, still where it was; a new name in the bar proves that it was drawn anew."""
    server = cold_server()
    page.goto(f"{server.url}/definitions?metric=opened_count")
    sign_in(page, "leader")
    address = page.url
    for number in range(SIZE.restarts):
        server.stop()
        rename(server, f"带班领导{number}")
        port = urlsplit(server.url).port
        server = cold_server(database_url=server.database_url, port=port)
        expect(page.get_by_text(f"带班领导{number}", exact=True)).to_be_visible(timeout=60_000)
        assert page.url == address


def test_s18_a_server_that_stands_still_is_not_healthy_and_goes_on_later(
    cold_server: ColdServer, page: Page
) -> None:
    server = cold_server()
    page.goto(server.url)
    sign_in(page, "leader")
    server.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(Error):
            page.request.get(f"{server.url}/healthz", timeout=2_000)
    finally:
        server.process.send_signal(signal.SIGCONT)
    assert page.request.get(f"{server.url}/healthz", timeout=60_000).text() == "ok"
    on(server.database_url, lambda conn: conn.execute(update(users).values(is_active=False)))
    enter = page.get_by_role("button", name=word("sign_in.enter"), exact=True)
    expect(enter).to_be_visible()  # the open screen follows again


def rename(server: Server, name: str) -> None:
    change = update(users).where(users.c.login == "leader").values(name=name)
    on(server.database_url, lambda conn: conn.execute(change))
