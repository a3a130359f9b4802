"""Load observed events: staged by case, then merged into each case's history."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

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
    func,
    insert,
    select,
)

from data.config import settings
from data.db import Instant
from data.intake.batch import ACTOR, Batch
from data.intake.cases import new_case_ids
from data.intake.check import needed, number_picker, refuse_uneven, state_picker
from data.intake.codes import limits, unit_finder
from data.intake.columns import BadRow, Fields, kept_fields, picker, their_name, time_picker
from data.intake.history import LOG_KEY, Held, centre_id, histories, rewrite, standing_after
from data.intake.merge import Seen, Terms, merge
from data.intake.read import Progress
from data.journal import event_row
from data.schema import case_events, cases
from data.states import ACTIONS
from data.terms import CROSSING_KINDS, FIRST_ORDER, OPEN_STATES, Event, Kind, State

CHUNK = 2000  # rows staged at a time
CASES = 500  # cases merged at a time

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


def load_events(batch: Batch, progress: Progress | None) -> None:
    """Stage every row, then merge them case by case; memory stays flat."""
    conn = batch.conn
    staged.create(conn)
    _stage(batch)
    centre, hours = centre_id(conn), limits(conn)
    total = conn.execute(select(func.count()).select_from(staged)).scalar_one()
    done = 0
    for rows in _rows_by_cases(conn):
        _merge_rows(batch, rows, centre, hours)
        done += len(rows)
        if progress:
            progress(done / total)
    staged.drop(conn)


def _stage(batch: Batch) -> None:
    check = _event_checker(batch)
    chunk: list[StagedRow] = []
    for number, fields in batch.sheet.rows:
        batch.rows += 1
        try:
            chunk.append({**check(fields), "row_number": number})
        except BadRow as bad:
            batch.set_aside(number, fields, bad)
        if len(chunk) == CHUNK:
            batch.conn.execute(insert(staged), chunk)
            chunk = []
    if chunk:
        batch.conn.execute(insert(staged), chunk)


def _event_checker(batch: Batch) -> Callable[[Fields], StagedRow]:
    """A function row -> staged row that raises BadRow."""
    mapping, found, header = batch.mapping, batch.places, batch.sheet.header
    number, state_of = number_picker(mapping, found), state_picker(mapping, found)
    at_of = needed(time_picker(mapping, found, "at", batch.now), their_name(mapping, "at"))
    opened = time_picker(mapping, found, "opened_at", batch.now)
    unit_of, kind_of = picker(mapping, found, "unit"), _kind_picker(batch)
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


def _kind_picker(batch: Batch) -> Callable[[Fields], Kind | None]:
    pick, column = picker(batch.mapping, batch.places, "kind"), their_name(batch.mapping, "kind")
    known = {kind.value: kind for kind in Kind}

    def pick_kind(fields: Fields) -> Kind | None:
        text = pick(fields)
        if text is not None and text not in known:
            raise BadRow("unknown_word", column, text)
        return known[text] if text else None

    return pick_kind


def _order_picker(batch: Batch) -> Callable[[Fields], int]:
    pick, column = picker(batch.mapping, batch.places, "order"), their_name(batch.mapping, "order")

    def pick_order(fields: Fields) -> int:
        text = pick(fields) or "0"
        try:
            return int(text)
        except ValueError as error:
            raise BadRow("bad_number", column, text) from error

    return pick_order


def _key(case_no: str, at: datetime, state: State | None, unit: str | None, order: int) -> str:
    told = "\x1f".join([case_no, at.isoformat(), state or "", unit or "", str(order)])
    return LOG_KEY + hashlib.sha256(told.encode()).hexdigest()[:32]


def _rows_by_cases(conn: Connection) -> Iterator[Sequence[Row[tuple]]]:
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


def _merge_rows(
    batch: Batch, rows: Sequence[Row[tuple]], centre: int | None, hours: dict[int | None, float]
) -> None:
    by_case = {number: list(group) for number, group in groupby(rows, lambda row: row.case_no)}
    known = _known_cases(batch, by_case)
    past = histories(batch.conn, [row.case_id for row in known])
    case_rows, event_rows = [], []
    for row in known:
        new_rows = _not_yet_held(batch, by_case[row.case_no], past[row.case_id])
        seen = [_seen(one) for one in new_rows]
        new = merge(past[row.case_id], seen, Terms(hours.get(row.category_id), centre))
        if new:
            case_rows.append(standing_after(past[row.case_id], new) | {"case_id": row.case_id})
        event_rows += [event_row(one, row.case_id, batch.now, batch.batch_id) for one in new]
        batch.adjusted += sum(one.is_adjusted for one in new)
        batch.imported += len(new_rows)
    if event_rows:
        batch.conn.execute(insert(case_events), event_rows)
    rewrite(batch.conn, case_rows)


def _known_cases(
    batch: Batch, by_case: dict[str, list[Row[tuple]]]
) -> Sequence[Row[tuple]]:
    """The cases of these rows; unknown ones are made, or their rows kept aside."""
    query = (
        select(cases.c.case_id, cases.c.case_no, cases.c.category_id)
        .where(cases.c.case_no.in_(by_case))
        .with_for_update()
    )
    known = batch.conn.execute(query).all()
    missing = by_case.keys() - {row.case_no for row in known}
    if not missing:
        return known
    if "case" in batch.mapping.create_missing:
        _make_cases(batch, [by_case[number] for number in sorted(missing)])
        return batch.conn.execute(query).all()
    column = their_name(batch.mapping, "case_no")
    for number in missing:
        for row in by_case[number]:
            batch.set_kept_aside(row.row_number, row.fields, BadRow("unknown_case", column, number))
    return known


def _make_cases(batch: Batch, groups: Sequence[list[Row[tuple]]]) -> None:
    """Cases opened at their first event, or when their rows say so."""
    district, case_rows, event_rows = settings().district.code, [], []
    for rows, case_id in zip(groups, new_case_ids(batch.conn, len(groups)), strict=True):
        report = _report(rows)
        standing = standing_after([], [report])
        own = {"case_id": case_id, "case_no": rows[0].case_no, "district_code": district}
        case_rows.append(standing | own | {"batch_id": batch.batch_id})
        event_rows.append(event_row(report, case_id, batch.now, batch.batch_id))
    batch.conn.execute(insert(cases), case_rows)
    batch.conn.execute(insert(case_events), event_rows)


def _report(rows: Sequence[Row[tuple]]) -> Event:
    state = next((State(row.state) for row in rows if row.state), State.REPORTED)
    opened_at = next((row.opened_at for row in rows if row.opened_at), rows[0].at)
    return Event(
        kind=Kind.REPORT,
        at=opened_at,
        source_order=FIRST_ORDER,
        to_state=state if state in OPEN_STATES else State.IN_PROGRESS,
        to_unit_id=rows[0].unit_id,
        actor=ACTOR,
    )


def _not_yet_held(
    batch: Batch, rows: Sequence[Row[tuple]], held: Sequence[Held]
) -> list[Row[tuple]]:
    """The rows that are no duplicates, of what is held or of one another."""
    keys = {one.event.idempotency_key for one in held}
    new = []
    for row in rows:
        if row.key in keys:
            batch.duplicates += 1
        else:
            keys.add(row.key)
            new.append(row)
    return new


def _seen(row: Row[tuple]) -> Seen:
    return Seen(
        at=row.at,
        state=State(row.state) if row.state else None,
        unit_id=row.unit_id,
        kind=Kind(row.kind) if row.kind else None,
        key=row.key,
    )
