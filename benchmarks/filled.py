"""A database filled with cases by the million, in arrays, for what is measured on it.

    python -m benchmarks.filled sqlite:///filled.db [--cases N]

Cases of 730 days; each follows one of a few stories, cut off at the end. Case rows are what their
events replay to (`python -m data verify` agrees).
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, insert

from data.calendar import Limit, LimitUnit
from data.calendar_arrays import due_many
from data.db import Instant, connect, is_sqlite, refresh_statistics, to_microseconds
from data.deadlines import working_calendar
from data.migrations import migrate
from data.places import CELL_DEGREES_LAT, CELL_DEGREES_LON
from data.schema import areas, case_events, cases, categories, channels, units
from data.states import ACTIONS
from data.terms import ENDED_STATES, Kind, UnitKind

START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 730
END = START + timedelta(days=DAYS)
CHUNK = 100_000
HOUR = 3_600_000_000
UNITS, GRIDS, LEAVES, CHANNELS = 60, 1000, 150, 5
CENTRE = 1
LIMITS = (
    Limit(16, LimitUnit.WORKING_HOURS),
    Limit(5, LimitUnit.WORKING_DAYS),
    Limit(72, LimitUnit.URGENT_HOURS),
)
STORIES = (  # how many of a hundred, and what happens
    (46, "report dispatch accept resolve pass_check close"),
    (16, "report dispatch accept feed_back resolve pass_check close call_back"),
    (7, "report dispatch accept pause resume resolve pass_check close"),
    (6, "report dispatch return dispatch accept resolve close"),
    (6, "report dispatch accept reassign accept resolve pass_check close"),
    (5, "report dispatch accept approve_extension resolve pass_check close"),
    (3, "report dispatch accept resolve fail_check resolve pass_check close"),
    (3, "report dispatch accept resolve close reopen resolve close call_back"),
    (2, "report dispatch escalate accept resolve close"),
    (2, "report dispatch accept mediate resolve close"),
    (2, "report reject"),
    (1, "report dispatch withdraw"),
    (1, "report dispatch accept merge"),
)
MEAN_HOURS = {  # from the step before
    Kind.DISPATCH: 1,
    Kind.ACCEPT: 2,
    Kind.RESOLVE: 40,
    Kind.REOPEN: 300,
    Kind.CALL_BACK: 48,
    Kind.RESUME: 30,
}
DISPATCHING = (Kind.DISPATCH, Kind.REASSIGN, Kind.ESCALATE)
COUNTERS = {
    "return_count": Kind.RETURN,
    "reopen_count": Kind.REOPEN,
    "escalation_count": Kind.ESCALATE,
    "extension_count": Kind.APPROVE_EXTENSION,
    "failed_check_count": Kind.FAIL_CHECK,
}
ANSWERS = {  # of call-backs and mediations
    "outcome": (Kind.CALL_BACK, ("resolved", "resolved", "partly", "unresolved", "unreachable")),
    "satisfaction": (Kind.CALL_BACK, ("satisfied", "mostly", "mostly", "not", "refused")),
    "mediation": (Kind.MEDIATE, ("agreed", "agreed", "failed")),
}
TIMES = ("due_at", "paused_at", "closed_at", "ended_at")
FROM_ZERO = (*TIMES, "version", "transfer_count", "supervision_count", *COUNTERS)
FIXED: dict[Table, dict[str, object]] = {
    cases: {},
    case_events: {"source_order": 0, "actor": "filled", "is_adjusted": False},
}
Columns = dict[str, NDArray]  # 0 and None are nothing


def fill(conn: Connection, count: int, end: datetime = END) -> None:
    """Write a district and its cases, of the days before an end, into an empty database."""
    _lay_ground(conn)
    next_event = 1
    for first in range(0, count, CHUNK):
        rows, events = _stories(conn, first, min(CHUNK, count - first), count, end)
        events["event_id"] = np.arange(next_event, next_event + len(events["at"]))
        next_event += len(events["at"])
        events["recorded_at"] = events["at"]
        _write(conn, cases, rows)
        _write(conn, case_events, events)


def _lay_ground(conn: Connection) -> None:
    kinds = [UnitKind.CENTRE] + [UnitKind.TOWN] * 10 + [UnitKind.DEPARTMENT] * (UNITS - 11)
    conn.execute(insert(units), [_named("unit", n) | {"kind": k} for n, k in enumerate(kinds, 1)])
    conn.execute(insert(areas), _named("area", 1) | {"level": "district", "parent_id": None})
    grids = [_named("area", n) | {"level": "grid1", "parent_id": 1} for n in range(2, GRIDS + 2)]
    conn.execute(insert(areas), grids)
    conn.execute(insert(channels), [_named("channel", n) for n in range(1, CHANNELS + 1)])
    leaves = []
    for number in range(1, LEAVES + 1):
        limit = LIMITS[number % len(LIMITS)]
        leaves.append(
            _named("category", number) | {"limit_amount": limit.amount, "limit_unit": limit.unit}
        )
    conn.execute(insert(categories), leaves)


def _named(what: str, number: int) -> dict[str, object]:
    return {f"{what}_id": number, "code": f"{what}-{number}", "name": f"{what} {number}"}


def _stories(
    conn: Connection, first: int, count: int, total: int, end: datetime
) -> tuple[Columns, Columns]:
    """Case rows and event rows of some cases, opened one after the other."""
    draw = np.random.default_rng(first)
    told = [[Kind(kind) for kind in text.split()] for _, text in STORIES]
    shares = np.array([share for share, _ in STORIES]) / 100
    story = draw.choice(len(told), count, p=shares)
    stops = np.where(draw.random(count) < 0.02, draw.integers(1, 7, count), 99)  # left lying
    rows = _case_rows(draw, first, count, total, end)
    steps: list[Columns] = []
    for step in range(max(map(len, told))):
        kinds = np.array([kinds[step] if step < len(kinds) else "" for kinds in told], dtype=object)
        steps += _step(conn, draw, rows, np.where(step < stops, kinds[story], ""), end)
    events = {name: np.concatenate([one[name] for one in steps]) for name in steps[0]}
    order = np.argsort(events["at"], kind="stable")
    return (
        {name: values for name, values in rows.items() if name in cases.c},
        {name: values[order] for name, values in events.items()},
    )


def _case_rows(
    draw: np.random.Generator, first: int, count: int, total: int, end: datetime
) -> Columns:
    """What of a case no event tells, and the standing before its first event."""
    number = np.arange(first, first + count)
    spread = DAYS * 24 * HOUR // total
    opened_at = (
        to_microseconds(end - timedelta(days=DAYS))
        + number * spread
        + draw.integers(0, spread, count)
    )
    place = draw.integers(0, max(total // 5, 1), count)  # what comes again comes to the same place
    lon, lat = 114 + place % 1000 / 1500, 30 + place // 1000 / 1500
    lat = lat + draw.integers(0, 60, count) / 111_195  # metres apart
    has_point, has_address = draw.random(count) < 0.8, draw.random(count) < 0.9
    words = np.array([f"road {n % 997} no {n}" for n in place.tolist()], dtype=object)
    area_id = 2 + place % GRIDS
    rows: Columns = {
        "case_id": number + 1,
        "case_no": np.array([f"GD{n:09}" for n in number.tolist()], dtype=object),
        "district_code": np.full(count, "filled", dtype=object),
        "lon": np.where(has_point, lon, 0),
        "lat": np.where(has_point, lat, 0),
        "cell_x": np.where(has_point, np.floor(lon / CELL_DEGREES_LON).astype(int), 0),
        "cell_y": np.where(has_point, np.floor(lat / CELL_DEGREES_LAT).astype(int), 0),
        "address_key": np.where(has_address, words, np.array(None)),
        "area_id": area_id,
        "category_id": 1 + (place + draw.integers(0, 3, count)) % LEAVES,
        "channel_id": draw.integers(1, CHANNELS + 1, count),
        "second_unit_id": draw.integers(CENTRE + 1, UNITS + 1, count),
        "opened_at": opened_at,
        "unit_id": np.full(count, CENTRE),
        "state": np.full(count, None),
        "is_verified": np.zeros(count, dtype=bool),
        "last_event_at": opened_at.copy(),
        "reached_at": opened_at.copy(),  # by its story, which goes on after the end
    }
    rows |= {name: np.zeros(count, dtype=np.int64) for name in FROM_ZERO}
    return rows | {name: np.full(count, None) for name in ANSWERS}


def _step(
    conn: Connection, draw: np.random.Generator, rows: Columns, kinds: NDArray, end: datetime
) -> Iterator[Columns]:
    """What happens next, kind by kind, to those that something happens to before the end."""
    for kind in Kind:
        of_kind = np.flatnonzero(kinds == kind)
        wait = draw.exponential(MEAN_HOURS.get(kind, 6), len(of_kind)) * HOUR + HOUR // 60
        since = rows["reached_at"][of_kind]
        at = since if kind is Kind.REPORT else since + wait.astype(np.int64)
        rows["reached_at"][of_kind] = at
        lies_before = at < to_microseconds(end)
        if lies_before.any():
            yield _happen(conn, draw, rows, kind, of_kind[lies_before], at[lies_before])


def _happen(
    conn: Connection,
    draw: np.random.Generator,
    rows: Columns,
    kind: Kind,
    some: NDArray,
    at: NDArray,
) -> Columns:
    """The events of one kind of some cases; their rows follow, as `data.states` has it."""
    count = len(some)
    to_unit = _unit_after(rows, kind, some)
    from_unit = np.where((to_unit > 0) & (kind is not Kind.REPORT), rows["unit_id"][some], 0)
    due_at = _due_after(conn, rows, kind, some, at)
    is_dispatch = kind in DISPATCHING
    events: Columns = {
        "case_id": rows["case_id"][some],
        "at": at,
        "kind": np.full(count, str(kind), dtype=object),
        "to_state": np.full(count, ACTIONS[kind].to_state, dtype=object),
        "from_unit_id": from_unit,
        "to_unit_id": to_unit,
        "is_transfer": (from_unit > CENTRE) & (to_unit > CENTRE) & (from_unit != to_unit),
        "due_at": due_at,
        "accept_due_at": at + 4 * HOUR if is_dispatch else np.zeros(count, dtype=np.int64),
    }
    for name, (asked, answers) in ANSWERS.items():
        told = draw.choice(np.array(answers, dtype=object), count)
        events[name] = told if kind is asked else np.full(count, None)
    _follow(rows, kind, some, events)
    return events


def _unit_after(rows: Columns, kind: Kind, some: NDArray) -> NDArray:
    """Who is named by an event: nobody, the centre, or the unit handed to."""
    count = len(some)
    if kind in (Kind.REPORT, Kind.RETURN):
        return np.full(count, CENTRE)
    if kind is Kind.DISPATCH:
        return CENTRE + 1 + rows["area_id"][some] % (UNITS - 1)
    if kind in DISPATCHING:
        return rows["second_unit_id"][some]
    return np.zeros(count, dtype=np.int64)


def _due_after(conn: Connection, rows: Columns, kind: Kind, some: NDArray, at: NDArray) -> NDArray:
    """The due time that an event sets; 0 where it sets none."""
    due_at = np.zeros(len(some), dtype=np.int64)
    if kind in (Kind.REPORT, Kind.REOPEN):
        calendar = working_calendar(conn)
        for number, limit in enumerate(LIMITS):
            of_limit = rows["category_id"][some] % len(LIMITS) == number
            due_at[of_limit] = due_many(calendar, at[of_limit], limit)
    if kind is Kind.RESUME:
        due_at = rows["due_at"][some] + at - rows["paused_at"][some]
    if kind is Kind.APPROVE_EXTENSION:
        due_at = rows["due_at"][some] + 72 * HOUR
    return due_at


def _follow(rows: Columns, kind: Kind, some: NDArray, events: Columns) -> None:
    """Move the case rows by their events."""
    state, at = ACTIONS[kind].to_state, events["at"]
    rows["last_event_at"][some] = at
    rows["version"][some] += 1
    rows["transfer_count"][some] += events["is_transfer"]
    for name in COUNTERS:
        rows[name][some] += COUNTERS[name] is kind
    for name in ("unit_id", "due_at"):
        told = events["to_unit_id" if name == "unit_id" else name]
        rows[name][some] = np.where(told > 0, told, rows[name][some])
    for name, (asked, _) in ANSWERS.items():
        if kind is asked:
            rows[name][some] = events[name]
    if kind is Kind.CLOSE:
        rows["closed_at"][some] = at
    if kind is Kind.PASS_CHECK:
        rows["is_verified"][some] = True
    if state is not None:
        rows["state"][some] = str(state)
        rows["paused_at"][some] = at if kind is Kind.PAUSE else 0
        rows["ended_at"][some] = at if state in ENDED_STATES else 0
        if state not in ENDED_STATES:
            rows["is_verified"][some] = False


def _write(conn: Connection, table: Table, columns: Columns) -> None:
    """COPY on PostgreSQL, the driver's own `executemany` on SQLite."""
    columns = columns | {
        name: np.full(len(columns["case_id"]), v) for name, v in FIXED[table].items()
    }
    values = [_plain(conn, table, name, told) for name, told in columns.items()]
    rows, names = zip(*values, strict=True), ", ".join(columns)
    cursor = conn.connection.cursor()
    if is_sqlite(conn):
        marks = ", ".join("?" * len(columns))
        cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", list(rows))
        return
    with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _plain(conn: Connection, table: Table, name: str, values: NDArray) -> list[object]:
    """A column as the driver takes it: nothing for 0, and instants as each database has them."""
    column = table.c[name]
    is_instant = isinstance(column.type, Instant)
    if is_instant and not is_sqlite(conn):
        told = np.datetime_as_string(values.astype("datetime64[us]"), timezone="UTC").tolist()
    else:
        told = values.tolist()
    if not column.nullable:
        return told
    return [one if is_there else None for one, is_there in zip(told, values != 0, strict=True)]


def main() -> None:
    """Fill the database of a URL."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("url", nargs="?", default="sqlite://")
    ask.add_argument("--cases", type=int, default=10_000)
    told = ask.parse_args()
    engine = connect(told.url)
    with engine.begin() as conn:
        migrate(conn)
        fill(conn, told.cases)
        refresh_statistics(conn)


if __name__ == "__main__":
    main()
