"""Rollups folded while others write: nothing is missed, whoever commits late."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread

import pytest
from sqlalchemy import Connection, Engine, select

from data.actions.doing import act
from data.db import connect, one_moment, snapshot
from data.rollups.checkpoint import Packed, at_hand, keep, kept, packed
from data.rollups.cube import Cube
from data.rollups.fold import built, caught_up, cube_of, difference, folded
from data.schema import checkpoints
from data.terms import Kind
from tests.builders import add_case, add_centre, add_unit, day
from tests.desk import DISPATCHER, NOW, later, request
from tests.scale import SIZE

CASES = 8
KEPT_EVERY = 5


def lay_ground(engine: Engine) -> None:
    with engine.begin() as conn:
        centre = add_centre(conn)
        add_unit(conn, "first")
        for number in range(CASES):
            add_case(conn, f"A-{number}", day(5), unit_id=centre, centre_id=centre, due_at=day(9))


def write(url: str, writer: int) -> None:
    """Many actions, each in a transaction of its own, on one of the cases."""
    engine = connect(url)
    for number in range(SIZE.writes_each // 2):
        with engine.begin() as conn:
            supervise(conn, f"A-{writer % CASES}", f"{writer}-{number}")
    engine.dispose()


def supervise(conn: Connection, case_no: str, key: str) -> None:
    ask = request(conn, Kind.SUPERVISE, case_no, idempotency_key=key, until_at=later(5))
    act(conn, ask, DISPATCHER, NOW)


def reject(conn: Connection, case_no: str) -> None:
    act(conn, request(conn, Kind.REJECT, case_no), DISPATCHER, NOW)


def look(engine: Engine, cube: Cube) -> Cube:
    with snapshot(engine).connect() as conn:
        return folded(conn, cube, later(0))


def test_two_who_fold_while_others_write_come_to_what_there_is(engine: Engine) -> None:
    lay_ground(engine)
    url = engine.url.render_as_string(hide_password=False)
    with snapshot(engine).connect() as conn:
        cubes = [cube_of(conn, NOW), cube_of(conn, NOW)]
    is_over = Event()

    def follow(place: int) -> None:
        own = connect(url)
        for number in count():
            cubes[place] = look(own, cubes[place])
            if number % KEPT_EVERY == 0:
                with own.begin() as conn:
                    keep(conn, packed(cubes[place]), cubes[place].at)
            if is_over.is_set():
                break
        own.dispose()

    followers = [Thread(target=follow, args=(place,)) for place in range(2)]
    for follower in followers:
        follower.start()
    try:
        with ThreadPoolExecutor(SIZE.writers) as pool:
            list(pool.map(lambda writer: write(url, writer), range(SIZE.writers)))
    finally:
        is_over.set()
        for follower in followers:
            follower.join()
    with snapshot(engine).connect() as conn:
        anew = cube_of(conn, later(0))
        for cube in cubes:
            assert difference(folded(conn, cube, later(0)), anew) is None
        assert difference(at_hand(one_moment(conn), later(0)), anew) is None
        assert len(conn.execute(select(checkpoints)).all()) == 1


def test_a_cube_is_built_part_by_part_and_others_write_between(engine: Engine) -> None:
    """A look that stayed open would keep the writers of SQLite out until they give up."""
    lay_ground(engine)
    numbers = count()

    @contextmanager
    def looks() -> Iterator[Connection]:
        number = next(numbers)
        with engine.begin() as conn:
            supervise(conn, f"A-{number % CASES}", f"{number}")
        with snapshot(engine).connect() as conn:
            yield conn

    cube = built(looks, later(0))
    with snapshot(engine).connect() as conn:
        assert difference(cube, cube_of(conn, later(0))) is None
    cube = caught_up(looks, cube, later(0))
    with snapshot(engine).connect() as conn:
        assert difference(cube, cube_of(conn, later(0))) is None


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_transaction_that_commits_late_is_folded_then(engine: Engine) -> None:
    """It took its number before another that is folded already."""
    lay_ground(engine)
    with snapshot(engine).connect() as conn:
        cube = cube_of(conn, NOW)
    late = engine.connect()
    reject(late, "A-0")
    with engine.begin() as conn:
        reject(conn, "A-1")
    cube = look(engine, cube)
    late.commit()
    late.close()
    cube = look(engine, cube)
    with snapshot(engine).connect() as conn:
        assert difference(cube, cube_of(conn, later(0))) is None


def test_who_is_cut_off_while_keeping_leaves_what_was_kept(engine: Engine) -> None:
    lay_ground(engine)
    with engine.begin() as conn:
        keep(conn, packed(cube_of(conn, NOW)), NOW)
        newer = packed(cube_of(conn, later(0)))

    def cut_off() -> Iterator[Mapping[str, object]]:
        yield from list(newer.columns)[:5]
        raise InterruptedError

    with pytest.raises(InterruptedError), engine.begin() as conn:
        keep(conn, Packed(newer.about, cut_off()), later(0))
    with snapshot(engine).connect() as conn:
        cube = kept(one_moment(conn), later(0))
        assert cube is not None and cube.at == NOW
        assert difference(cube, cube_of(conn, NOW)) is None


def test_a_checkpoint_that_gives_way_to_another_while_it_is_read_is_read_anew(
    engine: Engine,
) -> None:
    lay_ground(engine)
    with engine.begin() as conn:
        keep(conn, packed(cube_of(conn, NOW)), NOW)
        reject(conn, "A-0")
        newer = packed(cube_of(conn, later(0)))
    looked = count()

    def looks() -> Connection:
        if next(looked) == KEPT_EVERY:
            with engine.begin() as conn:
                keep(conn, newer, later(0))
        return snapshot(engine).connect()

    cube = kept(looks, later(0))
    assert cube is not None and cube.at == later(0) and next(looked) > 2 * KEPT_EVERY
    with snapshot(engine).connect() as conn:
        assert difference(cube, cube_of(conn, later(0))) is None
