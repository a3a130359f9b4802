"""What an action would change, rule by rule, computed by its own plan before anybody saves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select

from data.acting import case_row, check_start, standing_of
from data.actions.doing import event_of
from data.actions.effects import Effect
from data.actions.ground import Ground
from data.actions.pending import pending
from data.config import settings
from data.deadlines import approval_from, due_in
from data.directory import centre_id, units_visited
from data.requests import CaseRequest
from data.schema import cases, units
from data.states import Standing, apply
from data.terms import (
    DISTRICT,
    LEFT_OUT_STATES,
    ActionRefused,
    Actor,
    Event,
    Kind,
    Lamp,
    OutOfReach,
    Role,
    Scope,
    State,
)
from data.words import word

MANY_UNITS = 5  # from this many units visited a lamp is lit


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action would change; or why it would be refused."""

    effects: tuple[Effect, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A case before and after an action."""

    ground: Ground
    event: Event
    after: Standing

    @property
    def before(self) -> Row[tuple]:
        """The case as it stands."""
        return self.ground.row

    @property
    def is_overdue(self) -> bool:
        """Whether its due time has passed already."""
        return self.before.due_at is not None and not due_in(self.before).is_running(self.event.at)


def preview(conn: Connection, ask: CaseRequest, now: datetime, scope: Scope = DISTRICT) -> Preview:
    """What a request would change, by the plan that would carry it out.

    Its reason, note and version are not looked at. Raises ActionRefused for a case or a unit that
    is not in the scope.
    """
    row = case_row(conn, ask.case_no, scope)
    ground = Ground(conn, row, ask, Actor("", "", Role.DISPATCHER, scope), now)
    try:
        check_start(conn, ask.kind, row, scope)
        event = event_of(ground)
    except OutOfReach:
        raise
    except ActionRefused as refusal:
        return Preview(why_not=str(refusal))
    after = standing_of(row)
    apply(after, event)
    change = Change(ground, event, after)
    return Preview(tuple(effect for told in TOLD for effect in told(change)))


def _state(change: Change) -> Iterator[Effect]:
    before, after = change.before.state, change.after.state
    if before != after:
        yield Effect("state", "table", word(f"state.{before}"), word(f"state.{after}"), "turns")


def _case_due(change: Change) -> Iterator[Effect]:
    before, after = change.before.due_at, change.after.due_at
    if (before is None and after is None) or change.after.state in LEFT_OUT_STATES:
        return
    if change.event.kind is Kind.PAUSE and not change.is_overdue:
        yield _due_after_pause(change)
        return
    rule = _due_rule(change)
    yield Effect("case_due", rule, before, after, "unchanged" if before == after else "moves")


def _due_after_pause(change: Change) -> Effect:
    """When it would be due if the pause ends as planned."""
    ends_at, due_at = change.event.until_at, change.before.due_at
    assert ends_at is not None and due_at is not None
    then = change.ground.clock.due_after_pause(due_at, change.event.at, ends_at)
    return Effect("case_due", "stands_still", due_at, then, "moves")


def _due_rule(change: Change) -> str:
    kind, was_paused = change.event.kind, change.before.paused_at is not None
    if kind is Kind.APPROVE_EXTENSION:
        return "granted_late" if change.is_overdue else "granted"
    if was_paused and change.event.to_state is not None:
        return "ends_pause" if change.before.due_at != change.after.due_at else "moves_nothing"
    return DUE_RULES.get(kind, "keeps_due")


DUE_RULES = {
    Kind.REOPEN: "from_reopening",
    Kind.REQUEST_EXTENSION: "asked_is_not_granted",
    Kind.PAUSE: "late_pause",
    Kind.CLOSE: "clock_stops",
}


def _accept_by(change: Change) -> Iterator[Effect]:
    accept_by = change.event.accept_due_at
    if accept_by is not None:
        yield Effect("accept_by", "accept_limit", None, accept_by, "starts")


def _holder(change: Change) -> Iterator[Effect]:
    if change.before.unit_id == change.after.unit_id:
        return
    before, after = _unit(change, change.before.unit_id), _unit(change, change.after.unit_id)
    yield Effect("holder", "unit_clock", before, after, "changes")
    if change.before.due_at is not None:
        credit = (before, before, "unchanged") if change.is_overdue else (None, after, "changes")
        yield Effect("overdue_credit", "holder_at_due", *credit)


def _unit(change: Change, unit_id: int | None) -> str | None:
    query = select(units.c.name).where(units.c.unit_id == unit_id)
    name: str | None = change.ground.conn.execute(query).scalar()
    return name


def _visited(change: Change) -> Iterator[Effect]:
    if change.event.to_state is not State.DISPATCHED:
        return
    visited = units_visited(change.ground.conn, change.before.case_id)
    then = len(visited | ({change.after.unit_id} - {centre_id(change.ground.conn)}))
    warns = then >= MANY_UNITS
    lamp = Lamp.YELLOW if warns else Lamp.NONE
    told = "warns" if warns else "counts" if then > len(visited) else "unchanged"
    yield Effect("units_visited", "many_units", len(visited), then, told, lamp)


COUNTERS = {
    "return_count": "counts_return",
    "reopen_count": "counts_reopening",
    "escalation_count": "counts_escalation",
    "supervision_count": "counts_order",
    "failed_check_count": "counts_rework",
}


def _counters(change: Change) -> Iterator[Effect]:
    for name, rule in COUNTERS.items():
        before, after = getattr(change.before, name), getattr(change.after, name)
        if before != after:
            yield Effect(name, rule, before, after, "counts")


def _level(change: Change) -> Iterator[Effect]:
    if change.event.kind is not Kind.ESCALATE:
        return
    before, after = change.before.level, change.after.level
    yield Effect(
        "level", "one_level_up", before and word(f"level.{before}"), word(f"level.{after}"), "turns"
    )
    yield Effect("grade", "whistle", None, word(f"grade.{change.event.grade}"), "starts")


def _until(change: Change) -> Iterator[Effect]:
    """The time that the action sets, and what it means."""
    until_at, rule = change.event.until_at, UNTIL_RULES.get(change.event.kind)
    if until_at is not None and rule is not None:
        yield Effect(rule[0], rule[1], None, until_at, "starts")


UNTIL_RULES = {
    Kind.PAUSE: ("pause_until", "ends_by_hand"),
    Kind.SUPERVISE: ("reply_by", "numbered_order"),
    Kind.NOTE: ("reply_by", "numbered_order"),
    Kind.REQUEST_EXTENSION: ("asked_until", "decided_by_another"),
}


def _extension(change: Change) -> Iterator[Effect]:
    quota, count = settings().cases.extension_quota, change.before.extension_count
    if change.event.kind is Kind.REQUEST_EXTENSION:
        calendar, cut_off = change.ground.clock.calendar, settings().calendar.extension_cut_off
        start = approval_from(calendar, change.event.at, cut_off)
        yield Effect("approvable_from", "cut_off", None, start, "starts")
        yield Effect(
            "extensions_left", "extension_quota", quota - count, quota - count, "unchanged"
        )
    if change.event.kind is Kind.APPROVE_EXTENSION:
        then = quota - count - 1
        yield Effect("extensions_left", "extension_quota", quota - count, then, "counts")


def _ending(change: Change) -> Iterator[Effect]:
    after = change.after
    if change.event.kind is Kind.CLOSE and after.due_at is not None:
        told = "overdue" if change.is_overdue else "on_time"
        yield Effect("closure", "closed_by_due", None, word(f"closure.{told}"), "counts")
    if after.state in LEFT_OUT_STATES and change.before.state != after.state:
        told = "as_overdue" if _stays_due(change) else "left_out"
        yield Effect("rates", f"rates.{after.state}", None, word(f"rates.{told}"), "counts")


def _stays_due(change: Change) -> bool:
    """Withdrawn after its due time a case stays among those due, as overdue."""
    return change.after.state is State.WITHDRAWN and change.is_overdue


def _parent(change: Change) -> Iterator[Effect]:
    if change.event.parent_id is not None:
        query = select(cases.c.case_no).where(cases.c.case_id == change.event.parent_id)
        parent_no = change.ground.conn.execute(query).scalar_one()
        yield Effect("parent", "parent_unchanged", None, parent_no, "starts")


def _orders(change: Change) -> Iterator[Effect]:
    if change.event.kind is Kind.REPLY:
        count = len(pending(change.ground.conn, change.before.case_id).orders)
        yield Effect("open_orders", "answered_once", count, count - 1, "counts")


TOLD: tuple[Callable[[Change], Iterator[Effect]], ...] = (
    _state,
    _case_due,
    _accept_by,
    _until,
    _extension,
    _holder,
    _visited,
    _level,
    _counters,
    _orders,
    _parent,
    _ending,
)
