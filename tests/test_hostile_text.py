"""Hostile text wherever a case's text is shown, in a browser: nothing runs, nothing loads."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, expect
from sqlalchemy import Connection, Select, Table, delete, insert, select, update

from data.db import connect
from data.journal import audit
from data.schema import areas, calendar_days, case_events, cases, categories, channels, units, users
from data.terms import Kind, State
from data.words import word
from tests import servers
from tests.client import go_in
from tests.scale import SIZE
from tests.servers import Server

OUTSIDE = "http://evil.example"
HOSTILE = (
    "<script>window.ran=1</script>",
    '<img src=x onerror="window.ran=1">',
    "<svg onload=window.ran=1>",
    '"><script>window.ran=1</script>',
    f"'\"><img src={OUTSIDE}/p.png>",
    "</script><script>window.ran=1</script>",
    "</style><img src=x onerror=window.ran=1>",
    '<iframe srcdoc="<script>parent.ran=1</script>"></iframe>',
    '<a href="javascript:window.ran=1">x</a>',
    "[x](javascript:window.ran=1)",
    f"![x]({OUTSIDE}/p.png)",
    f"<style>@import url({OUTSIDE}/p.css)</style>",
    f"<link rel=stylesheet href={OUTSIDE}/p.css>",
    f"<base href={OUTSIDE}/>",
    f'<meta http-equiv=refresh content="0;url={OUTSIDE}/">',
    f"<object data={OUTSIDE}/p.swf></object>",
    f"<form action={OUTSIDE}/><button autofocus onfocus=window.ran=1>x</button></form>",
    "javascript:window.ran=1",
    "{{constructor.constructor('window.ran=1')()}}",
    "${window.ran=1}",
    "**x** ~~x~~ :red[x] $x^2$ :material/home: # x",
    "&lt;script&gt;window.ran=1&lt;/script&gt;",
    "<math><mtext><img src onerror=window.ran=1></mtext></math>",
    '__proto__ {"__proto__": {"ran": 1}}',
    f'=HYPERLINK("{OUTSIDE}/p","x")',
)
NAMED: tuple[Table, ...] = (areas, categories, channels)
QUESTION = "&from={year}-01-01T00:00:00Z&to={now}&as_of={now}"


SHOWN = """() => {
  const texts = [];
  const walk = (node) => {
    if (node.nodeType === 3) texts.push(node.data);
    if (node.shadowRoot) walk(node.shadowRoot);
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return texts.join('\\n');
}"""


@dataclass
class Seen:
    """What a browser did while it showed hostile text."""

    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@pytest.fixture
def seen(page: Page) -> Seen:
    seen = Seen()

    def keep_request(request: Request) -> None:
        seen.asked.append(request.url)

    def keep_word(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            seen.said.append(message.text)

    page.on("request", keep_request)
    page.on("websocket", lambda socket: seen.asked.append(socket.url))
    page.on("console", keep_word)
    page.on("dialog", lambda dialog: seen.said.append(dialog.message))
    page.on("download", lambda download: seen.said.append(download.url))
    page.on("popup", lambda popup: seen.said.append(popup.url))
    return seen


@pytest.fixture(scope="module", params=range(SIZE.hostile_turns))
def hostile(
    request: pytest.FixtureRequest, demo_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A district in which everything that was ever typed or imported is hostile.

    Each turn puts the strings in other places.
    """
    folder = tmp_path_factory.mktemp("hostile")
    url = servers.copy_of(demo_url, folder)
    engine = connect(url)
    with engine.begin() as conn:
        _poison(conn, request.param)
    engine.dispose()
    server = servers.start(url, folder)
    yield server
    server.stop()


def _poison(conn: Connection, turn: int) -> None:
    strings = HOSTILE[turn:] + HOSTILE[:turn]
    for place, text in enumerate(strings):
        every = cases.c.case_id % len(strings) == place
        conn.execute(update(cases).where(every).values(title=text, address=text))
    for table in NAMED:
        _rename(conn, table, strings)
    _rename(conn, units, strings, units.c.kind != "centre")
    logins = sorted(conn.execute(select(users.c.login)).scalars())
    for place, login in enumerate(logins):
        name = " ".join(strings[place :: len(logins)])
        conn.execute(update(users).where(users.c.login == login).values(name=name))
    now = datetime.now(UTC)
    days = [
        {"day": date(now.year, 1, 1) + timedelta(days=place), "is_worked": False, "note": text}
        for place, text in enumerate(strings)
    ]
    conn.execute(delete(calendar_days))
    conn.execute(insert(calendar_days), days)
    for text in strings:
        audit(conn, "forger", "refused", now, text, {"action": text, "reason": text})
    said = {
        "case_id": conn.execute(_the_case()).one().case_id,
        "kind": Kind.NOTE,
        "at": now,
        "recorded_at": now,
    }
    rows = [
        {**said, "source_order": place, "note": text, "reason": text, "actor": text}
        for place, text in enumerate(strings)
    ]
    conn.execute(insert(case_events), rows)


def _rename(conn: Connection, table: Table, strings: tuple[str, ...], *only: object) -> None:
    key = next(iter(table.primary_key))
    keys = list(conn.execute(select(key).where(*only).order_by(key)).scalars())  # type: ignore[arg-type]
    for place, row in enumerate(keys):
        text = strings[place % len(strings)]
        conn.execute(update(table).where(key == row).values(name=text))


def _the_case() -> Select[tuple[int, str]]:
    """One that may be handed on."""
    in_hand = select(cases.c.case_id, cases.c.case_no).where(cases.c.state == State.IN_PROGRESS)
    return in_hand.order_by(cases.c.case_id).limit(1)


def the_case(server: Server) -> str:
    engine = connect(server.database_url)
    with engine.connect() as conn:
        found = conn.execute(_the_case()).one().case_no
    engine.dispose()
    return str(found)


def stays_quiet(page: Page, seen: Seen) -> None:
    """Nothing of all that was shown has run, loaded, or become more than text."""
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[window.ran, ({}).ran]") == [None, None]
    assert [url for url in seen.asked if urlsplit(url).hostname not in ("127.0.0.1", None)] == []
    assert [url for url in seen.asked if urlsplit(url).path.strip("/") in ("x", "p.png")] == []
    assert seen.said == []
    for selector in LIVE:
        expect(page.locator(selector)).to_have_count(0)
    assert urlsplit(page.url).hostname == "127.0.0.1"


LIVE = (
    'a[href^="javascript"]',
    'a[href*="evil"]',
    '[src*="evil"]',
    '[href*="evil"]',
    'img[src="x"]',
    'form[action*="evil"]',
    "iframe[srcdoc]",
    "[onerror]",
    "[onload]",
    "[onfocus]",
    "base",
    "object",
    "math mtext img",
)


def shown(page: Page) -> str:
    """All text of the page, also inside of components."""
    return str(page.evaluate(SHOWN))


def shows(page: Page, texts: Sequence[str]) -> None:
    """Wait until all of some texts stand on the page, as they were typed."""
    is_there = (
        f"texts => {{ const all = ({SHOWN})(); return texts.every(one => all.includes(one)); }}"
    )
    page.wait_for_function(is_there, arg=list(texts))


def enter(page: Page, server: Server, role: str, path: str) -> None:
    go_in(page, server, role, path)


@pytest.mark.parametrize("text", HOSTILE[:2])
def test_the_watch_is_awake(text: str, hostile: Server, page: Page, seen: Seen) -> None:
    """What finds nothing must be what would find something."""
    page.goto(hostile.url)
    stays_quiet(page, seen)
    page.evaluate(
        "text => document.body.append(document.createRange().createContextualFragment(text))", text
    )
    with pytest.raises(AssertionError):
        stays_quiet(page, seen)


def test_on_the_overview(hostile: Server, page: Page, seen: Seen) -> None:
    enter(page, hostile, "dispatcher", "/")
    expect(page.locator(".st-key-section-urgent .open").first).to_be_visible()
    text = shown(page)
    assert sum(one in text for one in HOSTILE) > 10  # those that the tables have room for
    stays_quiet(page, seen)


def test_on_the_flow(hostile: Server, page: Page, seen: Seen) -> None:
    """On the board, in its filters, and in a list of its own."""
    enter(page, hostile, "dispatcher", "/flow")
    expect(page.locator(".st-key-section-flow-channels")).to_be_visible()
    text = shown(page)
    assert sum(one in text for one in HOSTILE) > 3  # those that the tables have room for
    page.get_by_role("combobox").nth(2).click()
    assert page.get_by_role("option").count() > 3
    page.keyboard.press("Escape")
    stays_quiet(page, seen)
    page.goto(f"{hostile.url}/flow?list=open")
    expect(page.locator(".st-key-section-behind")).to_be_visible()
    stays_quiet(page, seen)


def test_on_the_closure_rates(hostile: Server, page: Page, seen: Seen) -> None:
    enter(page, hostile, "dispatcher", "/closure")
    expect(page.locator(".st-key-section-list-overdue .open").first).to_be_visible()
    text = shown(page)
    assert sum(one in text for one in HOSTILE) > 5  # those that the tables have room for
    stays_quiet(page, seen)


def test_in_the_list_behind_a_number(hostile: Server, page: Page, seen: Seen) -> None:
    now = datetime.now(UTC)
    question = QUESTION.format(now=f"{now:%Y-%m-%dT%H:%M:%SZ}", year=now.year - 1)
    enter(page, hostile, "leader", f"/opened?metric=backlog_count{question}")
    expect(page.locator(".st-key-section-list")).to_be_visible()
    stays_quiet(page, seen)


def test_in_the_list_of_cases(hostile: Server, page: Page, seen: Seen) -> None:
    """In its rows, its filters, and what is typed to be found."""
    names = "case_no,title,address,unit,area,category,channel"
    enter(page, hostile, "dispatcher", f"/cases?standing=all&columns={names}")
    expect(page.locator("tbody tr").first).to_be_visible()
    text = shown(page)
    assert [one for one in HOSTILE if one not in text] == []
    page.get_by_role("combobox", name=word("cases.filter.units")).click()
    assert set(page.get_by_role("option").all_inner_texts()) & set(HOSTILE)
    page.keyboard.press("Escape")
    for text in HOSTILE[:3]:
        page.get_by_placeholder(word("cases.words_hint")).fill(text)
        page.keyboard.press("Enter")
        expect(page.locator("tbody tr a", has_text=text).first).to_be_visible()
    stays_quiet(page, seen)


def test_on_the_page_of_a_case(hostile: Server, page: Page, seen: Seen) -> None:
    enter(page, hostile, "dispatcher", f"/case?no={the_case(hostile)}")
    expect(page.locator(".st-key-section-story")).to_be_visible()
    shows(page, HOSTILE)
    for span in page.locator(".st-key-section-clock [title], .st-key-section-clock rect").all():
        span.hover(force=True)
    stays_quiet(page, seen)


def test_in_the_form_of_a_case(hostile: Server, page: Page, seen: Seen) -> None:
    enter(page, hostile, "dispatcher", f"/case?no={the_case(hostile)}")
    page.get_by_role("radio", name=word("kind.reassign"), exact=True).click()
    page.get_by_role("combobox", name=word("act.unit.reassign")).click()
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    assert set(options.all_inner_texts()) & set(HOSTILE)
    options.first.click()
    page.get_by_label(word("act.note")).fill(HOSTILE[0] + HOSTILE[1])
    page.get_by_label(word("act.note")).blur()
    expect(
        page.get_by_role("button", name=word("act.confirm", kind=word("kind.reassign")))
    ).to_be_visible()
    stays_quiet(page, seen)


def test_in_the_form_of_a_report(hostile: Server, page: Page, seen: Seen) -> None:
    """In what it offers, what is typed into it, and the case that comes of it."""
    enter(page, hostile, "dispatcher", "/report")
    for name in ("category", "channel", "area"):
        page.get_by_role("combobox", name=word(f"report.{name}")).click()
        options = page.get_by_role("option")
        expect(options.first).to_be_visible()
        offered = "".join(options.all_inner_texts())
        assert any(one in offered for one in HOSTILE)
        options.first.click()
    typed = {"title": HOSTILE[0], "address": HOSTILE[6], "note": HOSTILE[1]}
    for name, text in typed.items():
        page.get_by_role("textbox", name=word(f"report.{name}")).fill(text)
    expect(page.get_by_text(word("rule.centre_first"))).to_be_visible()
    page.get_by_role("button", name=word("report.confirm"), exact=True).click()
    page.get_by_role("button", name=word("report.open"), exact=True).click()
    expect(page.locator(".st-key-section-story")).to_contain_text(HOSTILE[1])
    assert HOSTILE[0] in shown(page)
    stays_quiet(page, seen)


ADDRESSES: dict[str, Callable[[str], str]] = {
    "number": lambda text: f"/case?no={quote(text)}",
    "search": lambda text: f"/definitions?search={quote(text)}",
    "time": lambda text: f"/opened?metric=backlog_count&from={quote(text)}",
    "metric": lambda text: f"/opened?metric={quote(text)}&part={quote(text)}",
    "flow": lambda text: f"/flow?list={quote(text)}&unit={quote(text)}&days={quote(text)}",
    "path": lambda text: f"/{quote(text, safe='')}",
    "list": lambda text: f"/cases?q={quote(text)}&unit={quote(text)}&sort={quote(text)}",
}


def test_in_an_address(hostile: Server, page: Page, seen: Seen) -> None:
    enter(page, hostile, "leader", "/definitions")
    whole = [(place, text) for place in ADDRESSES for text in HOSTILE]
    tried = whole if SIZE.hostile_turns > 1 else random.sample(whole, len(ADDRESSES))
    for place, text in tried:
        page.goto(hostile.url + ADDRESSES[place](text))
        expect(page.get_by_text(word("sign_out.leave"), exact=True)).to_be_visible()
        stays_quiet(page, seen)


def test_in_the_audit(hostile: Server, page: Page, seen: Seen) -> None:
    enter(page, hostile, "auditor", "/audit")
    typed = page.get_by_label(word("audit.actor"))
    typed.fill("forger")
    typed.press("Enter")
    expect(page.locator(".st-key-section-audit")).to_contain_text(HOSTILE[0])
    text = shown(page)
    assert [one for one in HOSTILE if one not in text] == []
    stays_quiet(page, seen)


def test_in_the_names_of_accounts(hostile: Server, page: Page, seen: Seen) -> None:
    enter(page, hostile, "security", "/administration")
    table = page.locator(".st-key-section-accounts")
    expect(table).to_contain_text("security")
    text = shown(page)
    assert [one for one in HOSTILE if one not in text] == []
    table.get_by_text("leader").first.click()
    expect(page.locator(".st-key-section-account-one")).to_be_visible()
    stays_quiet(page, seen)


def test_in_the_notes_of_days(hostile: Server, page: Page, seen: Seen) -> None:
    enter(page, hostile, "system", "/calendar")
    expect(page.locator(".st-key-section-calendar-days")).to_contain_text(HOSTILE[0])
    text = shown(page)
    assert [one for one in HOSTILE if one not in text] == []
    stays_quiet(page, seen)


def test_in_a_file_that_is_imported(
    hostile: Server, page: Page, seen: Seen, tmp_path: Path
) -> None:
    """Its name, its header, its cells, what is kept aside of it, and its history."""
    lines = ["工单号,上报时间,状态,标题," + HOSTILE[1].replace(",", "")]
    for place, text in enumerate(HOSTILE):
        cell = '"' + text.replace('"', '""') + '"'
        lines.append(f"H{place},2026-11-02 09:00:00,{cell},{cell},{cell}")
        lines.append(f"{cell},2026-11-02 09:00:00,办结,{cell},{cell}")
    path = tmp_path / "<img src=x onerror=window.ran=1>.csv"
    path.write_text("\n".join(lines), "utf-8")
    enter(page, hostile, "dispatcher", "/intake")
    page.locator("input[type=file]").set_input_files(str(path))
    expect(page.locator(".st-key-intake-preview")).to_contain_text(HOSTILE[0])
    page.get_by_role("button", name=word("intake.load"), exact=True).click()
    outcome = page.locator(".st-key-section-outcome")
    expect(outcome).to_be_visible()
    stays_quiet(page, seen)


def test_in_a_name_that_is_typed_at_the_door(hostile: Server, page: Page, seen: Seen) -> None:
    page.goto(hostile.url)
    for text in HOSTILE[::9]:
        servers.fill_sign_in(page, text, text)
        expect(page.get_by_text(word("sign_in.wrong"))).to_be_visible()
    stays_quiet(page, seen)
