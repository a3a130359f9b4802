"""Take an import back: its cases count nowhere, cases that it only changed are as before."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Connection, Row, Select, Table, func, select, update

from data.config import settings
from data.db import MICROSECOND
from data.intake.loading.batch import lock
from data.intake.loading.history import rewrite, written_again
from data.intake.loading.prove import OWN_COLUMNS
from data.intake.loading.write import insert_many
from data.journal import audit, event_of, event_row, standing_row
from data.places import place_columns
from data.schema import case_events, cases, imports, live_events, overwritten, users
from data.states import replay
from data.terms import Event, ImportRefused, Kind
from data.words import word

CASES = 1000  # taken back at a time
Values = dict[str, object]


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back: the cases that the batch told of, and its events."""

    batch: int
    cases: int
    events: int


def take_back(conn: Connection, batch_id: int, actor: str, now: datetime) -> Undone:
    """Take an import back, in the transaction that the caller began.

    Raises ImportRefused, also where a case has another event since; the caller then rolls back.
    """
    lock(conn)
    _check(conn, batch_id)
    case_count = event_count = 0
    for case_ids in _cases_of(conn, batch_id):
        event_count += _take_back(conn, batch_id, case_ids, actor, now)
        case_count += len(case_ids)
    if not case_count:
        raise ImportRefused("intake.undo.nothing", batch=batch_id)
    conn.execute(
        update(imports).where(imports.c.batch_id == batch_id).values(undone_at=now, undone_by=actor)
    )
    counts: dict[str, object] = {"cases": case_count, "events": event_count}
    audit(conn, actor, "undo", now, f"batch {batch_id}", counts)
    return Undone(batch_id, case_count, event_count)


def _check(conn: Connection, batch_id: int) -> None:
    query = select(imports).where(imports.c.batch_id == batch_id)
    row = conn.execute(query.with_for_update()).first()
    if row is None:
        raise ImportRefused("intake.undo.unknown", batch=batch_id)
    if row.undone_at is not None:
        at = _local(row.undone_at)
        raise ImportRefused("intake.undo.already", batch=batch_id, at=at, who=row.undone_by)
    if row.kind == "areas":
        raise ImportRefused("intake.undo.areas", batch=batch_id)


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(settings().zone):%Y-%m-%d %H:%M}"


def _cases_of(conn: Connection, batch_id: int) -> Iterator[list[int]]:
    """The ids of the cases that a batch told of, some at a time."""
    last = 0
    while True:
        later = live_events.c.batch_id == batch_id, live_events.c.case_id > last
        some = select(live_events.c.case_id).distinct().where(*later)
        found = conn.execute(some.order_by(live_events.c.case_id).limit(CASES)).scalars().all()
        if not found:
            return
        last = found[-1]
        yield list(found)


def _take_back(
    conn: Connection, batch_id: int, case_ids: Collection[int], actor: str, now: datetime
) -> int:
    """Take back what a batch told of some cases. Returns how many events that was."""
    rows = conn.execute(_of(cases, case_ids).order_by(cases.c.case_id).with_for_update()).all()
    events = _events_of(conn, case_ids)
    undoing, again, gone, restored = [], [], [], []
    own = _own_before(conn, batch_id, rows)
    for row in rows:
        earlier = _earlier(conn, batch_id, row, events[row.case_id])
        at = max(now, row.last_event_at + MICROSECOND)
        undo = Event(kind=Kind.UNDO, at=at, actor=actor)
        undoing.append(event_row(undo, row.case_id, now, batch_id))
        version = row.version + 1
        if not earlier:
            gone.append({"case_id": row.case_id, "version": version, "undone_at": at})
            continue
        again += [_again(one, row.version, now) for one in earlier]
        in_order = sorted(earlier, key=lambda one: (one.at, one.source_order, one.event_id))
        standing = standing_row(replay(map(event_of, in_order)))
        standing["version"] = version + len(earlier)
        was: dict[str, Any] = dict(own[row.case_id])
        place = place_columns(was["lon"], was["lat"], was["address"])
        restored.append({"case_id": row.case_id} | was | place | standing)
    insert_many(conn, case_events, undoing)
    insert_many(conn, case_events, again)
    rewrite(conn, gone)
    rewrite(conn, restored)
    return sum(one.batch_id == batch_id for told in events.values() for one in told)


def _of(table: Table, case_ids: Collection[int]) -> Select:
    return select(table).where(table.c.case_id.in_(case_ids))


def _events_of(conn: Connection, case_ids: Collection[int]) -> dict[int, list[Row[tuple]]]:
    """The events of cases that are in force, as they came to be known."""
    found: dict[int, list[Row[tuple]]] = {case_id: [] for case_id in case_ids}
    for row in conn.execute(_of(live_events, case_ids).order_by(live_events.c.event_id)):
        found[row.case_id].append(row)
    return found


def _earlier(
    conn: Connection, batch_id: int, case: Row[tuple], events: Sequence[Row[tuple]]
) -> list[Row[tuple]]:
    """The events of a case from before the batch. Raises ImportRefused if there are later ones."""
    last = max(one.event_id for one in events if one.batch_id == batch_id)
    others = [one for one in events if one.batch_id != batch_id]
    if others and others[-1].event_id > last:
        _refuse(conn, batch_id, case.case_no, others[-1])
    return others


def _refuse(conn: Connection, batch_id: int, case_no: str, since: Row[tuple]) -> NoReturn:
    """Name a case that has another event since, and how many such cases there are."""
    own, later = live_events.alias(), live_events.alias()
    count = (
        select(func.count(later.c.case_id.distinct()))
        .join(own, own.c.case_id == later.c.case_id)
        .where(
            own.c.batch_id == batch_id,
            later.c.event_id > own.c.event_id,
            later.c.batch_id.is_distinct_from(batch_id),
        )
    )
    name = conn.execute(select(users.c.name).where(users.c.login == since.actor)).scalar()
    raise ImportRefused(
        "intake.undo.has_later",
        batch=batch_id,
        count=conn.execute(count).scalar_one(),
        case_no=case_no,
        at=_local(since.at),
        who=word("intake.undo.by_batch", batch=since.batch_id)
        if since.batch_id
        else name or since.actor,
        what=word(f"kind.{since.kind}"),
    )


def _again(row: Row[tuple], version: int, now: datetime) -> Values:
    """An event of before, to be written once more."""
    return event_row(written_again(event_of(row), version), row.case_id, now, row.batch_id)


def _own_before(
    conn: Connection, batch_id: int, rows: Sequence[Row[tuple]]
) -> Mapping[int, Values]:
    """What no event tells of, as it was before a batch, by case_id."""
    names = (*OWN_COLUMNS, "updated_at")
    own: dict[int, Values] = {
        row.case_id: {name: getattr(row, name) for name in names} for row in rows
    }
    query = _of(overwritten, own).where(overwritten.c.batch_id == batch_id)
    for row in conn.execute(query.order_by(overwritten.c.overwritten_id.desc())):
        values: Values = dict(row._mapping["values"])
        if updated_at := values.get("updated_at"):
            values["updated_at"] = datetime.fromisoformat(str(updated_at))
        own[row.case_id] |= values
    return own
