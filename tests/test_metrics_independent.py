"""Every figure, group and list computed twice: random districts, the demo, real sets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from data.db import connect
from data.metrics import By, Part
from data.metrics.figure import Question
from data.periods import PERIODS, midnight, period
from data.rollups.cube import Cube
from data.rollups.fold import cube_of
from tests import independent
from tests.agreement import (
    GROUPINGS,
    PARTS,
    check_figures,
    check_groups,
    check_list,
    reconcile,
)
from tests.crowds import crowd, wide_question
from tests.independent import Raw
from tests.random_districts import Log, add_log, lay_ground, logs, questions
from tests.scale import SIZE


@settings(
    max_examples=SIZE.random_districts,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    log=logs(),
    asked=st.lists(st.tuples(questions(), st.sampled_from(GROUPINGS)), min_size=2, max_size=2),
    opened=st.lists(st.sampled_from(PARTS), min_size=3, max_size=3, unique=True),
)
def test_random_districts(
    conn: Connection,
    log: Log,
    asked: list[tuple[Question, By]],
    opened: list[tuple[str, Part]],
) -> None:
    with _taken_back(conn):
        add_log(conn, lay_ground(conn), log)
        raw = independent.load(conn)
        assert independent.contradictions(raw) == []
        for question, by in asked:
            check_figures(conn, question, raw)
            check_groups(conn, question, raw, by)
            for name, part in opened:
                check_list(conn, question, raw, name, part)


@pytest.mark.parametrize("number", range(SIZE.random_districts // 10))
def test_crowded_districts(conn: Connection, number: int, pytestconfig: pytest.Config) -> None:
    chance = Random(f"{pytestconfig.option.hypothesis_seed} {number}")
    add_log(conn, lay_ground(conn), crowd(chance))
    raw = independent.load(conn)

    for by in chance.sample(GROUPINGS, 3):
        question = wide_question(chance)
        check_figures(conn, question, raw)
        check_groups(conn, question, raw, by)
        for name, part in chance.sample(PARTS, 15):
            check_list(conn, question, raw, name, part)


@contextmanager
def _taken_back(conn: Connection) -> Iterator[None]:
    """Whatever is written inside is gone afterwards, so that each example begins empty."""
    example = conn.begin_nested()
    try:
        yield
    finally:
        example.rollback()


@pytest.fixture(scope="module")
def demo(demo_url: str) -> Iterator[tuple[Connection, Raw]]:
    """The demo district and its rows."""
    engine = connect(demo_url)
    with engine.connect() as conn:
        yield conn, independent.load(conn)
    engine.dispose()


@pytest.fixture(scope="module")
def cubes(demo: tuple[Connection, Raw]) -> Callable[[datetime], Cube]:
    """The rollups of the demo district at a moment."""
    return cache(lambda at: cube_of(demo[0], at))


EARLIER = {"last month, seen from its middle", "last month, not yet begun"}
WINDOWS = (*PERIODS, *sorted(EARLIER), "the whole year")


def _window(name: str, now: datetime) -> Question:
    """A window a person would choose."""
    last_month = period("last_month", now)
    if name in EARLIER:
        middle = timedelta(days=15, hours=3) if name.endswith("middle") else -timedelta(days=20)
        return Question(last_month.start, last_month.end, last_month.start + middle)
    if name == "the whole year":
        return Question(midnight(now, -365), midnight(now, 1), now)
    chosen = period(name, now)
    return Question(chosen.start, chosen.end, now)


@pytest.mark.parametrize("name", WINDOWS)
def test_the_demo_district(
    demo: tuple[Connection, Raw], cubes: Callable[[datetime], Cube], name: str, chance: Random
) -> None:
    """Every metric, grouping and list of every window, whole and narrowed by a filter."""
    conn, raw = demo
    question = _window(name, independent.last_word(raw))
    cube = cubes(question.as_of)

    reconcile(conn, question, raw, GROUPINGS, cube)
    for narrowed in independent.narrowings(raw, question, chance, SIZE.narrowings):
        reconcile(conn, narrowed, raw, chance.sample(GROUPINGS, SIZE.groupings_narrowed), cube)
    for part in PARTS:
        check_list(conn, question, raw, *part)


def test_the_demo_district_contradicts_itself_nowhere(demo: tuple[Connection, Raw]) -> None:
    assert independent.contradictions(demo[1]) == []
