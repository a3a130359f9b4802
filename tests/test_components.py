"""Components: printing, words, constant charts, and text that stays text."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from components import charts, formats, head, streamlit_words, tables
from components.mount import ROOT, Bit, chosen, line_payload, script_in
from data.metrics.comparison import Change
from data.terms import Lamp
from data.words import catalogue, word

PROJECT = Path(__file__).resolve().parent.parent
COMPONENTS = PROJECT / "components"
NOW = datetime(2026, 11, 20, 7, 20, tzinfo=UTC)  # 15:20 in the centre
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (formats.format_count(1146), "1,146"),
        (formats.format_count(0), "0"),
        (formats.format_count(None), "—"),
        (formats.format_share(5127, 5210), "98.41%"),
        (formats.format_share(9999, 10000), "99.99%"),
        (formats.format_share(199999, 200000), "99.99%"),  # never 100 unless equal
        (formats.format_share(1, 200000), "0.01%"),  # never 0 unless zero
        (formats.format_share(443, 493), "89.86%"),
        (formats.format_share(0, 0), "—"),
        (formats.format_share(None, None), "—"),
        (formats.format_fraction(443, 493), "443/493"),
        (formats.format_fraction(4191, 4210), "4,191/4,210"),
        (formats.format_fraction(0, 0), "0/0"),
        (formats.format_fraction(None, 3), "—"),
        (formats.format_points(0.0031), "+0.31 个百分点"),
        (formats.format_points(Fraction(-273, 10000)), f"{MINUS}2.73 个百分点"),
        (formats.format_points(Fraction(1, 20000)), "+0.01 个百分点"),  # half up
        (formats.format_points(0.00001), "0.00 个百分点"),
        (formats.format_points(None), "—"),
        (formats.format_points_short(Fraction(-273, 10000)), f"{MINUS}2.73"),
        (formats.format_compared(Change("points", Fraction(31, 10000))), "+0.31 个百分点"),
        (formats.format_compared(Change("share", Fraction(12, 202))), "+5.94%"),
        (formats.format_compared(Change("share", Fraction(-1, 4))), f"{MINUS}25.00%"),
        (formats.format_compared(Change("from_zero")), "上期为 0"),
        (formats.format_compared(Change("nothing")), "—"),
        (formats.format_change(12), "+12"),
        (formats.format_change(-1003), f"{MINUS}1,003"),
        (formats.format_change(0), "0"),
        (formats.format_change(None), "—"),
        (formats.format_duration(220.0), "9 天 4 小时"),
        (formats.format_duration(72), "3 天"),
        (formats.format_duration(5 + 20 / 60), "5 小时 20 分"),
        (formats.format_duration(5), "5 小时"),
        (formats.format_duration(55 / 60), "55 分"),
        (formats.format_duration(59.9 / 60), "59 分"),  # minutes that have passed
        (formats.format_duration(0), "0 分"),
        (formats.format_duration(-2), f"{MINUS}2 小时"),
        (formats.format_duration(None), "—"),
    ],
)
def test_numbers_are_printed_by_the_rule(printed: str, expected: str) -> None:
    assert printed == expected


def test_times_are_printed_in_the_centres_zone() -> None:
    last_year = datetime(2025, 12, 31, 15, 59, tzinfo=UTC)
    new_year_here = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)

    assert formats.format_instant(NOW, NOW) == "11-20 15:20"
    assert formats.format_instant(last_year, NOW) == "2025-12-31 23:59"
    assert formats.format_instant(new_year_here, NOW) == "01-01 00:00"
    assert formats.format_instant(None, NOW) == formats.format_time(None) == "—"
    assert formats.format_stamp(last_year) == "2025-12-31 23:59"
    assert formats.format_long_instant(NOW) == "11月20日 15:20"
    assert formats.format_range(new_year_here, NOW, NOW) == "01-01 00:00—11-20 15:20"
    assert formats.format_range(NOW, NOW, NOW) == "11-20 15:20—15:20"


FAMILY = r"(lamp|format|bar|head|definition|clock|notice|preview|chart|streamlit)(\.\w+)+"


def written_keys() -> Iterator[str]:
    """Every key written out in components/."""
    for path in COMPONENTS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.fullmatch(FAMILY, text):
                yield text


def built_keys() -> Iterator[str]:
    """Every key that components put together."""
    for lamp in set(Lamp) - {Lamp.NONE}:
        yield from (f"lamp.{lamp}", f"lamp.{lamp}.short")
    for name in (*streamlit_words.EXACT.values(), *streamlit_words.PATTERNS.values()):
        yield f"streamlit.{name}"
    yield from (f"head.age.{name}" for name in head._AGE_WORDS)


def test_every_word_of_a_component_is_in_the_catalogue() -> None:
    keys = {*written_keys(), *built_keys()}

    assert len(keys) > 60
    assert keys <= catalogue("zh_CN").keys()


def test_no_chinese_is_written_outside_the_catalogue() -> None:
    for path in (*COMPONENTS.glob("*.js"), *COMPONENTS.glob("*.css")):
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in path.read_text("utf-8")), path


def test_scripts_add_text_only_as_text_and_ask_nobody() -> None:
    banned = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(")
    for path in COMPONENTS.glob("*.js"):
        script = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        found = [name for name in (*banned, "http:", "https:", "import(") if name in script]
        assert found == [], path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chart_is_authored_once_and_holds_no_rows(theme: str) -> None:
    spec = charts.daily_flow_spec(theme)

    assert spec is charts.daily_flow_spec(theme)
    assert "data" not in spec and "datasets" not in spec
    assert not any("data" in layer for layer in spec["layer"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_use_the_inks_of_the_theme(theme: str) -> None:
    config = tomllib.loads((PROJECT / "config.toml").read_text("utf-8"))["theme"][theme]
    ink, bar, bar2, ink2, line2 = config["chartCategoricalColors"]
    grays = (config["grayColor"], config["borderColor"])

    assert charts.INKS[theme] == (ink, ink2, *grays, line2, bar, bar2)


def test_only_an_offered_key_is_an_answer() -> None:
    assert chosen("a", ["a", "b"]) == "a"
    for forged in ("c", None, 1, ["a"], {"a": 1}):
        assert chosen(forged, ["a", "b"]) is None


def test_only_cells_that_open_can_be_chosen() -> None:
    kinds: dict[str, tables.Kind] = {"no": "link", "title": "text", "r": "share"}
    columns = [tables.Column(name, kind=kind) for name, kind in kinds.items()]
    rows = [
        tables.Row("1", {"no": "YC-1", "title": "x", "r": "98.00"}),
        tables.Row("2", {"title": "y"}, is_open=True),  # nothing to open but the row
        tables.Row("total", {"r": "98.00"}, is_total=True),
    ]

    assert tables._places(columns, rows) == [("2", ""), ("1", "no"), ("1", "r")]


def test_a_stem_column_cuts_nothing_off() -> None:
    column = tables.Column("stem", kind="stem", target=98)
    values = (0.0, 99.5, None)
    rows = [tables.Row(str(i), {"stem": tables.Cell(value=v)}) for i, v in enumerate(values)]

    assert tables._span(column, 98, rows) == [0.0, 98, 99.5]
    assert tables._span(column, 98, []) == [98, 98, 98]


def test_a_lit_bit_says_its_lamp() -> None:
    (bit,) = line_payload([Bit("", is_bold=True), Bit("89.86%", lamp=Lamp.RED)])

    assert bit["said"] == word("lamp.red")


HOSTILE = [
    "<b>bold</b>",
    "<script>window.ran = 1</script>",
    '"><img src=x onerror="window.ran=1">',
    "<svg onload=window.ran=1>",
    "javascript:window.ran=1",
    "![p](http://tracker.example/p.png) [l](http://evil.example) :red[x] $a$ **b**",
    "</style><style>*{display:none}</style>",
    "{{constructor.constructor('window.ran=1')()}} ${window.ran=1}",
    "\u202eabc\u0000 Close Search",
]

APP = f"""
from datetime import UTC, datetime
import streamlit as st
from components import clock, definition_card, facts, glossary, head, kpis, notices
from components import sections, streamlit_words, tables, timeline
from components.mount import Action, Bit, Notice
from data.terms import Lamp
NOW = datetime(2026, 11, 20, tzinfo=UTC)
H = {HOSTILE!r}
head.page_css()
streamlit_words.patch_words()
head.show_bar(H[0], H[1], is_demo=True, group=H[2], actions=[Action("out", H[3])])
for i, h in enumerate(H):
    bits = [Bit(h), Bit(h, is_bold=True), Bit(h, lamp=Lamp.RED)]
    with sections.section(h, h, key=str(i)):
        kpis.show_cards([kpis.Card("a", h, h, h, h, bits, bits, message=Notice(
            Lamp.RED, h, h, [Action("b", h)]))], f"cards{{i}}")
        facts.show_facts([facts.Fact(h, bits, "k")], f"facts{{i}}")
        kinds = {{"no": "link", "t": "text", "l": "lamp"}}
        columns = [tables.Column(name, h, kind) for name, kind in kinds.items()]
        row = tables.Row(h, {{"no": h, "t": h, "l": tables.Cell(h, h, lamp=Lamp.RED)}})
        tables.show_table(columns, [row], f"table{{i}}", footnote=bits)
        timeline.show_timeline([timeline.Step(h, NOW, h, h, h)], NOW, f"line{{i}}")
        span = clock.Span(NOW, NOW, h)
        clock.show_clock(clock.Clock(NOW, NOW, NOW, state_text=h, pauses=[span], holdings=[span]),
                         NOW, f"clock{{i}}")
        entry = glossary.Entry(h, h, h, h, h, [h, h], [h, h], [Bit(h, key=h)] * 2, Bit(h, key=h),
                               [(h, bits)])
        glossary.show_glossary([glossary.Chapter(h, h, h, [entry])], f"glossary{{i}}")
        card = definition_card.Definition(h, h, h, h, h, h, bits)
        definition_card.show_definition(card, f"d{{i}}")
with head.head(H[0], NOW, [head.Source(H[1], NOW, 1, 2)], H[2]):
    pass
st.text("end")
"""


@pytest.fixture
def hostile_page(page: Page, tmp_path: Path) -> Iterator[tuple[Page, str]]:
    """A page that draws every component with hostile text, in a real browser."""
    (tmp_path / "app.py").write_text(APP, "utf-8")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    flags = ["--server.port=0", "--server.address=127.0.0.1", "--browser.gatherUsageStats=false"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command + flags, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        url = next(line.split()[-1] for line in server.stdout if "URL:" in line)
        page.route(f"{url.rstrip('/')}{ROOT}*", _scripts)
        try:
            yield page, url
        finally:
            page.close()
            server.kill()  # a polite end waits for its last browser


def _scripts(route: Route) -> None:
    """As the gate serves them; here there is none."""
    script = script_in(route.request.url.rpartition("/")[2])
    assert script
    route.fulfill(body=script, content_type="text/javascript")


def test_what_people_wrote_is_shown_as_they_wrote_it(hostile_page: tuple[Page, str]) -> None:
    page, url = hostile_page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(url)
    page.get_by_text("end", exact=True).wait_for(state="attached")
    page.locator("td.k-text").nth(len(HOSTILE) - 1).wait_for(state="attached")

    titles = page.locator("td.k-text").evaluate_all("cells => cells.map(cell => cell.textContent)")
    actions = page.locator("li b.action").evaluate_all("all => all.map(one => one.textContent)")
    defined = page.locator("article p").evaluate_all("all => all.map(one => one.textContent)")
    assert titles == actions == defined == HOSTILE
    assert page.evaluate("window.ran") is None
    assert page.locator("img, td script, td svg[onload], li script, iframe").count() == 0
    assert [at for at in asked if not at.startswith((url, "blob:", "data:"))] == []
