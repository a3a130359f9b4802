"""Reporting 上报: a new case, with its number, its due time and the event that opens it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Table, func, insert, select

from data.acting import centre_row
from data.config import settings
from data.db import is_sqlite
from data.deadlines import clock_of
from data.intake.values.text import clean, without_numbers
from data.journal import event_row, standing_row
from data.places import place_columns
from data.schema import areas, case_events, cases, categories, channels
from data.scope import named_within
from data.states import replay
from data.terms import ActionRefused, Actor, Event, Kind, Lamp, Scope, State

TITLE_LIMIT, ADDRESS_LIMIT, NOTE_LIMIT = 60, 100, 1000  # characters
SEVERITIES = tuple(lamp.value for lamp in Lamp if lamp is not Lamp.NONE)
NUMBERS_LOCK = 7236002  # in PostgreSQL: whoever gives a number lets the next wait


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A request to open a case, with its own key: the same key again is the same request."""

    idempotency_key: str
    title: str
    category: str  # codes
    area: str
    channel: str
    address: str = ""
    severity: str = ""
    note: str = ""
    kind: Kind = Kind.REPORT


def report(conn: Connection, ask: ReportRequest, actor: Actor, now: datetime) -> str:
    """Open a case that the centre holds. Returns its number; of a request done before, that one.

    Raises ActionRefused for what is not said, too long, or names nothing that is there.
    """
    found = _done_before(conn, ask, actor)
    if found is not None:
        return found
    said = _checked(conn, ask, actor.scope)
    event = Event(
        kind=Kind.REPORT,
        at=now,
        to_state=State.REPORTED,
        to_unit_id=centre_row(conn).unit_id,
        due_at=clock_of(conn, said["category_id"]).due_from(now),
        note=_plain(ask.note) or None,
        actor=actor.login,
        idempotency_key=ask.idempotency_key,
    )
    number = next_number(conn, now)
    row = {"case_no": number, "district_code": settings().district.code}
    row |= said | standing_row(replay([event])) | place_columns(None, None, said["address"])
    case_id = conn.execute(insert(cases).values(row)).inserted_primary_key
    assert case_id is not None
    conn.execute(insert(case_events).values(event_row(event, case_id[0], now)))
    return number


def next_number(conn: Connection, now: datetime) -> str:
    """The next number of the day of the centre, as SB-20260107-0001."""
    if not is_sqlite(conn):  # that has one writer
        conn.execute(select(func.pg_advisory_xact_lock(NUMBERS_LOCK)))
    of_day = f"{settings().cases.number_prefix}-{now.astimezone(settings().zone):%Y%m%d}-"
    of_this = cases.c.case_no >= of_day, cases.c.case_no < of_day + ":"  # follows all digits
    longest_first = func.length(cases.c.case_no).desc(), cases.c.case_no.desc()
    query = select(cases.c.case_no).where(*of_this).order_by(*longest_first).limit(1)
    last = conn.execute(query).scalar()
    return f"{of_day}{int(last.removeprefix(of_day)) + 1 if last else 1:04}"


def _done_before(conn: Connection, ask: ReportRequest, actor: Actor) -> str | None:
    """The number that the same request gave. Raises ActionRefused where the key was another's."""
    sent = (
        select(case_events.c.kind, case_events.c.actor, cases.c.case_no)
        .join(cases, cases.c.case_id == case_events.c.case_id)
        .where(case_events.c.idempotency_key == ask.idempotency_key)
    )
    row = conn.execute(sent).first()
    if row is None:
        return None
    if (row.kind, row.actor) != (Kind.REPORT, actor.login):
        raise ActionRefused("action.used_key", case_no=row.case_no)
    return row.case_no


def _plain(text: str) -> str:
    return without_numbers(clean(text))


def _checked(conn: Connection, ask: ReportRequest, scope: Scope) -> dict[str, object]:
    """The columns of a case that a request says. Raises ActionRefused."""
    said: dict[str, object] = {}
    for name, limit in (("title", TITLE_LIMIT), ("address", ADDRESS_LIMIT), ("note", NOTE_LIMIT)):
        text = _plain(getattr(ask, name))
        if len(text) > limit:
            raise ActionRefused(f"report.long_{name}", limit=limit, length=len(text))
        said[name] = text or None
    del said["note"]
    if not said["title"]:
        raise ActionRefused("report.no_title")
    if ask.severity not in ("", *SEVERITIES):
        raise ActionRefused("report.no_severity")
    said["severity"] = ask.severity or None
    for name, table in (("area", areas), ("category", categories), ("channel", channels)):
        said[f"{name}_id"] = _named(conn, table, name, getattr(ask, name), scope)[0]
    return said


def _named(conn: Connection, table: Table, name: str, code: str, scope: Scope) -> Row[tuple]:
    """The row of a code; of a tree a leaf. Raises ActionRefused."""
    key = next(iter(table.primary_key))
    query = select(key).where(table.c.code == code, *named_within(table, scope))
    if name == "category":
        child = table.alias("child")
        query = query.where(~select(child.c.code).where(child.c.parent_id == key).exists())
    row = conn.execute(query).first()
    if row is None:
        raise ActionRefused(f"report.no_{name}")
    return row
