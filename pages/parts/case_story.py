"""One case as facts, clock and timeline."""

from datetime import datetime

from components.clock import Clock, Span
from components.facts import Fact
from components.formats import format_duration, format_instant
from components.mount import Bit
from components.timeline import Step
from data.calendar import Limit
from data.case_file import CaseFile, Moment
from data.config import settings
from data.terms import Kind, Lamp, State
from data.words import catalogue, word


def case_lamp(case: CaseFile, now: datetime) -> Lamp:
    """Red for an open case past its due time; nothing else lights a case."""
    left = case.hours_left(now)
    is_late = left is not None and left < 0
    return Lamp.RED if case.is_open and is_late and not case.is_waiting else Lamp.NONE


def case_facts(case: CaseFile) -> list[Fact]:
    """Stage, holder, category, place, channel, moves, pressing."""
    line = case.line
    moves = word(
        "case.moves_text",
        transfers=case.transfer_count,
        returns=case.return_count,
        reopens=case.reopen_count,
    )
    place = " ".join(part for part in (line.area, case.address) if part)
    facts = [
        Fact(word("case.stage"), [Bit(word(f"state.{line.state}"), is_bold=True)]),
        Fact(word("case.holder"), unit_name(line.unit)),
        Fact(word("case.category"), case.category_path or word("case.nobody")),
        Fact(word("case.place"), place or word("case.nobody")),
        Fact(word("case.channel"), line.channel or word("case.nobody")),
        Fact(word("case.moves"), moves),
    ]
    if case.supervision_count:
        text = word("case.supervisions_text", count=case.supervision_count)
        facts.append(Fact(word("case.supervisions"), text))
    return facts


def clock_note(case: CaseFile, now: datetime) -> str:
    """Limit, gross, net and paused time in words."""
    limit = word("case.no_limit")
    if case.limit is not None:
        limit = word("case.limit", limit=_limit_text(case.limit))
    return word(
        "case.clock_note",
        limit=limit,
        gross=format_duration(case.gross_hours(now)),
        net=format_duration(case.net_hours(now)),
        pauses=len(case.pauses),
        paused=format_duration(case.paused_hours(now)),
    )


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


def case_steps(case: CaseFile, now: datetime) -> list[Step]:
    """The events of the case, oldest first."""
    return [
        Step(
            key=str(place),
            at=moment.at,
            action=_action(moment),
            detail=_detail(moment),
            effect=_effect(moment, now),
            effect_lamp=moment.lamp if moment.kind is Kind.ACCEPT else Lamp.NONE,
            lamp=moment.lamp if moment.kind is not Kind.ACCEPT else Lamp.NONE,
        )
        for place, moment in enumerate(case.moments)
    ]


def _action(moment: Moment) -> str:
    if moment.kind is Kind.OBSERVE and moment.to_state is not None:
        return word(f"state.{moment.to_state}")
    return word(f"kind.{moment.kind}")


def _detail(moment: Moment) -> str:
    who = unit_name(moment.to_unit or moment.holder)
    if moment.from_unit and moment.to_unit and moment.from_unit != moment.to_unit:
        came_from = unit_name(moment.from_unit)
        who = word("case.from_to", from_unit=came_from, to_unit=who)
    parts = [who]
    if moment.reason:
        parts.append(word("case.reason", reason=_reason(moment.reason)))
    if moment.note:
        parts.append(moment.note)
    return "　".join(parts)


def _limit_text(limit: Limit) -> str:
    return f"{limit.amount} {word(f'limit_unit.{limit.unit}')}"


def _reason(reason: str) -> str:
    """A reason of the form is a key; one that came with the data is its own words."""
    key = f"reassign.reason.{reason}"
    return word(key) if key in catalogue(settings().language) else reason


def _effect(moment: Moment, now: datetime) -> str:
    if moment.waited_hours is not None:
        waited = format_duration(moment.waited_hours)
        if moment.limit is None:
            return word("case.waited", waited=waited)
        return word("case.waited_limit", waited=waited, limit=_limit_text(moment.limit))
    if moment.is_adjusted:
        return word("case.adjusted")
    if moment.due_at is None:
        return ""
    key = "case.due_until" if moment.kind is Kind.REPORT else "case.due_from"
    return word(key, at=format_instant(moment.due_at, now))
