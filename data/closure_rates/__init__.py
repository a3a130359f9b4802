"""Closure rates: all bases at one instant, who stands how, since when, and what would lift them."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from data import metrics
from data.case_list.asked import CaseFilter
from data.closure_rates.bases import Bridge, bridge
from data.closure_rates.groups import group_lines, idle_names
from data.closure_rates.lift import Lift, lift
from data.closure_rates.lists import (
    CaseList,
    closed_late_list,
    list_filter,
    near_list,
    overdue_list,
)
from data.closure_rates.rates import COMPARED, Rate, base_of, rates
from data.closure_rates.weeks import Trend, trend
from data.metrics.comparison import Against, earlier, is_known
from data.metrics.evaluate import Source
from data.metrics.figure import By, Question
from data.standings import COHORT, DUE, ON_TIME, Figures, GroupLine, closure_lamp, on_time_lamp
from data.terms import Lamp

COUNTS = (
    "cohort_left_out_count",
    "acceptance_running_count",
    "acceptance_without_limit_count",
    "unanswered_count",
    "overdue_open_count",
    "overdue_closed_count",
    "overdue_now_count",
)
LIFTED: tuple[By, ...] = ("unit", "category")


@dataclass(frozen=True, slots=True)
class ClosureRates:
    """One answer for the whole screen."""

    question: Question
    by: By
    figures: Figures
    bridge: Bridge
    rates: dict[str, Rate]
    knows_year: bool
    closure_lamp: Lamp
    on_time_lamp: Lamp
    lines: tuple[GroupLine, ...]
    idle: dict[str, tuple[str, ...]]  # names of groups with nothing due, by peers
    channels: tuple[GroupLine, ...]
    trend: Trend
    near: CaseList
    overdue: CaseList
    closed_late: CaseList
    filter: CaseFilter  # of the list of cases, for what the question names
    lifts: dict[By, Lift]

    def of(self, by: By, code: str) -> Question:
        """The question for one group."""
        return replace(self.question, **{by: code})  # type: ignore[arg-type]


def closure_rates(
    conn: Connection, question: Question, by: By, source: Source | None = None
) -> ClosureRates:
    """The rates of a question, with lines for each unit, area, category or channel.

    Raises Refused for a code that does not exist or lies beyond the asker's scope.
    """
    metrics.known(conn, question)
    before = _earlier(conn, question, Against.PERIOD_BEFORE)
    year = _earlier(conn, question, Against.YEAR_BEFORE)
    figures = metrics.measure(conn, question, (*COMPARED, *COUNTS), source)
    lines = group_lines(conn, question, before, by, source)
    channels = lines if by == "channel" else group_lines(conn, question, before, "channel", source)
    return ClosureRates(
        question=question,
        by=by,
        figures=figures,
        bridge=bridge(conn, question, base_of(figures[COHORT]), base_of(figures[DUE])),
        rates=rates(conn, question, figures, before, year, source),
        knows_year=year is not None,
        closure_lamp=closure_lamp(figures[DUE]),
        on_time_lamp=on_time_lamp(figures[ON_TIME]),
        lines=lines,
        idle=idle_names(conn, question, by, lines),
        channels=channels,
        trend=trend(conn, question, _drawn_beside(channels), source),
        near=near_list(conn, question),
        overdue=overdue_list(conn, question),
        closed_late=closed_late_list(conn, question),
        filter=list_filter(conn, question),
        lifts={by: lift(conn, question, figures[DUE], by, source) for by in LIFTED},
    )


def _earlier(conn: Connection, question: Question, against: Against) -> Question | None:
    """The same length of an earlier time, to date; None where the records do not reach it."""
    found = earlier(question, against)
    return found if found is not None and is_known(conn, found) else None


def _drawn_beside(channels: tuple[GroupLine, ...]) -> GroupLine | None:
    """The worst of several channels, if enough of it was due."""
    return channels[0] if len(channels) > 1 and channels[0].is_ranked else None
