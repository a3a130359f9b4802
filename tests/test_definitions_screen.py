"""指标口径 in a real browser: every metric, found, opened by its example, printed whole."""

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from data import metrics
from data.words import word
from pages.parts.glossary import RULES
from tests.servers import Server

SignedIn = Callable[..., Page]


def _names(page: Page) -> list[str]:
    """The code names of the metrics shown, in their order."""
    return page.locator("article code").all_inner_texts()


def _question(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


@pytest.fixture
def definitions(page: Page, signed_in: SignedIn) -> Page:
    """The screen, drawn."""
    signed_in(page, path="/definitions")
    expect(page.locator("article").first).to_be_visible()
    return page


def test_every_metric_and_every_rule_is_defined_once(definitions: Page) -> None:
    of_families = [name for names in metrics.FAMILIES.values() for name in names]
    assert _names(definitions) == of_families
    rules = [word(f"definitions.rule.{name}") for names in RULES.values() for name in names]
    assert definitions.locator("article.short h3").all_inner_texts() == rules


def test_a_search_narrows_the_screen_and_keeps_in_the_address(
    definitions: Page, server: Server
) -> None:
    find = definitions.get_by_placeholder(word("definitions.search_hint"))
    find.fill("挂起 超期")
    expect(definitions).to_have_url(re.compile("search="))
    expect(definitions.locator('[data-key="overdue_now_count"]')).to_be_visible()
    expect(definitions.locator('[data-key="opened_count"]')).to_have_count(0)

    address = definitions.url
    definitions.goto(server.url + "/")
    definitions.goto(address)
    expect(definitions.locator('[data-key="overdue_now_count"]')).to_be_visible()
    assert len(_names(definitions)) < len(metrics.METRICS)

    find.fill("没有这样的词")
    nothing = word("definitions.none", text="没有这样的词")
    expect(definitions.get_by_text(nothing)).to_be_visible()


def test_the_list_leads_to_a_definition_and_a_rule_is_found_too(definitions: Page) -> None:
    definitions.locator('[data-to="repeat_rate"]').click()
    expect(definitions.locator('[data-key="repeat_rate"]')).to_be_in_viewport()

    definitions.get_by_placeholder(word("definitions.search_hint")).fill("春节")
    expect(definitions.locator("article")).to_have_count(1)
    expect(definitions.locator('[data-key="rule-festival"]')).to_be_visible()


@pytest.mark.parametrize(("place", "part"), [(0, "numerator"), (2, "denominator")])
def test_an_example_opens_its_number(definitions: Page, place: int, part: str) -> None:
    numbers = definitions.locator('[data-key="closure_rate_due"] .formula .open')
    shown = numbers.all_inner_texts()
    numbers.nth(place).click()

    expect(definitions).to_have_url(re.compile(f"opened.*metric=closure_rate_due&part={part}"))
    expect(definitions.locator(".check")).to_be_visible()
    for text in shown:
        expect(definitions.locator(".formula")).to_contain_text(text)


def test_another_variant_opens_its_own_number(definitions: Page) -> None:
    definitions.locator('[data-key="closure_rate_due"] .figures .open').first.click()
    expect(definitions).to_have_url(re.compile("opened.*metric=closure_rate_cohort"))


def test_an_earlier_number_opens_as_it_stood_then(definitions: Page) -> None:
    definitions.locator('[data-key="opened_count"] .formula .open').click()
    expect(definitions.locator(".check")).to_be_visible()
    now = _question(definitions)
    row = definitions.locator("dd", has_text=word("comparison.period_before"))
    earlier = row.locator(".open")
    shown = earlier.inner_text()
    earlier.click()

    began = now["from"].partition("T")[0]
    expect(definitions).not_to_have_url(re.compile(f"from={began}"))
    expect(definitions.locator(".formula")).to_contain_text(shown)
    then = _question(definitions)
    moved = [
        datetime.fromisoformat(then[k]) < datetime.fromisoformat(now[k]) for k in ("to", "as_of")
    ]
    assert moved == [True, True]


def test_the_printed_page_holds_every_metric_and_no_navigation(definitions: Page) -> None:
    definitions.emulate_media(media="print", color_scheme="dark")
    for hidden in (".index", "header", ".st-key-yiping-bar-parts", "input"):
        expect(definitions.locator(hidden).first).to_be_hidden()
    for article in definitions.locator("article").all():
        expect(article).to_be_visible()
    assert _names(definitions) == list(metrics.METRICS)
    ink, ground = definitions.evaluate(
        """() => [document.querySelector('[data-testid="stApp"]')].map(getComputedStyle)
             .flatMap(style => [style.color, style.backgroundColor])"""
    )
    assert (ink, ground) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
    # A page cut off at the height of the window would be one sheet.
    sheets = definitions.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    assert sheets > 3
