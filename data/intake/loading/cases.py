"""Load cases, and the events that their columns prove."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, func, select

from data.config import settings
from data.db import is_sqlite
from data.deadlines import Clocks, clock_in, clocks
from data.intake.checking.check import CaseRow, case_checker
from data.intake.checking.codes import finders
from data.intake.loading.batch import Batch
from data.intake.loading.history import rewrite
from data.intake.loading.newer import Numbered, apply_newer
from data.intake.loading.prove import OWN_COLUMNS, events_of, own_values
from data.intake.loading.write import insert_many
from data.intake.reading.read import Progress
from data.intake.values.box import district_box
from data.journal import event_row, standing_row
from data.places import place_columns
from data.schema import case_events, cases
from data.states import replay

CHUNK = 2000
Undone = dict[str, Row[tuple]]  # the rows of undone cases, by case_no


def load_cases(batch: Batch, progress: Progress | None) -> None:
    """Check every row, write new cases, apply newer rows to known ones."""
    header, mapping = batch.sheet.header, batch.mapping
    find, box = finders(batch.conn, mapping), district_box(batch.conn)
    check = case_checker(mapping, header, batch.places, batch.now, find, batch.marks.append, box)
    known = clocks(batch.conn)
    chunk: dict[str, Numbered] = {}
    for number, fields, row in batch.checked(check):
        if len(chunk) == CHUNK or row.case_no in chunk:
            _write(batch, chunk, known)
            chunk = {}
        chunk[row.case_no] = number, fields, row
    _write(batch, chunk, known)


def _write(batch: Batch, chunk: dict[str, Numbered], of_category: Clocks) -> None:
    if not chunk:
        return
    for _, _, row in chunk.values():
        batch.saw([row.opened_at, row.ended_at, row.updated_at])
    held = batch.conn.execute(
        select(cases).where(cases.c.case_no.in_(chunk)).with_for_update()
    ).all()
    known = [row for row in held if row.undone_at is None]
    known_numbers = {row.case_no for row in known}
    new = [row for _, _, row in chunk.values() if row.case_no not in known_numbers]
    _write_new(batch, new, {row.case_no: row for row in held if row.undone_at}, of_category)
    if known:
        apply_newer(batch, [(row, chunk[row.case_no]) for row in known], of_category)


def _write_new(batch: Batch, rows: Sequence[CaseRow], undone: Undone, of_category: Clocks) -> None:
    if not rows:
        return
    case_ids = case_ids_for(batch.conn, [row.case_no for row in rows], undone)
    case_rows, event_rows = prepared(rows, case_ids, of_category, batch.now, batch.batch_id)
    write_case_rows(batch.conn, case_rows, undone)
    insert_many(batch.conn, case_events, event_rows)
    batch.imported += len(rows)


def prepared(
    rows: Sequence[CaseRow],
    case_ids: Sequence[int],
    of_category: Clocks,
    now: datetime,
    batch_id: int,
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The rows of `cases` and of `case_events` for new cases."""
    district = settings().district.code
    case_rows, event_rows = [], []
    for row, case_id in zip(rows, case_ids, strict=True):
        events = events_of(row, clock_in(of_category, row.category_id))
        case_row: dict[str, object] = dict(zip(OWN_COLUMNS, own_values(row), strict=True))
        case_row |= place_columns(row.lon, row.lat, row.address) | standing_row(replay(events))
        case_row |= {
            "case_id": case_id,
            "case_no": row.case_no,
            "district_code": district,
            "updated_at": row.updated_at,
            "batch_id": batch_id,
        }
        case_rows.append(case_row)
        event_rows += [event_row(event, case_id, now, batch_id) for event in events]
    return case_rows, event_rows


def case_ids_for(conn: Connection, numbers: Sequence[str], undone: Undone) -> list[int]:
    """The ids of cases that a batch brings: new ones, or those that they had when undone."""
    new_ids = iter(new_case_ids(conn, sum(number not in undone for number in numbers)))
    return [undone[number].case_id if number in undone else next(new_ids) for number in numbers]


def write_case_rows(conn: Connection, rows: Sequence[dict[str, object]], undone: Undone) -> None:
    """Insert the rows of new cases; one that was undone is in force again, as the row says."""
    insert_many(conn, cases, [row for row in rows if row["case_no"] not in undone])
    again = [row for row in rows if row["case_no"] in undone]
    for row in again:
        version = undone[str(row["case_no"])].version + int(str(row["version"]))
        row |= {"version": version, "undone_at": None}
    rewrite(conn, again)


def new_case_ids(conn: Connection, count: int) -> list[int]:
    """Ids for new cases, known before they are inserted."""
    if is_sqlite(conn):
        last = conn.execute(select(func.max(cases.c.case_id))).scalar_one() or 0
        return list(range(last + 1, last + 1 + count))
    each = func.generate_series(1, count).table_valued("number")
    number = func.nextval(func.pg_get_serial_sequence("cases", "case_id"))
    return list(conn.execute(select(number).select_from(each)).scalars())
