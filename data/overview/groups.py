"""Units and channels side by side: their rates, what changed, the lamp a rule lit."""

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Connection

from data import metrics
from data.config import settings
from data.directory import names_of, takers
from data.lamps import lamp_below
from data.metrics.comparison import change, is_known
from data.metrics.evaluate import Source
from data.metrics.figure import By, Figure, Question
from data.terms import DISTRICT, Lamp, Scope, UnitKind

Figures = dict[str, Figure]
RATES = ("closure_rate_due", "closure_rate_cohort", "on_time_rate")


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One unit or channel: its rates, the same span before, and the lamp a rule lit."""

    code: str
    name: str
    figures: Figures
    change: Fraction | None  # of the closure rate of the tables
    lamp: Lamp


def group_lines(
    conn: Connection,
    window: Question,
    before: Question,
    by: By,
    rate: str,
    source: Source | None,
) -> tuple[GroupLine, ...]:
    """Groups with a base, worst first; small ones after, by code."""
    names = names_of(conn, by)
    now_figures = metrics.measure_by(conn, window, by, RATES, source)
    then = {}
    if is_known(conn, before):
        then = metrics.measure_by(conn, before, by, (rate,), source)
    lines = [
        GroupLine(
            code,
            names.get(code, ""),
            figures,
            change(figures[rate], then.get(code, {}).get(rate)).amount,
            closure_lamp(figures),
        )
        for code, figures in now_figures.items()
        if figures[rate].denominator
    ]
    return tuple(sorted(lines, key=lambda line: _worst_first(line.figures[rate], line.code)))


def closure_lamp(figures: Figures) -> Lamp:
    """The lamp of the closure rate by due time."""
    rate = figures["closure_rate_due"]
    return lamp_below(settings().lamps.closure_rate_due, rate.numerator, rate.denominator)


def _worst_first(rate: Figure, code: str) -> tuple[bool, float, str]:
    is_small = (rate.denominator or 0) < settings().lamps.minimum_base
    return is_small, 0.0 if is_small else rate.value or 0.0, code


def of_kind(
    lines: tuple[GroupLine, ...], kinds: dict[str, str], wanted: set[UnitKind]
) -> tuple[GroupLine, ...]:
    """The lines of units of some kinds; `kinds` by code."""
    return tuple(line for line in lines if kinds.get(line.code, UnitKind.OTHER) in wanted)


def idle_units(
    conn: Connection, lines: tuple[GroupLine, ...], scope: Scope, kind: UnitKind
) -> tuple[str, ...]:
    """The active units of a kind that no line tells of."""
    if scope != DISTRICT:
        return ()
    told = {line.code for line in lines}
    return tuple(u.name for u in takers(conn) if u.kind is kind and u.code not in told)
