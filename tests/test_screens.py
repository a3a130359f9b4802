"""The screens on a real server in a real browser: numbers open, cases move, every state is said."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from data.db import connect
from data.schema import cases, users
from data.terms import State
from data.words import word
from tests.client import LAPTOPS, fits, go_in
from tests.servers import Server

SignedIn = Callable[..., Page]


def _one_case(server: Server, *states: State, nth: int = 0, login: str = "") -> str:
    """A case number of the demo district in one of some states, held by a login's unit if any."""
    engine = connect(server.database_url)
    with engine.connect() as conn:
        query = select(cases.c.case_no).where(cases.c.state.in_(states)).order_by(cases.c.case_id)
        unit_id = conn.execute(select(users.c.unit_id).where(users.c.login == login)).scalar()
        if unit_id is not None:
            query = query.where(cases.c.unit_id == unit_id)
        found = list(conn.execute(query.limit(nth + 1)).scalars())
    engine.dispose()
    return found[nth]


CARDS = (
    "opened_count",
    "closure_rate_due",
    "closure_rate_cohort",
    "on_time_rate",
    "backlog_count",
    "overdue_now_count",
)


def test_every_card_opens_its_definition_and_a_list_that_agrees(
    page: Page, signed_in: SignedIn
) -> None:
    signed_in(page)
    overview = page.url
    for place, key in enumerate(CARDS):
        page.goto(overview)
        label = word(f"metric.{key}")
        cards = page.locator(".card")
        expect(cards).to_have_count(len(CARDS))
        cards.nth(place).locator(".face").click()

        heading = page.get_by_role("heading", name=label).or_(page.get_by_text(label).first)
        expect(heading).to_be_visible()
        expect(page).to_have_url(re.compile(f"opened.*metric={key}"))
        check = page.locator(".check")
        expect(check).to_be_visible()
        figure, listed = re.findall(r"[\d,]+", check.inner_text())
        assert figure == listed


def test_what_stands_beside_a_number_opens_too(page: Page, signed_in: SignedIn) -> None:
    window = "from=2026-10-01T00:00%2B08:00&to=2026-11-01T00:00%2B08:00"
    as_of = "as_of=2026-11-20T15:20%2B08:00"
    signed_in(page, path=f"/opened?metric=repeat_rate&part=denominator&{window}&{as_of}")
    beside = page.locator("dd", has_text=word("metric.repeat_after_closure_count"))
    beside.locator(".open").click()

    expect(page).to_have_url(re.compile("opened.*metric=repeat_after_closure_count"))
    expect(page.locator(".check")).to_be_visible()


def test_a_unit_of_the_table_opens_its_own_number(page: Page, signed_in: SignedIn) -> None:
    signed_in(page, path=f"/?period={word('period.last_30_days')}")
    table = page.locator(".st-key-section-towns")
    table.locator(".open").first.click()

    expect(page).to_have_url(re.compile("opened.*unit="))
    expect(page.locator(".check")).to_be_visible()


def test_an_urgent_case_opens_on_one_page(page: Page, signed_in: SignedIn) -> None:
    signed_in(page)
    number = page.locator(".st-key-section-urgent .open").first
    case_no = number.inner_text()
    number.click()

    expect(page).to_have_url(re.compile(f"case.*{case_no}"))
    expect(page.locator(".st-key-section-story")).to_be_visible()


def test_an_unknown_case_and_an_unreadable_number_say_so(page: Page, signed_in: SignedIn) -> None:
    signed_in(page, path="/case?no=YC-0")
    expect(page.get_by_text(word("case.missing"))).to_be_visible()
    page.goto(page.url.split("/case")[0] + "/opened?metric=closure_rate_due&from=yesterday")
    expect(page.get_by_text(word("opened.bad"))).to_be_visible()


def test_an_empty_database_says_that_it_is_empty(
    page: Page, cold_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    from data.demo.accounts import add_accounts
    from data.migrations import migrate

    url = f"sqlite:///{tmp_path_factory.mktemp('empty') / 'empty.db'}"
    engine = connect(url)
    with engine.begin() as conn:
        migrate(conn)
        add_accounts(conn)
    engine.dispose()
    server = cold_server(database_url=url)
    go_in(page, server, "leader")

    expect(page.get_by_text(word("overview.empty"), exact=True)).to_be_visible()


def test_old_data_turns_the_age_red(page: Page, cold_server: Callable[..., Server]) -> None:
    limits = {"YIPING_STALE__YELLOW_MINUTES": "0.001", "YIPING_STALE__RED_MINUTES": "0.002"}
    go_in(page, cold_server(**limits), "leader")

    expect(page.locator(".s-red").first).to_be_visible()


def test_nothing_sticks_out_sideways(page: Page, signed_in: SignedIn, server: Server) -> None:
    case_no = _one_case(server, State.IN_PROGRESS, nth=4)
    signed_in(page)
    for path in ("/", "/flow", "/closure", "/cases", f"/case?no={case_no}", "/definitions"):
        page.goto(server.url + path)
        expect(page.locator(".st-key-yiping-head")).to_be_visible()
        for size in LAPTOPS:
            assert fits(page, size), (path, size)


def test_the_demo_district_says_that_it_is_invented(
    page: Page, signed_in: SignedIn, server: Server
) -> None:
    signed_in(page)
    for path in ("/", "/flow", "/closure", "/cases", "/case", "/definitions", "/opened"):
        page.goto(server.url + path)
        expect(page.get_by_text(word("bar.demo"))).to_be_visible()
