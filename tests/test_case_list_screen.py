"""The list on its screen: the address and the widgets say the same, roles see what they may do."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection
from streamlit.testing.v1 import AppTest

from data.case_list.columns import NAMES, USUAL
from data.case_list.pages import PAGE
from data.words import word
from pages.parts import chosen, list_bar, list_seen
from tests import matrix
from tests.builders import add_case
from tests.house import drawn, on, opened, run, said, told

OPEN_STATES = ("reported", "dispatched", "in_progress", "paused", "resolved")


@pytest.fixture
def district(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The small district of the matrix, with a case of every place and state, and the door open."""
    with opened(sqlite_url, monkeypatch):
        on(sqlite_url, lambda conn: matrix.build(conn, ["read"]))
        yield sqlite_url


def screen() -> None:
    """The list, read apart from this module."""
    import pages.cases

    pages.cases.screen()


def table_of(app: AppTest) -> dict[str, Any]:
    """What the table was told to show; nothing where there is none."""
    tables = told(app, "case_table")
    return dict(tables[0]) if tables else {"rows": [], "columns": []}


def numbers(app: AppTest) -> list[str]:
    return [row["number"] for row in table_of(app)["rows"]]


def widget(app: AppTest, name: str) -> Any:
    """The filter of a name."""
    kinds = ("text_input", "multiselect", "button_group", "selectbox", "date_input")
    every: list[Any] = [one for kind in kinds for one in app.get(kind)]
    return next(one for one in every if str(one.key).rpartition("-")[2] == name)


def address_of(app: AppTest) -> dict[str, list[str]]:
    """The address as it stands, every value in a list."""
    told = {name: app.query_params[name] for name in app.query_params}
    return {name: [text] if isinstance(text, str) else list(text) for name, text in told.items()}


def press(app: AppTest, key: str) -> AppTest:
    next(one for one in app.button if one.key == key).click()
    return run(app)


def test_nothing_asked_for_is_the_open_cases(district: str) -> None:
    app = drawn(screen, district)
    wanted = {f"read-{place}-{state}" for place in matrix.PLACES for state in OPEN_STATES}
    assert set(numbers(app)) == wanted
    assert word("cases.found", count=len(wanted)) in said(app)
    assert [column["key"] for column in table_of(app)["columns"]] == list(USUAL)
    assert address_of(app) == {}


def test_an_address_fills_the_filters_in_and_says_the_same_again(district: str) -> None:
    address: dict[str, str | list[str]] = {
        "q": "read",
        "standing": "ended",
        "state": ["closed", "merged"],
        "unit": ["here", "there"],
        "area": ["other"],
        "due": "near",
        "mark": ["reopened"],
        "level": ["town"],
        "severity": ["red"],
        "transfers": "4",
        "from_": "2026-01-01",
        "to": "2026-01-31",
        "sort": "-moved",
        "columns": "case_no,title",
    }
    app = drawn(screen, district, **address)
    assert widget(app, "words").value == "read"
    assert widget(app, "ended").value == ["closed", "merged"]
    assert widget(app, "units").value == ["here", "there"]
    assert widget(app, "areas").value == ["other"]
    assert widget(app, "due").value == "near"
    assert widget(app, "marks").value == ["reopened"]
    assert widget(app, "transfers").value == 4
    assert str(widget(app, "from").value) == "2026-01-01"
    wanted = {name.rstrip("_"): [v] if isinstance(v, str) else v for name, v in address.items()}
    assert address_of(app) == wanted
    assert numbers(app) == [] and word("cases.none") in said(app)


def test_a_filter_changes_list_and_address_and_can_be_taken_away(district: str) -> None:
    app = drawn(screen, district, standing="all")
    every = numbers(app)
    widget(app, "all").set_value(["closed"])
    run(app)
    assert numbers(app) == [number for number in every if number.endswith("-closed")]
    assert address_of(app) == {"standing": ["all"], "state": ["closed"]}
    widget(app, "words").set_value("read-here")
    run(app)
    assert numbers(app) == ["read-here-closed"]

    press(app, "cases-clear")
    assert numbers(app) == every
    assert address_of(app) == {"standing": ["all"]}


def test_a_case_that_is_not_among_the_open_ones_is_found_everywhere(district: str) -> None:
    app = drawn(screen, district, q="read-here-closed")
    assert numbers(app) == [] and word("cases.find_everywhere") in said(app)


@pytest.mark.parametrize("name", ["state", "due", "from", "after", "q"])
def test_what_was_not_understood_is_said(district: str, name: str) -> None:
    app = drawn(screen, district, **{name: "x" * 101})
    assert word("cases.unread") in said(app) and name in said(app)
    assert len(numbers(app)) == 15


def test_an_unknown_unit_is_shown_as_asked_for_and_finds_nothing(district: str) -> None:
    app = drawn(screen, district, unit="nowhere")
    assert widget(app, "units").value == ["nowhere"]
    assert numbers(app) == []


def test_a_scope_is_kept_whatever_the_address_asks_for(district: str) -> None:
    app = drawn(screen, district, "operator.unit", standing="all", unit=["here", "there"])
    assert {number.split("-")[1] for number in numbers(app)} == {"here", "handed_on"}


@pytest.mark.parametrize(
    ("login", "kinds"),
    [
        ("dispatcher.district", ["reassign", "supervise", "close"]),
        ("leader.district", ["supervise"]),
        ("operator.unit", []),
        ("auditor.district", []),
    ],
)
def test_many_at_once_is_offered_to_whom_it_is_allowed(
    district: str, login: str, kinds: list[str]
) -> None:
    app = drawn(screen, district, login)
    keys = [str(one.key) for one in app.button]
    assert [key for key in keys if key.startswith("cases-do-")] == [f"cases-do-{k}" for k in kinds]
    assert all(one.disabled for one in app.button if str(one.key).startswith("cases-do-"))
    assert table_of(app)["ticks"] == bool(kinds)


def test_all_that_was_found_can_be_ticked_and_let_go(district: str) -> None:
    app = press(drawn(screen, district), "cases-tick-found")
    assert sorted(table_of(app)["ticked"]) == sorted(numbers(app))
    assert not any(one.disabled for one in app.button if str(one.key).startswith("cases-do-"))
    assert table_of(press(app, "cases-untick"))["ticked"] == []


def test_ticks_beyond_the_most_are_said(district: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen, "MOST", 2)
    app = drawn(screen, district)
    over = len(numbers(app)) - 2
    press(app, "cases-tick-found")
    assert len(table_of(app)["ticked"]) == 2
    assert word("cases.over", most=list_bar.MOST, count=over) in [one.value for one in app.caption]


def test_counting_stops_and_goes_on_when_asked(
    district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that fits on a page needs no counting."""
    monkeypatch.setattr(list_seen, "COUNTED", 40)
    on(district, lambda conn: add_many(conn, 60))
    app = drawn(screen, district, q="many")
    assert len(numbers(app)) == PAGE
    assert word("cases.found", count="40+") in said(app)
    assert next(one for one in app.button if one.key == "cases-tick-found").disabled
    assert word("cases.found", count=60) in said(press(app, "cases-count"))


def add_many(conn: Connection, count: int) -> None:
    for number in range(count):
        add_case(conn, f"many-{number}")


def test_every_column_can_be_shown(district: str) -> None:
    app = drawn(screen, district)
    widget(app, "columns").set_value(list(NAMES[1:]))
    run(app)
    assert [column["key"] for column in table_of(app)["columns"]] == list(NAMES)
    press(app, "cases-usual")
    assert [column["key"] for column in table_of(app)["columns"]] == list(USUAL)


def test_an_empty_database_says_so(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(sqlite_url, monkeypatch):
        on(sqlite_url, lambda conn: matrix.build(conn, []))
        app = drawn(screen, sqlite_url)
        assert word("cases.empty") in said(app) and numbers(app) == []


@pytest.mark.parametrize("login", ["security_administrator.district", "display.district"])
def test_whoever_may_not_read_cases_reads_none(district: str, login: str) -> None:
    app = drawn(screen, district, login)
    assert word("door.refused") in said(app) and numbers(app) == []
