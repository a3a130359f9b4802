"""What the door counts from its rollups is what the database says, also while it changes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, select

import door
from data import metrics
from data.actions.doing import act
from data.db import from_microseconds
from data.metrics import MEASURES
from data.metrics.comparison import Against, earlier
from data.metrics.figure import Question
from data.news import Look
from data.rollups.cube import BASES, NOT_KEPT, Cube
from data.schema import checkpoints, live_cases
from data.terms import Kind
from door import rollups, version
from door.database import looking
from tests import servers
from tests.desk import DISPATCHER, request
from tests.house import as_, on, opened, session_for

NAMES = tuple(name for name, one in MEASURES.items() if one.base not in NOT_KEPT)


@pytest.fixture
def url(
    demo_url: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    copy = servers.copy_of(demo_url, tmp_path_factory.mktemp("rollups"))
    with opened(copy, monkeypatch) as url:
        yield url


def year_to(now: datetime) -> Question:
    return Question(now - timedelta(days=300), now + timedelta(hours=1), now)


def told(session: str, question: Question) -> tuple[Any, Any]:
    """The figures as a screen gets them: the whole, and by unit."""
    whole = as_(session, lambda: door.read(metrics.measure, question, NAMES))
    by_unit = as_(session, lambda: door.read(metrics.measure_by, question, "unit", NAMES))
    return dict(whole), {code: dict(figures) for code, figures in by_unit.items()}


def counted(url: str, question: Question) -> tuple[Any, Any]:
    """The same from the rows of the database."""
    return on(
        url,
        lambda conn: (
            metrics.measure(conn, question, NAMES),
            metrics.measure_by(conn, question, "unit", NAMES),
        ),
    )


def built(at: datetime | None = None) -> None:
    rollups._built(rollups._kept, at)


def present() -> Cube:
    held = rollups._kept.present
    assert held is not None
    return held.cube


def test_figures_of_screens_are_counted_from_rollups_and_follow_what_is_done(url: str) -> None:
    session, chance = session_for(url), Random(5)
    built()
    for _ in range(3):
        on(url, lambda conn: withdraw_some(conn, chance))
        version.look_again()
        question = year_to(as_(session, door.now))
        assert told(session, question) == counted(url, question)
        assert present().at == question.as_of


def withdraw_some(conn: Connection, chance: Random) -> None:
    """A few of the open cases are."""
    is_open = select(live_cases.c.case_no).where(live_cases.c.ended_at.is_(None))
    now = datetime.now(UTC)
    for case_no in chance.sample(list(conn.execute(is_open).scalars()), 3):
        act(conn, request(conn, Kind.WITHDRAW, case_no), DISPATCHER, now)


def test_an_earlier_moment_to_compare_with_has_rollups_of_its_own(url: str) -> None:
    session = session_for(url)
    built()
    before = earlier(year_to(as_(session, door.now)), Against.PERIOD_BEFORE)
    assert before is not None
    built(before.as_of)
    assert told(session, before) == counted(url, before)
    assert [held.cube.at for held in rollups._kept.earlier] == [before.as_of]


def test_an_earlier_moment_answers_what_nobody_asked_of_it_before(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not asked of it stays behind until it is."""
    monkeypatch.setattr(rollups, "NEAR", timedelta(days=1))
    session = session_for(url)
    built()
    first = earlier(year_to(as_(session, door.now)), Against.PERIOD_BEFORE)
    assert first is not None
    built(first.as_of)
    next_event, _ = rollups._kept.earlier[0].cube.coming[0]
    before = replace(first, as_of=from_microseconds(next_event))
    as_(session, lambda: door.read(metrics.measure, before, NAMES[:1]))
    assert rollups._kept.earlier[0].cube.untold
    assert told(session, before) == counted(url, before)
    assert rollups._kept.earlier[0].cube.at == before.as_of


def test_a_moment_that_has_not_come_is_asked_of_the_database(url: str) -> None:
    """An address may name any as-of time; what has not happened yet must not be in the rollups."""
    session = session_for(url)
    built()
    before = present().at
    ahead = replace(year_to(as_(session, door.now)), as_of=datetime(2090, 1, 1, tzinfo=UTC))
    assert told(session, ahead) == counted(url, ahead)
    assert present().at == before


def test_whoever_draws_the_moment_before_still_has_its_rollups(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_for(url)
    built()
    first = year_to(as_(session, door.now))
    found = told(session, first)
    version.look_again()
    on(url, lambda conn: withdraw_some(conn, Random(8)))
    held = rollups._kept.present
    second = year_to(as_(session, door.now))
    told(session, second)
    assert rollups._kept.before is held is not None
    with looking().connect() as conn:
        look = Look(held.version or 0)
        assert rollups._cube(conn, look, first.as_of, BASES) is held.cube
        assert metrics.measure(conn, first, NAMES, held.cube) == found[0]  # type: ignore[arg-type]


def test_nobody_waits_for_rollups(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While there are none, and after an import of thousands, the database is asked."""
    session = session_for(url)
    question = year_to(as_(session, door.now))
    assert told(session, question) == counted(url, question)
    assert rollups._kept.present is None
    built()
    monkeypatch.setattr(rollups, "LONGEST_TAIL", 1)
    monkeypatch.setattr(rollups, "_build", lambda kept, at: None)
    on(url, lambda conn: withdraw_some(conn, Random(6)))
    version.look_again()
    later = year_to(as_(session, door.now))
    assert told(session, later) == counted(url, later)
    assert present().at < later.as_of
    built()
    assert present().at >= later.as_of


def test_rollups_are_kept_over_a_restart(url: str) -> None:
    built()
    rollups.keep_checkpoint()
    marks = on(url, lambda conn: conn.execute(select(checkpoints.c.mark)).scalars().all())
    assert marks == [present().mark]
    rollups._kept = rollups._Kept()
    on(url, lambda conn: withdraw_some(conn, Random(7)))
    built()
    session = session_for(url)
    question = year_to(as_(session, door.now))
    assert told(session, question) == counted(url, question)


def test_what_a_scope_hides_is_not_in_its_figures(url: str) -> None:
    built()
    session = session_for(url, "operator")
    question = year_to(as_(session, door.now))
    whole, by_unit = told(session, question)
    (code,) = by_unit
    unit = Question(question.start, question.end, question.as_of, unit=code)
    assert whole == counted(url, unit)[0]
