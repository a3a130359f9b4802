"""The closure rates on their screen: every state is said, numbers open, the address decides."""

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Connection

from data.questions import LONGEST, as_text, from_text
from data.words import word
from tests import matrix
from tests.builders import add_case
from tests.house import EARLIER, drawn, on, opened, run, said
from tests.people import add_person

SignedIn = Callable[..., Page]
LAST_DAYS = f"/closure?period={word('period.last_30_days')}"  # this month may have just begun


@pytest.fixture
def district(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database, and the door open."""
    with opened(sqlite_url, monkeypatch):
        yield sqlite_url


def screen() -> None:
    """The screen, read apart from this module."""
    import pages.closure_rates

    pages.closure_rates.screen()


def window() -> None:
    """What the filters ask for, kept in the session."""
    import streamlit as st

    from pages.parts.common import moment
    from pages.parts.window import ask_window, show_unread

    st.session_state["asked"] = ask_window(moment(), "this_week")
    show_unread(st.session_state["asked"])


def test_more_days_than_are_looked_at_are_said(district: str) -> None:
    """And a number of the days that are looked at still opens."""
    on(district, lambda conn: add_person(conn, "dispatcher.district", "dispatcher"))
    app = drawn(window, district, period=word("period.days"))
    assert word("filter.cut") not in said(app)
    app.date_input(key="days").set_value((date(2020, 1, 1), date(2026, 1, 31)))
    assert word("filter.cut") in said(run(app))
    question = app.session_state["asked"].question
    assert question.end - question.start == LONGEST
    assert from_text(as_text(question)) == question


@pytest.mark.parametrize("told", ["2026-01-01", "no-day", ["2026-01-05", "2999-01-01"]])
def test_days_that_cannot_be_read_are_said(district: str, told: str | list[str]) -> None:
    on(district, lambda conn: add_person(conn, "dispatcher.district", "dispatcher"))
    app = drawn(window, district, period=word("period.days"), days=told)
    text = said(app)
    is_read = told == "2026-01-01"
    assert (word("filter.unread") in text, "no-day" in text) == (not is_read, told == "no-day")
    app.date_input(key="days").set_value((date(2026, 1, 5), date(2026, 1, 6)))
    assert word("filter.unread") not in said(run(app))


def test_days_that_are_not_asked_for_need_no_mention(district: str) -> None:
    on(district, lambda conn: add_person(conn, "dispatcher.district", "dispatcher"))
    app = drawn(window, district, period=word("period.days"), days="no-day")
    app.query_params.clear()  # as a browser does
    app.selectbox(key="period").set_value("today")
    assert word("filter.unread") not in said(run(app))


def test_an_empty_district_says_so(district: str) -> None:
    on(district, lambda conn: add_person(conn, "dispatcher.district", "dispatcher"))
    assert word("closure.empty") in said(drawn(screen, district))


def test_a_period_without_a_case_due_has_no_rate(district: str) -> None:
    def build(conn: Connection) -> None:
        add_person(conn, "dispatcher.district", "dispatcher")
        add_case(conn, "YC-1", EARLIER)

    on(district, build)
    text = said(drawn(screen, district))
    for key in ("nothing.closure_rate_due", "no_channel", "no_week", "list.near.empty"):
        assert word(f"closure.{key}") in text, key
    no_rate = [rate for rate in re.findall(r"[\d.]+%", text) if rate != "0.00%"]
    assert no_rate == []  # the one case opened is not closed: 0.00 % by that base alone


def test_the_address_decides_and_a_scope_refuses(district: str) -> None:
    on(district, lambda conn: matrix.build(conn, ["read"]))
    text = said(drawn(screen, district, by=word("closure.by.area")))
    assert word("closure.groups.area") in text and word("closure.groups.unit") not in text
    assert word("door.refused") in said(drawn(screen, district, "operator.unit", only_unit="there"))
    past = said(drawn(screen, district, as_of="2026-01-01T00:00"))
    assert word("looking_back.to_now") in past


@pytest.mark.parametrize("login", ["operator.unit", "leader.town", "operator.district"])
def test_every_scope_draws(district: str, login: str) -> None:
    on(district, lambda conn: matrix.build(conn, ["read"]))
    assert word("closure.bridge") in said(drawn(screen, district, login))


def test_what_is_clicked_opens_and_agrees(page: Page, signed_in: SignedIn) -> None:
    signed_in(page, path=LAST_DAYS)
    here = page.url
    for place in (
        page.locator(".st-key-closure-cards .face").first,
        page.locator(".st-key-closure-cards .d .open").first,
        page.locator(".st-key-closure-cards .d .open").last,
        page.locator(".st-key-closure-beside .open").first,
        page.locator(".st-key-section-groups .open").first,
        page.locator(".st-key-section-in-time .open").first,
        page.locator(".st-key-section-lift-category .open").first,
        page.locator(".st-key-section-weeks .mark-symbol path").last,
    ):
        page.goto(here)
        place.click()
        expect(page).to_have_url(re.compile("opened.*metric="))
        check = page.locator(".check")
        expect(check).to_be_visible()
        figure, listed = re.findall(r"[\d,]+", check.inner_text())
        assert figure == listed, place


def test_the_overdue_lead_to_the_list_of_exactly_those(page: Page, signed_in: SignedIn) -> None:
    signed_in(page, path="/closure")
    everything = page.locator(".st-key-section-list-overdue .open").last
    count = re.findall(r"[\d,]+", everything.inner_text())[0]
    everything.click()

    expect(page).to_have_url(re.compile("cases.*due=overdue"))
    expect(page.get_by_text(word("cases.found", count=count), exact=True)).to_be_visible()


def test_a_step_between_the_bases_opens_its_cases(page: Page, signed_in: SignedIn) -> None:
    signed_in(page, path=LAST_DAYS)
    steps = page.locator(".st-key-heading-closure-bridge .open")
    expect(steps).not_to_have_count(0)
    ends = [steps.first.inner_text(), steps.last.inner_text()]
    (step, said), *_ = [
        (steps.nth(place), steps.nth(place).inner_text()) for place in range(1, steps.count() - 1)
    ]
    assert said not in ends
    step.click()
    expect(page).to_have_url(re.compile(r"closure\?.*list="))
    expect(page.locator(".st-key-section-behind")).to_contain_text(said)
    page.get_by_role("button", name=word("closure.back")).click()
    expect(steps).not_to_have_count(0)
    expect(page).not_to_have_url(re.compile("list="))


def test_an_address_with_a_step_that_is_none_says_so(district: str) -> None:
    on(district, lambda conn: matrix.build(conn, ["read"]))
    text = said(drawn(screen, district, list="no-such-step"))
    assert word("behind.bad_list") in text and word("closure.back") in text
