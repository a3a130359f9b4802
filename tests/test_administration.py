"""The screens of the administrators and one's own account, in a real browser."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Connection, delete, insert, update

from data.accounts import Account, account_of
from data.calendar_changes import year_of_calendar
from data.config import settings
from data.schema import areas, calendar_days, sign_ins, units, users
from data.sessions import actor_of_session, open_sessions
from data.sign_ins import PER_LOGIN, candidate, is_locked, record_failure
from data.words import word
from tests.client import LAPTOPS, fits, go_in, sign_in_by_frames
from tests.house import on
from tests.people import HASH, PASSWORD, add_person, audited, signed_in
from tests.servers import Server, copy_of, start

NEW = "Nantan-7-bridge"
TARGETS = ("wang", "zhou")  # accounts that tests change


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a small district with its administrators."""
    folder = tmp_path_factory.mktemp("administration")
    url = copy_of(f"sqlite:///{migrated_sqlite}", folder)
    on(url, _fill)
    server = start(url, folder)
    yield server
    server.stop()


def _fill(conn: Connection) -> None:
    conn.execute(insert(areas).values(area_id=7, code="7", name="南塘街道", level="town"))
    conn.execute(insert(units).values(unit_id=3, code="u3", name="南塘街道办", kind="town"))
    for login, role in (("keeper", "security_administrator"), ("system", "system_administrator")):
        add_person(conn, login, role)
    for login in TARGETS:
        add_person(conn, login)


@pytest.fixture(autouse=True)
def as_before(server: Server) -> None:
    """Everybody as at the beginning, signed in nowhere."""
    on(server.database_url, _restore)


def _restore(conn: Connection) -> None:
    conn.execute(delete(sign_ins))
    conn.execute(delete(calendar_days))
    values = {"role": "dispatcher", "area_id": None, "unit_id": None, "password_hash": HASH}
    values |= {"is_active": True, "must_change_password": False, "version": 0}
    conn.execute(update(users).where(users.c.login.in_(TARGETS)).values(values))


def account(server: Server, login: str) -> Account:
    found: Account = on(server.database_url, lambda conn: account_of(conn, login))
    return found


def enter(page: Page, server: Server, login: str, path: str) -> Page:
    go_in(page, server, login, path)
    expect(page.locator(".st-key-yiping-head")).to_be_visible()
    return page


@pytest.fixture
def keeper(page: Page, server: Server) -> Page:
    """The accounts screen, as a security administrator sees it."""
    return enter(page, server, "keeper", "administration")


def row(page: Page, login: str) -> Locator:
    pattern = re.compile(rf"^{login}{login}的岗位")
    return page.locator(".st-key-section-accounts tr.whole", has_text=pattern)


def choose(page: Page, login: str, change: str) -> None:
    row(page, login).click()
    expect(page.locator(".st-key-section-account-one")).to_contain_text(f"{login}的岗位")
    page.get_by_role("radio", name=word(f"account.do.{change}"), exact=True).click()


def pick(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=word(label), exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def preview(page: Page, effect: str) -> Locator:
    """The row of the preview that tells of an effect."""
    tables = page.locator(".st-key-account-preview, .st-key-calendar-preview")
    return tables.locator("tr", has_text=re.compile(f"^{word(f'effect.{effect}')}"))


def confirm(page: Page, change: str) -> None:
    page.get_by_role("button", name=word(f"account.do.{change}.confirm"), exact=True).click()


def told(page: Page, change: str, **about: str) -> Locator:
    return page.get_by_text(word(f"account.done.{change}", **about), exact=True)


def test_a_new_account_is_told_its_password_once(keeper: Page, server: Server) -> None:
    keeper.get_by_label(word("account.login"), exact=True).fill("li.na")
    keeper.get_by_label(word("account.name"), exact=True).fill("南塘经办")
    pick(keeper, "account.role", word("role.operator"))
    pick(keeper, "account.unit", "南塘街道办")
    expect(preview(keeper, "scope")).to_contain_text("南塘街道办")
    expect(preview(keeper, "password")).to_contain_text(word("account.once"))
    confirm(keeper, "add")
    notice = keeper.get_by_text("账号 li.na 已建立")
    expect(notice).to_be_visible()
    password = notice.inner_text().rpartition("：")[2]
    keeper.get_by_text(word("account.seen"), exact=True).click()
    expect(notice).to_have_count(0)
    assert password not in keeper.content()
    found = account(server, "li.na")
    assert (found.role, found.unit, found.must_change_password) == ("operator", "南塘街道办", True)
    assert sign_in_by_frames(server, "li.na", password)


def test_a_change_of_rights_shows_what_it_does_and_then_does_it(
    keeper: Page, server: Server
) -> None:
    session = on(server.database_url, lambda conn: signed_in(conn, "wang", now(), "10.0.0.7"))
    choose(keeper, "wang", "rights")
    pick(keeper, "account.role", word("role.leader"))
    pick(keeper, "account.scope", "南塘街道")
    expect(preview(keeper, "role")).to_contain_text(word("role.dispatcher"))
    expect(preview(keeper, "scope")).to_contain_text("南塘街道")
    expect(preview(keeper, "sessions")).to_contain_text(word("rule.sign_in_again"))
    assert account(server, "wang").role == "dispatcher"  # nothing yet
    confirm(keeper, "rights")
    expect(told(keeper, "rights", login="wang")).to_be_visible()
    found = account(server, "wang")
    assert (found.role, found.area) == ("leader", "南塘街道")
    assert on(server.database_url, lambda c: actor_of_session(c, session, now())) is None


def test_an_account_is_switched_off_and_on(keeper: Page, server: Server) -> None:
    choose(keeper, "wang", "disable")
    expect(preview(keeper, "account_state")).to_contain_text(word("accounts.state.disabled"))
    confirm(keeper, "disable")
    expect(told(keeper, "disable", login="wang")).to_be_visible()
    expect(row(keeper, "wang")).to_contain_text(word("accounts.state.disabled"))
    assert not account(server, "wang").is_active
    choose(keeper, "wang", "enable")
    confirm(keeper, "enable")
    expect(told(keeper, "enable", login="wang")).to_be_visible()
    assert account(server, "wang").is_active


def test_a_locked_account_says_so_and_is_unlocked(keeper: Page, server: Server) -> None:
    def lock(conn: Connection) -> None:
        for _ in range(PER_LOGIN):
            record_failure(conn, "wang", "10.0.0.7", now())

    on(server.database_url, lock)
    expect(row(keeper, "wang")).to_contain_text(word("accounts.state.locked"))  # at its next tick
    choose(keeper, "wang", "unlock")
    expect(preview(keeper, "locked_until")).to_contain_text(word("rule.lock_ends"))
    confirm(keeper, "unlock")
    expect(told(keeper, "unlock", login="wang")).to_be_visible()
    assert not on(server.database_url, lambda conn: is_locked(conn, "wang", "x", now()))


def test_a_reset_password_is_told_once_and_works_once(keeper: Page, server: Server) -> None:
    choose(keeper, "wang", "reset")
    expect(preview(keeper, "password")).to_contain_text(word("account.once"))
    confirm(keeper, "reset")
    notice = keeper.get_by_text("账号 wang 的密码已重设")
    expect(notice).to_be_visible()
    password = notice.inner_text().rpartition("：")[2]
    assert account(server, "wang").must_change_password
    assert not sign_in_by_frames(server, "wang", PASSWORD)
    assert sign_in_by_frames(server, "wang", password)


def test_a_session_is_ended_from_the_list_after_a_question(keeper: Page, server: Server) -> None:
    session = on(server.database_url, lambda conn: signed_in(conn, "zhou", now(), "10.0.0.7"))
    line = keeper.locator(".st-key-section-sessions tr", has_text="10.0.0.7").first
    line.get_by_text(word("account.end"), exact=True).click()
    expect(
        keeper.get_by_text(word("account.end.sure", login="zhou", address="10.0.0.7"))
    ).to_be_visible()
    assert on(server.database_url, lambda c: actor_of_session(c, session, now())) is not None
    keeper.get_by_text(word("account.end.confirm"), exact=True).click()
    expect(line).to_have_count(0)
    assert on(server.database_url, lambda c: actor_of_session(c, session, now())) is None


def test_l09_ones_own_account_and_the_last_of_a_kind_stay(keeper: Page, server: Server) -> None:
    row(keeper, "keeper").click()
    expect(keeper.get_by_text(word("account.own_rights"), exact=True)).to_be_visible()
    expect(keeper.get_by_role("radio", name=word("account.do.rights"))).to_have_count(0)
    choose(keeper, "system", "disable")
    confirm(keeper, "disable")
    expect(keeper.get_by_text("最后一个在用的")).to_be_visible()
    assert account(server, "system").is_active
    refused = on(server.database_url, lambda conn: audited(conn, "refused"))
    assert ("refused", "keeper", "system") in refused


def test_who_is_second_to_change_an_account_is_told(keeper: Page, server: Server) -> None:
    choose(keeper, "zhou", "disable")
    on(
        server.database_url,
        lambda conn: conn.execute(update(users).where(users.c.login == "zhou").values(version=1)),
    )
    confirm(keeper, "disable")
    refusal = keeper.get_by_text(word("accounts.changed", login="zhou"))
    expect(refusal).to_be_visible()
    assert account(server, "zhou").is_active
    keeper.get_by_text(word("account.again"), exact=True).click()
    expect(refusal).to_have_count(0)
    choose(keeper, "zhou", "disable")
    confirm(keeper, "disable")
    expect(told(keeper, "disable", login="zhou")).to_be_visible()


def test_a_day_is_set_on_the_calendar(page: Page, server: Server) -> None:
    enter(page, server, "system", "calendar")
    day = date(now().astimezone(settings().zone).year, 11, 11)
    page.get_by_role("spinbutton").first.click()
    page.keyboard.type(f"{day:%Y%m%d}")
    page.keyboard.press("Escape")
    page.get_by_role("radio", name=word("calendar.off"), exact=True).click()
    page.get_by_label(word("calendar.column.note"), exact=True).fill("区运动会")
    page.keyboard.press("Tab")
    expect(preview(page, "running_cases")).to_contain_text(word("rule.keeps_promises"))
    page.get_by_role("button", name=word("calendar.confirm"), exact=True).click()
    expect(page.locator(".st-key-section-calendar-days tr", has_text="区运动会")).to_contain_text(
        word("calendar.by_centre")
    )
    found = on(server.database_url, lambda conn: year_of_calendar(conn, day.year))
    assert [(one.day, one.is_worked) for one in found.days if one.is_set] == [(day, False)]
    assert on(server.database_url, lambda conn: audited(conn, "calendar")) == [
        ("calendar", "system", str(day))
    ]


def test_everybody_changes_their_own_password_and_ends_their_sessions(
    page: Page, server: Server
) -> None:
    other = on(server.database_url, lambda conn: signed_in(conn, "wang", now(), "10.0.0.8"))
    enter(page, server, "wang", "")
    page.get_by_text(word("screen.account"), exact=True).click()
    expect(page.locator(".st-key-section-own tr", has_text="10.0.0.8")).to_be_visible()
    expect(page.locator(".st-key-section-own tr", has_text=word("account.this"))).to_be_visible()
    for name, text in (("present", PASSWORD), ("new", NEW), ("again", NEW)):
        page.get_by_label(word(f"password.{name}"), exact=True).fill(text)
    page.get_by_role("button", name=word("password.change"), exact=True).click()
    expect(page.locator(".st-key-section-own tr", has_text="10.0.0.8")).to_have_count(0)
    assert on(server.database_url, lambda conn: actor_of_session(conn, other, now())) is None
    kept = on(server.database_url, lambda conn: candidate(conn, "wang", "x", now()))
    assert kept.password_hash != HASH
    expect(page.get_by_text(word("password.changed"), exact=True)).to_be_visible()
    page.get_by_role("button", name=word("account.seen"), exact=True).click()  # no tick takes it
    expect(page.get_by_text(word("password.changed"), exact=True)).to_have_count(0)
    page.get_by_role("button", name=word("account.everywhere"), exact=True).click()
    expect(page.get_by_role("button", name=word("sign_in.enter"), exact=True)).to_be_visible()
    assert on(server.database_url, lambda conn: open_sessions(conn, now(), "wang")) == ()


def test_nothing_sticks_out_sideways(browser: Browser, server: Server) -> None:
    for login, path in (("keeper", "administration"), ("system", "calendar"), ("wang", "account")):
        context = browser.new_context(locale="zh-CN")
        page = enter(context.new_page(), server, login, path)
        if login == "keeper":
            choose(page, "zhou", "rights")
            pick(page, "account.role", word("role.leader"))
            expect(preview(page, "permissions")).to_be_visible()
        for size in LAPTOPS:
            assert fits(page, size), (path, size)
        context.close()
