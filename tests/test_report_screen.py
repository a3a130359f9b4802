"""The form that opens a case in a real browser: clicked twice, without a mouse, left and found."""

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from data.schema import cases
from data.words import word
from tests import servers
from tests.house import EARLIER
from tests.outage import let_in
from tests.scale import SIZE
from tests.servers import Server
from tests.test_case_screen import SLOW, ColdServer, SignedIn, asked, wait_for_draft
from tests.test_case_screen import furnished as furnished  # a fixture


def choose(page: Page, name: str, text: str) -> None:
    """Find an option by typing."""
    field = choice(page, name)
    field.click()
    field.press_sequentially(text)
    page.get_by_role("option").first.click()


def choice(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=word(f"report.{name}"))


def line(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=word(f"report.{name}"), exact=True)


def confirm(page: Page) -> Locator:
    return page.get_by_role("button", name=word("report.confirm"), exact=True)


def done(page: Page) -> Locator:
    return page.get_by_text("已上报 SB-")


def reported(url: str) -> list[str]:
    """The titles of what was reported here, in order."""
    query = select(cases.c.title).where(cases.c.case_no.startswith("SB-"))
    return asked(url, query.order_by(cases.c.case_id))


def test_a_double_click_opens_one_case_and_the_way_leads_to_it(
    page: Page, server: Server, signed_in: SignedIn
) -> None:
    signed_in(page, path="/cases")
    page.get_by_role("button", name=word("screen.report"), exact=True).click()
    for turn in range(SIZE.double_submits):
        title = f"双击上报 {turn}"
        line(page, "title").fill(title)
        choose(page, "category", "路灯")
        choose(page, "channel", "")
        choose(page, "area", "社区")
        line(page, "note").fill("双击")
        expect(page.get_by_text(word("rule.centre_first"))).to_be_visible(timeout=SLOW)
        confirm(page).dblclick()
        expect(done(page)).to_be_visible(timeout=SLOW)
        expect(line(page, "title")).to_have_value("")
    told = [f"双击上报 {turn}" for turn in range(SIZE.double_submits)]
    assert [title for title in reported(server.database_url) if "双击" in title] == told
    page.get_by_role("button", name=word("report.open")).click()
    expect(page.get_by_text(told[-1]).first).to_be_visible(timeout=SLOW)
    expect(page.locator(".st-key-section-act")).to_be_visible()


def test_a_report_is_made_without_a_mouse(page: Page, server: Server, signed_in: SignedIn) -> None:
    signed_in(page, path="/report")
    choices = ("category", "channel", "severity", "area")
    for name in choices:  # the browser fetches what draws these last
        expect(choice(page, name)).to_be_visible(timeout=SLOW)
    line(page, "title").click()
    page.keyboard.type("只用键盘上报")
    for name in choices:
        tab_to(page, choice(page, name))
        page.keyboard.press("ArrowDown")
        expect(page.get_by_role("option").first).to_be_visible(timeout=SLOW)
        page.keyboard.press("Enter")
        expect(page.get_by_role("option")).to_have_count(0)
    tab_to(page, line(page, "address"))
    page.keyboard.type("和平路 7 号")
    page.keyboard.press("Tab")
    page.keyboard.type("键盘")
    page.keyboard.press("Tab")
    expect(confirm(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(done(page)).to_be_visible(timeout=SLOW)
    assert reported(server.database_url)[-1] == "只用键盘上报"


def tab_to(page: Page, field: Locator) -> None:
    """Go on to the next field, past what clears the choice of the one before."""
    for _ in range(3):
        page.keyboard.press("Tab")
        if field.evaluate("node => node === document.activeElement"):
            return
    expect(field).to_be_focused()


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=lambda size: f"{size[0]}")
def test_what_is_typed_stays_after_a_reload_and_the_button_in_sight(
    page: Page, server: Server, signed_in: SignedIn, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    signed_in(page, path="/report")
    line(page, "title").click()
    text = f"写到一半 {size[0]}，还没有离开这一格"
    page.keyboard.type(text, delay=40)
    expect(line(page, "title")).to_be_focused()
    wait_for_draft(page, server.database_url, text)
    page.reload()
    expect(line(page, "title")).to_have_value(text, timeout=SLOW)
    expect(confirm(page)).to_be_in_viewport(ratio=1)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    page.get_by_role("button", name=word("report.clear")).click()
    expect(line(page, "title")).to_have_value("", timeout=SLOW)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_report_outlives_its_database(
    page: Page, furnished: str, postgres: str, cold_server: ColdServer
) -> None:
    server = cold_server(database_url=furnished)
    page.goto(f"{server.url}/report")
    servers.sign_in(page, "dispatcher")
    line(page, "title").fill("断网时上报")
    line(page, "note").click()
    silent = page.get_by_text(word("door.silent", since=EARLIER)[:7])
    let_in(postgres, furnished, False)
    expect(silent.first).to_be_visible(timeout=SLOW)
    page.keyboard.type("断网")
    expect(confirm(page)).to_be_disabled()
    let_in(postgres, furnished, True)
    expect(silent).to_have_count(0, timeout=SLOW)
    expect(line(page, "note")).to_have_value("断网")
    expect(line(page, "title")).to_have_value("断网时上报")
    expect(confirm(page)).to_be_enabled()
    confirm(page).click()
    expect(page.get_by_text(word("report.no_category"))).to_be_visible(timeout=SLOW)
    assert asked(furnished, select(func.count()).select_from(cases)) == [1]
