"""Every figure, group and list computed twice: random districts, the demo, real sets."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from data.db import connect
from data.metrics import By, Part
from data.metrics.figure import Question
from tests import independent
from tests.agreement import GROUPINGS, PARTS, check_figures, check_groups, check_list
from tests.builders import day
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


def _windows(now: datetime) -> dict[str, Question]:
    """Windows a person would choose."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow, month = midnight + timedelta(days=1), midnight.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    middle = last_month + timedelta(days=15, hours=3)
    return {
        "today": Question(midnight, tomorrow, now),
        "this month": Question(month, tomorrow + timedelta(days=31), now),
        "last month": Question(last_month, month, now),
        "last month, seen from its middle": Question(last_month, month, middle),
        "last month, not yet begun": Question(last_month, month, last_month - timedelta(days=20)),
        "the whole year": Question(midnight - timedelta(days=365), tomorrow, now),
    }


@pytest.mark.parametrize("window", _windows(day(15)))
def test_the_demo_district(demo: tuple[Connection, Raw], window: str) -> None:
    conn, raw = demo
    question = _windows(independent.last_word(raw))[window]

    check_figures(conn, question, raw)
    for by in GROUPINGS:
        check_groups(conn, question, raw, by)
    for name, part in PARTS:
        check_list(conn, question, raw, name, part)


def test_the_demo_district_contradicts_itself_nowhere(demo: tuple[Connection, Raw]) -> None:
    assert independent.contradictions(demo[1]) == []
