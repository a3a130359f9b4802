"""What an action does to the times of a case: due, to be accepted, to be answered, extended."""

from collections.abc import Iterator
from datetime import datetime

from data.actions.change import Change
from data.actions.effects import Effect
from data.config import settings
from data.deadlines import approval_from
from data.terms import LEFT_OUT_STATES, Kind


def case_due(change: Change) -> Iterator[Effect]:
    """When it is due then, by which rule."""
    before, after = change.before.due_at, change.after.due_at
    if (before is None and after is None) or change.after.state in LEFT_OUT_STATES:
        return
    rule = _due_rule(change)
    if change.event.kind is Kind.PAUSE and before is not None:
        after = _due_after_pause(change, before)
        rule = "stands_still" if before != after else _still_rule(change)
    yield Effect("case_due", rule, before, after, "unchanged" if before == after else "moves")


def _due_after_pause(change: Change, due_at: datetime) -> datetime:
    """When it would be due if the pause ends as planned."""
    ends_at = change.event.until_at
    assert ends_at is not None  # no pause without a planned end
    return change.ground.clock.due_after_pause(due_at, change.event.at, ends_at)


def _due_rule(change: Change) -> str:
    kind, moves = change.event.kind, change.before.due_at != change.after.due_at
    if kind is Kind.APPROVE_EXTENSION:
        return "granted_late" if change.is_overdue else "granted"
    if change.before.paused_at is not None and change.event.to_state is not None:
        return "ends_pause" if moves else _still_rule(change)
    if kind is Kind.REOPEN and not moves:
        return "source_moves"
    return DUE_RULES.get(kind, "keeps_due")


def _still_rule(change: Change) -> str:
    """Why the due time stays although a pause begins or ends."""
    if change.ground.clock.limit is None:
        return "source_moves"
    return "late_pause" if change.is_overdue else "moves_nothing"


DUE_RULES = {
    Kind.REOPEN: "from_reopening",
    Kind.REQUEST_EXTENSION: "asked_is_not_granted",
    Kind.CLOSE: "clock_stops",
}


def accept_by(change: Change) -> Iterator[Effect]:
    """Until when the unit is to accept it."""
    accept_by = change.event.accept_due_at
    if accept_by is not None:
        yield Effect("accept_by", "accept_limit", None, accept_by, "starts")


def until(change: Change) -> Iterator[Effect]:
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


def extension(change: Change) -> Iterator[Effect]:
    """How often it may still be extended, and from when somebody may decide."""
    quota, count = settings().cases.extension_quota, change.before.extension_count
    if change.event.kind is Kind.REQUEST_EXTENSION:
        calendar, cut_off = change.ground.clock.calendar, settings().calendar.extension_cut_off
        start = approval_from(calendar, change.event.at, cut_off)
        yield Effect("approvable_from", "cut_off", None, start, "starts")
        yield Effect(
            "extensions_left", "extension_quota", quota - count, quota - count, "unchanged"
        )
    if change.event.kind is Kind.APPROVE_EXTENSION:
        left = max(0, quota - count)
        yield Effect("extensions_left", "extension_quota", left, max(0, left - 1), "counts")
