"""工单流转 on its screen: numbers open, lists agree, a ledger that does not hold is red."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from data import metrics
from data.metrics.ledger import LEFT_SIDE, RIGHT_SIDE
from data.terms import Kind
from data.ticket_flow import ONLY_OF_UNITS
from data.ticket_flow.listed import LATE, WAITING
from data.words import word
from tests import matrix
from tests.builders import add_case, event
from tests.house import EARLIER, drawn, on, opened, told
from tests.servers import Server

SignedIn = Callable[..., Page]
TERMS = [name for name in (*LEFT_SIDE, *RIGHT_SIDE) if name not in ONLY_OF_UNITS]


@pytest.fixture
def empty(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A district without a case, with accounts of every role, and the door open."""
    with opened(sqlite_url, monkeypatch):
        on(sqlite_url, lambda conn: matrix.build(conn, []))
        yield sqlite_url


@pytest.fixture
def district(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The small district of the matrix, with a case of every place and state, and the door open."""
    with opened(sqlite_url, monkeypatch):
        on(sqlite_url, lambda conn: matrix.build(conn, ["read"]))
        yield sqlite_url


def screen() -> None:
    """The page, read apart from this module."""
    import pages.ticket_flow

    pages.ticket_flow.screen()


def sums(app: AppTest) -> tuple[str, str | None]:
    """The sums of the ledger, and the lamp they are lit with."""
    (bit,) = told(app, "ledger")[0]["sums"]
    return bit["text"], bit.get("lamp")


def test_a_district_without_cases_says_so(empty: str) -> None:
    app = drawn(screen, empty)
    assert told(app, "ledger") == []
    assert word("overview.empty") in [one["headline"] for one in told(app, "notices")]


def test_the_ledger_has_seven_terms_and_nine_for_one_unit(district: str) -> None:
    (ledger,) = told(drawn(screen, district), "ledger")
    assert [term["key"] for term in ledger["terms"]] == TERMS
    signs = "".join(term["sign"] for term in ledger["terms"])
    assert signs == "＋＋＝＋＋＋"
    for app in (
        drawn(screen, district, only_unit="here"),
        drawn(screen, district, "dispatcher.unit"),
    ):
        (ledger,) = told(app, "ledger")
        assert [term["key"] for term in ledger["terms"]] == [*LEFT_SIDE, *RIGHT_SIDE]
        assert sums(app)[1] is None


def test_a_ledger_that_does_not_hold_is_red_with_its_gap(
    district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = metrics.measure

    def miscounted(*args, **kwargs):  # type: ignore[no-untyped-def]
        found = true(*args, **kwargs)
        return found | {"carried_in_count": found["opened_count"], "opened_count": _more(found)}

    def _more(found):  # type: ignore[no-untyped-def]
        from dataclasses import replace

        return replace(found["carried_in_count"], value=found["carried_in_count"].value + 2)

    monkeypatch.setattr("data.ticket_flow.metrics.measure", miscounted)
    app = drawn(screen, district)
    text, lamp = sums(app)
    assert ("≠" in text, lamp) == (True, "red")
    assert told(app, "ledger")[0]["checked"] == word("flow.ledger_gap", count="2")


def test_a_list_of_the_page_and_one_that_is_none(district: str) -> None:
    app = drawn(screen, district, list="open")
    assert told(app, "ledger") == []
    count = len(app.dataframe[0].value)
    board = told(drawn(screen, district), "stages")[0]["stages"]
    assert count == sum(int(stage["count"]) for stage in board[:-1])
    notices = told(drawn(screen, district, list="late.nothing"), "notices")
    assert word("behind.bad_list") in [one["headline"] for one in notices]


def test_what_waits_to_be_accepted_opens_as_many_cases_as_its_title_says(district: str) -> None:
    limit = EARLIER + timedelta(seconds=1)
    late = event(Kind.DISPATCH, EARLIER, to_unit_id=1, accept_due_at=limit)
    on(district, lambda conn: add_case(conn, opened_at=EARLIER, events=[late]))
    headings = told(drawn(screen, district), "heading")
    bits = [bit for one in headings for bit in (*one["title"], *one["note"])]
    counts = {bit["key"]: bit["text"] for bit in bits if bit.get("key") in (WAITING, LATE)}
    assert int(counts[WAITING]) > int(counts[LATE]) == 1
    for name, count in counts.items():
        assert str(len(drawn(screen, district, list=name).dataframe[0].value)) == count


def test_looking_back_stops_the_clocks_and_says_then(district: str) -> None:
    live, past = (
        _clocks(drawn(screen, district, **at)) for at in ({}, {"as_of": EARLIER.isoformat()})
    )
    assert (live, past) == ([True], [False])
    notes = _notes(drawn(screen, district, as_of=EARLIER.isoformat()))
    assert any(note.startswith(word("overview.then")) for note in notes)


def _notes(app: AppTest) -> list[str]:
    """What stands beside the titles of the sections."""
    return ["".join(bit["text"] for bit in one["note"]) for one in told(app, "heading")]


def _clocks(app: AppTest) -> list[bool]:
    """Whether the clocks go on, of all bars that have one."""
    found = [one for one in told(app, "bars") if any(row["since"] for row in one["rows"])]
    return [one["runs"] for one in found]


def test_hours_are_told_from_the_first_run_of_an_address(district: str) -> None:
    by_hour = _notes(drawn(screen, district, step=word("step.hour")))
    note = word("flow.days_note.hour", weeks=8, days=14)
    assert note in by_hour


# In a browser


def test_every_number_of_the_ledger_opens_a_list_that_agrees(
    page: Page, signed_in: SignedIn
) -> None:
    address = f"/flow?period={word('period.last_30_days')}"
    signed_in(page, path=address)
    flow = page.url
    for place, name in list(enumerate(TERMS))[:: len(TERMS) - 1]:
        page.goto(flow)
        value = page.locator(".st-key-section-flow-ledger .value").nth(place)
        said = value.inner_text()
        value.click()
        expect(page).to_have_url(re.compile(f"opened.*metric={name}"))
        check = page.locator(".check")
        expect(check).to_be_visible()
        assert set(re.findall(r"[\d,]+", check.inner_text())) == {said}


def test_a_bar_opens_its_day_and_the_way_back_leads_to_what_was_left(
    page: Page, signed_in: SignedIn
) -> None:
    signed_in(page, path=f"/flow?period={word('period.last_30_days')}")
    here = page.url
    bars = page.locator(".st-key-section-flow-days .mark-rect path")
    for place, metric in ((2, "opened_count"), (16, "closed_count")):
        bars.nth(place).click()
        expect(page).to_have_url(re.compile(f"opened.*metric={metric}"))
        figure, listed = re.findall(r"[\d,]+", page.locator(".check").inner_text())
        assert figure == listed
        page.go_back()
        expect(page).to_have_url(here)


def test_a_stage_opens_the_case_list_and_an_age_a_list_of_the_page(
    page: Page, signed_in: SignedIn, server: Server
) -> None:
    signed_in(page, path="/flow")
    stage = page.locator(".st-key-section-flow-stages .big").nth(2)
    said = stage.inner_text()
    stage.click()
    expect(page).to_have_url(re.compile("cases.*state=in_progress"))
    expect(page.locator(".st-key-section-cases")).to_contain_text(said)

    page.goto(f"{server.url}/flow")
    age = page.locator(".st-key-section-flow-bands .open").first
    count = re.findall(r"\d+", age.inner_text())[0]
    age.click()
    expect(page).to_have_url(re.compile(r"flow\?.*list=age"))
    section = page.locator(".st-key-section-behind")
    expect(section).to_contain_text(count)
    page.get_by_role("button", name=word("flow.back")).click()
    expect(page.locator(".st-key-section-flow-ledger")).to_be_visible()
    expect(page).not_to_have_url(re.compile("list="))


def test_the_open_cases_under_their_ages_open_all_of_them(page: Page, signed_in: SignedIn) -> None:
    signed_in(page, path="/flow")
    whole = page.locator(".st-key-flow-open .open")
    (count,) = re.findall(r"[\d,]+", whole.inner_text())
    whole.click()
    expect(page).to_have_url(re.compile(r"flow\?.*list=open"))
    expect(page.locator(".st-key-section-behind")).to_contain_text(
        re.compile(rf"{word('flow.list.open')}.*{count}")
    )


def test_a_count_in_a_title_opens_its_cases(page: Page, signed_in: SignedIn) -> None:
    signed_in(page, path="/flow")
    counted = page.locator(".st-key-heading-flow-stages h2 .open").first
    count = counted.inner_text()
    counted.click()
    expect(page).to_have_url(re.compile(r"flow\?.*list="))
    behind = page.locator(".st-key-heading-behind small")
    expect(behind).to_contain_text(re.compile(rf"\b{count}\b"))


def test_what_came_again_opens_as_a_number_and_place_by_place(
    page: Page, signed_in: SignedIn
) -> None:
    signed_in(page, path=f"/flow?period={word('period.last_30_days')}")
    here = page.url
    cell = page.locator(".st-key-section-flow-again td .open").first
    said = cell.inner_text()
    cell.click()
    expect(page).to_have_url(re.compile(r"flow\?.*list=again"))
    expect(page.locator(".st-key-heading-behind small")).to_contain_text(re.compile(rf"^{said} 件"))
    page.goto(here)
    counted = page.locator(".st-key-heading-flow-again .open")
    said = counted.inner_text()
    counted.click()
    expect(page).to_have_url(re.compile("opened.*metric=repeat_rate&part=numerator"))
    assert set(re.findall(r"[\d,]+", page.locator(".check").inner_text())) == {said}


def test_the_filters_stand_in_the_address_and_come_back(page: Page, signed_in: SignedIn) -> None:
    signed_in(page, path="/flow")
    page.get_by_role("combobox").nth(2).click()
    option = page.get_by_role("option").nth(3)
    name = option.inner_text()
    option.click()
    ledger = page.locator(".st-key-section-flow-ledger .term")
    expect(ledger).to_have_count(9)
    page.goto(page.url)
    expect(ledger).to_have_count(9)
    expect(page.get_by_role("combobox").nth(2)).to_have_value(name)


def test_what_the_address_names_and_nobody_knows_is_said(district: str) -> None:
    """Else the figures of the whole district would pass for those of one unit."""
    app = drawn(screen, district, only_unit="没有的局", period="没有的时候")
    notices = [str(one) for one in told(app, "notices")]
    (notice,) = [one for one in notices if word("filter.unread") in one]
    assert "没有的局" in notice and "没有的时候" in notice
    assert word("filter.unread") not in str(told(drawn(screen, district), "notices"))
