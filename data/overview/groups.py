"""Units and channels side by side: their rates, what changed, the lamp a rule lit."""

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Connection, select

from data import metrics
from data.config import settings
from data.directory import Unit, names_of, takers
from data.lamps import lamp_below
from data.metrics.comparison import change
from data.metrics.evaluate import Source
from data.metrics.figure import By, Figure, Question
from data.schema import units
from data.terms import DISTRICT, Lamp, UnitKind

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


@dataclass(frozen=True, slots=True)
class Groups:
    """Channels and units with a base, worst first; units of one kind are peers."""

    channels: tuple[GroupLine, ...]
    units: tuple[GroupLine, ...]
    kinds: dict[str, str]  # of the units, by code
    idle_towns: tuple[str, ...]  # the names of those without a base: listed apart, unranked
    idle_departments: tuple[str, ...]

    @property
    def towns(self) -> tuple[GroupLine, ...]:
        """Towns and streets."""
        return self._of(UnitKind.TOWN)

    @property
    def departments(self) -> tuple[GroupLine, ...]:
        """Departments of the district."""
        return self._of(UnitKind.DEPARTMENT)

    @property
    def others(self) -> tuple[GroupLine, ...]:
        """All other units, and what carries no unit."""
        return self._of(*(set(UnitKind) - {UnitKind.TOWN, UnitKind.DEPARTMENT}))

    def _of(self, *wanted: UnitKind) -> tuple[GroupLine, ...]:
        kinds = self.kinds
        return tuple(one for one in self.units if kinds.get(one.code, UnitKind.OTHER) in wanted)


def groups_of(
    conn: Connection, window: Question, before: Question | None, rate: str, source: Source
) -> Groups:
    """Who has a base in a window; without a window before nothing has changed."""
    lines = group_lines(conn, window, before, "unit", rate, source)
    idle = _idle(conn, lines) if window.within == DISTRICT else []
    return Groups(
        channels=group_lines(conn, window, before, "channel", rate, source),
        units=lines,
        kinds=dict(conn.execute(select(units.c.code, units.c.kind)).all()),
        idle_towns=tuple(one.name for one in idle if one.kind is UnitKind.TOWN),
        idle_departments=tuple(one.name for one in idle if one.kind is UnitKind.DEPARTMENT),
    )


def group_lines(
    conn: Connection,
    window: Question,
    before: Question | None,
    by: By,
    rate: str,
    source: Source,
) -> tuple[GroupLine, ...]:
    """Groups with a base, worst first; small ones after, by code."""
    names = names_of(conn, by)
    now_figures = metrics.measure_by(conn, window, by, RATES, source)
    then = metrics.measure_by(conn, before, by, (rate,), source) if before else {}
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


def rate_of(figures: Figures) -> str:
    """The closure rate of the tables: by cohort where nothing has a due time."""
    return "closure_rate_due" if figures["closure_rate_due"].denominator else "closure_rate_cohort"


def closure_lamp(figures: Figures) -> Lamp:
    """The lamp of the closure rate by due time."""
    rate = figures["closure_rate_due"]
    return lamp_below(settings().lamps.closure_rate_due, rate.numerator, rate.denominator)


def _worst_first(rate: Figure, code: str) -> tuple[bool, float, str]:
    is_small = (rate.denominator or 0) < settings().lamps.minimum_base
    return is_small, 0.0 if is_small else rate.value or 0.0, code


def _idle(conn: Connection, lines: tuple[GroupLine, ...]) -> list[Unit]:
    """The active units that no line tells of."""
    told = {line.code for line in lines}
    return [unit for unit in takers(conn) if unit.code not in told]
