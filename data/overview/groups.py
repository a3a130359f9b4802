"""Units and channels of the overview, side by side."""

from dataclasses import dataclass

from sqlalchemy import Connection

from data import metrics
from data.directory import names_of
from data.metrics.evaluate import Source
from data.metrics.figure import By, Question
from data.standings import COHORT, DUE, ON_TIME, Figures, GroupLine, idle_units, lines_of
from data.terms import DISTRICT

RATES = (DUE, COHORT, ON_TIME)


@dataclass(frozen=True, slots=True)
class Groups:
    """Channels and units with a base, worst first."""

    channels: tuple[GroupLine, ...]
    units: tuple[GroupLine, ...]
    idle: dict[str, tuple[str, ...]]  # names of units without a base, by peers: apart, unranked

    def of(self, peers: str) -> tuple[GroupLine, ...]:
        """The units that are peers."""
        return tuple(line for line in self.units if line.peers == peers)


def groups_of(
    conn: Connection, window: Question, before: Question | None, rate: str, source: Source
) -> Groups:
    """Who has a base in a window; without a window before nothing has changed."""
    lines = _lines(conn, window, before, "unit", rate, source)
    return Groups(
        channels=_lines(conn, window, before, "channel", rate, source),
        units=lines,
        idle=idle_units(conn, lines) if window.within == DISTRICT else {},
    )


def _lines(
    conn: Connection, window: Question, before: Question | None, by: By, rate: str, source: Source
) -> tuple[GroupLine, ...]:
    now = metrics.measure_by(conn, window, by, RATES, source)
    then = metrics.measure_by(conn, before, by, (rate,), source) if before else {}
    return lines_of(conn, by, rate, now, then, names_of(conn, by))


def rate_of(figures: Figures) -> str:
    """The closure rate of the tables: by cohort where nothing has a due time."""
    return DUE if figures[DUE].denominator else COHORT
