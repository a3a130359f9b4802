"""Observed events, checked and staged in a temporary table, to be read back by case."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    select,
)

from data.db import Instant
from data.intake.checking.codes import unit_finder
from data.intake.checking.columns import BadRow, Fields, picker, their_name, time_picker
from data.intake.checking.guard import kept_fields
from data.intake.checking.pickers import (
    kind_picker,
    needed,
    number_picker,
    refuse_uneven,
    state_picker,
)
from data.intake.loading.batch import Batch
from data.intake.loading.history import LOG_KEY
from data.intake.loading.write import insert_many
from data.states import ACTIONS
from data.terms import CROSSING_KINDS, State

CHUNK = 2000  # rows staged at a time
_ORDER = re.compile(r"[-+]?\d{1,18}", re.ASCII)  # as large as the database holds
CASES = 500  # cases read back at a time

staged = Table(
    "staged_events",
    MetaData(),
    Column("row_number", Integer, primary_key=True),
    Column("case_no", Text),
    Column("at", Instant),
    Column("position", BigInteger),  # their `order`
    Column("state", Text),
    Column("unit_id", BigInteger),
    Column("kind", Text),
    Column("opened_at", Instant),
    Column("key", Text),
    Column("fields", JSON),
    Index("ix_staged_events_case_no", "case_no"),
    prefixes=["TEMPORARY"],
)

StagedRow = dict[str, object]


def stage(batch: Batch) -> None:
    """Check every row; stage the good ones."""
    check = _event_checker(batch)
    chunk: list[StagedRow] = []
    for number, _, row in batch.checked(check):
        chunk.append({**row, "row_number": number})
        if len(chunk) == CHUNK:
            insert_many(batch.conn, staged, chunk)
            chunk = []
    insert_many(batch.conn, staged, chunk)


def _event_checker(batch: Batch) -> Callable[[Fields], StagedRow]:
    """A function row -> staged row that raises BadRow."""
    mapping, found, header = batch.mapping, batch.places, batch.sheet.header
    number, state_of = number_picker(mapping, found), state_picker(mapping, found)
    mark = batch.marks.append
    at_of = time_picker(mapping, found, "at", batch.now, mark=mark)
    at_of = needed(at_of, their_name(mapping, "at"))
    opened = time_picker(mapping, found, "opened_at", batch.now, mark=mark)
    unit_of, kind_of = picker(mapping, found, "unit"), kind_picker(mapping, found)
    order_of, find_unit = _order_picker(batch), unit_finder(batch.conn, mapping)

    def check(fields: Fields) -> StagedRow:
        refuse_uneven(fields, header)
        case_no, at, state, unit = number(fields), at_of(fields), state_of(fields), unit_of(fields)
        kind, order = kind_of(fields), order_of(fields)
        if state is None and unit is None and kind is None:
            raise BadRow("missing_value", their_name(mapping, "state"), "")
        if kind and state is None and (action := ACTIONS.get(kind)):
            state = action.to_state
        return {
            "case_no": case_no,
            "at": at,
            "position": order,
            "state": state,
            "kind": None if kind in CROSSING_KINDS else kind,
            "opened_at": opened(fields),
            "key": _key(case_no, at, state, unit, order),
            "fields": kept_fields(mapping, header, fields),
            "unit_id": find_unit(unit),
        }

    return check


def _order_picker(batch: Batch) -> Callable[[Fields], int]:
    pick, column = picker(batch.mapping, batch.places, "order"), their_name(batch.mapping, "order")

    def pick_order(fields: Fields) -> int:
        text = pick(fields) or "0"
        if not _ORDER.fullmatch(text):
            raise BadRow("bad_number", column, text)
        return int(text)

    return pick_order


def _key(case_no: str, at: datetime, state: State | None, unit: str | None, order: int) -> str:
    told = "\x1f".join([case_no, at.isoformat(), state or "", unit or "", str(order)])
    return LOG_KEY + hashlib.sha256(told.encode()).hexdigest()[:32]


def rows_by_cases(conn: Connection) -> Iterator[Sequence[Row[tuple]]]:
    """All staged rows of some hundred cases at a time, in the order of observation."""
    last = ""
    while True:
        some = select(staged.c.case_no).distinct().where(staged.c.case_no > last)
        numbers = conn.execute(some.order_by(staged.c.case_no).limit(CASES)).scalars().all()
        if not numbers:
            return
        last = numbers[-1]
        order = staged.c.case_no, staged.c.at, staged.c.position, staged.c.row_number
        within = staged.c.case_no.between(numbers[0], last)
        yield conn.execute(select(staged).where(within).order_by(*order)).all()
