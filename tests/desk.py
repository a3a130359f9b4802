"""Acting on cases in tests: a request of any kind with all it needs, and who makes it."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, Row, select

from data.actions.doing import act
from data.requests import FORMS, CaseRequest, reasons_of
from data.schema import case_events, cases
from data.terms import Actor, AreaLevel, Event, Grade, Kind, Role, Scope
from tests.builders import day

NOW = day(7, 2)  # a Wednesday, ten o'clock at the centre
LEADER = Actor("leader", "带班领导", Role.LEADER)
DISPATCHER = Actor("dispatcher", "值班席三号", Role.DISPATCHER)
OTHER_DISPATCHER = Actor("dispatcher.2", "值班席四号", Role.DISPATCHER)

_keys = count(1)


def operator(unit_id: int) -> Actor:
    """Somebody who acts for one unit."""
    return Actor(f"operator.{unit_id}", "单位经办", Role.OPERATOR, Scope(unit_id=unit_id))


def request(conn: Connection, kind: Kind, case_no: str = "A-1", **said: Any) -> CaseRequest:
    """A request seen at the present version, with a key of its own, that gives what it must.

    What it needs besides its words is for the test to say.
    """
    query = select(cases.c.version).where(cases.c.case_no == case_no)
    form = FORMS[kind]
    ask: dict[str, Any] = {
        "version": conn.execute(query).scalar() or 0,
        "idempotency_key": f"key-{next(_keys)}",
        "reason": next(iter(reasons_of(kind)), ""),
        "note": "已到现场" if form.needs_note else "",
    }
    if "grade" in form.needs:
        ask["grade"] = Grade.REGULAR
    if "level" in form.needs:
        ask["level"] = AreaLevel.DISTRICT
    return CaseRequest(kind, case_no, **ask | said)


def do(
    conn: Connection,
    kind: Kind,
    case_no: str = "A-1",
    by: Actor = DISPATCHER,
    at: datetime = NOW,
    **said: Any,
) -> Event:
    """Act on a case as it stands."""
    return act(conn, request(conn, kind, case_no, **said), by, at)


def row_of(conn: Connection, case_no: str = "A-1") -> Row[Any]:
    """The case as it stands."""
    return conn.execute(select(cases).where(cases.c.case_no == case_no)).one()


def last_event(conn: Connection) -> Row[Any]:
    """What was written last."""
    row = conn.execute(select(case_events).order_by(case_events.c.event_id.desc())).first()
    assert row is not None
    return row


def later(hours: float) -> datetime:
    """Some hours after NOW."""
    return NOW + timedelta(hours=hours)
