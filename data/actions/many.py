"""Many cases that one action is to be done to: how each stands, and why it may forbid it."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Row

from data.acting import case_rows, check_start
from data.actions.doing import event_of
from data.actions.ground import Ground
from data.cases import CaseLine, case_lines
from data.deadlines import due_in
from data.requests import FORMS, CaseRequest
from data.schema import live_cases
from data.scope import cases_within
from data.terms import DISTRICT, ActionRefused, Actor, Role, Scope
from data.words import word


@dataclass(frozen=True, slots=True)
class OneOfMany:
    """A case as it stands, and what the action would make of it."""

    case_no: str
    line: CaseLine | None = None  # None: there is no such case in the scope
    version: int = 0
    is_late: bool = False  # open past its due time, and not paused before it
    is_moved: bool = False  # its due time
    why_not: str = ""


def each_of(
    conn: Connection,
    ask: CaseRequest,
    case_nos: tuple[str, ...],
    now: datetime,
    scope: Scope = DISTRICT,
) -> tuple[OneOfMany, ...]:
    """The cases in the order given. A request that is not complete yet is held against the state.

    The request's own case, version, reason and note are not looked at.
    """
    rows = case_rows(conn, case_nos, scope)
    shown = case_lines().where(live_cases.c.case_no.in_(case_nos), *cases_within(scope))
    lines = {row.case_no: CaseLine(*row) for row in conn.execute(shown)}
    return tuple(
        _one(conn, replace(ask, case_no=no), rows[no], lines[no], now, scope)
        if no in rows
        else OneOfMany(no, why_not=word("action.unknown_case", case_no=no))
        for no in case_nos
    )


def _one(
    conn: Connection,
    ask: CaseRequest,
    row: Row[tuple],
    line: CaseLine,
    now: datetime,
    scope: Scope,
) -> OneOfMany:
    is_late = bool(row.due_at) and row.ended_at is None and not due_in(row).is_running(now)
    one = OneOfMany(row.case_no, line, row.version, is_late)
    try:
        check_start(ask.kind, row, scope)
        if any(getattr(ask, name) is None for name in FORMS[ask.kind].needs):
            return one
        event = event_of(Ground(conn, row, ask, Actor("", "", Role.DISPATCHER, scope), now))
    except ActionRefused as refusal:
        return replace(one, why_not=str(refusal))
    return replace(one, is_moved=event.due_at is not None and event.due_at != row.due_at)
