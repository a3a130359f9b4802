"""What an action does to state, holder, level and counters of a case, and to the rates."""

from collections.abc import Iterator

from sqlalchemy import select

from data.actions.change import Change
from data.actions.effects import Effect
from data.actions.pending import pending
from data.directory import centre_id, name_of_unit, units_visited
from data.schema import cases, live_events, units
from data.terms import LEFT_OUT_STATES, Kind, Lamp, State
from data.words import word

MANY_UNITS = 5  # from this many units visited a lamp is lit


def state(change: Change) -> Iterator[Effect]:
    """The state it is in then."""
    before, after = change.before.state, change.after.state
    if before != after:
        yield Effect("state", "table", word(f"state.{before}"), word(f"state.{after}"), "turns")


def holder(change: Change) -> Iterator[Effect]:
    """Who holds it then, and who answers for it if it is overdue."""
    if change.before.unit_id == change.after.unit_id:
        return
    before, after = change.before.holder_name, _unit(change, change.after.unit_id)
    yield Effect("holder", "unit_clock", before, after, "changes")
    if change.before.due_at is not None:
        due = _holder_at_due(change) if change.is_overdue else None
        credit = (due, due, "unchanged") if change.is_overdue else (None, after, "changes")
        yield Effect("overdue_credit", "holder_at_due", *credit)


def _holder_at_due(change: Change) -> str | None:
    """Who held it when it fell due, whoever has it now."""
    event, case = live_events, change.before
    query = (
        select(units.c.name)
        .join(event, event.c.to_unit_id == units.c.unit_id)
        .where(event.c.case_id == case.case_id, event.c.at <= case.due_at)
        .order_by(event.c.at.desc(), event.c.source_order.desc(), event.c.event_id.desc())
    )
    name: str | None = change.ground.conn.execute(query.limit(1)).scalar()
    return name


def _unit(change: Change, unit_id: int | None) -> str | None:
    return name_of_unit(change.ground.conn, unit_id)


def visited(change: Change) -> Iterator[Effect]:
    """How many units have held it; many light a lamp."""
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


def counters(change: Change) -> Iterator[Effect]:
    """What is counted once more."""
    for name, rule in COUNTERS.items():
        before, after = getattr(change.before, name), getattr(change.after, name)
        if before != after:
            yield Effect(name, rule, before, after, "counts")


def level(change: Change) -> Iterator[Effect]:
    """The level and the grade of an escalation."""
    if change.event.kind is not Kind.ESCALATE:
        return
    before, after = change.before.level, change.after.level
    yield Effect(
        "level", "one_level_up", before and word(f"level.{before}"), word(f"level.{after}"), "turns"
    )
    yield Effect("grade", "whistle", None, word(f"grade.{change.event.grade}"), "starts")


def ending(change: Change) -> Iterator[Effect]:
    """What its end does to the rates."""
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


def parent(change: Change) -> Iterator[Effect]:
    """The case that it goes into."""
    if change.event.parent_id is not None:
        query = select(cases.c.case_no).where(cases.c.case_id == change.event.parent_id)
        parent_no = change.ground.conn.execute(query).scalar_one()
        yield Effect("parent", "parent_unchanged", None, parent_no, "starts")


def orders(change: Change) -> Iterator[Effect]:
    """How many orders still wait for a reply."""
    if change.event.kind is Kind.REPLY:
        count = len(pending(change.ground.conn, change.before.case_id).orders)
        yield Effect("open_orders", "answered_once", count, count - 1, "counts")
