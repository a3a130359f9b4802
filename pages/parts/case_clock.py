"""The clock of one case: elapsed time with its due tick, who held it, and what set the due time."""

from datetime import datetime

from components.clock import Clock, Span
from components.formats import format_duration, format_instant
from data.calendar import Limit
from data.case_file import CaseFile
from data.config import settings
from data.terms import Lamp, State
from data.words import word


def case_lamp(case: CaseFile, now: datetime) -> Lamp:
    """Red for an open case past its due time; nothing else lights a case."""
    left = case.hours_left(now)
    is_late = left is not None and left < 0
    return Lamp.RED if case.is_open and is_late and not case.is_waiting else Lamp.NONE


def clock_note(case: CaseFile, now: datetime) -> str:
    """Limit, gross, net and paused time in words, and the rule that set the due time."""
    limit = word("case.no_limit")
    if case.limit is not None:
        limit = word("case.limit", limit=limit_text(case.limit))
    spent = word(
        "case.clock_note",
        limit=limit,
        gross=format_duration(case.gross_hours(now)),
        net=format_duration(case.net_hours(now)),
        pauses=len(case.pauses),
        paused=format_duration(case.paused_hours(now)),
    )
    if case.due_rule is None:
        return spent
    rule, at = case.due_rule
    return spent + word(f"case.due_rule.{rule}", at=format_instant(at, now))


def case_clock(case: CaseFile, now: datetime) -> Clock:
    """Elapsed time with its due tick, and who held the case."""
    until = case.ended_at or now
    return Clock(
        opened_at=case.line.opened_at,
        until=until,
        due_at=case.line.due_at,
        is_ended=not case.is_open,
        state_text=_state_text(case, now),
        lamp=case_lamp(case, now),
        pauses=[
            Span(start, end or until, word("case.pause", duration=_between(start, end or until)))
            for start, end in case.pauses
        ],
        holdings=[Span(hold.start, hold.end or until, unit_name(hold.unit)) for hold in case.holds],
    )


def unit_name(name: str | None) -> str:
    """A unit as it is called on a case; the centre by its short word."""
    if name == settings().district.centre:
        return word("case.centre")
    return name or word("case.nobody")


def limit_text(limit: Limit) -> str:
    """A limit of a category: 3 工作日."""
    return f"{limit.amount} {word(f'limit_unit.{limit.unit}')}"


def _between(start: datetime, end: datetime) -> str:
    return format_duration((end - start).total_seconds() / 3600)


def _state_text(case: CaseFile, now: datetime) -> str:
    left = case.hours_left(now)
    if left is None:
        return word("case.no_due")
    if case.is_open and case.is_waiting:
        return word("case.waiting")
    duration = format_duration(abs(left))
    if case.is_open:
        return word("case.overdue" if left < 0 else "case.left", duration=duration)
    if case.line.state != State.CLOSED:
        return word(f"state.{case.line.state}")
    return word("case.closed_late" if left < 0 else "case.closed_in_time", duration=duration)
