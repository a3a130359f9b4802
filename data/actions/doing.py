"""Doing what was asked: one transaction, one change of a case and its event, or nothing."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from data.acting import done_before, save, startable_case
from data.actions.ground import Ground
from data.actions.numbers import next_order_no
from data.actions.plans import PLANS
from data.db import is_sqlite
from data.deadlines import due_in, with_due
from data.intake.values.text import clean
from data.requests import AT_ONCE, FORMS, IN_BULK, OTHER, BulkRequest, CaseRequest
from data.schema import cases
from data.terms import OPENING_KINDS, ActionRefused, Actor, Event, Kind
from data.words import word

NUMBERED = frozenset({Kind.SUPERVISE, Kind.NOTE})
HOLDING = NUMBERED | {Kind.MERGE}


def act(conn: Connection, ask: CaseRequest, actor: Actor, now: datetime) -> Event:
    """Do what a request asks. Returns its event; of a request that was done before, that one.

    Raises ActionRefused where scope, state, or what the request says forbid it, or Stale.
    """
    if ask.kind in HOLDING:
        _hold_still(conn, ask.case_no, ask.parent_no)
    row = startable_case(conn, ask.kind, ask, actor.scope)
    if row is None:
        return done_before(conn, ask, actor)
    check_words(ask)
    ground = Ground(conn, row, ask, actor, now)
    event = event_of(ground)
    if event.until_at and event.kind in NUMBERED:
        event = replace(event, order_no=next_order_no(conn, event.at))
    return event if save(conn, row, event, now) else done_before(conn, ask, actor)


def event_of(ground: Ground) -> Event:
    """The event of an action, with what it does to the due time. Raises ActionRefused."""
    event, row = PLANS[ground.ask.kind](ground), ground.row
    ends_pause = row.paused_at is not None and event.to_state is not None
    if event.due_at is None and event.kind not in OPENING_KINDS and not ends_pause:
        return event  # nothing moves its due time
    return with_due(due_in(row), event, ground.clock)[0]


def check_words(ask: CaseRequest) -> None:
    """Whether a request gives its reason and its note. Raises ActionRefused."""
    form, kind = FORMS[ask.kind], word(f"kind.{ask.kind}")
    if (form.reasons or ask.reason) and ask.reason not in form.reasons:
        raise ActionRefused("action.no_reason", kind=kind)
    if len(ask.note) > form.note_limit:
        limit, length = form.note_limit, len(ask.note)
        raise ActionRefused("action.long_note", kind=kind, limit=limit, length=length)
    if clean(ask.note):
        return
    if ask.reason == OTHER:
        raise ActionRefused("action.no_note", kind=kind)
    if form.needs_note:
        raise ActionRefused("action.empty_note", kind=kind)


def act_all(conn: Connection, ask: BulkRequest, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Do the same to several cases: to all of them, or to none.

    Raises ActionRefused with a line for each case that forbids it.
    """
    if ask.kind not in IN_BULK:
        raise ActionRefused("action.not_in_bulk", kind=word(f"kind.{ask.kind}"))
    if not ask.cases:
        raise ActionRefused("action.none_chosen")
    if len(ask.cases) > AT_ONCE:
        raise ActionRefused("action.too_many", limit=AT_ONCE, count=len(ask.cases))
    check_words(ask.ask)
    _hold_still(conn, *(case_no for case_no, _ in ask.cases))
    done, refused = [], []
    for one in ask.asks:
        try:
            done.append(act(conn, one, actor, now))
        except ActionRefused as refusal:
            refused.append(refusal)
    if refused:
        raise BulkRefused(refused, len(ask.cases))
    return tuple(done)


class BulkRefused(ActionRefused):
    """A bulk action that some of its cases forbid; nothing was changed."""

    def __init__(self, refusals: list[ActionRefused], count: int) -> None:
        super().__init__("action.some_refused", count=count, refused=len(refusals))
        self.refusals = tuple(refusals)


def _hold_still(conn: Connection, *case_nos: str | None) -> None:
    """Let nobody else change these cases meanwhile; in one order, so that none waits for ever.

    What takes more than one lock takes its cases first: of two cases that are merged into each
    other at once one is first, and whoever has cases may wait for the next number of an order.
    """
    if not is_sqlite(conn):  # that has one writer
        query = select(cases.c.case_id).where(cases.c.case_no.in_(case_nos))
        conn.execute(query.order_by(cases.c.case_id).with_for_update()).all()
