"""`verify`: does every case row equal the replay of its events, and does every seal hold?"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from sqlalchemy import Connection, Row, func, select

from data.heads import broken_head
from data.journal import broken_row, event_of, in_force, standing_row, unsealed_count
from data.schema import case_events, cases
from data.states import STANDING_COLUMNS, replay
from data.terms import Kind

BATCH = 2000  # cases replayed at a time


@dataclass(frozen=True, slots=True)
class Proof:
    """What was checked, and the first thing found wrong (None: nothing)."""

    case_count: int
    event_count: int
    unsealed_count: int
    difference: str | None  # `cases NO column: row … events …`
    broken_seal: str | None  # `case_events 812`
    broken_head: str | None  # `2026-11-22 case_events`

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong; rows not sealed yet are no fault."""
        return not (self.difference or self.broken_seal or self.broken_head)


def prove(conn: Connection, heads_place: Path | None = None) -> Proof:
    """Replay every case against its row, recompute every seal, and look for the heads of old.

    Raises Refused where the place of the heads cannot be read.
    """
    case_count = conn.execute(select(func.count()).select_from(cases)).scalar_one()
    event_count = conn.execute(select(func.count()).select_from(case_events)).scalar_one()
    difference = next(differences(conn), None)
    head = broken_head(conn, heads_place) if heads_place else None
    return Proof(case_count, event_count, unsealed_count(conn), difference, broken_row(conn), head)


def differences(conn: Connection) -> Iterator[str]:
    """Every column of a case row that its events contradict, in the order of case_id."""
    last = conn.execute(select(func.max(cases.c.case_id))).scalar_one() or 0
    for start in range(0, last + 1, BATCH):
        rows = conn.execute(
            select(cases).where(cases.c.case_id >= start, cases.c.case_id < start + BATCH)
        ).all()
        by_case = _events_by_case(conn, start)
        for row in sorted(rows, key=lambda row: row.case_id):
            yield from _differences_of(row, by_case.get(row.case_id, []))


def _events_by_case(conn: Connection, start: int) -> dict[int, list[Row[tuple]]]:
    events = conn.execute(
        select(case_events)
        .where(case_events.c.case_id >= start, case_events.c.case_id < start + BATCH)
        .order_by(
            case_events.c.case_id,
            case_events.c.at,
            case_events.c.source_order,
            case_events.c.event_id,
        )
    )
    return {case_id: list(rows) for case_id, rows in groupby(events, lambda e: e.case_id)}


def _differences_of(row: Row[tuple], events: list[Row[tuple]]) -> Iterator[str]:
    replayed = standing_row(replay(event_of(event) for event in in_force(events)))
    last = max(events, key=lambda event: event.event_id, default=None)
    replayed["version"] = len(events)
    replayed["undone_at"] = last.at if last is not None and last.kind == Kind.UNDO else None
    for name in (*STANDING_COLUMNS, "undone_at"):
        if getattr(row, name) != replayed[name]:
            yield f"cases {row.case_no} {name}: {getattr(row, name)} ≠ {replayed[name]}"
