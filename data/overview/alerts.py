"""What is lit, each lamp in one sentence."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from data.config import Lines, settings
from data.lamps import SEVERITY
from data.metrics.figure import Figure, Question
from data.metrics.measure import Part
from data.overview.waiting import Unaccepted
from data.standings import DUE, GroupLine
from data.terms import Lamp
from data.ticket_flow.listed import LATE
from data.words import word


@dataclass(frozen=True, slots=True)
class Alert:
    """One lit lamp in a sentence: key and values of the catalogue, and what it opens.

    That is a part of a metric; or, where no metric tells of it, a list of the flow screen.
    """

    lamp: Lamp
    key: str
    values: dict[str, object]
    question: Question
    metric: str = ""
    part: Part = "missing"
    flow_list: str = ""


def lit(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Those whose lamp is lit, worst first."""
    found = [alert for alert in alerts if alert.lamp is not Lamp.NONE]
    return tuple(sorted(found, key=lambda alert: -SEVERITY.index(alert.lamp)))


def closure_alert(window: Question, lamp: Lamp, rate: Figure) -> Alert:
    """The closure rate of all of it."""
    values = _rate_values(rate, settings().lamps.closure_rate_due)
    return Alert(lamp, "alert.closure_rate_due.whole", values, window, rate.metric.name)


def on_time_alert(window: Question, lamp: Lamp, rate: Figure) -> Alert:
    """How many of the cases due were closed on time."""
    values = _rate_values(rate, settings().lamps.on_time_rate)
    return Alert(lamp, "alert.on_time_rate", values, window, rate.metric.name)


def overdue_alert(window: Question, lamp: Lamp, count: int, backlog: int) -> Alert:
    """How many are overdue of what is open."""
    values: dict[str, object] = {"count": count, "backlog": backlog}
    return Alert(lamp, "alert.overdue_now", values, window, "overdue_now_count", "numerator")


def unaccepted_alert(window: Question, lamp: Lamp, told: Unaccepted) -> Alert:
    """How many wait too long of those that wait to be accepted."""
    values: dict[str, object] = {"over": told.over_limit, "waiting": told.waiting}
    return Alert(lamp, "alert.unaccepted", values, window, flow_list=LATE)


def channel_alerts(window: Question, lines: Iterable[GroupLine]) -> list[Alert]:
    """The closure rate of each channel whose lamp is lit."""
    return [_line_alert(line, replace(window, channel=line.code)) for line in _lit(lines)]


def unit_alerts(window: Question, lines: Iterable[GroupLine]) -> list[Alert]:
    """The closure rate of each unit whose lamp is lit."""
    return [_line_alert(line, replace(window, unit=line.code)) for line in _lit(lines)]


def _lit(lines: Iterable[GroupLine]) -> list[GroupLine]:
    return [line for line in lines if line.lamp is not Lamp.NONE]


def _line_alert(line: GroupLine, question: Question) -> Alert:
    rate = line.figures[DUE]
    name = {"name": line.name or word("case.nobody")}
    values = name | _rate_values(rate, settings().lamps.closure_rate_due)
    return Alert(line.lamp, "alert.closure_rate_due", values, question, rate.metric.name)


def _rate_values(rate: Figure, lines: Lines) -> dict[str, object]:
    return {
        "rate": rate.text,
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "target": lines.target,
    }
