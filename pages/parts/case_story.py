"""What happened to one case as a timeline: its events, and the times that passed between them."""

from datetime import datetime

from components.formats import format_duration, format_instant
from components.timeline import Step
from data.case_file import CaseFile, Moment, Order
from data.requests import reason_words
from data.terms import Kind, Lamp
from data.words import word
from pages.parts.case_clock import case_lamp, limit_text, unit_name

COUNTED = frozenset({Kind.RETURN, Kind.REOPEN, Kind.FAIL_CHECK})


def case_steps(case: CaseFile, now: datetime) -> list[Step]:
    """The events, oldest first, and among them when it fell due and when no reply had come."""
    steps = [_step(str(place), moment, now) for place, moment in enumerate(case.moments)]
    if case.is_open:
        steps += [_missing(order, now) for order in case.orders if _is_missed(order, now)]
    if case_lamp(case, now) is Lamp.RED and case.line.due_at is not None:
        steps.append(_due(case, case.line.due_at))
    return sorted(steps, key=lambda step: step.at)


def _step(key: str, moment: Moment, now: datetime) -> Step:
    is_accept = moment.kind is Kind.ACCEPT
    return Step(
        key=key,
        at=moment.at,
        action=_action(moment),
        detail="　".join(_details(moment)),
        effect="，".join(_effects(moment, now)),
        effect_lamp=moment.lamp if is_accept else Lamp.NONE,
        lamp=Lamp.NONE if is_accept else moment.lamp,
    )


def _due(case: CaseFile, due_at: datetime) -> Step:
    """The case fell due and was still open."""
    holds = (hold for hold in case.holds if hold.start <= due_at < (hold.end or due_at))
    holder = next((hold.unit for hold in holds), case.line.unit)
    detail = word("case.story.due_detail", unit=unit_name(holder))
    return Step("due", due_at, word("case.story.due"), detail, lamp=Lamp.RED)


def _is_missed(order: Order, now: datetime) -> bool:
    return order.is_open and order.is_late(now)


def _missing(order: Order, now: datetime) -> Step:
    """The time set for a reply passed without one."""
    assert order.until_at is not None
    late = format_duration((now - order.until_at).total_seconds() / 3600)
    return Step(
        f"missing {order.at}",
        order.until_at,
        word("case.story.missing"),
        "　".join([order_name(order), unit_name(order.unit)]),
        word("case.story.late", duration=late),
        lamp=Lamp.ORANGE,
    )


def order_name(order: Order | Moment) -> str:
    """第 1 轮　督办单 2026-118; what is no supervision has no rounds."""
    number = word("case.order_no", order_no=order.order_no) if order.order_no else ""
    if order.kind is not Kind.SUPERVISE:
        return number
    return "　".join(part for part in (word("case.round", count=order.count), number) if part)


def _action(moment: Moment) -> str:
    if moment.kind is Kind.OBSERVE and moment.to_state is not None:
        return word(f"state.{moment.to_state}")
    return word(f"kind.{moment.kind}")


def _details(moment: Moment) -> list[str]:
    """Which order, who to whom, level and grade, reason, note, and by whom."""
    parts = []
    if moment.order_no or moment.kind is Kind.SUPERVISE:
        parts.append(order_name(moment))
    parts.append(_units(moment))
    if moment.kind is Kind.ESCALATE and moment.level:
        parts.append(word(f"level.{moment.level}"))
    if moment.grade:
        parts.append(word(f"grade.{moment.grade}"))
    if moment.reason:
        parts.append(word("case.reason", reason=reason_words(moment.reason)))
    if moment.note:
        parts.append(moment.note)
    if moment.who:
        parts.append(word("case.by", who=moment.who))
    return [part for part in parts if part]


def _units(moment: Moment) -> str:
    who = unit_name(moment.to_unit or moment.holder)
    if moment.from_unit and moment.to_unit and moment.from_unit != moment.to_unit:
        came_from = unit_name(moment.from_unit)
        return word("case.from_to", from_unit=came_from, to_unit=who)
    return who


def _effects(moment: Moment, now: datetime) -> list[str]:
    """What an event did to the clocks, in few words."""
    effects = []
    if moment.kind in COUNTED and moment.count > 1:
        effects.append(word("case.story.count", count=moment.count))
    if moment.held_hours is not None:
        effects.append(word("case.story.held", duration=format_duration(moment.held_hours)))
    if moment.waited_hours is not None:
        effects.append(_waited(moment, moment.waited_hours))
    if moment.accept_by is not None:
        effects.append(word("case.story.accept_by", at=format_instant(moment.accept_by, now)))
    if moment.until_at is not None:
        effects.append(word(f"case.until.{moment.kind}", at=format_instant(moment.until_at, now)))
    if moment.is_adjusted:
        effects.append(word("case.adjusted"))
    if moment.due_at is not None:
        key = "case.due_until" if moment.kind is Kind.REPORT else "case.due_from"
        effects.append(word(key, at=format_instant(moment.due_at, now)))
    return effects


def _waited(moment: Moment, hours: float) -> str:
    waited = format_duration(hours)
    if moment.limit is None:
        return word("case.waited", waited=waited)
    return word("case.waited_limit", waited=waited, limit=limit_text(moment.limit))
