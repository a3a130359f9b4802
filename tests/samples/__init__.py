"""Files to import: samples of real data beside this file, and small ones written on the spot."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from data.intake.loading.batch import Result
from data.intake.loading.load import import_file
from data.schema import case_events, cases
from data.terms import ENDING_KINDS, OPENING_KINDS

FOLDER = Path(__file__).parent
NOW = datetime(2026, 3, 1, tzinfo=UTC)

CASE_MAP = """
[source]
time_zone = "UTC"
[columns]
case_no = "no"
opened_at = "opened"
closed_at = "closed"
due_at = "due"
state = "state"
unit = "unit"
area = "area"
category = ["kind", "detail"]
title = "title"
address = "place"
lon = "lon"
lat = "lat"
"""
UPDATED = 'updated_at = "updated"\n'
EVENT_MAP = """
[source]
time_zone = "UTC"
[columns]
case_no = "no"
at = "at"
state = "state"
unit = "unit"
order = "order"
opened_at = "opened"
"""
CASE_HEADER = "no,opened,closed,due,state,unit,area,kind,detail,title,place,lon,lat,updated"
EVENT_HEADER = "no,at,state,unit,order,opened"


def case_line(no: str = "A1", opened: str = "2026-01-05T08:00", **values: str) -> str:
    """A line of a case file; columns not named are blank, the state is in_progress."""
    row = {"no": no, "opened": opened, "state": "in_progress", **values}
    return ",".join(f'"{row.get(name, "")}"' for name in CASE_HEADER.split(","))


def event_line(no: str, at: str, state: str = "", unit: str = "", **values: str) -> str:
    """A line of an event file."""
    row = {"no": no, "at": at, "state": state, "unit": unit, **values}
    return ",".join(row.get(name, "") for name in EVENT_HEADER.split(","))


def load(
    conn: Connection, kind: str, file: Path, mapping: Path | str, now: datetime = NOW
) -> Result:
    """Import a file as a test does."""
    return import_file(conn, kind, file, str(mapping), "test", now)


def load_lines(
    conn: Connection, folder: Path, *lines: str, mapping: str = CASE_MAP, now: datetime = NOW
) -> Result:
    """Import lines of cases."""
    return _load_text(conn, folder, "cases", CASE_HEADER, lines, mapping, now)


def load_events(
    conn: Connection, folder: Path, *lines: str, mapping: str = EVENT_MAP, now: datetime = NOW
) -> Result:
    """Import lines of events."""
    return _load_text(conn, folder, "events", EVENT_HEADER, lines, mapping, now)


def _load_text(
    conn: Connection,
    folder: Path,
    kind: str,
    header: str,
    lines: tuple[str, ...],
    mapping: str,
    now: datetime,
) -> Result:
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    (folder / f"{kind}.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return load(conn, kind, folder / f"{kind}.csv", folder / "map.toml", now)


def history(conn: Connection, case_no: str) -> list[tuple[str, str | None]]:
    """(kind, to_state) of a case's events in their order."""
    query = (
        select(case_events.c.kind, case_events.c.to_state)
        .join(cases, cases.c.case_id == case_events.c.case_id)
        .where(cases.c.case_no == case_no)
        .order_by(case_events.c.at, case_events.c.source_order, case_events.c.event_id)
    )
    return [tuple(row) for row in conn.execute(query)]  # type: ignore[misc]


def crossings_alternate(conn: Connection) -> bool:
    """Whether every case goes in and out of being open by turns, and no other event moves it."""
    query = select(case_events).order_by(
        case_events.c.case_id, case_events.c.at, case_events.c.source_order, case_events.c.event_id
    )
    is_open: dict[int, bool] = {}
    ended = {"closed", "rejected", "withdrawn", "merged"}
    for event in conn.execute(query):
        was_open = is_open.get(event.case_id, False)
        if event.kind in OPENING_KINDS | ENDING_KINDS:
            if was_open == (event.kind in OPENING_KINDS):
                return False
            is_open[event.case_id] = not was_open
        elif event.to_state is not None and was_open == (event.to_state in ended):
            return False
    return True
