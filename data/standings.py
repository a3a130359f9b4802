"""Groups side by side: their rates, what changed, the lamp a rule lit; units beside their peers."""

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Connection, select

from data.config import settings
from data.directory import takers
from data.lamps import lamp_below
from data.metrics.comparison import change
from data.metrics.figure import By, Figure
from data.schema import units
from data.terms import Lamp, UnitKind

Figures = dict[str, Figure]
DUE, COHORT, ON_TIME = "closure_rate_due", "closure_rate_cohort", "on_time_rate"
OTHERS = "others"  # units of any other kind, and what carries no unit
PEERS: dict[str, frozenset[UnitKind]] = {
    "towns": frozenset({UnitKind.TOWN}),
    "departments": frozenset({UnitKind.DEPARTMENT}),
    OTHERS: frozenset(UnitKind) - {UnitKind.TOWN, UnitKind.DEPARTMENT},
}


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One unit, area, category or channel: its rates, what changed, and the lamp a rule lit."""

    code: str
    name: str
    peers: str  # of which units it is one; "" for what is no unit
    figures: Figures
    rate: Figure  # the closure rate by which it stands where it does
    change: Fraction | None  # of that rate against the period before
    lamp: Lamp
    is_open: bool  # not: its code also stands for groups that have lines of their own

    @property
    def is_ranked(self) -> bool:
        """Whether its base is large enough for a rank and a lamp."""
        return (self.rate.denominator or 0) >= settings().lamps.minimum_base


def lines_of(
    conn: Connection,
    by: By,
    rate: str,
    now: dict[str, Figures],
    before: dict[str, Figures],
    names: dict[str, str],
    above: Container[str] = (),
) -> tuple[GroupLine, ...]:
    """Groups with a base, worst first; those with too small a one after, by code."""
    peers = _peers(conn) if by == "unit" else {}
    lines = [
        GroupLine(
            code=code,
            name=names.get(code, ""),
            peers=peers.get(code, OTHERS) if by == "unit" else "",
            figures=figures,
            rate=figures[rate],
            change=change(figures[rate], before.get(code, {}).get(rate)).amount,
            lamp=closure_lamp(figures[DUE]),
            is_open=code not in above,
        )
        for code, figures in now.items()
        if figures[rate].denominator
    ]
    return tuple(sorted(lines, key=_worst_first))


def idle_units(conn: Connection, lines: Iterable[GroupLine]) -> dict[str, tuple[str, ...]]:
    """The names of the active units that no line tells of, by peers."""
    told = {line.code for line in lines}
    found: dict[str, list[str]] = defaultdict(list)
    for unit in takers(conn):
        if unit.code not in told:
            found[_peers_of(unit.kind)].append(unit.name)
    return {name: tuple(names) for name, names in found.items()}


def closure_lamp(rate: Figure) -> Lamp:
    """The lamp of a closure rate of the cases due."""
    return lamp_below(settings().lamps.closure_rate_due, rate.numerator, rate.denominator)


def on_time_lamp(rate: Figure) -> Lamp:
    """The lamp of a rate on time."""
    return lamp_below(settings().lamps.on_time_rate, rate.numerator, rate.denominator)


def _worst_first(line: GroupLine) -> tuple[bool, float, str]:
    return not line.is_ranked, (line.rate.value or 0.0) if line.is_ranked else 0.0, line.code


def _peers(conn: Connection) -> dict[str, str]:
    """By the code of a unit."""
    kinds = conn.execute(select(units.c.code, units.c.kind)).all()
    return {code: _peers_of(UnitKind(kind)) for code, kind in kinds}


def _peers_of(kind: UnitKind) -> str:
    return next(name for name, kinds in PEERS.items() if kind in kinds)
