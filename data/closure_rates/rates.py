"""All rates of the screen by name: against earlier times, and with their worst channel."""

from dataclasses import dataclass

from sqlalchemy import Connection

from data import metrics
from data.config import settings
from data.directory import names_of
from data.metrics.comparison import Change, change
from data.metrics.evaluate import Source
from data.metrics.figure import PERCENTS, Figure, Question
from data.standings import COHORT, DUE, ON_TIME, Figures

THROUGHPUT = "throughput_ratio"
BASES = (DUE, COHORT, ON_TIME, THROUGHPUT)
IN_TIME = (
    "on_time_rate",
    "on_time_raw_rate",
    "overdue_rate",
    "extension_rate",
    "acceptance_rate",
    "timely_acceptance_rate",
    "return_rate",
    "first_response_hours_median",
    "handling_hours_median",
    "handling_hours_p90",
)
DONE_WELL = (
    "rework_rate",
    "reopen_rate",
    "escalation_rate",
    "resolution_rate",
    "resolution_valid_rate",
    "satisfaction_rate",
    "satisfaction_valid_rate",
    "mediation_success_rate",
)
COMPARED = tuple(dict.fromkeys((*BASES, *IN_TIME, *DONE_WELL)))


@dataclass(frozen=True, slots=True)
class Worst:
    """The channel that stands worst in a rate: none is shown blended without it."""

    code: str
    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Rate:
    """One number against the period and the year before, to the same date, with its channel."""

    figure: Figure
    since_period: Change
    since_year: Change
    worst: Worst | None


def base_of(figure: Figure) -> int:
    """The denominator, 0 where there is none."""
    return figure.denominator or 0


def rates(
    conn: Connection,
    question: Question,
    figures: Figures,
    before: Question | None,
    year: Question | None,
    source: Source | None,
) -> dict[str, Rate]:
    """Every rate by name; `before` and `year` are None where the records do not reach."""
    then, last_year = (
        metrics.measure(conn, asked, COMPARED, source) if asked else {} for asked in (before, year)
    )
    worst = _worst_channels(conn, question, source)
    return {
        name: Rate(
            figure=figures[name],
            since_period=change(figures[name], then.get(name)),
            since_year=change(figures[name], last_year.get(name)),
            worst=worst.get(name),
        )
        for name in COMPARED
    }


def _worst_channels(
    conn: Connection, question: Question, source: Source | None
) -> dict[str, Worst]:
    """By rate the worst of the channels with enough to tell; nothing where there is only one."""
    shares = [name for name in COMPARED if metrics.METRICS[name].unit in PERCENTS]
    told = metrics.measure_by(conn, question, "channel", shares, source)
    names = names_of(conn, "channel")
    found = {}
    for name in shares:
        known = {code: figures[name] for code, figures in told.items() if base_of(figures[name])}
        enough = {c: f for c, f in known.items() if base_of(f) >= settings().lamps.minimum_base}
        if len(known) > 1 and enough:
            code = min(enough, key=lambda code: (_how_good(enough[code]), code))
            found[name] = Worst(code, names.get(code, ""), enough[code])
    return found


def _how_good(figure: Figure) -> float:
    value = figure.value or 0.0
    return -value if figure.metric.better == "lower" else value
