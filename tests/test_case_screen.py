"""The page of a case in a real browser: acted on, followed, lost to somebody else, kept."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Connection, Select, func, select

from data.accounts import add_user
from data.calendar import LimitUnit
from data.db import connect
from data.schema import case_events, cases, drafts
from data.terms import Kind, State
from data.words import word
from tests.builders import add_case, add_category, add_centre, add_unit, event
from tests.client import LAPTOPS, fits, go_in
from tests.house import EARLIER
from tests.outage import let_in
from tests.scale import SIZE
from tests.servers import PASSWORD, Server

SignedIn = Callable[..., Page]
ColdServer = Callable[..., Server]
SLOW = 60_000  # milliseconds


def one_case(server: Server, state: State = State.IN_PROGRESS, nth: int = 0) -> str:
    """A case number of the demo district in a state."""
    query = select(cases.c.case_no).where(cases.c.state == state).order_by(cases.c.case_id)
    found: list[str] = list(asked(server.database_url, query.limit(nth + 1)))
    return found[nth]


def asked(url: str, query: Select) -> list[Any]:
    """What the database says now."""
    engine = connect(url)
    with engine.connect() as conn:
        found = list(conn.execute(query).scalars())
    engine.dispose()
    return found


def notes_of(server: Server, case_no: str, kind: Kind) -> list[str]:
    """What was written with the actions of a kind, in order."""
    query = (
        select(case_events.c.note)
        .join(cases, cases.c.case_id == case_events.c.case_id)
        .where(cases.c.case_no == case_no, case_events.c.kind == kind)
    )
    return asked(server.database_url, query.order_by(case_events.c.event_id))


def begin(page: Page, kind: Kind) -> None:
    """Choose an action."""
    page.get_by_role("radio", name=word(f"kind.{kind}"), exact=True).click()
    expect(confirm_button(page, kind)).to_be_visible(timeout=SLOW)


def pick(page: Page, label: str, option: int = 0) -> None:
    """Pick an option of a field by its place."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option").nth(option).click()


def note_of(page: Page, label: str = "act.note") -> Locator:
    """The field for a long text."""
    return page.get_by_label(word(label))


def confirm_button(page: Page, kind: Kind) -> Locator:
    name = word("act.confirm", kind=word(f"kind.{kind}"))
    return page.get_by_role("button", name=name, exact=True)


def reassign(page: Page, unit: int, note: str) -> None:
    """Fill in the form and wait for its preview."""
    begin(page, Kind.REASSIGN)
    pick(page, word("act.unit.reassign"), unit)
    pick(page, word("act.reason"))
    note_of(page).fill(note)
    expect(page.get_by_text(word("rule.unit_clock")).first).to_be_visible(timeout=SLOW)


def test_one_acts_a_second_follows_a_third_loses_and_keeps_the_text(
    page: Page, browser: Browser, server: Server
) -> None:
    case_no = one_case(server)
    others = [browser.new_context(locale="zh-CN").new_page() for _ in range(2)]
    watcher, loser = others
    for one, role in ((page, "dispatcher"), (watcher, "leader"), (loser, "dispatcher")):
        go_in(one, server, role, f"/case?no={case_no}")
        expect(one.get_by_text(case_no)).to_be_visible(timeout=SLOW)

    reassign(loser, 1, "先填的说明")
    reassign(page, 0, "权属已核")
    confirm_button(page, Kind.REASSIGN).click()
    expect(page.get_by_text(re.compile("^已改派给"))).to_be_visible(timeout=SLOW)
    expect(watcher.get_by_text("权属已核")).to_be_visible(timeout=SLOW)

    confirm_button(loser, Kind.REASSIGN).click()
    expect(loser.get_by_text(word("notice.not_saved"))).to_be_visible(timeout=SLOW)
    expect(loser.get_by_text(re.compile("已先改派"))).to_be_visible()
    expect(note_of(loser)).to_have_value("先填的说明")
    loser.get_by_role("button", name=word("act.refill")).click()
    expect(loser.get_by_text(word("notice.not_saved"))).to_have_count(0, timeout=SLOW)
    expect(note_of(loser)).to_have_value("先填的说明")
    confirm_button(loser, Kind.REASSIGN).click()
    expect(loser.get_by_text(re.compile("^已改派给"))).to_be_visible(timeout=SLOW)

    begin(page, Kind.ESCALATE)
    for field in ("act.level", "act.grade", "act.reason"):
        pick(page, word(field))
    expect(page.get_by_text(word("rule.whistle"))).to_be_visible(timeout=SLOW)
    confirm_button(page, Kind.ESCALATE).click()
    expect(page.get_by_text(re.compile("^已提到"))).to_be_visible(timeout=SLOW)
    expect(watcher.get_by_text(word("grade.regular"))).to_be_visible(timeout=SLOW)
    for one in others:
        one.context.close()
    assert notes_of(server, case_no, Kind.REASSIGN)[-2:] == ["权属已核", "先填的说明"]


def test_clicking_twice_acts_once(page: Page, server: Server, signed_in: SignedIn) -> None:
    case_no = one_case(server, nth=1)
    signed_in(page, path=f"/case?no={case_no}")
    for turn in range(SIZE.double_submits):
        begin(page, Kind.FEED_BACK)
        note_of(page, "act.note.feed_back").fill(f"双击 {turn}")
        confirm_button(page, Kind.FEED_BACK).dblclick()
        expect(page.get_by_text(word("act.done.feed_back"))).to_be_visible(timeout=SLOW)
        expect(confirm_button(page, Kind.FEED_BACK)).to_have_count(0, timeout=SLOW)
        expect(page.get_by_text(f"双击 {turn}")).to_have_count(1, timeout=SLOW)
    notes = notes_of(server, case_no, Kind.FEED_BACK)
    assert [note for note in notes if note.startswith("双击")] == [
        f"双击 {turn}" for turn in range(SIZE.double_submits)
    ]


def test_an_action_is_done_without_a_mouse(page: Page, server: Server, signed_in: SignedIn) -> None:
    case_no = one_case(server, nth=2)
    signed_in(page, path=f"/case?no={case_no}")
    page.get_by_role("radio").first.focus()
    wanted = page.get_by_role("radio", name=word("kind.feed_back"), exact=True)
    for _ in range(page.get_by_role("radio").count()):
        if wanted.evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    note = note_of(page, "act.note.feed_back")
    expect(note).to_be_visible(timeout=SLOW)
    for _ in range(20):
        if note.evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type("只用键盘")
    page.keyboard.press("Tab")
    expect(confirm_button(page, Kind.FEED_BACK)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(word("act.done.feed_back"))).to_be_visible(timeout=SLOW)
    assert notes_of(server, case_no, Kind.FEED_BACK)[-1] == "只用键盘"


def test_what_is_being_typed_survives_the_ticks(
    page: Page, server: Server, signed_in: SignedIn
) -> None:
    signed_in(page, path=f"/case?no={one_case(server, nth=3)}")
    begin(page, Kind.FEED_BACK)
    note = note_of(page, "act.note.feed_back")
    note.click()
    text = "一边写一边有新的数据进来，一个字也不能少。" * 3
    page.keyboard.type(text, delay=60)
    expect(note).to_have_value(text)
    expect(note).to_be_focused()


def test_the_button_stays_in_sight_while_the_form_is_filled(
    page: Page, server: Server, signed_in: SignedIn
) -> None:
    signed_in(page, path=f"/case?no={one_case(server, nth=4)}")
    reassign(page, 0, "看得见按钮")
    for size in LAPTOPS:
        assert fits(page, size), size
        expect(confirm_button(page, Kind.REASSIGN)).to_be_in_viewport(ratio=1)


# Servers and databases that come and go


def furnish(conn: Connection) -> None:
    """A small district with one case that is handled, and a dispatcher."""
    centre, unit = add_centre(conn), add_unit(conn, "住建局")
    category = add_category(conn, "供热", clock=LimitUnit.WORKING_DAYS)
    handled = [
        event(Kind.DISPATCH, EARLIER, to_unit_id=unit),
        event(Kind.ACCEPT, EARLIER),
    ]
    add_case(conn, "A-1", EARLIER, handled, unit_id=centre, category_id=category)
    add_user(conn, "dispatcher", "值班席", PASSWORD, "dispatcher")


@pytest.fixture
def furnished(database_url: str) -> Iterator[str]:
    engine = connect(database_url)
    with engine.begin() as conn:
        furnish(conn)
    engine.dispose()
    yield database_url


def wait_for_draft(page: Page, url: str, text: str) -> None:
    """Until the database has what was typed."""
    for _ in range(150):
        if any(text in str(told) for told in asked(url, select(drafts.c.fields))):
            return
        page.wait_for_timeout(200)
    raise AssertionError("no draft")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_draft_outlives_the_server(page: Page, furnished: str, cold_server: ColdServer) -> None:
    first = cold_server(database_url=furnished)
    go_in(page, first, "dispatcher", "/case?no=A-1")
    begin(page, Kind.FEED_BACK)
    note_of(page, "act.note.feed_back").click()
    page.keyboard.type("写到一半，还没有离开这一格")
    wait_for_draft(page, furnished, "写到一半")
    first.process.kill()
    first.process.wait()

    second = cold_server(database_url=furnished)
    page.goto(f"{second.url}/case?no=A-1")
    expect(note_of(page, "act.note.feed_back")).to_have_value(
        "写到一半，还没有离开这一格", timeout=SLOW
    )
    confirm_button(page, Kind.FEED_BACK).click()
    expect(page.get_by_text(word("act.done.feed_back"))).to_be_visible(timeout=SLOW)
    assert notes_of(second, "A-1", Kind.FEED_BACK) == ["写到一半，还没有离开这一格"]
    assert asked(furnished, select(func.count()).select_from(drafts)) == [0]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_form_outlives_its_database(
    page: Page, furnished: str, postgres: str, cold_server: ColdServer
) -> None:
    server = cold_server(database_url=furnished)
    go_in(page, server, "dispatcher", "/case?no=A-1")
    begin(page, Kind.FEED_BACK)
    note, silent = (
        note_of(page, "act.note.feed_back"),
        page.get_by_text(word("door.silent", since=EARLIER)[:7]),
    )
    for turn in range(SIZE.outages):
        note.click()
        page.keyboard.type("断")
        let_in(postgres, furnished, False)
        expect(silent.first).to_be_visible(timeout=SLOW)
        page.keyboard.type("网")
        expect(note).to_have_value("断网" * (turn + 1))
        expect(confirm_button(page, Kind.FEED_BACK)).to_be_disabled()
        let_in(postgres, furnished, True)
        expect(silent).to_have_count(0, timeout=SLOW)
        expect(note).to_have_value("断网" * (turn + 1))
    confirm_button(page, Kind.FEED_BACK).click()
    expect(page.get_by_text(word("act.done.feed_back"))).to_be_visible(timeout=SLOW)
    assert notes_of(server, "A-1", Kind.FEED_BACK) == ["断网" * SIZE.outages]
