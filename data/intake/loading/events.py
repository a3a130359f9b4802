"""Load observed events: each case's staged rows merged into its history."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Row, func, select

from data.config import settings
from data.deadlines import Clocks, clock_in, clocks
from data.directory import centre_id
from data.intake.checking.columns import BadRow, their_name
from data.intake.loading.batch import ACTOR, Batch
from data.intake.loading.cases import case_ids_for, write_case_rows
from data.intake.loading.history import Held, histories, rewrite, standing_after, written_again
from data.intake.loading.merge import Terms, merge
from data.intake.loading.place import Seen
from data.intake.loading.prove import OWN_COLUMNS
from data.intake.loading.stage import rows_by_cases, stage, staged
from data.intake.loading.write import insert_many
from data.intake.reading.read import Progress
from data.journal import event_row
from data.schema import case_events, cases
from data.terms import FIRST_ORDER, OPEN_STATES, Event, Kind, State


def load_events(batch: Batch, progress: Progress | None) -> None:
    """Stage every row, then merge them case by case; memory stays flat."""
    conn = batch.conn
    staged.create(conn)
    stage(batch)
    centre, of_category = centre_id(conn), clocks(conn)
    total, newest = conn.execute(select(func.count(), func.max(staged.c.at))).one()
    batch.saw([newest])
    done = 0
    for rows in rows_by_cases(conn):
        _merge_rows(batch, rows, centre, of_category)
        done += len(rows)
        if progress:
            progress(done / total)
    staged.drop(conn)


def _merge_rows(
    batch: Batch,
    rows: Sequence[Row[tuple]],
    centre: int | None,
    of_category: Clocks,
) -> None:
    by_case = {number: list(group) for number, group in groupby(rows, lambda row: row.case_no)}
    known = _known_cases(batch, by_case)
    past = histories(batch.conn, [row.case_id for row in known])
    case_rows, event_rows = [], []
    for row in known:
        new_rows = _not_yet_held(batch, by_case[row.case_no], past[row.case_id])
        seen = [_seen(one) for one in new_rows]
        clock = clock_in(of_category, row.category_id)
        new = merge(past[row.case_id], seen, Terms(clock, centre))
        if new:
            standing = standing_after(past[row.case_id], new, row.version)
            case_rows.append(standing | {"case_id": row.case_id})
            if row.version > len(past[row.case_id]):
                new = [written_again(one, row.version) for one in new]
        event_rows += [event_row(one, row.case_id, batch.now, batch.batch_id) for one in new]
        batch.adjusted += sum(one.is_adjusted for one in new)
        batch.imported += len(new_rows)
    insert_many(batch.conn, case_events, event_rows)
    rewrite(batch.conn, case_rows)


def _known_cases(
    batch: Batch, by_case: dict[str, list[Row[tuple]]]
) -> Sequence[Row[int, str, int | None, int]]:
    """The cases of these rows; unknown ones are made, or their rows kept aside."""
    columns = cases.c.case_id, cases.c.case_no, cases.c.category_id, cases.c.version
    query = (
        select(*columns)
        .where(cases.c.case_no.in_(by_case), cases.c.undone_at.is_(None))
        .with_for_update()
    )
    known = batch.conn.execute(query).all()
    missing = by_case.keys() - {row.case_no for row in known}
    if not missing:
        return known
    if "case" in batch.mapping.create_missing:
        _make_cases(batch, {number: by_case[number] for number in sorted(missing)})
        return batch.conn.execute(query).all()
    column = their_name(batch.mapping, "case_no")
    for number in missing:
        for row in by_case[number]:
            batch.set_kept_aside(row.row_number, row.fields, BadRow("unknown_case", column, number))
    return known


def _make_cases(batch: Batch, by_case: dict[str, list[Row[tuple]]]) -> None:
    """Cases opened at their first event, or when their rows say so."""
    was_undone = cases.c.case_no.in_(by_case), cases.c.undone_at.is_not(None)
    held = batch.conn.execute(select(cases).where(*was_undone).with_for_update())
    undone = {row.case_no: row for row in held}
    district, case_rows, event_rows = settings().district.code, [], []
    for number, case_id in zip(
        by_case, case_ids_for(batch.conn, list(by_case), undone), strict=True
    ):
        report = _report(by_case[number])
        own = {"case_id": case_id, "case_no": number, "district_code": district}
        blank = dict.fromkeys((*OWN_COLUMNS, "updated_at"))
        case_rows.append(standing_after([], [report]) | blank | own | {"batch_id": batch.batch_id})
        event_rows.append(event_row(report, case_id, batch.now, batch.batch_id))
    write_case_rows(batch.conn, case_rows, undone)
    insert_many(batch.conn, case_events, event_rows)


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
    keys = {one.key for one in held}
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
