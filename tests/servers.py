"""Real servers for tests: started on loopback, asked until they answer, always stopped."""

import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from data import demo
from data.config import PROJECT, settings
from data.db import connect, snapshot
from data.demo.accounts import PASSWORD, add_accounts
from data.migrations import migrate
from data.rollups.checkpoint import keep, packed
from data.rollups.fold import cube_of
from data.schema import units
from data.words import word
from tests.scale import DEMO_CASES

START_SECONDS = 120
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
GUARD = PROJECT / "tests" / "network_guard"
LAUNCHERS = {
    "uvicorn": ["-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port"],
    "streamlit": ["-m", "streamlit", "run", "app.py", "--server.port"],
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, its database and what it wrote."""

    url: str
    database_url: str
    process: subprocess.Popen[str]
    folder: Path

    def stop(self) -> None:
        """End it and wait until it has ended."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def outside_addresses(self) -> list[str]:
        """Every address outside this machine that the server reached for."""
        report = self.folder / "network.txt"
        return report.read_text().splitlines() if report.exists() else []


def build_demo(path: Path) -> str:
    """The demo district of this run's size, with its accounts. Returns its URL."""
    url = f"sqlite:///{path}"
    engine = connect(url)
    now = datetime.now(UTC).replace(microsecond=0)
    with engine.begin() as conn:
        migrate(conn)
        conn.execute(
            units.insert().values(code="centre", name=settings().district.centre, kind="centre")
        )
        demo.fill(conn, DEMO_CASES, 365, 1, now)
        add_accounts(conn)
    with snapshot(engine).connect() as conn:
        cube = cube_of(conn, now)
    with engine.begin() as conn:
        keep(conn, packed(cube), now)  # so that no server of a test has to count everything first
    engine.dispose()
    return url


def copy_of(sqlite_url: str, folder: Path) -> str:
    """A copy of a SQLite file, to write in."""
    return f"sqlite:///{shutil.copy(sqlite_url.removeprefix('sqlite:///'), folder / 'yiping.db')}"


def start(
    database_url: str,
    folder: Path,
    launcher: str = "uvicorn",
    environment: dict[str, str] | None = None,
    port: int = 0,
) -> Server:
    """A server on a database, serving at a port, or at any."""
    port = port or _free_port()
    process = subprocess.Popen(
        [sys.executable, *LAUNCHERS[launcher], str(port)],
        cwd=PROJECT,
        env=environment_of(database_url, folder) | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    server = Server(f"http://127.0.0.1:{port}", database_url, process, folder)
    try:
        _wait_until_it_serves(server)
    except (RuntimeError, queue.Empty):
        server.stop()
        raise
    return server


def environment_of(database_url: str, folder: Path) -> dict[str, str]:
    return os.environ | {
        "YIPING_DATABASE_URL": database_url,
        "YIPING_REFRESH__TICK_SECONDS": "1",
        "YIPING_REFRESH__CLOCK_STEP_SECONDS": "60",
        "YIPING_NETWORK_REPORT": str(folder / "network.txt"),
        "PYTHONPATH": str(GUARD),
        "PYTHONUNBUFFERED": "1",
    }


def _wait_until_it_serves(server: Server) -> None:
    """Read its words until it says that it serves; keep reading them into server.log."""
    serving: queue.Queue[bool] = queue.Queue()

    def read() -> None:
        with (server.folder / "server.log").open("w") as log:
            for line in server.process.stdout or ():
                log.write(line)
                log.flush()
                if "Uvicorn running on" in line or "You can now view" in line:
                    serving.put(True)
        serving.put(False)

    threading.Thread(target=read, daemon=True).start()
    if not serving.get(timeout=START_SECONDS):
        raise RuntimeError((server.folder / "server.log").read_text())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fill_sign_in(page: Page, login: str, password: str) -> None:
    """Type into the sign-in form and send it."""
    page.get_by_label(word("sign_in.login"), exact=True).fill(login)
    page.get_by_label(word("sign_in.password"), exact=True).fill(password)
    page.get_by_role("button", name=word("sign_in.enter"), exact=True).click()


def sign_in(page: Page, role: str) -> None:
    """Sign in as a demo account and wait for the screen behind the door."""
    fill_sign_in(page, role, PASSWORD)
    expect(page.get_by_text(word("sign_out.leave"), exact=True)).to_be_visible(timeout=60_000)
