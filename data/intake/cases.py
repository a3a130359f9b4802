"""Load cases, and the events that their columns prove."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from data.config import settings
from data.db import is_sqlite
from data.intake.batch import Batch
from data.intake.check import CaseRow, case_checker
from data.intake.codes import finders, limits
from data.intake.newer import Numbered, apply_newer
from data.intake.prove import OWN_COLUMNS, events_of, own_values
from data.intake.read import Progress
from data.intake.write import insert_many
from data.journal import event_row, standing_row
from data.schema import case_events, cases
from data.states import replay

CHUNK = 2000


def load_cases(batch: Batch, progress: Progress | None) -> None:
    """Check every row, write new cases, apply newer rows to known ones."""
    header, mapping = batch.sheet.header, batch.mapping
    find = finders(batch.conn, mapping)
    check = case_checker(mapping, header, batch.places, batch.now, find)
    hours = limits(batch.conn)
    chunk: dict[str, Numbered] = {}
    for number, fields, row in batch.checked(check):
        if len(chunk) == CHUNK or row.case_no in chunk:
            _write(batch, chunk, hours)
            chunk = {}
        chunk[row.case_no] = number, fields, row
    _write(batch, chunk, hours)


def _write(batch: Batch, chunk: dict[str, Numbered], hours: dict[int | None, float]) -> None:
    if not chunk:
        return
    batch.unplaced += sum(row.is_unplaced for _, _, row in chunk.values())
    known = batch.conn.execute(
        select(cases).where(cases.c.case_no.in_(chunk)).with_for_update()
    ).all()
    known_numbers = {held.case_no for held in known}
    new = [row for _, _, row in chunk.values() if row.case_no not in known_numbers]
    _write_new(batch, new, hours)
    if known:
        apply_newer(batch, [(held, chunk[held.case_no]) for held in known], hours)


def _write_new(batch: Batch, rows: Sequence[CaseRow], hours: dict[int | None, float]) -> None:
    if not rows:
        return
    case_rows, event_rows = prepared(
        rows, new_case_ids(batch.conn, len(rows)), hours, batch.now, batch.batch_id
    )
    insert_many(batch.conn, cases, case_rows)
    insert_many(batch.conn, case_events, event_rows)
    batch.imported += len(rows)


def prepared(
    rows: Sequence[CaseRow],
    case_ids: Sequence[int],
    hours: dict[int | None, float],
    now: datetime,
    batch_id: int,
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The rows of `cases` and of `case_events` for new cases."""
    district = settings().district.code
    case_rows, event_rows = [], []
    for row, case_id in zip(rows, case_ids, strict=True):
        events = events_of(row, hours)
        case_row: dict[str, object] = dict(zip(OWN_COLUMNS, own_values(row), strict=True))
        case_row |= standing_row(replay(events))
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


def new_case_ids(conn: Connection, count: int) -> list[int]:
    """Ids for new cases, known before they are inserted."""
    if is_sqlite(conn):
        last = conn.execute(select(func.max(cases.c.case_id))).scalar_one() or 0
        return list(range(last + 1, last + 1 + count))
    each = func.generate_series(1, count).table_valued("number")
    number = func.nextval(func.pg_get_serial_sequence("cases", "case_id"))
    return list(conn.execute(select(number).select_from(each)).scalars())
