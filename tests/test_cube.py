"""The cube says what the database says, whatever happened to it and in whatever order."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import Connection, delete, select, update

from data.config import settings
from data.db import one_moment
from data.metrics import MEASURES, aftermath
from data.metrics.evaluate import Rows, Source, evaluate
from data.metrics.figure import Question
from data.metrics.measure import WHOLE
from data.metrics.pressing import PRESSING
from data.rollups import fold, rollup
from data.rollups.checkpoint import at_hand, keep, kept, packed
from data.rollups.cube import BASES, NOT_KEPT, Cube
from data.rollups.fold import cube_of, difference, folded, seen_earlier
from data.schema import calendar_days, checkpoint_columns, checkpoints
from tests.agreement import GROUPINGS
from tests.crowds import crowd, wide_question
from tests.random_districts import HOURS, MONTH, START, add_log, lay_ground
from tests.scale import SIZE

KEPT = [measure for measure in MEASURES.values() if measure.base not in NOT_KEPT]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few rows too are summed part by part, and their first ones looked for."""
    monkeypatch.setattr("data.rollups.kept.PART", 3)
    monkeypatch.setattr(rollup, "FIRST", 1)
    monkeypatch.setattr(rollup, "FURTHER", 2)


def told(conn: Connection, cube: Cube, question: Question) -> None:
    """Both ways of counting give the same figures, the whole and by group."""
    for by in (None, *GROUPINGS):
        theirs, ours = evaluate(Rows(conn), question, KEPT, by), evaluate(cube, question, KEPT, by)
        assert ours.keys() == theirs.keys()
        for group, figures in theirs.items():
            odd = {n: (ours[group][n], f) for n, f in figures.items() if ours[group][n] != f}
            assert not odd, (question, by, group)
    ways: tuple[Source, ...] = (Rows(conn), cube)
    for base in PRESSING:
        for by in (None, *GROUPINGS):
            theirs, ours = (
                {
                    group: counts[WHOLE]
                    for group, counts in way.counts(question, base, by, ()).items()
                }
                for way in ways
            )
            assert ours == theirs, (question, base, by)
        assert len({tuple(way.first(question, base, 3)) for way in ways}) == 1, (question, base)


@pytest.mark.parametrize("number", range(max(2, SIZE.random_districts // 5)))
def test_figures_of_the_cube_are_those_of_the_database(
    conn: Connection, number: int, pytestconfig: pytest.Config
) -> None:
    chance = Random(f"{pytestconfig.option.hypothesis_seed} {number}")
    ground = lay_ground(conn)
    add_log(conn, ground, crowd(chance))
    for _ in range(3):
        question = wide_question(chance)
        told(conn, cube_of(conn, question.as_of), question)


@pytest.mark.parametrize("number", range(max(2, SIZE.random_districts // 5)))
def test_what_is_folded_is_what_is_counted_anew(
    conn: Connection, number: int, pytestconfig: pytest.Config
) -> None:
    """Cases come in any order, also of times long past; what was foretold comes to pass."""
    chance = Random(f"{pytestconfig.option.hypothesis_seed} {number}")
    ground, log = lay_ground(conn), crowd(chance)
    now = START
    cube = cube_of(conn, now)
    for first in range(0, len(log), 12):
        add_log(conn, ground, log[first : first + 12], first)
        now += timedelta(hours=chance.choice((0, 1, 5, 10)))
        cube = folded(conn, cube, now)
        assert difference(cube, cube_of(conn, now)) is None
    later = now + timedelta(hours=MONTH + 2 * HOURS)
    cube = folded(conn, cube, later)
    assert difference(cube, cube_of(conn, later)) is None
    told(conn, cube, Question(START, later, later))
    back = START + timedelta(hours=chance.choice((0, 5, 10, HOURS, MONTH)))
    early = seen_earlier(one_moment(conn), cube, back)
    assert difference(early, cube_of(conn, back)) is None
    on = back + timedelta(hours=chance.choice((1, 5, MONTH)))
    assert difference(folded(conn, early, on), cube_of(conn, on)) is None


@pytest.mark.parametrize("number", range(max(2, SIZE.random_districts // 5)))
@pytest.mark.parametrize("most", [5, fold.UNTOLD])
def test_bases_that_nobody_asked_for_a_while_catch_up(
    conn: Connection,
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
    most: int,
    number: int,
) -> None:
    """Those that are asked tell what they always tell, whatever was asked before."""
    monkeypatch.setattr(fold, "UNTOLD", most)
    chance = Random(f"{pytestconfig.option.hypothesis_seed} {number}")
    ground, log = lay_ground(conn), crowd(chance)
    now, stayed_behind = START, 0
    cube = cube_of(conn, now)
    for first in range(0, len(log), 4):
        add_log(conn, ground, log[first : first + 4], first)
        now += timedelta(hours=chance.choice((0, 0, 1, 5)))
        asked, whole = chance.sample(BASES, 3), cube_of(conn, now)
        cube = folded(conn, cube, now, asked=asked)
        some = replace(cube, rollups={base: cube.rollups[base] for base in asked})
        assert difference(some, whole) is None
        assert (cube.running, len(cube.untold) <= most) == (whole.running, True)
        stayed_behind += bool(cube.untold) and difference(cube, whole) is not None
    assert stayed_behind
    assert difference(folded(conn, cube, now), whole) is None


@pytest.mark.parametrize("many", [20, rollup.MANY])
def test_a_case_that_changes_again_and_again_counts_once(
    conn: Connection, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """What was kept of it is taken out once, however often it is told anew."""
    monkeypatch.setattr(rollup, "MANY", many)
    monkeypatch.setattr(rollup, "SHARE", 0)
    add_log(conn, lay_ground(conn), crowd(Random(6)))
    first, later = (START + timedelta(hours=hours) for hours in (HOURS // 2, MONTH + 2 * HOURS))
    early = seen_earlier(one_moment(conn), cube_of(conn, later), first)
    for begun in (cube_of(conn, first), early):
        cube = begun
        for hours in (HOURS * 2 // 3, HOURS, MONTH + HOURS):
            at = START + timedelta(hours=hours)
            cube = folded(conn, cube, at)
            told(conn, cube, Question(START, at, at))


@pytest.mark.parametrize("share", [0, 2, 1_000_000])
def test_many_changes_are_put_among_the_others(
    conn: Connection, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config, share: int
) -> None:
    """Whether the others are kept as they are beside the changes, or put together with them."""
    monkeypatch.setattr(rollup, "MANY", 20)
    monkeypatch.setattr(rollup, "SHARE", share)
    test_what_is_folded_is_what_is_counted_anew(conn, 1000, pytestconfig)


@pytest.mark.parametrize("most", [1, 500])
def test_sums_that_would_be_too_many_are_not_kept(
    conn: Connection, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Figures stay what they are, and what is kept stays bounded."""
    monkeypatch.setattr("data.rollups.kept.SUMS", most)
    chance = Random(4)
    add_log(conn, lay_ground(conn), crowd(chance))
    question = wide_question(chance)
    cube = cube_of(conn, question.as_of)
    told(conn, cube, question)
    held = [sum(one.size for one in each.kept.sums.values()) for each in cube.rollups.values()]
    assert max(held) <= most


def test_another_day_of_the_calendar_changes_hours_that_are_kept(conn: Connection) -> None:
    ground = lay_ground(conn)
    add_log(conn, ground, crowd(Random(3)))
    now = START + timedelta(hours=MONTH + 2 * HOURS)
    cube = cube_of(conn, now)
    conn.execute(delete(calendar_days))
    assert difference(cube, cube_of(conn, now)) is not None
    assert difference(folded(conn, cube, now), cube_of(conn, now)) is None


def test_a_checkpoint_brings_back_what_was_kept_and_folds_the_rest(
    conn: Connection, pytestconfig: pytest.Config
) -> None:
    chance = Random(f"{pytestconfig.option.hypothesis_seed}")
    ground, log = lay_ground(conn), crowd(chance)
    now = START + timedelta(hours=HOURS)
    add_log(conn, ground, log[:30])
    keep(conn, packed(cube_of(conn, now)), now)
    again = kept(one_moment(conn), now)
    assert again is not None and difference(again, cube_of(conn, now)) is None
    add_log(conn, ground, log[30:], 30)
    assert difference(at_hand(one_moment(conn), now), cube_of(conn, now)) is None


def test_a_checkpoint_of_a_program_that_counted_otherwise_is_not_believed(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(conn, packed(cube_of(conn, START)), START)
    assert kept(one_moment(conn), START) is not None
    with monkeypatch.context() as other:
        other.setattr(aftermath, "REOPENED_WITHIN_HOURS", aftermath.REOPENED_WITHIN_HOURS + 1)
        assert kept(one_moment(conn), START) is None  # though its statement reads the same
    conn.execute(update(checkpoints).values(definitions="of old"))
    assert kept(one_moment(conn), START) is None


def test_a_checkpoint_that_is_damaged_is_not_believed(conn: Connection) -> None:
    keep(conn, packed(cube_of(conn, START)), START)
    conn.execute(update(checkpoint_columns).values(packed=b"damaged"))
    assert kept(one_moment(conn), START) is None


def test_an_older_cube_does_not_take_the_place_of_a_newer_one(conn: Connection) -> None:
    late = START + timedelta(hours=1)
    keep(conn, packed(cube_of(conn, late)), late)
    keep(conn, packed(cube_of(conn, START)), late)
    assert conn.execute(select(checkpoints.c.at)).scalar() == late


def test_a_cube_of_a_time_that_has_not_come_is_not_believed_and_gives_way(conn: Connection) -> None:
    """A clock stood too far ahead for a while."""
    late = START + timedelta(days=9)
    keep(conn, packed(cube_of(conn, late)), late)
    assert kept(one_moment(conn), START) is None
    keep(conn, packed(cube_of(conn, START)), START)
    assert conn.execute(select(checkpoints.c.at)).scalar() == START


def test_other_working_hours_change_hours_that_are_kept(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = lay_ground(conn)
    add_log(conn, ground, crowd(Random(3)))
    now = START + timedelta(hours=MONTH + 2 * HOURS)
    cube = cube_of(conn, now)
    monkeypatch.setattr(settings().calendar, "hours", ["10:00-11:00"])
    assert difference(cube, cube_of(conn, now)) is not None
    assert difference(folded(conn, cube, now), cube_of(conn, now)) is None
