"""Units, areas, categories and channels with their closure rates, in the order they are read."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from data import metrics
from data.directory import names_of
from data.metrics.evaluate import Source
from data.metrics.figure import By, Figure, Question
from data.metrics.groups import GROUPS
from data.standings import DUE, ON_TIME, Figures, GroupLine, idle_units, lines_of
from data.terms import DISTRICT

Parents = dict[str, str | None]
FEWEST: dict[By, int] = {"area": 2, "category": 5}  # a level with fewer says too little


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
    return lines_of(conn, by, DUE, now, groups.summed(then), groups.names, groups.above)


def idle_names(
    conn: Connection, question: Question, by: By, lines: Iterable[GroupLine]
) -> dict[str, tuple[str, ...]]:
    """The names of the groups of which nothing was due, by peers."""
    if question.within != DISTRICT or getattr(question, by):
        return {}
    if by == "unit":
        return idle_units(conn, lines)
    told, groups = {line.code for line in lines}, groups_of(conn, question, by)
    codes = dict.fromkeys(groups.line_of.values() if groups.line_of else groups.names)
    idle = (code for code in codes if code not in told and code not in groups.above)
    return {"": tuple(groups.names[code] for code in idle)}


def _sum(figures: Iterable[Figure]) -> Figure:
    """A ratio of sums."""
    parts = list(figures)
    numerator = sum(part.numerator or 0 for part in parts)
    denominator = sum(part.denominator or 0 for part in parts)
    value = numerator / denominator if denominator else None
    return Figure(parts[0].metric, value, numerator, denominator)


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
