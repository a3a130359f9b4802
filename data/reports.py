"""Reporting 上报: a new case, with its number, its due time and the event that opens it."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, Table, exists, func, insert, or_, select
from sqlalchemy.sql import FromClause

from data.access import Permission, may
from data.acting import centre_row
from data.config import settings
from data.db import NUMBERING, is_sqlite
from data.deadlines import clock_of
from data.intake.values.text import as_stored
from data.journal import event_row, standing_row
from data.places import place_columns
from data.schema import areas, case_events, cases, categories, channels
from data.scope import Conditions, named_within
from data.states import ACTIONS, replay
from data.terms import NOTHING, ActionRefused, Actor, Event, Kind, Lamp, OutOfReach, Scope

TITLE_LIMIT, ADDRESS_LIMIT, NOTE_LIMIT = 60, 100, 1000  # characters
SEVERITIES = tuple(lamp.value for lamp in (Lamp.BLUE, Lamp.YELLOW, Lamp.ORANGE, Lamp.RED))
OUR_DIGITS = "([0-9]{4}|[1-9][0-9]{4,})$"  # four, and more only where four are too few
LAST_DIGITS = "9" * 30


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


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of a report."""

    case_no: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """What a report names by code: keys of their tables."""

    category_id: int
    area_id: int
    channel_id: int


def may_report(actor: Actor) -> bool:
    """Whether somebody may open cases: by their role, and if they would see what they opened."""
    return may(actor, Permission.REPORT) and actor.scope != NOTHING


def report(conn: Connection, ask: ReportRequest, actor: Actor, now: datetime) -> Reported:
    """Open a case that the centre holds; of a request that was done before, what came of it.

    Who acts for an area reports within it. Who acts for a unit reports anywhere; the event names
    the unit as the giver, and by that it goes on seeing the case (`scope.cases_within`), as it does
    one that it handed on, and does nothing with it. Who acts for no unit, but should, is refused.
    Raises ActionRefused for what is not said, too long, or names nothing that is there.
    """
    if not is_sqlite(conn):  # that has one writer
        conn.execute(select(func.pg_advisory_xact_lock(NUMBERING)))  # the next one waits
    found = _done_before(conn, ask, actor)
    if found is not None:
        return found
    words, place = _words(ask), place_of(conn, ask, now, actor.scope)
    event = replace(
        opening(conn, place, now, actor.scope),
        note=words.pop("note"),
        actor=actor.login,
        idempotency_key=ask.idempotency_key,
    )
    row: dict[str, object] = {
        "case_no": next_number(conn, now),
        "district_code": settings().district.code,
        "severity": ask.severity or None,
        "category_id": place.category_id,
        "area_id": place.area_id,
        "channel_id": place.channel_id,
    }
    row |= words | standing_row(replay([event])) | place_columns(None, None, words["address"])
    case_id = conn.execute(insert(cases).values(row)).inserted_primary_key
    assert case_id is not None
    conn.execute(insert(case_events).values(event_row(event, case_id[0], now)))
    return Reported(str(row["case_no"]), event.due_at)


def opening(conn: Connection, place: Place, now: datetime, scope: Scope) -> Event:
    """The event that opens a case, without anybody's words."""
    return Event(
        kind=Kind.REPORT,
        at=now,
        to_state=ACTIONS[Kind.REPORT].to_state,
        from_unit_id=scope.unit_id,
        to_unit_id=centre_row(conn).unit_id,
        due_at=clock_of(conn, place.category_id).due_from(now),
    )


def next_number(conn: Connection, now: datetime) -> str:
    """The next number of the day of the centre, as SB-20260107-0001.

    Numbers of another form, as an import may bring them, are not counted on.
    """
    of_day = f"{settings().cases.number_prefix}-{now.astimezone(settings().zone):%Y%m%d}-"
    number = cases.c.case_no
    # The bounds find them by the index, in whatever order a database has letters; then the form.
    within = number.between(f"{of_day}0", f"{of_day}{LAST_DIGITS}")
    query = select(number).where(within, number.regexp_match(f"^{of_day}{OUR_DIGITS}"))
    longest_first = func.length(number).desc(), number.desc()
    last = conn.execute(query.order_by(*longest_first).limit(1)).scalar()
    return f"{of_day}{int(last.removeprefix(of_day)) + 1 if last else 1:04}"


def place_of(conn: Connection, ask: ReportRequest, now: datetime, scope: Scope) -> Place:
    """The keys of what a report names, as far as a scope may name them. Raises ActionRefused."""
    if scope == NOTHING:
        raise ActionRefused("report.no_unit")
    today = now.astimezone(settings().zone).date()
    return Place(
        category_id=_key(conn, categories, "category", ask.category, leaves(categories)),
        area_id=_key(conn, areas, "area", ask.area, areas_open(today), named_within(areas, scope)),
        channel_id=_key(conn, channels, "channel", ask.channel, []),
    )


def leaves(tree: Table) -> Conditions:
    """Of a tree what has nothing below it."""
    child = tree.alias("child")
    key = next(iter(tree.primary_key))
    return [~exists().where(child.c.parent_id == key)]


def areas_open(day: date) -> Conditions:
    """Areas that are in force on a day."""
    start, end = areas.c.valid_from, areas.c.valid_to
    return [or_(start.is_(None), start <= day), or_(end.is_(None), end > day)]


def _key(
    conn: Connection,
    table: FromClause,
    name: str,
    code: str,
    there: Conditions,
    in_reach: Conditions | None = None,
) -> int:
    """The key of a code; said as if it did not exist where it is out of reach."""
    query = select(next(iter(table.primary_key))).where(table.c.code == code, *there)
    key: int | None = conn.execute(query.where(*(in_reach or []))).scalar()
    if key is None:
        is_there = bool(in_reach) and conn.execute(query).scalar() is not None
        raise (OutOfReach if is_there else ActionRefused)(f"report.no_{name}")
    return key


def _words(ask: ReportRequest) -> dict[str, str | None]:
    """Title, address and note as they are stored. Raises ActionRefused."""
    if ask.severity not in ("", *SEVERITIES):
        raise ActionRefused("report.no_severity")
    told: dict[str, str | None] = {}
    limits = {"title": TITLE_LIMIT, "address": ADDRESS_LIMIT, "note": NOTE_LIMIT}
    for name, limit in limits.items():
        text = getattr(ask, name)
        if len(text) > limit:
            raise ActionRefused(f"report.long_{name}", limit=limit, length=len(text))
        told[name] = as_stored(text) or None
    if not told["title"]:
        raise ActionRefused("report.no_title")
    return told


def _done_before(conn: Connection, ask: ReportRequest, actor: Actor) -> Reported | None:
    """What came of the same request. Raises ActionRefused where the key was another's."""
    event = case_events
    sent = select(event.c.kind, event.c.actor, event.c.due_at, cases.c.case_no).join(cases)
    row = conn.execute(sent.where(event.c.idempotency_key == ask.idempotency_key)).first()
    if row is None:
        return None
    if (row.kind, row.actor) != (Kind.REPORT, actor.login):
        raise ActionRefused("report.used_key")
    return Reported(row.case_no, row.due_at)
