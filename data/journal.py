"""The journal of events: rows to insert, and the seals that show if it was rewritten."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from operator import attrgetter

from sqlalchemy import Connection, Row, Table, func, insert, select

from data.db import SEALING, is_sqlite, journal_horizon, journal_mark
from data.schema import audit_events, case_events, seals
from data.states import STANDING_COLUMNS, Standing
from data.terms import AreaLevel, Event, Grade, Kind, State

JOURNALS = (case_events, audit_events)
EVENT_COLUMNS = tuple(field.name for field in fields(Event))
_event_values, _standing_values = attrgetter(*EVENT_COLUMNS), attrgetter(*STANDING_COLUMNS)
ROW_DIGEST_BYTES = 4
SEALED_AT_A_TIME = 10_000  # in SQLite, where whoever writes waits meanwhile
_NOT_SEALED = {"xid"}  # says where the row stands, not what it says
_FIRST_MARK = -(2**62)  # before every row; those of a backup brought back stand below zero


def event_row(
    event: Event, case_id: int, recorded_at: datetime, batch_id: int | None = None
) -> dict[str, object]:
    """The `case_events` row of an event."""
    row: dict[str, object] = dict(zip(EVENT_COLUMNS, _event_values(event), strict=True))
    row.update(case_id=case_id, recorded_at=recorded_at, batch_id=batch_id)
    return row


def standing_row(standing: Standing) -> dict[str, object]:
    """The columns of a `cases` row that its events decide."""
    return dict(zip(STANDING_COLUMNS, _standing_values(standing), strict=True))


def audit(
    conn: Connection,
    actor: str,
    kind: str,
    now: datetime,
    object_name: str | None = None,
    details: dict[str, object] | None = None,
) -> None:
    """Record what is not about one case: sign-ins, refusals, imports, exports, settings."""
    conn.execute(
        insert(audit_events).values(
            at=now, actor=actor, kind=kind, object=object_name, details=details
        )
    )


def fold(conn: Connection, now: datetime) -> dict[str, int]:
    """Seal rows that no late commit can still precede. Returns rows sealed, by journal.

    Safe in any number of processes: PostgreSQL takes an advisory lock, SQLite has one writer, whom
    one fold holds up for SEALED_AT_A_TIME rows of a journal and no longer: repeat it until nothing
    is sealed any more.
    """
    if not is_sqlite(conn):
        conn.execute(select(func.pg_advisory_xact_lock(SEALING)))
    return {journal.name: _seal(conn, journal, now) for journal in JOURNALS}


def _seal(conn: Connection, journal: Table, now: datetime) -> int:
    last = conn.execute(
        select(seals).where(seals.c.journal == journal.name).order_by(seals.c.seal_id.desc())
    ).first()
    start, previous = (last.to_mark, last.sha256) if last else (_FIRST_MARK, "")
    end = _part(conn, journal, start, journal_horizon(conn, journal))
    digest = _digest(_rows(conn, journal, start, end), previous)
    if digest.row_count:
        conn.execute(
            insert(seals).values(
                journal=journal.name,
                from_mark=start,
                to_mark=end,
                sealed_at=now,
                **asdict(digest),
            )
        )
    return digest.row_count


def _part(conn: Connection, journal: Table, start: int, end: int) -> int:
    """Up to where one fold goes."""
    if not is_sqlite(conn):
        return end
    mark = journal_mark(conn, journal)
    later = select(mark).where(mark >= start, mark < end).order_by(mark)
    return conn.execute(later.offset(SEALED_AT_A_TIME).limit(1)).scalar() or end


@dataclass(frozen=True, slots=True)
class _Digest:
    """What a seal says of its rows. Names are the columns of `seals`."""

    row_count: int
    sha256: str
    row_digests: bytes


def _digest(rows: Iterable[Row[tuple]], previous: str) -> _Digest:
    """SHA-256(previous seal ‖ canonical rows in fold order), and four bytes of each row's own."""
    whole, each = hashlib.sha256(previous.encode()), bytearray()
    for row in rows:
        line = canonical(row)
        whole.update(line)
        each += hashlib.sha256(line).digest()[:ROW_DIGEST_BYTES]
    return _Digest(len(each) // ROW_DIGEST_BYTES, whole.hexdigest(), bytes(each))


def _rows(conn: Connection, journal: Table, start: int, end: int) -> Iterator[Row[tuple]]:
    mark = journal_mark(conn, journal)
    query = select(journal).where(mark >= start, mark < end).order_by(mark, journal.c.event_id)
    yield from conn.execute(query, execution_options={"yield_per": 5000})


def canonical(row: Row[tuple]) -> bytes:
    """One row as bytes that are the same in every database and every version of this program."""
    values = {
        name: _plain(value)
        for name, value in row._mapping.items()
        if name not in _NOT_SEALED and value is not None
    }
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def broken_row(conn: Connection) -> str | None:
    """The first journal row that its seal does not know, as `case_events 812`, or None."""
    for journal in JOURNALS:
        previous = ""
        query = select(seals).where(seals.c.journal == journal.name).order_by(seals.c.seal_id)
        for seal in conn.execute(query).all():
            digest = _digest(_rows(conn, journal, seal.from_mark, seal.to_mark), previous)
            if digest != _Digest(seal.row_count, seal.sha256, seal.row_digests):
                return f"{journal.name} {_first_difference(conn, journal, seal, digest)}"
            previous = seal.sha256
    return None


def _first_difference(conn: Connection, journal: Table, seal: Row[tuple], digest: _Digest) -> int:
    """The number of the first row that differs; the next one where a row is missing."""
    last = 0
    for index, row in enumerate(_rows(conn, journal, seal.from_mark, seal.to_mark)):
        place = slice(index * ROW_DIGEST_BYTES, (index + 1) * ROW_DIGEST_BYTES)
        if seal.row_digests[place] != digest.row_digests[place]:
            return row.event_id
        last = row.event_id
    return last + 1


def unsealed_count(conn: Connection) -> int:
    """Journal rows newer than the last seal."""
    total = 0
    for journal in JOURNALS:
        end = conn.execute(
            select(func.max(seals.c.to_mark)).where(seals.c.journal == journal.name)
        ).scalar_one()
        mark = journal_mark(conn, journal)
        total += conn.execute(
            select(func.count())
            .select_from(journal)
            .where(mark >= (_FIRST_MARK if end is None else end))
        ).scalar_one()
    return total


def event_of(row: Row[tuple]) -> Event:
    """The event that a `case_events` row tells."""
    values = {name: getattr(row, name) for name in EVENT_COLUMNS}
    values["kind"] = Kind(row.kind)
    values["to_state"] = State(row.to_state) if row.to_state else None
    values["level"] = AreaLevel(row.level) if row.level else None
    values["grade"] = Grade(row.grade) if row.grade else None
    return Event(**values)


def in_force(rows: Sequence[Row[tuple]]) -> list[Row[tuple]]:
    """Of all events of a case those that decide its row: what came after the last undoing.

    An undone case, of which nothing came after, keeps the row that its last events left.
    """
    ends = [0, *sorted(row.event_id for row in rows if row.kind == Kind.UNDO)]
    for start in reversed(ends):
        later = [row for row in rows if row.event_id > start and row.kind != Kind.UNDO]
        if later:
            return later
    return []
