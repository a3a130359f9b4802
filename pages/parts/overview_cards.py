"""The six figure cards of the overview."""

from dataclasses import replace

from components.formats import (
    format_compared,
    format_count,
    format_duration,
    format_fraction,
    format_share,
    format_time,
)
from components.kpis import Card
from components.mount import Bit, Line
from data.config import settings
from data.metrics.comparison import NOTHING
from data.metrics.figure import Figure
from data.overview import Overview
from data.overview.waiting import Unaccepted
from data.terms import Lamp
from data.ticket_flow.listed import LATE, WAITING
from data.words import word


def overview_cards(answer: Overview, period: str, is_stale: bool, is_past: bool) -> list[Card]:
    """What came in, the closure rate on both bases, on time, what is open, what is late."""
    now = word("overview.then" if is_past else "overview.now")
    cards = [
        _opened_today(answer),
        _rate_card(answer, "closure_rate_due", period, _worst_channel(answer), answer.closure_lamp),
        _rate_card(answer, "closure_rate_cohort", period, word("overview.cohort_why"), Lamp.NONE),
        _rate_card(answer, "on_time_rate", period, _compared(answer, period), answer.on_time_lamp),
        _backlog(answer, now),
        _overdue_now(answer, now),
    ]
    return [replace(card, is_stale=is_stale) for card in cards]


def _opened_today(answer: Overview) -> Card:
    weekday = word(f"weekday.{answer.last_week.start.astimezone(settings().zone).weekday()}")
    is_known = answer.opened_change != NOTHING
    count = answer.of_last_week["opened_count"].text
    change = format_compared(answer.opened_change)
    return Card(
        key="opened_count",
        label=word("metric.opened_count"),
        variant=word("overview.today"),
        value_text=answer.of_today["opened_count"].text,
        unit_text=word("overview.cases"),
        base=word(
            "overview.to_now", time=format_time(answer.now), channels=len(answer.groups.channels)
        ),
        note=word("overview.last_week", weekday=weekday, count=count, change=change)
        if is_known
        else word("overview.no_last_week", weekday=weekday),
    )


def _worst_channel(answer: Overview) -> Line:
    """A combined rate is never shown without its worst channel."""
    worst = answer.groups.channels[0] if answer.groups.channels else None
    if worst is None or worst.lamp is Lamp.NONE:
        return word("overview.channels_fine")
    rate = worst.figures["closure_rate_due"]
    fraction = format_fraction(rate.numerator, rate.denominator)
    return [Bit(f"{worst.name} {fraction} "), Bit(rate.text, lamp=worst.lamp)]


def _compared(answer: Overview, period: str) -> str:
    """The same span before, and the change in points."""
    before = word(f"period.before.{period}")
    if answer.on_time_change == NOTHING:
        return word("overview.no_before", before=before)
    change = format_compared(answer.on_time_change)
    return word("overview.compared", before=before, change=change)


def _rate_card(answer: Overview, name: str, period: str, note: Line, lamp: Lamp) -> Card:
    figure = answer.figures[name]
    label = word(f"metric.{name}")
    variant = word(f"period.{period}")
    if name != "on_time_rate":  # its base is the closure rate's, two cards to the left
        variant = f"{word(f'metric.{name}.variant')}，{variant}"
    if figure.value is None:
        base = [Bit(word("overview.no_due"), is_bold=True)]
        return Card(name, label, variant, base=base, note=word("overview.no_due_why"))
    fraction = format_fraction(figure.numerator, figure.denominator)
    return Card(
        key=name,
        label=label,
        variant=variant,
        value_text=figure.text.removesuffix("%"),
        unit_text=word("overview.percent"),
        base=[Bit(fraction, is_bold=True), Bit(_missing(figure))],
        note=note,
        lamp=lamp,
    )


def _missing(figure: Figure) -> str:
    return word(f"overview.missing.{figure.metric.name}", count=format_count(figure.missing))


def _backlog(answer: Overview, now: str) -> Card:
    figures = answer.of_today
    return Card(
        key="backlog_count",
        label=word("metric.backlog_count"),
        variant=now,
        value_text=figures["backlog_count"].text,
        unit_text=word("overview.cases"),
        base=word(
            "overview.ledger",
            carried=figures["carried_in_count"].text,
            came=format_count(answer.came_today),
            went=format_count(answer.went_today),
        ),
        note=_unaccepted(answer.unaccepted),
        lamp=answer.unaccepted_lamp,
    )


def _unaccepted(told: Unaccepted) -> Line:
    """What waits to be accepted and what waits too long; each opens its cases, if there are any."""
    waiting = word("overview.unaccepted", count=format_count(told.waiting))
    over = word("overview.unaccepted_over", count=format_count(told.over_limit))
    return [
        Bit(waiting, key=WAITING if told.waiting else ""),
        Bit("，"),
        Bit(over, key=LATE if told.over_limit else ""),
    ]


def _overdue_now(answer: Overview, now: str) -> Card:
    parts = answer.overdue_of_backlog
    share = word("overview.of_backlog", share=format_share(*parts))
    longest = answer.longest_overdue_hours
    return Card(
        key="overdue_now_count",
        label=word("metric.overdue_now_count"),
        variant=now,
        value_text=answer.figures["overdue_now_count"].text,
        unit_text=word("overview.cases"),
        base=[Bit(format_fraction(*parts), is_bold=True), Bit(share)],
        note=word("overview.none_overdue")
        if longest is None
        else word("overview.longest", duration=format_duration(longest)),
        lamp=answer.overdue_lamp,
    )
