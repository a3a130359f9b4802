"""What would lift the rate most: whose open cases are missing from its numerator, and how many."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from sqlalchemy import Connection, Select, and_, func, select

from data import metrics
from data.closure_rates.groups import groups_of
from data.metrics.base import LIMIT, filtered
from data.metrics.closure import due_cases
from data.metrics.evaluate import Source
from data.metrics.figure import WINDOW, By, Figure, Question, Shape
from data.metrics.groups import group_of
from data.metrics.standing import standing
from data.standings import DUE
from data.terms import State


@dataclass(frozen=True, slots=True)
class Step:
    """One group: if it closed all its open cases that were due, the rate would rise by `gain`.

    `reached`: the rate once this group and all those before it had done so.
    """

    code: str
    name: str
    missing: int  # of the numerator; all that the list behind it holds
    withdrawn: int  # after they were due: nobody can close them any more
    gain: Fraction
    reached: Fraction
    is_open: bool  # a list holds exactly these

    @property
    def open_count(self) -> int:
        """Cases that can still be closed."""
        return self.missing - self.withdrawn


@dataclass(frozen=True, slots=True)
class Lift:
    """All groups with open cases, most first, and what no group can lift."""

    steps: tuple[Step, ...]
    open_count: int
    withdrawn: int
    best: Fraction | None  # the rate if everything open were closed; None when nothing was due


def lift(conn: Connection, question: Question, rate: Figure, by: By, source: Source | None) -> Lift:
    """The steps from the closure rate of the cases due to the best it can become."""
    if not rate.denominator:
        return Lift((), 0, 0, None)
    groups = groups_of(conn, question, by)
    told = groups.summed(metrics.measure_by(conn, question, by, (DUE,), source))
    missing = {code: figures[DUE].missing or 0 for code, figures in told.items()}
    gone: dict[str, int] = defaultdict(int)
    for code, count in conn.execute(_withdrawn(question.shape, by), question.values):
        gone[groups.line_of.get(code, code)] += count
    steps, closed = [], rate.numerator or 0
    for code in sorted(missing, key=lambda code: (gone[code] - missing[code], code)):
        if missing[code] == gone[code]:
            continue
        closed += missing[code] - gone[code]
        steps.append(
            Step(
                code=code,
                name=groups.names.get(code, ""),
                missing=missing[code],
                withdrawn=gone[code],
                gain=Fraction(missing[code] - gone[code], rate.denominator),
                reached=Fraction(closed, rate.denominator),
                is_open=code not in groups.above and not gone[code],
            )
        )
    best = Fraction(closed, rate.denominator)
    return Lift(tuple(steps), closed - (rate.numerator or 0), sum(gone.values()), best)


@lru_cache(LIMIT)
def _withdrawn(shape: Shape, by: By) -> Select:
    """By group the cases due that were withdrawn after their due time."""
    rows = filtered(due_cases, shape)
    gone = standing(
        WINDOW.known_before,
        lambda c: and_(
            c.c.due_at >= WINDOW.start,
            c.c.due_at < WINDOW.due_before,
            c.c.state == State.WITHDRAWN,
        ),
    )
    code, joined = group_of(rows, by)
    joined = joined.join(gone, gone.c.case_id == rows.c.case_id)
    return select(code, func.count()).select_from(joined).group_by(code)
