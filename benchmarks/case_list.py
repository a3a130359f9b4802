"""How long a page of the list takes, and its count, by the size of the database.

    python -m benchmarks.case_list [--cases N …] [--huge] [--databases …] [--folder FOLDER]

Each database is filled with cases of 730 days, then asked for pages near the beginning and deep in
the list, seen from the end. `growth` is the time at the largest over that at the smallest. One row
by its key is asked for beside: what is spent before the database is asked at all. Milliseconds are
those of the processor for SQLite, which works in this process, of the clock for PostgreSQL.
"""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import Connection, select

from benchmarks.filled import END
from benchmarks.metrics import filled
from data.case_list.asked import CaseFilter, Due, Mark, Order, Place, Standing
from data.case_list.pages import case_count, case_page
from data.db import is_sqlite, reading
from data.schema import cases
from data.terms import Scope, State

SIZES = (10_000, 1_000_000)
HUGE = 10_000_000
ROUNDS = 9
ALL = Standing.ALL
LISTS = {
    "open, by due time": CaseFilter(),
    "open of a unit": CaseFilter(units=("unit-7",)),
    "open, overdue": CaseFilter(due=Due.OVERDUE),
    "open, newest first": CaseFilter(sort=Order.OPENED, is_descending=True),
    "open, by number": CaseFilter(sort=Order.CASE_NO),
    "to be accepted": CaseFilter(states=(State.DISPATCHED,)),
    "ended, newest first": CaseFilter(standing=Standing.ENDED),
    "ended of a unit": CaseFilter(standing=Standing.ENDED, units=("unit-7",)),
    "all, newest first": CaseFilter(standing=ALL),
    "all, oldest due first": CaseFilter(standing=ALL, sort=Order.DUE),
    "all, most transfers": CaseFilter(standing=ALL, sort=Order.TRANSFERS, is_descending=True),
    "all of a grid": CaseFilter(standing=ALL, areas=("area-77",)),
    "all of a category": CaseFilter(standing=ALL, categories=("category-7",)),
    "all, reopened": CaseFilter(standing=ALL, marks=(Mark.REOPENED,)),
    "all, repeated": CaseFilter(standing=ALL, marks=(Mark.REPEATED,)),
    "all, by a whole number": CaseFilter(standing=ALL, words="GD000000777"),
    "open, by a word": CaseFilter(words="0077"),
    "all, by a word": CaseFilter(standing=ALL, words="0077"),
    "all, by a word nowhere": CaseFilter(standing=ALL, words="nowhere"),
}
UNIT = Scope(unit_id=7)
Took = dict[str, float]  # milliseconds


def measure(kind: str, folder: Path, count: int) -> Took:
    """Fill a database and ask; milliseconds of each list's first page, deep page and count."""
    with filled(kind, folder, count) as engine, reading(engine).connect() as conn:
        return ask(conn)


def ask(conn: Connection) -> Took:
    """Milliseconds of everything that is asked."""
    now = process_time if is_sqlite(conn) else perf_counter
    quickest = partial(_quickest, now)
    one_row = select(cases).where(cases.c.case_id == 77)
    took = {"one row by its key": quickest(lambda: conn.execute(one_row).one())}
    for name, asked in LISTS.items():
        took[f"{name}: first page"] = quickest(lambda: case_page(conn, asked, None, END))  # noqa: B023
        place = deep(conn, asked)
        if place is not None:
            took[f"{name}: deep page"] = quickest(lambda: case_page(conn, asked, place, END))  # noqa: B023
        took[f"{name}: count"] = quickest(lambda: case_count(conn, asked, END))  # noqa: B023
    for standing in (Standing.OPEN, ALL):
        asked = CaseFilter(standing=standing)
        name = f"{standing}, of whoever sees one unit"
        took[f"{name}: first page"] = quickest(lambda: case_page(conn, asked, None, END, UNIT))  # noqa: B023
        took[f"{name}: count"] = quickest(lambda: case_count(conn, asked, END, scope=UNIT))  # noqa: B023
    return took


def deep(conn: Connection, asked: CaseFilter) -> Place | None:
    """The place that lies twenty pages on; None in a shorter list."""
    page = case_page(conn, asked, None, END, size=1000)
    return page.after


def _quickest(now: Callable[[], float], work: Callable[[], object]) -> float:
    """Milliseconds of the quickest of several rounds; fewer of what takes long."""
    took: list[float] = []
    while len(took) < ROUNDS and sum(took) < 3000:
        started = now()
        work()
        took.append((now() - started) * 1000)
    return min(took)


def main() -> None:
    """Measure each database at each size, and print the growth."""
    ask_for = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask_for.add_argument("--cases", type=int, nargs="*", default=list(SIZES))
    ask_for.add_argument("--huge", action="store_true", help=f"also {HUGE:,}")
    ask_for.add_argument("--databases", nargs="*", default=["sqlite", "postgresql"])
    ask_for.add_argument("--folder", type=Path)
    told = ask_for.parse_args()
    sizes = told.cases + [HUGE] * told.huge
    for kind in told.databases:
        found = {}
        for count in sizes:
            with tempfile.TemporaryDirectory(dir=told.folder) as name:
                found[count] = measure(kind, Path(name), count)
        show(kind, found)


def show(kind: str, found: dict[int, Took]) -> None:
    """A line for each question; milliseconds at each size, and the growth."""
    sizes = list(found)
    names = dict.fromkeys(name for took in found.values() for name in took)
    print(f"{kind:<48}" + "".join(f"{count:>12,}" for count in sizes) + f"{'growth':>8}")
    for name in names:
        times = [found[count].get(name) for count in sizes]
        shown = "".join(f"{'' if t is None else f'{t:.2f}':>12}" for t in times)
        first, last = times[0], times[-1]
        growth = f"{last / first:>8.1f}" if first and last else ""
        print(f"{name:<48}{shown}{growth}")
    print(flush=True)


if __name__ == "__main__":
    main()
