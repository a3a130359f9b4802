"""What worked examples are written with: a January, and figures that both computations agree on."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from data.metrics.figure import Question
from data.terms import Event, Kind
from tests import independent
from tests.agreement import check
from tests.builders import day, event
from tests.independent import Parts

INSTANT = timedelta(microseconds=1)
NEXT_MONTH = day(1, month=2)
T = day(15, month=2)
NONE = [(0, None, None), (None, 0, 0), (None, None, None)]


def january(as_of: datetime = T, **filters: str | None) -> Question:
    """All of January 2026, seen in the middle of February."""
    return Question(day(1), NEXT_MONTH, as_of, **filters)


def numbers(conn: Connection, question: Question, *names: str) -> list[float | None]:
    """Values of figures, once both computations agree on every figure, group and list."""
    found = check(conn, question, *names)
    return [found[name][0] for name in names]


def share(conn: Connection, name: str, question: Question | None = None) -> tuple[object, object]:
    """Numerator and denominator."""
    _, numerator, denominator, _ = check(conn, question or january(), name)[name]
    return numerator, denominator


def of_units(conn: Connection, name: str, question: Question | None = None) -> dict[str, Parts]:
    """The figure of each unit that has one."""
    question = question or january()
    check(conn, question, name)
    groups = independent.figures_by(independent.load(conn), question, "unit")
    return {code: found[name] for code, found in groups.items() if found[name][:3] not in NONE}


def shares_of_units(
    conn: Connection, name: str, question: Question | None = None
) -> dict[str, tuple[object, object]]:
    """Numerator and denominator of each unit that has any."""
    return {code: parts[1:3] for code, parts in of_units(conn, name, question).items()}


def moved(kind: Kind, at: datetime, unit_id: int | None) -> Event:
    """An event that says who holds the case from then on."""
    return event(kind, at, to_unit_id=unit_id)


def closed(at: datetime) -> Event:
    """A closing."""
    return event(Kind.CLOSE, at)
