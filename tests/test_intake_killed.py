"""An import is there whole or not at all: killed anywhere, the disk full, the database lost."""

import random
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Engine, event, func, select

from data.__main__ import cli
from data.config import PROJECT
from data.db import IMPORTING, connect, is_sqlite
from data.intake.loading.alone import importing
from data.intake.loading.load import import_file
from data.journal import audit
from data.proof import prove
from data.schema import (
    audit_events,
    case_events,
    cases,
    imports,
    live_cases,
    live_events,
    quarantine,
)
from tests.samples import CASE_HEADER, CASE_MAP, NOW, UPDATED, case_line
from tests.scale import SIZE

ROWS = 2000
WAIT_SECONDS = 60


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """A file of cases, a few of them bad, and its mapping."""
    return write(tmp_path, ROWS)


def write(tmp_path: Path, rows: int) -> list[str]:
    lines = [CASE_HEADER]
    for number in range(rows):
        state = "lost" if number % 100 == 7 else "dispatched"
        lines.append(case_line(f"K{number}", state=state, unit=f"unit-{number % 40}"))
    (tmp_path / "many.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "map.toml").write_text(CASE_MAP + UPDATED, encoding="utf-8")
    return [str(tmp_path / "many.csv"), str(tmp_path / "map.toml")]


@contextmanager
def importer(url: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A process that imports or takes back, and tells each statement."""
    command = [sys.executable, "-m", "tests.importer", url, *words]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def steps_of(url: str, *words: str) -> int:
    """How many steps it tells when nobody kills it."""
    with importer(url, *words) as process:
        assert process.stdout
        steps = process.stdout.readlines()
        assert process.wait() == 0 and steps[-1] == "done\n"
    return len(steps)


def kill_at(step: int, url: str, *words: str) -> None:
    """Kill it, without a last word, as soon as it has told so many steps."""
    with importer(url, *words) as process:
        assert process.stdout
        for _ in range(step):
            process.stdout.readline()


def state(conn: Connection) -> tuple[int, ...]:
    """What counts: cases, events, batches, and rows aside of batches that were not taken back."""
    in_force = imports.c.undone_at.is_(None)
    aside = select(func.count()).select_from(quarantine.join(imports)).where(in_force)
    batches = select(func.count()).select_from(imports).where(in_force)
    counts = [select(func.count()).select_from(table) for table in (live_cases, live_events)]
    return tuple(conn.execute(query).scalar_one() for query in (*counts, batches, aside))


def is_sound(conn: Connection) -> bool:
    """Whether the file is intact, and every row equals the replay of its events."""
    if is_sqlite(conn):
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    else:  # the killed one's work is being rolled back as long as it holds the lock
        conn.execute(select(func.pg_advisory_lock(IMPORTING)))
        conn.execute(select(func.pg_advisory_unlock(IMPORTING)))
    return prove(conn).difference is None


def last_batch(conn: Connection) -> str:
    """The number of the newest import."""
    return str(conn.execute(select(func.max(imports.c.batch_id))).scalar_one())


def test_killed_anywhere_a_batch_is_whole_or_absent(database_url: str, words: list[str]) -> None:
    engine = connect(database_url)
    steps = {"import": steps_of(database_url, "import", *words)}
    with engine.connect() as conn:
        whole, batch = state(conn), last_batch(conn)
    steps["undo"] = steps_of(database_url, "undo", batch)
    with engine.connect() as conn:
        absent = state(conn)
    assert whole == (ROWS - 20, ROWS - 20, 1, 20) and absent == (0, 0, 0, 0)
    found = absent
    for _ in range(SIZE.import_kills):
        task = "import" if found == absent else "undo"
        step = random.randint(1, steps[task])
        kill_at(step, database_url, task, *(words if task == "import" else [batch]))
        with engine.connect() as conn:
            assert is_sound(conn), (task, step)
            found, batch = state(conn), last_batch(conn)
        assert found in (absent, whole), (task, step)
    with importing(engine) as conn:
        again = import_file(conn, "cases", words[0], words[1], "test", NOW)
        assert again.is_repeat == (found == whole)
    with engine.connect() as conn:
        assert state(conn) == whole and is_sound(conn)
    engine.dispose()


def run(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    command = [sys.executable, "-m", "data", *words, "--database", url]
    return subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False
    )


@pytest.mark.parametrize("task", ["import", "undo"])
def test_a_second_import_is_told_at_once(database_url: str, tmp_path: Path, task: str) -> None:
    engine, words = connect(database_url), write(tmp_path, 20)
    asked = {
        "import": ["import", "cases", words[0], "--mapping", words[1]],
        "undo": ["import", "undo", "1"],
    }
    with importing(engine) as conn:
        import_file(conn, "cases", words[0], words[1], "test", NOW)
        told = run(database_url, *asked[task])
        assert told.returncode == 1 and told.stdout == ""
        assert "另一个导入" in told.stderr and told.stderr.count("\n") == 1
    with engine.connect() as conn:
        assert state(conn)[2] == 1
    assert run(database_url, *asked[task]).returncode == 0  # free again
    engine.dispose()


def test_who_does_something_else_meanwhile_waits(database_url: str, words: list[str]) -> None:
    engine = connect(database_url)

    def act() -> None:
        with engine.begin() as conn:
            audit(conn, "dispatcher", "sign_in", NOW)

    with ThreadPoolExecutor() as pool:
        with importing(engine) as conn:
            import_file(conn, "cases", words[0], words[1], "test", NOW)
            acted = pool.submit(act)
        acted.result(WAIT_SECONDS)
    with engine.connect() as conn:
        kinds = conn.execute(select(audit_events.c.kind)).scalars().all()
        assert sorted(kinds) == ["import", "sign_in"] and is_sound(conn)
    engine.dispose()


def nothing_changed(url: str) -> bool:
    """Whether every table of the intake is still empty, and the file intact."""
    engine = connect(url)
    with engine.connect() as conn:
        tables = (imports, cases, case_events, quarantine, audit_events)
        counts = [
            conn.execute(select(func.count()).select_from(one)).scalar_one() for one in tables
        ]
        sound = is_sound(conn)
    engine.dispose()
    return sound and not any(counts)


@contextmanager
def on_every_engine(name: str, listener: Callable[..., None]) -> Iterator[None]:
    """Listen to every engine, also to one that a command makes."""
    event.listen(Engine, name, listener)
    try:
        yield
    finally:
        event.remove(Engine, name, listener)


def test_a_full_disk_changes_nothing(sqlite_url: str, words: list[str]) -> None:
    def fill(connection: sqlite3.Connection, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 20}")

    with on_every_engine("connect", fill):
        told = CliRunner().invoke(cli, _import_words(sqlite_url, words))
    assert told.exit_code == 1 and told.stdout == "" and told.stderr.count("\n") == 1
    assert "full" in told.stderr and nothing_changed(sqlite_url)
    assert CliRunner().invoke(cli, _import_words(sqlite_url, words)).exit_code == 0


def _import_words(url: str, words: list[str]) -> list[str]:
    return ["import", "cases", words[0], "--mapping", words[1], "--database", url]


def test_a_file_that_may_not_grow_changes_nothing(sqlite_url: str, words: list[str]) -> None:
    size = Path(sqlite_url.removeprefix("sqlite:///")).stat().st_size + 50_000
    told = subprocess.run(
        [sys.executable, "-m", "data", *_import_words(sqlite_url, words)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    assert told.returncode == 1 and told.stdout == "" and told.stderr.count("\n") == 1
    assert nothing_changed(sqlite_url)


def test_a_database_lost_on_the_way_changes_nothing(postgres_url: str, words: list[str]) -> None:
    statements = iter(range(random.randint(5, 25)))
    others = connect(postgres_url)

    def lose(conn: Connection, *_: object) -> None:
        if conn.engine is others or next(statements, None) is not None:
            return
        assert conn.connection.dbapi_connection is not None
        pid = conn.connection.dbapi_connection.info.backend_pid
        with others.connect() as other:
            assert other.execute(select(func.pg_terminate_backend(pid))).scalar_one()

    with on_every_engine("after_cursor_execute", lose):
        told = CliRunner().invoke(cli, _import_words(postgres_url, words))
    others.dispose()
    assert told.exit_code == 1 and told.stdout == "" and told.stderr.count("\n") == 1
    assert nothing_changed(postgres_url)
    assert CliRunner().invoke(cli, _import_words(postgres_url, words)).exit_code == 0
