"""Actions that are killed, that find the disk full, or the database gone: done, or not done."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing import get_context
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.exc import DBAPIError, OperationalError

import door
from data.actions.doing import act, act_all
from data.db import connect
from data.proof import prove
from data.requests import BulkRequest, CaseRequest
from data.schema import case_events, cases
from data.terms import Event, Kind
from door import database
from tests.builders import add_case, add_centre, add_unit, day
from tests.conftest import SEED
from tests.desk import DISPATCHER, NOW, later, request
from tests.house import EARLIER, as_, on, opened, session_for
from tests.people import add_person
from tests.scale import SIZE

CASES = 6
LONG = "长" * 900
Request = CaseRequest | BulkRequest


def lay_ground(conn: Connection) -> None:
    """A few cases at the centre."""
    centre = add_centre(conn)
    add_unit(conn, "first")
    for number in range(CASES):
        add_case(conn, f"A-{number}", day(5), unit_id=centre, centre_id=centre, due_at=day(9))


def requests(conn: Connection, mark: str) -> list[Request]:
    """What the worker is to do: an action on every case, then one on all of them."""
    numbers = [f"A-{number}" for number in range(CASES)]
    asks: list[Request] = [
        request(conn, Kind.SUPERVISE, no, idempotency_key=f"{mark}-{no}", until_at=later(5))
        for no in numbers
    ]
    seen = tuple((no, request(conn, Kind.NOTE, no).version + 1) for no in numbers)
    all_of_them = request(
        conn, Kind.SUPERVISE, numbers[0], idempotency_key=f"{mark}-all", until_at=later(6)
    )
    return [*asks, BulkRequest(all_of_them, seen)]


def key_of(ask: Request) -> str:
    return ask.ask.idempotency_key if isinstance(ask, BulkRequest) else ask.idempotency_key


def send(engine: Engine, ask: Request) -> None:
    with engine.begin() as conn:
        if isinstance(ask, BulkRequest):
            act_all(conn, ask, DISPATCHER, NOW)
        else:
            act(conn, ask, DISPATCHER, NOW)


def work(url: str, asks: list[Request], told: Any) -> None:
    """In a process of its own: do it all, telling each statement, each commit, each answer."""
    engine = connect(url)
    event.listen(engine, "after_cursor_execute", lambda *_: told.send("statement"))
    event.listen(engine, "commit", lambda _: told.send("commit"))
    for ask in asks:
        send(engine, ask)
        told.send(key_of(ask))
    os._exit(0)


def killed_after(url: str, asks: list[Request], steps: int) -> list[str]:
    """What the worker told before it was killed at a step; all of it where it came to its end."""
    here, there = get_context("fork").Pipe(duplex=False)
    worker = get_context("fork").Process(target=work, args=(url, asks, there))
    worker.start()
    there.close()
    told: list[str] = []
    while len(told) < steps:
        try:
            told.append(here.recv())
        except EOFError:
            break
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    with here:
        while here.poll():
            try:
                told.append(here.recv())
            except EOFError:
                break
    return told


def test_a_killed_worker_leaves_each_action_done_or_not_done(database_url: str) -> None:
    """Wherever it is killed; and all of it sent again is done exactly once."""
    on(database_url, lay_ground)
    chance = Random(os.environ[SEED])
    asks = on(database_url, lambda conn: requests(conn, "first"))
    steps = len(killed_after(database_url, asks, 10_000))
    for turn in range(SIZE.worker_kills // 2):
        asks = on(database_url, lambda conn: requests(conn, f"turn-{turn}"))  # noqa: B023
        told = killed_after(database_url, asks, chance.randint(1, steps - 1))
        on(database_url, lambda conn: all_or_nothing(conn, asks, told))  # noqa: B023
        engine = connect(database_url)
        for ask in asks:
            send(engine, ask)
        engine.dispose()
        on(database_url, lambda conn: once_each(conn, asks))  # noqa: B023
    assert on(database_url, prove).holds


def all_or_nothing(conn: Connection, asks: list[Request], told: list[str]) -> None:
    """What was answered is there; of what was not, the last may be; no bulk is there in part."""
    done = keys_of(conn)
    wanted = [key_of(ask) for ask in asks]
    answered = [key for key in wanted if key in told]
    there = [key for key in wanted if key in done or f"{key}/A-0" in done]
    assert there[: len(answered)] == answered and len(there) <= len(answered) + 1
    assert sum(key.startswith(f"{wanted[-1]}/") for key in done) in (0, CASES)
    adds_up(conn)


def once_each(conn: Connection, asks: list[Request]) -> None:
    done = keys_of(conn)
    *single, of_all = (key_of(ask) for ask in asks)
    assert {*single, *(f"{of_all}/A-{n}" for n in range(CASES))} <= set(done)
    numbers = conn.execute(select(case_events.c.order_no).where(case_events.c.order_no != "")).all()
    assert sorted(numbers) == sorted((f"2026-{n + 1}",) for n in range(len(numbers)))
    adds_up(conn)


def keys_of(conn: Connection) -> list[str]:
    return [key for key in conn.execute(select(case_events.c.idempotency_key)).scalars() if key]


def adds_up(conn: Connection) -> None:
    versions = conn.execute(select(func.sum(cases.c.version))).scalar_one()
    assert versions == conn.execute(select(func.count()).select_from(case_events)).scalar_one()


# The disk


def test_on_a_full_disk_nothing_is_half_done_and_the_same_request_is_done_later(
    sqlite_url: str,
) -> None:
    on(sqlite_url, lay_ground)
    engine = connect(sqlite_url)
    done = 0
    with full_disk(engine), pytest.raises(OperationalError, match="full"):
        while True:
            with engine.connect() as conn:
                ask = request(conn, Kind.FEED_BACK, f"A-{done % CASES}", note=LONG)
            send(engine, ask)
            done += 1
    assert done > 0
    with engine.begin() as conn:
        adds_up(conn)
        assert len(keys_of(conn)) == done
    send(engine, ask)  # now there is room
    with engine.begin() as conn:
        assert len(keys_of(conn)) == done + 1 and prove(conn).holds
    engine.dispose()


@contextmanager
def full_disk(engine: Engine, room: int = 12) -> Iterator[None]:
    """A little room is left, in pages; SQLite says of the rest what it says of a full disk."""
    limit = 0

    def shrink(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit}")

    with engine.connect() as conn:
        limit = conn.exec_driver_sql("PRAGMA page_count").scalar_one() + room
    engine.dispose()
    event.listen(engine, "connect", shrink)
    try:
        yield
    finally:
        event.remove(engine, "connect", shrink)
        engine.dispose()


# The door


@pytest.fixture
def house(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A dispatcher before the door."""
    with opened(database_url, monkeypatch):
        on(database_url, lay_ground)
        on(database_url, lambda conn: add_person(conn, "dispatcher"))
        yield database_url


def test_a_full_disk_is_said_in_a_sentence_and_what_was_asked_may_be_sent_again(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(sqlite_url, monkeypatch):
        on(sqlite_url, lay_ground)
        on(sqlite_url, lambda conn: add_person(conn, "dispatcher"))
        session, asks = session_for(sqlite_url), []
        with full_disk(database.engine()):
            ends: list[Any] = []
            while not ends or isinstance(ends[-1], Event):
                asks.append(on(sqlite_url, lambda conn: request(conn, Kind.NOTE, "A-0", note=LONG)))
                ends.append(as_(session, lambda: door.change(act, asks[-1])))
        keys = [ask.idempotency_key for ask in asks]
        assert ends[-1].key == "door.unavailable" and on(sqlite_url, keys_of) == keys[:-1]
        as_(session, lambda: door.change(act, asks[-1]))
        assert on(sqlite_url, keys_of) == keys


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_connection_lost_around_the_commit_has_one_effect_when_sent_again(
    house: str, lost: str
) -> None:
    """Nobody knows whether it was saved; the same request again finds out, and is done once."""
    session = session_for(house)
    ask = on(house, lambda conn: request(conn, Kind.SUPERVISE, "A-0", until_at=ahead()))
    with breaking(database.engine(), lost):
        refusal = as_(session, lambda: door.change(act, ask))
    assert refusal.key == "door.unavailable"
    assert len(on(house, keys_of)) == (1 if lost == "after" else 0)
    for _ in range(2):
        assert as_(session, lambda: door.change(act, ask)).order_no.endswith("-1")
    assert on(house, keys_of) == [ask.idempotency_key]


def ahead() -> datetime:
    """A time that is in the future for the door's own clock."""
    return EARLIER + timedelta(hours=5)


@contextmanager
def breaking(engine: Engine, lost: str) -> Iterator[None]:
    """The connection is lost at the next commit: before the database has it, or after."""
    commit: Callable[[Any], None] = engine.dialect.do_commit

    def lose(connection: Any) -> None:
        if lost == "after":
            commit(connection)
        else:
            engine.dialect.do_rollback(connection)
        raise OperationalError("COMMIT", None, DBAPIError("the server is gone", None, Exception()))

    engine.dialect.do_commit = lose  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        engine.dialect.do_commit = commit  # type: ignore[method-assign,assignment]
