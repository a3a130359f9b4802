"""The synthetic demo district: invented areas, units and cases, the same for the same seed."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from random import Random

from sqlalchemy import Connection, func, insert, select

from data import schema
from data.config import settings
from data.demo.bulk import insert_columns
from data.demo.frame import Row, fill_areas, fill_categories, fill_channels, fill_units
from data.demo.life import Life
from data.demo.stream import case_words, lives
from data.journal import EVENT_COLUMNS, standing_row
from data.terms import Refused

CHUNK = 4000  # cases written at a time


@dataclass(frozen=True, slots=True)
class _Codes:
    """The keys that the database gave."""

    area_ids: list[int]
    category_ids: dict[str, int]
    channel_ids: dict[str, int]


def fill(conn: Connection, cases: int, days: int, seed: int, as_of: datetime) -> dict[str, int]:
    """Fill an empty, migrated database with the demo district; returns the rows of each table.

    Raises Refused if the database already holds cases or areas.
    """
    _refuse_if_filled(conn)
    area_ids = fill_areas(conn)
    staff = fill_units(conn, area_ids)
    codes = _Codes(area_ids, fill_categories(conn), fill_channels(conn))
    conn.execute(insert(schema.district_facts).values(name="is_demo", value="1"))
    local = as_of.astimezone(settings().zone).replace(microsecond=0)
    with _without_collecting():
        counts = _fill_cases(conn, codes, lives(staff, cases, days, seed, local), Random(seed))
    return {
        "areas": len(area_ids),
        "units": len(staff.ids),
        "categories": len(codes.category_ids),
        "channels": len(codes.channel_ids),
        **counts,
    }


@contextmanager
def _without_collecting() -> Iterator[None]:
    """No search for cycles among millions of small rows that have none: a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _refuse_if_filled(conn: Connection) -> None:
    for table in (schema.cases, schema.areas):
        count = conn.execute(select(func.count()).select_from(table)).scalar_one()
        if count:
            raise Refused(f"demo.has_{table.name}", count=count)


def _fill_cases(
    conn: Connection, codes: _Codes, stream: Iterator[Life], random: Random
) -> dict[str, int]:
    counts = {"cases": 0, "case_events": 0}
    while chunk := list(islice(stream, CHUNK)):
        ids = _insert_cases(conn, [_case_row(random, life, codes) for life in chunk])
        events = _event_columns(ids, chunk)
        insert_columns(conn, schema.case_events, events)
        counts["cases"] += len(ids)
        counts["case_events"] += len(events["at"])
    return counts


def _insert_cases(conn: Connection, rows: list[Row]) -> list[int]:
    """Returns the keys of the cases, in the order of the rows."""
    table = schema.cases
    insert_columns(conn, table, {name: [row[name] for row in rows] for name in rows[0]})
    numbers = [str(row["case_no"]) for row in rows]
    query = select(table.c.case_no, table.c.case_id).where(
        table.c.case_no.between(min(numbers), max(numbers))
    )
    ids = {row.case_no: row.case_id for row in conn.execute(query)}
    return [ids[number] for number in numbers]


def _case_row(random: Random, life: Life, codes: _Codes) -> Row:
    arrival = life.arrival
    return {
        "district_code": settings().district.code,
        "area_id": codes.area_ids[arrival.place.area],
        "category_id": codes.category_ids[arrival.matter.code],
        "channel_id": codes.channel_ids[arrival.channel],
        **case_words(random, life),
        **standing_row(life.standing),
        "state": str(life.standing.state),
        "level": life.standing.level and str(life.standing.level),
    }


def _event_columns(ids: list[int], chunk: list[Life]) -> dict[str, list[object]]:
    """The rows that `journal.event_row` would give, column by column."""
    events = [event for life in chunk for event in life.events]
    columns: dict[str, list[object]] = {
        name: list(map(attrgetter(name), events)) for name in EVENT_COLUMNS
    }
    for name in ("kind", "to_state", "level"):  # SQLite's driver takes ten times as long for enums
        columns[name] = [str(word) if word else None for word in columns[name]]
    columns["case_id"] = [
        case_id for case_id, life in zip(ids, chunk, strict=True) for _ in life.events
    ]
    return columns | {"recorded_at": columns["at"], "batch_id": [None] * len(events)}
