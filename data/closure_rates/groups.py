"""Units, areas, categories and channels with their closure rates, in the order they are read."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Connection, select

from data import metrics
from data.config import settings
from data.directory import names_of, takers
from data.lamps import lamp_below
from data.metrics.comparison import change
from data.metrics.evaluate import Source
from data.metrics.figure import By, Figure, Question
from data.metrics.groups import GROUPS
from data.schema import units
from data.terms import DISTRICT, Lamp, UnitKind

Figures = dict[str, Figure]
Parents = dict[str, str | None]
DUE, ON_TIME = "closure_rate_due", "on_time_rate"
PEERS: dict[str, frozenset[UnitKind]] = {
    "towns": frozenset({UnitKind.TOWN}),
    "departments": frozenset({UnitKind.DEPARTMENT}),
    "others": frozenset(UnitKind) - {UnitKind.TOWN, UnitKind.DEPARTMENT},
}
FEWEST: dict[By, int] = {"area": 2, "category": 5}  # a level with fewer says too little


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One unit, area, category or channel: its rates, what changed, and the lamp a rule lit."""

    code: str
    name: str
    peers: str  # of which units it is one; "" for what is no unit
    figures: Figures
    change: Fraction | None  # of its closure rate against the period before
    lamp: Lamp
    is_open: bool = True  # not: its code also stands for groups that have lines of their own

    @property
    def is_ranked(self) -> bool:
        """Whether enough was due for a rank and a lamp."""
        return (self.figures[DUE].denominator or 0) >= settings().lamps.minimum_base


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that have a line, by the code that cases carry, and what they are called."""

    line_of: dict[str, str]
    names: dict[str, str]
    above: frozenset[str]  # whose code stands for other lines as well

    def summed(self, told: dict[str, Figures]) -> dict[str, Figures]:
        """The figures of each line: a parent's numerator and base are those of its children."""
        parts: dict[str, list[Figures]] = defaultdict(list)
        for code, figures in told.items():
            parts[self.line_of.get(code, code)].append(figures)
        return {
            line: {name: _sum(figures[name] for figures in some) for name in some[0]}
            for line, some in parts.items()
        }


def groups_of(conn: Connection, question: Question, by: By) -> Groups:
    """Each unit and channel; of a tree the children of what is asked for, or the upper levels."""
    names = names_of(conn, by)
    if by not in FEWEST:
        return Groups({}, names, frozenset())
    parents = _parents(conn, by)
    lines = _lines(parents, getattr(question, by), FEWEST[by])
    above = {up for line in lines for up in _upwards(line, parents)[1:]}
    line_of = {code: _line_of(code, parents, lines) for code in parents}
    return Groups(line_of, names, frozenset(above))


def group_lines(
    conn: Connection,
    question: Question,
    before: Question | None,
    by: By,
    source: Source | None,
) -> tuple[GroupLine, ...]:
    """Groups with something due, worst first; those with too little for a rank after, by code."""
    groups = groups_of(conn, question, by)
    now = groups.summed(metrics.measure_by(conn, question, by, (DUE, ON_TIME), source))
    then = metrics.measure_by(conn, before, by, (DUE,), source) if before else {}
    was = groups.summed(then)
    peers = _peers(conn) if by == "unit" else {}
    lines = [
        GroupLine(
            code=code,
            name=groups.names.get(code, ""),
            peers=peers.get(code, "others") if by == "unit" else "",
            figures=figures,
            change=change(figures[DUE], was.get(code, {}).get(DUE)).amount,
            lamp=lamp_of(figures[DUE]),
            is_open=code not in groups.above,
        )
        for code, figures in now.items()
        if figures[DUE].denominator
    ]
    return tuple(sorted(lines, key=_worst_first))


def idle_names(
    conn: Connection, question: Question, by: By, lines: Iterable[GroupLine]
) -> dict[str, tuple[str, ...]]:
    """The names of the groups of which nothing was due, by peers."""
    told = {line.code for line in lines}
    if question.within.unit_id is not None or getattr(question, by):
        return {}
    found: dict[str, list[str]] = defaultdict(list)
    if by == "unit":
        if question.within == DISTRICT:
            peers = _peers(conn)
            for unit in takers(conn):
                if unit.code not in told:
                    found[peers[unit.code]].append(unit.name)
    elif question.within == DISTRICT:
        groups = groups_of(conn, question, by)
        for code in dict.fromkeys(groups.line_of.values() if groups.line_of else groups.names):
            if code not in told and code not in groups.above:
                found[""].append(groups.names[code])
    return {name: tuple(names) for name, names in found.items()}


def lamp_of(rate: Figure) -> Lamp:
    """The lamp of a closure rate of the cases due."""
    return lamp_below(settings().lamps.closure_rate_due, rate.numerator, rate.denominator)


def _worst_first(line: GroupLine) -> tuple[bool, float, str]:
    return not line.is_ranked, (line.figures[DUE].value or 0.0) if line.is_ranked else 0, line.code


def _sum(figures: Iterable[Figure]) -> Figure:
    """A ratio of sums."""
    parts = list(figures)
    numerator = sum(part.numerator or 0 for part in parts)
    denominator = sum(part.denominator or 0 for part in parts)
    value = numerator / denominator if denominator else None
    return Figure(parts[0].metric, value, numerator, denominator)


def _peers(conn: Connection) -> dict[str, str]:
    kinds = dict(conn.execute(select(units.c.code, units.c.kind)).all())
    return {
        code: next(name for name, some in PEERS.items() if UnitKind(kind) in some)
        for code, kind in kinds.items()
    }


def _parents(conn: Connection, by: By) -> Parents:
    """The code above each code of a tree."""
    table = GROUPS[by]
    key = next(iter(table.primary_key))
    rows = conn.execute(select(key.label("id"), table.c.code, table.c.parent_id)).all()
    codes = {row.id: row.code for row in rows}
    return {row.code: codes.get(row.parent_id) for row in rows}


def _lines(parents: Parents, asked: str | None, fewest: int) -> set[str]:
    """The codes that have a line: the children of the one asked for, or of a level with enough."""
    children: dict[str | None, list[str]] = defaultdict(list)
    for code, parent in parents.items():
        children[parent].append(code)
    if asked:
        return set(children[asked]) or {asked}
    level = children[None]
    while len(level) < fewest and any(children[code] for code in level):
        level = [below for code in level for below in children[code] or [code]]
    return set(level)


def _line_of(code: str, parents: Parents, lines: set[str]) -> str:
    """The line that a code belongs to: its own, one above it, or, above them all, itself."""
    return next((up for up in _upwards(code, parents) if up in lines), code)


def _upwards(code: str, parents: Parents) -> list[str]:
    found = [code]
    while (above := parents.get(found[-1])) is not None and above not in found:
        found.append(above)
    return found
