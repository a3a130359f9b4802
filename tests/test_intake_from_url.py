"""Another system's database as a source: a real PostgreSQL and an SQLite file, read by a query."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, create_engine, make_url, select, text

from data.commands import intake
from data.db import connect
from data.schema import cases, imports, quarantine

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MAP = """
[source]
time_zone = "Asia/Shanghai"
delimiter = ";"
[columns]
case_no = "ticket"
opened_at = "opened"
updated_at = "changed"
state = "state"
unit = "office"
lon = "x"
lat = "y"
[times]
formats = ["%d.%m.%Y"]
"""
QUERY = "SELECT * FROM tickets WHERE changed >= :since ORDER BY ticket;\n"
TABLE = """
CREATE TABLE tickets (ticket text, opened timestamp, changed timestamp with time zone, state text,
    office text, x numeric(12, 8), y double precision, phone text, big text)
"""
INSERT = "INSERT INTO tickets VALUES (:t, :o, :c, :s, 'a,b;\n\"c\"', 118.79687700, 32.06, :p, :b)"


@pytest.fixture
def postgres_source(postgres: str) -> Iterator[str]:
    """An empty database of another system."""
    url = make_url(postgres).set(drivername="postgresql+psycopg")
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = f"tickets_{random.getrandbits(48):x}"
    with server.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    yield url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    with server.connect() as conn:
        conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(params=["postgresql", "sqlite"])
def source_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of another system, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tickets.db'}"
    return str(request.getfixturevalue("postgres_source"))


@pytest.fixture
def source(source_url: str, tmp_path: Path) -> Iterator[Engine]:
    """The other system, with two tickets."""
    url = make_url(source_url)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    with engine.begin() as conn:
        conn.execute(text(TABLE))
    add(engine, "007", "2026-01-05 08:00:00")
    add(engine, "330102202501050017", "2026-01-06 08:00:00", state="已结按")
    (tmp_path / "map.toml").write_text(MAP, "utf-8")
    (tmp_path / "tickets.sql").write_text(QUERY, "utf-8")
    yield engine
    engine.dispose()


def add(engine: Engine, ticket: str, changed: str, state: str = "处置中") -> None:
    """A ticket, with what nobody maps beside it."""
    values: dict[str, object] = {"t": ticket, "o": "2026-01-05 00:30:00", "c": changed, "s": state}
    if engine.dialect.name == "postgresql":
        values["o"] = datetime.fromisoformat("2026-01-05 00:30:00")
        values["c"] = datetime.fromisoformat(changed + "+08:00")
    with engine.begin() as conn:
        conn.execute(text(INSERT), values | {"p": "13812345678", "b": "x" * 100_000})


def run(ours: str, theirs: str, folder: Path, *words: str, query: str = "tickets.sql") -> Result:
    """The command as a timer runs it."""

    @click.group()
    @click.pass_context
    def cli(context: click.Context) -> None:
        context.obj = NOW

    intake.register(cli)
    named = ["--mapping", str(folder / "map.toml"), "--database", ours]
    asked = ["--from-url", theirs, "--query", str(folder / query)]
    return CliRunner().invoke(cli, ["import", "cases", *asked, *named, *words])


def told(done: Result) -> tuple[int, int, int, int]:
    """imported, updated, duplicates, quarantined."""
    assert done.exit_code == 0, done.stderr
    counts = json.loads(done.stdout)
    return tuple(counts[k] for k in ("imported", "updated", "duplicates", "quarantined"))  # type: ignore[return-value]


def test_reading_again_and_again(
    database_url: str, source: Engine, source_url: str, tmp_path: Path
) -> None:
    def again() -> tuple[int, int, int, int]:
        return told(run(database_url, source_url, tmp_path, "--json"))

    assert again() == (1, 0, 0, 1)
    assert again()[1] == 0  # what is held is a duplicate, what is aside stays aside
    with source.begin() as conn:
        conn.execute(text("UPDATE tickets SET state = '办理完成' WHERE ticket = '007'"))
        later = "'2026-01-07 08:00:00'" + (
            "" if "sqlite" in source_url else " AT TIME ZONE 'Asia/Shanghai'"
        )
        if "sqlite" not in source_url:
            later = "TIMESTAMP " + later
        conn.execute(text(f"UPDATE tickets SET changed = {later} WHERE ticket = '007'"))
    add(source, "008", "2026-01-08 08:00:00")
    assert again()[:2] == (1, 1)
    assert again() == (0, 0, 1, 0)  # only what is as new as the newest is read
    engine = connect(database_url)
    with engine.connect() as conn:
        held = {row.case_no: row for row in conn.execute(select(cases))}
        assert held.keys() == {"007", "008"} and held["007"].state == "resolved"
        assert held["007"].opened_at == datetime(2026, 1, 4, 16, 30, tzinfo=UTC)
        assert (held["007"].lon, held["007"].lat) == (118.796877, 32.06)
        kept = conn.execute(select(quarantine)).first()
        assert kept is not None and kept.fields["ticket"] == "330102202501050017"
        names = set(conn.execute(select(imports.c.file_name)).scalars())
        assert len(names) == 1 and names.pop().startswith("tickets.sql@")
        assert "138" not in str(conn.execute(select(quarantine.c.fields)).all())
    engine.dispose()


def test_a_dry_run_stores_nothing(
    sqlite_url: str, source: Engine, source_url: str, tmp_path: Path
) -> None:
    done = run(sqlite_url, source_url, tmp_path, "--dry-run")
    assert done.exit_code == 0 and "13812345678" not in done.stdout
    assert json.loads(run(sqlite_url, source_url, tmp_path, "--dry-run", "--json").stdout)[
        "imported"
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT * FROM tickets WHERE ticket = :number", ":number"),
        ("DELETE FROM tickets", "tickets.sql"),
        ("UPDATE tickets SET state = 'x' RETURNING *", "tickets.sql"),
    ],
)
def test_a_query_that_fails_or_writes_is_one_sentence(
    sqlite_url: str, source: Engine, source_url: str, tmp_path: Path, query: str, said: str
) -> None:
    (tmp_path / "tickets.sql").write_text(query, "utf-8")
    done = run(sqlite_url, source_url, tmp_path)
    assert done.exit_code == 1 and done.stderr.count("\n") == 1 and said in done.stderr
    with source.connect() as conn:
        states = conn.execute(text("SELECT state FROM tickets ORDER BY ticket")).scalars().all()
    assert states == ["处置中", "已结按"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://chen:geheim@127.0.0.1:1/tickets", "127.0.0.1"),
        ("nonsense", "--from-url"),
        ("oracle+nodriver://chen:geheim@h/x", "nodriver"),
        ("sqlite:///nowhere.db", "nowhere.db"),
    ],
)
def test_a_connection_that_fails_is_one_sentence_without_the_password(
    sqlite_url: str, tmp_path: Path, url: str, said: str
) -> None:
    (tmp_path / "map.toml").write_text(MAP, "utf-8")
    (tmp_path / "tickets.sql").write_text("SELECT 1", "utf-8")
    done = run(sqlite_url, url, tmp_path)
    assert done.exit_code == 1 and done.stderr.count("\n") == 1
    assert said in done.stderr and "geheim" not in done.stderr + done.stdout


def test_a_missing_query_is_said(
    sqlite_url: str, source: Engine, source_url: str, tmp_path: Path
) -> None:
    done = run(sqlite_url, source_url, tmp_path, query="gone.sql")
    assert done.exit_code == 1 and "gone.sql" in done.stderr


@pytest.mark.parametrize("words", [["f.csv", "--query", "q.sql"], [], ["--query", "q.sql"]])
def test_a_file_or_a_query_not_both_nor_neither(sqlite_url: str, words: list[str]) -> None:
    @click.group()
    @click.pass_context
    def cli(context: click.Context) -> None:
        context.obj = NOW

    intake.register(cli)
    named = ["--mapping", "nyc_311", "--database", sqlite_url]
    assert CliRunner().invoke(cli, ["import", "cases", *words, *named]).exit_code == 2
