"""How fast cases are imported, beside bare inserts of the same rows, and in how much memory.

    python -m benchmarks.import_cases [--csv 50000 200000] [--xlsx 50000] [--folder FOLDER]

Each way runs in a process of its own, one after the other, on SQLite files with the same schema.
`driver` and `core` are bare `executemany` of the finished rows of `cases` and `case_events`. Two
sizes of one form show whether memory stays flat.
"""

import argparse
import resource
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from sqlalchemy import Engine, insert, select

from data.db import connect
from data.intake.loading.load import import_file
from data.migrations import migrate
from data.schema import case_events, cases

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHUNK = 2000
TABLES = (cases, case_events)
MAPPING = """
[columns]
case_no = "编号"
opened_at = "受理时间"
closed_at = "办结时间"
due_at = "期限"
state = "状态"
unit = "单位"
area = "区域"
category = ["大类", "小类"]
channel = "渠道"
title = "标题"
address = "地址"
lon = "经度"
lat = "纬度"
[times]
formats = ["%Y-%m-%d %H:%M:%S"]
[values.state]
closed = ["办结"]
in_progress = ["处置中"]
"""


def write_file(path: Path, count: int) -> None:
    """Cases of one year, nine in ten closed, as text or as a workbook."""
    import numpy as np  # not needed, and not to be measured, where cases are imported
    import pandas as pd
    from openpyxl import Workbook

    def codes(name: str, most: int) -> pd.Series:
        return name + pd.Series(draw.integers(0, most, count)).astype(str)

    draw = np.random.default_rng(1)
    opened = np.datetime64("2025-01-01T00:00:00") + draw.integers(0, 300 * 86400, count)
    is_closed = draw.random(count) < 0.9
    closed = opened + draw.integers(600, 20 * 86400, count)
    due = opened + np.timedelta64(5, "D")
    text = [pd.Series(column).dt.strftime("%Y-%m-%d %H:%M:%S") for column in (opened, closed, due)]
    number = pd.Series(np.arange(count)).astype(str).str.zfill(8)
    sheet = pd.DataFrame(
        {
            "编号": "GD2025" + number,
            "受理时间": text[0],
            "办结时间": text[1].where(is_closed, ""),
            "期限": text[2],
            "状态": np.where(is_closed, "办结", "处置中"),
            "单位": codes("单位", 60),
            "区域": codes("社区", 200),
            "大类": codes("大类", 10),
            "小类": codes("小类", 30),
            "渠道": codes("渠道", 5),
            "标题": "道路井盖破损需要修复，编号" + number,
            "地址": "和平路" + pd.Series(draw.integers(1, 900, count)).astype(str) + "号",
            "经度": (114 + draw.random(count)).round(6),
            "纬度": (30 + draw.random(count)).round(6),
        }
    )
    if path.suffix == ".csv":
        return sheet.to_csv(path, index=False)
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.append(list(sheet))
    for row in sheet.itertuples(index=False):
        page.append(row)
    book.save(path)


def new_database(path: Path) -> Engine:
    """A fresh SQLite file with the newest schema."""
    path.unlink(missing_ok=True)
    engine = connect(f"sqlite:///{path}")
    with engine.begin() as conn:
        migrate(conn)
    return engine


def run_import(folder: Path, file: str) -> None:
    """Import the file."""
    engine = new_database(folder / "import.db")
    started = perf_counter()
    with engine.begin() as conn:
        import_file(conn, "cases", folder / file, str(folder / "map.toml"), "benchmark", NOW)
    report(perf_counter() - started)


def run_driver(folder: Path, _: str) -> None:
    """Insert the finished rows with the driver's own `executemany`."""
    engine = bare_database(folder)
    seconds = 0.0
    source = sqlite3.connect(folder / "import.db")
    with engine.connect() as conn:
        transaction = conn.begin()
        cursor = conn.connection.cursor()
        for start in range(1, row_count(source) + 1, CHUNK):
            for table in TABLES:
                text = f"SELECT * FROM {table.name} WHERE case_id >= ? AND case_id < ?"
                rows = source.execute(text, (start, start + CHUNK)).fetchall()
                marks = ", ".join("?" * len(rows[0]))
                started = perf_counter()
                cursor.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)
                seconds += perf_counter() - started
        started = perf_counter()
        transaction.commit()
    report(seconds + perf_counter() - started)


def run_core(folder: Path, _: str) -> None:
    """Insert the finished rows with SQLAlchemy's `executemany`."""
    engine = bare_database(folder)
    seconds = 0.0
    source = connect(f"sqlite:///{folder / 'import.db'}")
    count = row_count(sqlite3.connect(folder / "import.db"))
    with engine.connect() as conn, source.connect() as finished:
        transaction = conn.begin()
        for start in range(1, count + 1, CHUNK):
            for table in TABLES:
                some = table.c.case_id.between(start, start + CHUNK - 1)
                rows = [dict(row) for row in finished.execute(select(table).where(some)).mappings()]
                started = perf_counter()
                conn.execute(insert(table), rows)
                seconds += perf_counter() - started
        started = perf_counter()
        transaction.commit()
    report(seconds + perf_counter() - started)


def bare_database(folder: Path) -> Engine:
    """A fresh database with the units, areas, categories and channels of the imported one."""
    engine = new_database(folder / "bare.db")
    with sqlite3.connect(folder / "bare.db", isolation_level=None) as conn:
        conn.execute("ATTACH ? AS imported", (str(folder / "import.db"),))
        for name in ("areas", "units", "categories", "channels", "imports"):
            conn.execute(f"INSERT INTO {name} SELECT * FROM imported.{name}")
    return engine


def row_count(source: sqlite3.Connection) -> int:
    """How many cases the import wrote."""
    return int(source.execute("SELECT count(*) FROM cases").fetchone()[0])


def report(seconds: float) -> None:
    """Seconds and peak memory in MB, for the process that started this one."""
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


WAYS = {"driver": run_driver, "core": run_core, "import": run_import}


def main() -> None:
    """Generate each file, run each way in a process of its own, print the tables."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    ask.add_argument("--csv", type=int, nargs="*", default=[50_000, 200_000], metavar="ROWS")
    ask.add_argument("--xlsx", type=int, nargs="*", default=[50_000], metavar="ROWS")
    ask.add_argument("--folder", type=Path)
    ask.add_argument("--run", nargs=3, metavar=("STEP", "FILE", "ROWS"), help="one step, here")
    told = ask.parse_args()
    if told.run:
        step, file, count = told.run
        if step == "write":
            return write_file(told.folder / file, int(count))
        return WAYS[step](told.folder, file)
    for form, counts in (("csv", told.csv), ("xlsx", told.xlsx)):
        for count in counts:
            with tempfile.TemporaryDirectory(dir=told.folder) as name:
                compare(Path(name), f"cases.{form}", count)


def run(step: str, folder: Path, file: str, count: int) -> list[float]:
    """One step in a process of its own; what it reported."""
    module = [sys.executable, "-m", "benchmarks.import_cases", "--folder", str(folder)]
    command = [*module, "--run", step, file, str(count)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(number) for number in out.split()]


def compare(folder: Path, file: str, count: int) -> None:
    """Print rows per second, ratio to bare and peak memory of each way."""
    run("write", folder, file, count)  # elsewhere: a child's peak memory begins with its parent's
    (folder / "map.toml").write_text(MAPPING, encoding="utf-8")
    took = {}
    for way in ("import", "driver", "core"):  # the import first: it makes the finished rows
        took[way] = run(way, folder, file, count)
    size = (folder / file).stat().st_size / 1e6
    print(f"{count:,} rows, {size:.0f} MB of {file}, SQLite {sqlite3.sqlite_version}")
    print(f"{'way':<8} {'seconds':>8} {'rows/s':>9} {'× driver':>9} {'× core':>7} {'peak MB':>8}")
    for way, (seconds, peak) in took.items():
        ratios = [seconds / took[other][0] for other in ("driver", "core")]
        speed = f"{way:<8} {seconds:>8.1f} {count / seconds:>9,.0f}"
        print(f"{speed} {ratios[0]:>9.2f} {ratios[1]:>7.2f} {peak:>8.0f}")
    print()


if __name__ == "__main__":
    main()
