"""The tables of the closure rates: groups, channels, other rates, lists, what would lift."""

from collections.abc import Sequence

from components.facts import Fact
from components.formats import (
    format_compared,
    format_count,
    format_fraction,
    format_points_short,
)
from components.mount import Bit, Line
from components.tables import Cell, Column, Row
from data.closure_rates import ClosureRates
from data.closure_rates.rates import Rate
from data.config import settings
from data.metrics.comparison import Change
from data.words import catalogue, word
from pages.parts.standings import name_of


def rate_columns(before: str, knows_year: bool) -> list[Column]:
    """Name, value, fraction, change against the period and the year before, worst channel."""
    columns = [
        Column("name", word("closure.column.metric")),
        Column("value", word("closure.column.value"), "share"),
        Column("fraction", word("closure.column.fraction"), "number", is_muted=True),
        Column("period", word("groups.column.change", before=before), "number"),
        Column("year", word("closure.column.year"), "number"),
        Column("worst", word("closure.column.worst"), is_muted=True),
    ]
    return [column for column in columns if knows_year or column.key != "year"]


def rate_rows(answer: ClosureRates, names: Sequence[str]) -> list[Row]:
    """One row a rate; what a rate is read with follows it."""
    return [Row(name, _rate_cells(answer.rates[name])) for name in names]


def _rate_cells(rate: Rate) -> dict[str, Cell | str]:
    figure, worst = rate.figure, rate.worst
    is_share = figure.denominator is not None
    counted = format_fraction(figure.numerator, figure.denominator)
    return {
        "name": Cell(_metric_name(figure.metric.name, figure.is_immature)),
        "value": Cell(figure.text, is_open=figure.value is not None),
        "fraction": counted if is_share else word("closure.counted", count=figure.count or 0),
        "period": Cell(_changed(rate.since_period)),
        "year": Cell(_changed(rate.since_year)),
        "worst": Cell(
            f"{name_of(worst.name)} {worst.figure.text.removesuffix('%')}" if worst else "",
            is_open=worst is not None,
        ),
    }


def _metric_name(name: str, is_immature: bool) -> str:
    key = f"metric.{name}.variant"
    variant = word(key) if key in catalogue(settings().language) else ""
    mark = word("closure.immature") if is_immature else ""
    rest = "，".join(part for part in (variant, mark) if part)
    return " ".join(part for part in (word(f"metric.{name}"), rest) if part)


def _changed(change: Change) -> Line:
    """+0.31 of a share in points, +12.00% of another, and in words what became worse."""
    is_share = change.kind == "points"
    text = format_points_short(change.amount) if is_share else format_compared(change)
    if change.is_better is None:
        return text
    said = word("comparison.better" if change.is_better else "comparison.worse")
    return [Bit(text), Bit(f" {said}", is_bold=not change.is_better)]


def beside_facts(answer: ClosureRates) -> list[Fact]:
    """What the rates of dispatches are not read without; each opens, if it counts any."""
    names = ("acceptance_running_count", "acceptance_without_limit_count", "unanswered_count")
    counts = {name: int(answer.figures[name].value or 0) for name in names}
    return [
        Fact(word(f"closure.beside.{name}"), format_count(count), name if count else "")
        for name, count in counts.items()
    ]
