"""The overview on its screen: what is no metric opens its cases too."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from data.db import connect
from data.demo.accounts import add_accounts
from data.migrations import migrate
from data.terms import Kind
from data.ticket_flow.listed import LATE, WAITING
from data.words import word
from tests import matrix
from tests.builders import add_case, add_unit, day, event
from tests.client import go_in
from tests.house import drawn, on, opened, said, told
from tests.servers import Server


@pytest.fixture
def district(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The small district of the matrix, with a case of every place and state, and the door open."""
    monkeypatch.setenv("YIPING_LAMPS__MINIMUM_BASE", "1")
    with opened(sqlite_url, monkeypatch):
        on(sqlite_url, lambda conn: matrix.build(conn, ["read"]))
        yield sqlite_url


def screen() -> None:
    """The page, read apart from this module."""
    import pages.overview

    pages.overview.screen()


def test_what_waits_to_be_accepted_is_offered_where_there_is_any(district: str) -> None:
    notes: dict[str, Any] = {
        card["key"]: card["note"] for card in told(drawn(screen, district), "kpis")[0]["cards"]
    }
    waiting, _, over = notes["backlog_count"]
    assert waiting["key"] == WAITING
    assert "key" not in over  # no case of the matrix has a limit to accept it
    assert word("overview.unaccepted_over", count="0") in said(drawn(screen, district))


@pytest.fixture
def waiting(cold_server: Callable[..., Server], tmp_path: Path) -> Server:
    """A server of a district where three cases wait to be accepted, two of them too long."""
    url = f"sqlite:///{tmp_path / 'waiting.db'}"
    engine = connect(url)
    with engine.begin() as conn:
        migrate(conn)
        add_accounts(conn)
        unit = add_unit(conn, "unit")
        for limit in (day(7), day(8), None):
            given = event(Kind.DISPATCH, day(6), to_unit_id=unit, accept_due_at=limit)
            add_case(conn, opened_at=day(5), events=[given])
    engine.dispose()
    return cold_server(database_url=url)


def test_the_note_of_the_backlog_opens_the_cases_it_counts(page: Page, waiting: Server) -> None:
    go_in(page, waiting, "leader")
    for as_of in ("", "?as_of=2026-01-20T12:00"):
        for place, (name, count) in enumerate(((WAITING, "3"), (LATE, "2"))):
            page.goto(f"{waiting.url}/{as_of}")
            page.locator(".card > .d .open").nth(place).click()

            expect(page).to_have_url(re.compile(f"flow.*list={re.escape(name)}"))
            assert ("as_of=" in page.url) is bool(as_of)
            listed = word("opened.note", count=count, shown=count)
            expect(page.locator(".st-key-section-behind")).to_contain_text(listed)
