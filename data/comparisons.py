"""A number against the period and the year before, ready to be read."""

from dataclasses import dataclass

from sqlalchemy import Connection

from data import metrics
from data.metrics.comparison import (
    NOTHING,
    Against,
    Change,
    change,
    earlier,
    is_known,
    is_near_festival,
)
from data.metrics.evaluate import Source
from data.metrics.figure import Figure, Question


@dataclass(frozen=True, slots=True)
class Compared:
    """An earlier figure of a metric, its question, and what has changed since."""

    against: Against
    question: Question
    figure: Figure
    change: Change


def comparisons(
    conn: Connection, question: Question, now: Figure, source: Source | None = None
) -> tuple[Compared, ...]:
    """What a figure may be compared with; nothing that has no base.

    The Spring Festivals are laid upon each other only where one is near the window.
    """
    kinds = [Against.PERIOD_BEFORE, Against.YEAR_BEFORE]
    if is_near_festival(question):
        kinds.append(Against.FESTIVAL_BEFORE)
    found = [_compared(conn, question, now, against, source) for against in kinds]
    return tuple(one for one in found if one and one.change != NOTHING)


def _compared(
    conn: Connection, question: Question, now: Figure, against: Against, source: Source | None
) -> Compared | None:
    before = earlier(question, against)
    if before is None or not is_known(conn, before):
        return None
    name = now.metric.name
    figure = metrics.measure(conn, before, [name], source)[name]
    return Compared(against, before, figure, change(now, figure))
