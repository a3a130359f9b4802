"""What a live screen costs: a page whose data just changed, a quiet one, and fifty at a time.

    python -m benchmarks.live [--counts 100000 1000000 10000000] [--page flow] [--folder FOLDER]
        [--refreshes 4000] [--no-crowd]

Over real websockets, on SQLite. Beside ours, in the same rounds: an empty page of a stock
`streamlit run`, and a page the usual way (`benchmarks/peers`). Times are of a whole run, from the
question to its end, in milliseconds. A quiet tick ends at the gate and has no answer: what it costs
is the server's processor time, beside that of a run of the empty page. At last, if asked, many
refreshes on end with the memory that the server holds.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from threading import Thread
from time import monotonic, perf_counter, sleep
from typing import Any

from sqlalchemy import Engine, insert, select

from benchmarks.filled import fill
from data.actions.doing import act
from data.db import connect, refresh_statistics, snapshot
from data.demo.accounts import add_accounts
from data.migrations import migrate
from data.requests import CaseRequest
from data.rollups.checkpoint import keep, packed
from data.rollups.fold import cube_of
from data.schema import cases, district_facts
from data.terms import Actor, Kind, Role
from tests import client
from tests.client import Socket, open_socket, parsed, token_of
from tests.servers import LAUNCHERS, Server, start

PEERS = Path(__file__).parent / "peers"
USUAL_INDEX = """
    CREATE INDEX IF NOT EXISTS usual
    ON cases (opened_at, unit_id, area_id, state, closed_at, due_at)
"""  # all that the usual page asks of many cases
STOCK = {"STREAMLIT_RUNNER_POST_SCRIPT_GC": "true"}  # as Streamlit comes, whatever our folder says
TICK = {"YIPING_REFRESH__TICK_SECONDS": "0.02"}  # how long a look at the version is good for
ROOM_FOR_ALL = {"YIPING_GATE__SOCKETS_PER_USER": "100"}
ROUNDS, WARM_UP = 20, 3
TICKS, RUNS = 300, 50
SESSIONS, SECONDS, EVERY = 50, 60, 5.0
BUILT_BY = 1800  # seconds; of ten million cases a server builds for long
client.SECONDS = BUILT_BY  # and a screen without rollups takes as long as its database
DISPATCHER = Actor("dispatcher", "值班席", Role.DISPATCHER)


def filled(path: Path, count: int) -> str:
    """A database of so many cases until now, with accounts and a checkpoint. Returns its URL."""
    url = f"sqlite:///{path}"
    if path.exists():
        return url
    engine, now = connect(url), datetime.now(UTC)
    with engine.begin() as conn:
        migrate(conn)
        fill(conn, count, now)
        conn.execute(insert(district_facts).values(name="is_demo", value="true"))
        add_accounts(conn)
        refresh_statistics(conn)
    began = perf_counter()
    with snapshot(engine).connect() as conn:
        cube = cube_of(conn, now)
    print(f"{count:,} cases: rollups of {cube.size:,} rows in {perf_counter() - began:.0f} s")
    ready = packed(cube)
    with engine.begin() as conn:
        keep(conn, ready, now)
    engine.dispose()
    return url


def write(engine: Engine, number: int) -> None:
    """A note on some open case: one event."""
    with engine.begin() as conn:
        is_open = select(cases.c.case_no, cases.c.version).where(cases.c.ended_at.is_(None))
        rows = conn.execute(is_open.order_by(cases.c.due_at).limit(500)).all()
        row = rows[number % len(rows)]
        key, note = f"live-{monotonic()}", "已联系现场"
        ask = CaseRequest(Kind.FEED_BACK, row.case_no, row.version, key, note=note)
        act(conn, ask, DISPATCHER, datetime.now(UTC))


@dataclass(slots=True)
class Visitor:
    """Somebody with a page open."""

    socket: Socket
    path: str
    query: str = ""
    pulse: str = ""

    def visit(self) -> float:
        """Draw the page whole; the milliseconds it took."""
        began, seen = perf_counter(), len(self.socket.frames)
        self.socket.run(self.path, self.query)
        took = (perf_counter() - began) * 1000
        for frame in self.socket.frames[seen:]:
            message = parsed(frame)
            if message.WhichOneof("type") == "auto_rerun":
                self.pulse = message.auto_rerun.fragment_id
        return took

    def beat(self) -> float:
        """One tick; where something is new, the page is drawn whole after it."""
        began = perf_counter()
        self.socket.send(self.socket.rerun(fragment=self.pulse))
        for message in self.socket.messages():
            if message.WhichOneof("type") == "script_finished":
                if message.script_finished == message.FINISHED_EARLY_FOR_RERUN:
                    self.socket.read_run()
                break
        return (perf_counter() - began) * 1000

    def ticks(self, count: int) -> int:
        """So many ticks of a page that knows of no news. The bytes that come back."""
        seen = len(self.socket.frames)
        for _ in range(count):
            message = self.socket.rerun(fragment=self.pulse)
            message.rerun_script.is_auto_rerun = True
            self.socket.send(message)
            sleep(0.03)
        self.socket.place_for("taken.csv")  # answered once all of them were taken
        return sum(map(len, self.socket.frames[seen:-1]))

    def size_of(self, work: Callable[[], object]) -> int:
        """The bytes that the server sends meanwhile."""
        seen = len(self.socket.frames)
        work()
        return sum(map(len, self.socket.frames[seen:]))


@contextmanager
def visitor(server: Server, path: str = "", token: str | None = None) -> Iterator[Visitor]:
    """A page opened, in a session of ours or as nobody."""
    with open_socket(server, token) as socket:
        yield Visitor(socket, path)


@contextmanager
def serving(script: str, url: str, folder: Path, **environment: str) -> Iterator[Server]:
    """A server of ours (`app.py`), or a stock one of a script."""
    folder.mkdir(parents=True, exist_ok=True)
    launcher = "uvicorn" if script == "app.py" else script
    if launcher not in LAUNCHERS:
        LAUNCHERS[script] = ["-m", "streamlit", "run", script, "--server.port"]
    server = start(url, folder, launcher, environment)
    try:
        yield server
    finally:
        server.stop()


def measured(url: str, page: str, folder: Path) -> dict[str, float]:
    """Medians of rounds in which every way takes its turn."""
    engine, took = connect(url), dict[str, list[float]]()
    with engine.begin() as conn:
        conn.exec_driver_sql(USUAL_INDEX)
    with ExitStack() as stack:
        ours = stack.enter_context(serving("app.py", url, folder / "ours", **TICK))
        peers = {
            name: stack.enter_context(
                serving(str(PEERS / f"{name}.py"), url, folder / name, **STOCK)
            )
            for name in ("empty", "usual")
        }
        mine = stack.enter_context(visitor(ours, page, token_of(ours, "leader")))
        theirs = {name: stack.enter_context(visitor(one)) for name, one in peers.items()}
        wait_for_rollups(mine, ours, engine)
        for number in range(WARM_UP + ROUNDS):
            times = {name: one.visit() for name, one in theirs.items()}
            write(engine, number)
            sleep(0.05)  # until the next look at the version
            times["fresh"] = mine.beat()
            for name, time in times.items():
                took.setdefault(name, []).append(time)
        write(engine, 0)
        sleep(0.05)
        busy = mine.size_of(mine.beat)
        mine.ticks(1)  # it is told once that there is nothing new
        quiet, tick = _processor(ours, lambda: mine.ticks(TICKS) / TICKS, TICKS)
        _, run = _processor(
            peers["empty"], lambda: [theirs["empty"].visit() for _ in range(RUNS)], RUNS
        )
    engine.dispose()
    found = {name: median(times[WARM_UP:]) for name, times in took.items()}
    return found | {"busy bytes": busy, "quiet bytes": quiet, "tick cpu": tick, "empty cpu": run}


def _processor(server: Server, work: Callable[[], Any], count: int) -> tuple[Any, float]:
    """What some work on a server gives, and the milliseconds of processor for each of its parts."""
    before = busy_seconds(server)
    found = work()
    return found, (busy_seconds(server) - before) * 1000 / count


def wait_for_rollups(mine: Visitor, server: Server, engine: Engine) -> None:
    """Change something and look, until the server has nothing more to build beside the screens."""
    wait_until_idle(server, lambda: None)
    mine.visit()

    def look() -> None:
        write(engine, 0)
        sleep(0.05)
        mine.visit()

    wait_until_idle(server, look)


def wait_until_idle(server: Server, work: Callable[[], None]) -> None:
    """Do something every second until a server is idle after it, three times on end."""
    idle, until = 0, monotonic() + BUILT_BY
    while idle < 3 and monotonic() < until:
        work()
        before = busy_seconds(server)
        sleep(1)
        idle = idle + 1 if busy_seconds(server) - before < 0.2 else 0


def busy_seconds(server: Server) -> float:
    """The processor time that a server has used."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def crowd(url: str, page: str, folder: Path, sessions: int) -> float:
    """The median of a tick of so many sessions, every five seconds, with one write a second."""
    engine, took = connect(url), list[float]()
    with ExitStack() as stack:
        server = stack.enter_context(
            serving("app.py", url, folder / f"crowd{sessions}", **ROOM_FOR_ALL)
        )
        token = token_of(server, "leader")  # of a wall of screens: an account has three sessions
        everybody = [stack.enter_context(visitor(server, page, token)) for _ in range(sessions)]
        wait_for_rollups(everybody[0], server, engine)
        for one in everybody:
            one.visit()
        end = monotonic() + SECONDS

        def follow(place: int) -> None:
            sleep(EVERY * place / sessions)
            while monotonic() < end:
                began = monotonic()
                took.append(everybody[place].beat())
                sleep(max(0.0, EVERY - (monotonic() - began)))

        threads = [Thread(target=follow, args=(place,)) for place in range(sessions)]
        for thread in threads:
            thread.start()
        number = 0
        while monotonic() < end:
            write(engine, number)
            number += 1
            sleep(1)
        for thread in threads:
            thread.join()
    engine.dispose()
    return median(took)


def soaked(url: str, page: str, folder: Path, refreshes: int) -> list[float]:
    """The megabytes that the server holds after every 500 refreshes, each of changed data."""
    engine, held = connect(url), list[float]()
    with ExitStack() as stack:
        server = stack.enter_context(serving("app.py", url, folder / "soak", **TICK))
        mine = stack.enter_context(visitor(server, page, token_of(server, "leader")))
        wait_for_rollups(mine, server, engine)
        for number in range(refreshes):
            write(engine, number)
            sleep(0.05)
            mine.beat()
            mine.socket.frames.clear()
            if (number + 1) % 500 == 0:
                status = Path(f"/proc/{server.process.pid}/status").read_text("utf-8")
                held.append(int(status.split("VmRSS:")[1].split()[0]) / 1024)
    engine.dispose()
    return held


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--page", default="", help="its path; the overview if not given")
    parser.add_argument("--refreshes", type=int, default=0, help="how many on end, with memory")
    parser.add_argument("--no-crowd", action="store_true")
    parser.add_argument("--folder", type=Path, help="keeps the databases")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        urls = {count: filled(folder / f"{count}.db", count) for count in chosen.counts}
        for count, url in urls.items():
            told = measured(url, chosen.page, Path(temporary))
            print(f"{count:,} cases: " + ", ".join(f"{k} {v:,.1f}" for k, v in told.items()))
            print(
                f"  fresh ÷ empty {told['fresh'] / told['empty']:.2f}"
                f"  quiet ÷ empty {told['tick cpu'] / told['empty cpu']:.3f} (processor)"
                f"  usual ÷ fresh {told['usual'] / told['fresh']:.1f}"
                f"  bytes quiet ÷ busy {told['quiet bytes'] / told['busy bytes']:.4f}"
            )
        url = urls[max(urls)]
        if not chosen.no_crowd:
            alone, many = (crowd(url, chosen.page, Path(temporary), n) for n in (1, SESSIONS))
            ratio = many / alone
            print(f"a tick of one session {alone:.1f} ms, of {SESSIONS} {many:.1f}: {ratio:.2f}")
        if chosen.refreshes:
            held = soaked(url, chosen.page, Path(temporary), chosen.refreshes)
            print("MB after each 500 refreshes:", ", ".join(f"{one:.1f}" for one in held))


if __name__ == "__main__":
    main()
