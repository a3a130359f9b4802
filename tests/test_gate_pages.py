"""Every page as every role, in a browser: it keeps to the policy and stays on the machine."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from data.demo.accounts import ACCOUNTS
from data.terms import Actor, Role
from data.words import word
from gate.screens import SCREENS, Screen, screens_of
from tests.client import go_in
from tests.scale import SIZE
from tests.servers import Server

HOSTS = {"127.0.0.1", ""}  # "" stands in data: and blob: addresses
PATHS = ("", *(screen.url_path for screen in SCREENS), "nowhere")
ROLES = {login: role for login, (_, role) in ACCOUNTS.items()}
# Streamlit looks for itself below the page it is asked for before it looks at the root.
ITS_SEARCH = ("/_stcore/health", "/_stcore/host-config")


@pytest.fixture
def watched(page: Page) -> dict[str, list[str]]:
    """What the browser asked for, what was refused it, and what it complained of."""
    found: dict[str, list[str]] = {"asked": [], "refused": [], "errors": []}
    page.on("request", lambda request: found["asked"].append(request.url))
    page.on("websocket", lambda socket: found["asked"].append(socket.url))
    page.on(
        "response",
        lambda answer: found["refused"].append(answer.url) if answer.status >= 400 else None,
    )
    page.on("pageerror", lambda error: found["errors"].append(str(error)))
    page.on(
        "console",
        lambda told: found["errors"].append(told.text) if "Policy" in told.text else None,
    )
    return found


def paths_of(login: str) -> list[str]:
    """Where a login goes: to what is its own and no earlier one's; in full, everywhere."""
    if SIZE.every_role_on_every_page:
        return [*PATHS]
    earlier = list(ROLES.values())[: list(ROLES).index(login)]
    seen = {screen for role in earlier for screen in _screens(role)}
    new = [screen.url_path for screen in _screens(ROLES[login]) if screen not in seen]
    return ["", *new, "nowhere"]


def _screens(role: Role) -> list[Screen]:
    return screens_of(Actor("somebody", "", role))


def test_every_page_is_somebodys() -> None:
    assert {path for login in ROLES for path in paths_of(login)} == {*PATHS}


@pytest.mark.parametrize("role", ACCOUNTS)
def test_every_page_keeps_to_the_policy_and_stays_on_the_machine(
    role: str, server: Server, page: Page, watched: dict[str, list[str]]
) -> None:
    go_in(page, server, role)
    for path in paths_of(role):
        if path:
            page.goto(f"{server.url}/{path}")
        expect(page.get_by_text(word("sign_out.leave"), exact=True)).to_be_visible()
        page.wait_for_load_state("networkidle")
        expect(page.locator('[data-testid="stException"]')).to_have_count(0)
    check(watched, server)


def test_what_opens_on_a_page_stays_on_the_machine_too(
    server: Server, page: Page, watched: dict[str, list[str]], signed_in: Callable[..., Page]
) -> None:
    signed_in(page)
    page.locator(".card .face").first.click()
    expect(page.locator(".check")).to_be_visible()
    page.goto(server.url)
    page.locator(".st-key-section-urgent .open").first.click()
    expect(page.locator(".st-key-section-story")).to_be_visible()
    page.get_by_text(word("sign_out.leave"), exact=True).click()
    expect(page.get_by_role("button", name=word("sign_in.enter"), exact=True)).to_be_visible()
    check(watched, server)


def check(watched: dict[str, list[str]], server: Server) -> None:
    assert watched["errors"] == []
    assert [url for url in watched["asked"] if (urlsplit(url).hostname or "") not in HOSTS] == []
    refused = [url for url in watched["refused"] if not url.endswith(ITS_SEARCH)]
    assert refused == []
    assert server.outside_addresses() == []
