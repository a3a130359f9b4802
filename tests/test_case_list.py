"""The list of cases: what it finds and in which order, page by page, while others write."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select, update

from data.case_list.address import as_address, from_address
from data.case_list.asked import CaseFilter, Due, Mark, Order, Place, Standing
from data.case_list.pages import CasePage, case_count, case_page, first_numbers
from data.metrics import listed
from data.metrics.figure import Question
from data.schema import cases
from data.terms import Kind, Scope, State
from tests.builders import add_area, add_case, add_category, add_unit, day, event
from tests.random_lists import NOW, add_crowd, expected, filters, frame
from tests.scale import SIZE
from tests.test_hostile_text import HOSTILE

ALL = CaseFilter(standing=Standing.ALL)


def numbers(page: CasePage) -> list[str]:
    return [line.case_no for line in page.lines]


def pages(conn: Connection, asked: CaseFilter, size: int) -> Iterator[CasePage]:
    """Page after page, to the end."""
    page = case_page(conn, asked, None, NOW, size=size)
    yield page
    while page.after:
        page = case_page(conn, asked, page.after, NOW, size=size)
        yield page


@pytest.fixture
def crowd(conn: Connection, pytestconfig: pytest.Config) -> pd.DataFrame:
    """Every row there is."""
    add_crowd(conn, Random(f"{pytestconfig.option.hypothesis_seed}"))
    return frame(conn)


@settings(
    max_examples=SIZE.listed,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asked=filters(), size=st.integers(1, 60))
def test_the_list_is_what_looking_at_every_row_finds(
    conn: Connection, crowd: pd.DataFrame, asked: CaseFilter, size: int
) -> None:
    """In that order; forwards and backwards; with its count; and again from its address."""
    wanted = expected(crowd, asked)
    every = list(pages(conn, asked, max(size, len(wanted) // 12 + 1)))
    assert [number for page in every for number in numbers(page)] == wanted
    assert case_count(conn, asked, NOW) == len(wanted)
    assert first_numbers(conn, asked, NOW, 30) == tuple(wanted[:30])
    for page, before in zip(every[1:], every, strict=False):
        back = case_page(conn, asked, page.before, NOW, size=len(before.lines))
        assert numbers(back) == numbers(before)
    text = {
        name: [said] if isinstance(said, str) else said for name, said in as_address(asked).items()
    }
    again, place, unread = from_address(text)
    assert (place, unread) == (None, ())
    assert numbers(case_page(conn, again, None, NOW, size=60)) == wanted[:60]


def test_a_case_that_nothing_happens_to_stands_on_one_page_while_others_move(
    conn: Connection, crowd: pd.DataFrame, pytestconfig: pytest.Config
) -> None:
    """Between any two pages others are moved in the order, ended and opened again."""
    chance = Random(f"{pytestconfig.option.hypothesis_seed} moving")
    restless = set(chance.sample(list(crowd.case_no), len(crowd) // 3))
    for asked in (CaseFilter(), ALL, replace(ALL, sort=Order.DUE, is_descending=True)):
        calm = [number for number in expected(frame(conn), asked) if number not in restless]
        page, seen = case_page(conn, asked, None, NOW, size=7), []
        while True:
            seen += numbers(page)
            for number in chance.sample(sorted(restless), 9):
                _move(conn, number, chance)
            if page.after is None:
                break
            page = case_page(conn, asked, page.after, NOW, size=7)
            if page.before is None:  # what was left has moved away: the page became the first
                break
        assert [number for number in seen if number not in restless] == calm


def _move(conn: Connection, number: str, chance: Random) -> None:
    ended = chance.choice([None, day(chance.randint(1, 28))])
    conn.execute(
        update(cases)
        .where(cases.c.case_no == number)
        .values(
            due_at=chance.choice([None, day(chance.randint(1, 28))]),
            opened_at=day(chance.randint(1, 28)),
            ended_at=ended,
            state=State.CLOSED if ended else State.IN_PROGRESS,
        )
    )


def test_a_page_whose_cases_are_gone_becomes_the_first(conn: Connection) -> None:
    for number in range(6):
        add_case(conn, f"C{number}", day(number + 1), due_at=day(10 + number))
    last = list(pages(conn, CaseFilter(), 2))[2]
    assert numbers(last) == ["C4", "C5"] and last.before
    conn.execute(update(cases).where(cases.c.case_no >= "C2").values(ended_at=NOW, state="closed"))

    page = case_page(conn, CaseFilter(), Place(last.before.value, last.before.case_id), NOW, size=2)
    assert numbers(page) == ["C0", "C1"] and page.before is None


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_typed_is_looked_for_as_it_stands(conn: Connection, text: str) -> None:
    add_case(conn, "plain")
    add_case(conn, "odd")
    conn.execute(update(cases).where(cases.c.case_no == "odd").values(title=f"before {text} after"))
    words = from_address({"q": [text]})[0].words

    found = case_page(conn, CaseFilter(words=words), None, NOW)
    assert numbers(found) == ["odd"]


def test_a_whole_number_finds_that_case_alone(conn: Connection) -> None:
    for number in ("A-1", "A-11", "a-1"):
        add_case(conn, number)
    assert numbers(case_page(conn, CaseFilter(words="A-1"), None, NOW)) == ["A-1"]
    assert case_count(conn, CaseFilter(words="A-"), NOW) == 3


def test_a_number_beyond_the_scope_is_words_like_others(conn: Connection) -> None:
    """What is found must not tell whether there is such a case."""
    here = add_unit(conn, "here")
    add_case(conn, "A-1", unit_id=add_unit(conn, "there"))
    add_case(conn, "B-1", unit_id=here)
    conn.execute(update(cases).where(cases.c.case_no == "B-1").values(title="as in A-1"))
    asked = CaseFilter(words="A-1")
    assert numbers(case_page(conn, asked, None, NOW, Scope(unit_id=here))) == ["B-1"]


def test_overdue_is_what_the_figure_counts(conn: Connection, crowd: pd.DataFrame) -> None:
    """Paused before its due time it waits; ended it is overdue no more."""
    unit = add_unit(conn, "holder")
    add_case(conn, "late", unit_id=unit, due_at=day(8))
    add_case(conn, "soon", unit_id=unit, due_at=day(21, 8))
    waits = event(Kind.PAUSE, day(7), State.PAUSED)
    add_case(conn, "waits", events=[waits], unit_id=unit, due_at=day(8))
    add_case(conn, "paused late", events=[waits], unit_id=unit, due_at=day(6))
    question = Question(day(1), NOW, NOW, unit="holder")

    overdue = CaseFilter(due=Due.OVERDUE, units=("holder",))
    found = first_numbers(conn, overdue, NOW, 50)
    assert sorted(found) == sorted(listed(conn, question, "overdue_now_count", "numerator"))
    assert found == ("paused late", "late")
    near = replace(overdue, due=Due.NEAR)
    assert first_numbers(conn, near, NOW, 50) == ("soon",)


def test_repeated_is_what_the_rate_counts(conn: Connection) -> None:
    roads, other = add_category(conn, "roads"), add_category(conn, "other")
    place = {"lon": 121.5, "lat": 31.2}
    add_case(conn, "first", day(1), category_id=roads, **place)
    add_case(conn, "again", day(9), category_id=roads, **place)
    add_case(conn, "another matter", day(9), category_id=other, **place)
    add_case(conn, "flagged", day(9), repeat_of="first")
    add_case(conn, "too late", day(9, month=3), category_id=roads, **place)
    asked = replace(ALL, marks=(Mark.REPEATED,))
    now = day(20, month=3)

    found = sorted(line.case_no for line in case_page(conn, asked, None, now).lines)
    question = Question(day(1), now, now)
    assert found == sorted(listed(conn, question, "repeat_rate", "numerator"))
    assert found == ["again", "flagged"]


def test_counting_stops_where_it_is_told_to(conn: Connection) -> None:
    for number in range(5):
        add_case(conn, f"C{number}")
    assert case_count(conn, CaseFilter(), NOW, 3) == 3
    assert case_count(conn, CaseFilter(), NOW, None) == 5
    assert case_count(conn, CaseFilter(words="nothing"), NOW, 3) == 0


# Addresses


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("standing", "mayor"),
        ("state", "' OR 1=1--"),
        ("state", "closed\0"),
        ("due", ""),
        ("mark", "MARK"),
        ("transfers", "-1"),
        ("transfers", "１"),
        ("transfers", "9999"),
        ("from", "2026-02-30"),
        ("from", "0001-01-01"),
        ("sort", "--due"),
        ("sort", "title"),
        ("severity", "green"),
        ("level", "planet"),
        ("unit", "x" * 101),
        ("unit", "u\u202e1"),
        ("area", "\0"),
        ("q", "x" * 10_000),
        ("after", "2026-01-01T00:00:00+00:00~1; DROP TABLE cases"),
        ("after", "2026-01-01~5"),
        ("after", "2026-01-01T00:00:00~5"),
        ("after", "9999-12-31T23:59:59+00:00~5"),
        ("after", "~99999999999999999999"),
        ("before", "~"),
    ],
)
def test_what_makes_no_sense_in_an_address_is_named_and_not_used(name: str, text: str) -> None:
    assert from_address({name: [text]}) == (CaseFilter(), None, (name,))


def test_days_that_are_turned_round_are_not_used() -> None:
    asked, _, unread = from_address({"from": ["2026-02-01"], "to": ["2026-01-01"]})
    assert (asked, unread) == (CaseFilter(), ("from", "to"))


def test_an_address_of_others_says_nothing_here() -> None:
    """Names that are not ours, rights among them, and too many values of one kind."""
    address = {
        "role": ["admin"],
        "login": ["x"],
        "scope": [""],
        "unit": [str(n) for n in range(51)],
    }
    assert from_address(address) == (CaseFilter(), None, ("unit",))


@pytest.mark.parametrize("order", list(Order))
def test_a_place_is_told_in_the_address(conn: Connection, order: Order) -> None:
    for number in range(4):
        add_case(conn, f"C~{number}", day(1), due_at=day(9) if number % 2 else None)
    asked = replace(ALL, sort=order)
    for page in pages(conn, asked, 1):
        if page.after:
            address = {name: [str(said)] for name, said in as_address(asked, page.after).items()}
            assert from_address(address) == (asked, page.after, ())


def test_a_place_of_another_order_is_not_used() -> None:
    address = {"sort": ["transfers"], "after": ["2026-01-01T00:00:00+00:00~5"]}
    assert from_address(address)[1:] == (None, ("after",))


# Nothing to find


def test_an_empty_database_has_an_empty_list(conn: Connection) -> None:
    assert case_page(conn, CaseFilter(), None, NOW) == CasePage((), None, None)
    assert case_count(conn, ALL, NOW) == 0
    assert case_page(conn, CaseFilter(), Place("", 5, True), NOW) == CasePage((), None, None)


def test_what_lies_below_an_area_is_found_and_nothing_else(engine: Engine) -> None:
    with engine.begin() as conn:
        town = add_area(conn, "town")
        grid = add_area(conn, "grid", add_area(conn, "community", town))
        add_case(conn, "here", area_id=grid)
        add_case(conn, "there", area_id=add_area(conn, "town2"))
        add_case(conn, "nowhere")
        asked = CaseFilter(areas=("town",))
        assert first_numbers(conn, asked, NOW, 9) == ("here",)
        blank = CaseFilter(areas=("community", ""))
        assert sorted(first_numbers(conn, blank, NOW, 9)) == ["here", "nowhere"]
        assert first_numbers(conn, CaseFilter(areas=("unknown",)), NOW, 9) == ()
        assert conn.execute(select(cases.c.case_id)).all()
