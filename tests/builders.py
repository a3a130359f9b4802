"""Small builders: units, areas, categories, channels, and cases with the events that made them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TypedDict, Unpack

from sqlalchemy import Connection, Table, insert

from data.calendar import LimitUnit
from data.journal import event_row, standing_row
from data.places import place_columns
from data.schema import areas, case_events, cases, categories, channels, units
from data.states import ACTIONS, is_transfer, replay
from data.terms import AreaLevel, Event, Kind, State, UnitKind

_numbers = count(1)


class CaseColumns(TypedDict, total=False):
    """What of a case's row no event decides."""

    area_id: int | None
    category_id: int | None
    channel_id: int | None
    lon: float | None
    lat: float | None
    address: str | None
    repeat_of: str | None


def day(number: int, hour: int = 0, month: int = 1) -> datetime:
    """An hour of a day of 2026, UTC."""
    return datetime(2026, month, number, hour, tzinfo=UTC)


OPENED_AT = day(5)


def _add(conn: Connection, table: Table, **values: object) -> int:
    key = conn.execute(insert(table).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def add_unit(conn: Connection, code: str, kind: UnitKind = UnitKind.DEPARTMENT) -> int:
    """Returns unit_id."""
    return _add(conn, units, code=code, name=code, kind=kind)


def add_centre(conn: Connection) -> int:
    """The unit that holds what nobody else holds."""
    return add_unit(conn, "centre", UnitKind.CENTRE)


def add_area(
    conn: Connection, code: str, parent_id: int | None = None, level: AreaLevel | None = None
) -> int:
    """Returns area_id."""
    return _add(conn, areas, code=code, name=code, parent_id=parent_id, level=level)


def add_category(
    conn: Connection, code: str, parent_id: int | None = None, clock: LimitUnit | None = None
) -> int:
    """Returns category_id. `clock` is what its limit is counted in; no limit without one."""
    limit = {"limit_amount": 1, "limit_unit": clock} if clock else {}
    return _add(conn, categories, code=code, name=code, parent_id=parent_id, **limit)


def add_channel(conn: Connection, code: str) -> int:
    """Returns channel_id."""
    return _add(conn, channels, code=code, name=code)


def event(kind: Kind, at: datetime, to_state: State | None = None, **rest: object) -> Event:
    """An event that leads where the table of actions says, unless told otherwise."""
    action = ACTIONS.get(kind)
    leads_to = to_state or (action.to_state if action else None)
    return replace(Event(kind=kind, at=at, to_state=leads_to), **rest)  # type: ignore[arg-type]


def add_case(
    conn: Connection,
    case_no: str | None = None,
    opened_at: datetime = OPENED_AT,
    events: Iterable[Event] = (),
    *,
    unit_id: int | None = None,
    due_at: datetime | None = None,
    centre_id: int | None = None,
    **columns: Unpack[CaseColumns],
) -> str:
    """A case reported with a unit and a due time, then what happened to it. Returns its number."""
    report = event(Kind.REPORT, opened_at, to_unit_id=unit_id, due_at=due_at)
    case_no = case_no or f"C{next(_numbers):05}"
    write_case(conn, case_no, [report, *events], centre_id=centre_id, columns=columns)
    return case_no


def write_case(
    conn: Connection,
    case_no: str,
    events: Sequence[Event],
    *,
    centre_id: int | None,
    columns: CaseColumns,
    recorded: Sequence[int] = (),
) -> None:
    """The rows of a case; `recorded` is the order in which its events came to be known."""
    told = _with_moves(sorted(events, key=lambda told: (told.at, told.source_order)), centre_id)
    standing = standing_row(replay(told))
    place = place_columns(columns.get("lon"), columns.get("lat"), columns.get("address"))
    row = {"case_no": case_no, "district_code": "demo", **standing, **columns, **place}
    case_id = _add(conn, cases, **row)
    recorded_at = max(one.at for one in told)
    rows = [event_row(one, case_id, recorded_at) | {"actor": "test"} for one in told]
    conn.execute(insert(case_events), [rows[index] for index in recorded or range(len(rows))])


def _with_moves(events: Iterable[Event], centre_id: int | None) -> list[Event]:
    """Each event that names a unit also says who held the case, and whether it is a transfer."""
    told: list[Event] = []
    held_by: int | None = None
    for one in events:
        if one.to_unit_id is not None:
            moves = is_transfer(one.kind, held_by, one.to_unit_id, centre_id)
            one = replace(one, from_unit_id=held_by, is_transfer=moves)
            held_by = one.to_unit_id
        told.append(one)
    return told
