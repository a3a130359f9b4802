"""The list in a real browser: shared by its address, ticked, sorted, taken away, come back to."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select, update

from data.db import connect
from data.schema import cases
from data.terms import OPEN_STATES
from data.words import word
from tests import servers
from tests.outage import let_in
from tests.servers import Server

SignedIn = Callable[..., Page]
Listed = Callable[[str], None]
SLOW = 60_000


@pytest.fixture
def listed(page: Page, server: Server, signed_in: SignedIn) -> Listed:
    """listed(path): the list of an address, for a dispatcher, once its rows are there."""

    def show(path: str) -> None:
        signed_in(page, path=path)
        expect(page.locator("tbody tr").first).to_be_visible(timeout=SLOW)

    return show


def numbers(page: Page) -> list[str]:
    """The case numbers of the page that is shown."""
    return page.locator("tbody tr a:has-text('YC-')").all_inner_texts()


def ticked(page: Page, count: int) -> None:
    """Wait until so many are ticked."""
    expect(page.get_by_text(word("cases.ticked", count=count), exact=True)).to_be_visible(
        timeout=SLOW
    )


def open_count(server: Server) -> int:
    engine = connect(server.database_url)
    with engine.connect() as conn:
        query = select(func.count()).where(cases.c.state.in_(OPEN_STATES))
        found = conn.execute(query).scalar_one()
    engine.dispose()
    return found


def test_an_address_shows_others_the_same_list(
    page: Page, browser: Browser, server: Server, listed: Listed
) -> None:
    """Sorted, narrowed and on its second page; also to who signs in on the way."""
    listed("/cases?standing=all")
    page.get_by_role("button", name=word("cases.column.opened")).click()
    page.wait_for_url(timeout=SLOW, url="**sort=opened**")
    page.get_by_placeholder(word("cases.words_hint")).fill("路")
    page.keyboard.press("Enter")
    page.wait_for_url(timeout=SLOW, url="**q=**")
    page.get_by_role("button", name=word("cases.page_after")).click()
    page.wait_for_url(timeout=SLOW, url="**after=**")
    expect(page.get_by_role("button", name=word("cases.page_before"))).to_be_enabled(timeout=SLOW)

    other = browser.new_context(locale="zh-CN").new_page()
    other.goto(page.url)
    servers.sign_in(other, "leader")
    expect(other.locator("tbody tr").first).to_be_visible(timeout=SLOW)
    assert numbers(other) == numbers(page) != []
    assert other.url == page.url
    expect(other.get_by_placeholder(word("cases.words_hint"))).to_have_value("路")
    other.context.close()


def test_ticks_stay_over_pages_and_go_on_to_the_action(
    page: Page, server: Server, listed: Listed
) -> None:
    listed("/cases?standing=all")
    boxes = page.locator("tbody input")
    boxes.nth(1).click()
    ticked(page, 1)
    boxes.nth(4).click(modifiers=["Shift"])
    ticked(page, 4)
    first = numbers(page)[1:5]
    page.get_by_role("button", name=word("cases.page_after")).click()
    page.wait_for_url(timeout=SLOW, url="**after=**")
    expect(page.locator("tbody input:checked")).to_have_count(0, timeout=SLOW)
    boxes.nth(0).click()
    ticked(page, 5)
    first.append(numbers(page)[0])
    page.get_by_role("button", name=word("cases.page_before")).click()
    expect(page.locator("tbody input:checked")).to_have_count(4, timeout=SLOW)
    page.locator(".st-key-cases-do-supervise button").click()
    page.wait_for_url(timeout=SLOW, url="**/bulk?kind=supervise")
    for number in first:
        expect(page.get_by_text(number).first).to_be_visible(timeout=SLOW)


def test_a_row_is_ticked_and_a_case_opened_without_a_mouse(page: Page, listed: Listed) -> None:
    """And whoever comes back finds the list as it was."""
    listed("/cases")
    first = page.locator("tbody tr a").first
    due_first = first.inner_text()
    page.get_by_role("button", name=word("cases.column.opened")).press("Enter")
    page.wait_for_url(timeout=SLOW, url="**sort=-opened**")
    expect(first).not_to_have_text(due_first, timeout=SLOW)
    page.locator("tbody input").nth(2).press("Space")
    ticked(page, 1)
    before = numbers(page)
    page.locator("tbody tr a").first.press("Enter")
    page.wait_for_url(timeout=SLOW, url=f"**/case?no={before[0]}")
    expect(page.locator(".st-key-section-story")).to_be_visible(timeout=SLOW)
    page.go_back()
    page.wait_for_url(timeout=SLOW, url="**/cases?sort=-opened")
    expect(page.locator(".st-key-section-story")).to_have_count(0, timeout=SLOW)
    expect(page.locator("tbody tr").first).to_be_visible(timeout=SLOW)
    assert numbers(page) == before
    ticked(page, 1)


def test_a_tick_moves_nothing(page: Page, listed: Listed) -> None:
    """Nor does it take the list back to its top."""
    page.set_viewport_size({"width": 1366, "height": 768})
    listed("/cases?standing=all")
    pane = page.locator(".pane")
    pane.evaluate("node => { node.scrollTop = 400; }")
    box = page.locator("tbody input").nth(20)
    before = box.bounding_box()
    box.click()
    ticked(page, 1)
    assert box.bounding_box() == before
    assert pane.evaluate("node => node.scrollTop") == 400


def test_what_is_seen_is_taken_away(
    page: Page, server: Server, listed: Listed, tmp_path: Path
) -> None:
    listed("/cases?columns=case_no,state")
    first = numbers(page)
    page.get_by_role("button", name=word("cases.export"), exact=True).click()
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("button", name=word("cases.export_csv"), exact=True).click()
    download.value.save_as(tmp_path / "list.csv")
    content = (tmp_path / "list.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == [word("cases.column.case_no"), word("cases.column.state")]
    assert [row[0] for row in rows[1 : len(first) + 1]] == first
    assert len(rows) == open_count(server) + 2


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_list_stays_while_the_database_is_away(
    page: Page, database_url: str, postgres: str, cold_server: Callable[..., Server]
) -> None:
    _furnish(database_url)
    server = cold_server(database_url=database_url)
    page.goto(f"{server.url}/cases?q=A")
    servers.sign_in(page, "dispatcher")
    page.locator("tbody input").first.click()
    ticked(page, 1)
    page.wait_for_timeout(2500)  # a tick has come and gone
    let_in(postgres, database_url, False)
    silent = page.get_by_text(word("door.silent", since=servers.datetime.now(servers.UTC))[:7])
    expect(silent.first).to_be_visible(timeout=SLOW)
    assert page.locator("tbody tr a").first.inner_text() == "A-0"
    expect(page.get_by_placeholder(word("cases.words_hint"))).to_have_value("A")
    let_in(postgres, database_url, True)
    expect(silent).to_have_count(0, timeout=SLOW)
    ticked(page, 1)


def _furnish(url: str) -> None:
    from data.demo.accounts import add_accounts
    from tests.builders import add_case, add_centre, day

    engine = connect(url)
    with engine.begin() as conn:
        add_centre(conn)
        add_accounts(conn)
        for number in range(3):
            add_case(conn, f"A-{number}", day(number + 1))
        conn.execute(update(cases).values(title="路灯"))
    engine.dispose()
