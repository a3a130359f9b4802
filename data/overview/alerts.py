"""What is lit, each lamp in one sentence."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from data.config import settings
from data.lamps import SEVERITY
from data.metrics.figure import Question
from data.metrics.measure import Part
from data.overview.groups import GroupLine
from data.terms import Lamp


@dataclass(frozen=True, slots=True)
class Alert:
    """One lit lamp in a sentence: key and values of the catalogue, and the number it opens."""

    lamp: Lamp
    key: str
    values: dict[str, object]
    metric: str
    part: Part
    question: Question


def alerts_of(
    window: Question, channels: Iterable[GroupLine], units: Iterable[GroupLine], overdue: Alert
) -> tuple[Alert, ...]:
    """Every lit lamp as one sentence, worst first."""
    found = [_rate_alert(line, replace(window, channel=line.code)) for line in channels]
    found += [_rate_alert(line, replace(window, unit=line.code)) for line in units]
    lit = [alert for alert in (*found, overdue) if alert.lamp is not Lamp.NONE]
    return tuple(sorted(lit, key=lambda alert: -SEVERITY.index(alert.lamp)))


def overdue_alert(window: Question, lamp: Lamp, count: int, backlog: int) -> Alert:
    """How many are overdue of what is open."""
    values: dict[str, object] = {"count": count, "backlog": backlog}
    name = "overdue_now_count"
    return Alert(lamp, "alert.overdue_now", values, name, "numerator", window)


def _rate_alert(line: GroupLine, question: Question) -> Alert:
    rate = line.figures["closure_rate_due"]
    values: dict[str, object] = {
        "name": line.name,
        "rate": rate.text,
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "target": settings().lamps.closure_rate_due.target,
    }
    return Alert(line.lamp, "alert.closure_rate_due", values, rate.metric.name, "missing", question)
