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
from data.closure_rates.groups import DUE, ON_TIME, Figures, GroupLine
from data.closure_rates.rates import Rate
from data.config import settings
from data.metrics.comparison import Change
from data.metrics.figure import By
from data.terms import Lamp
from data.words import catalogue, word
from pages.parts.channels import MISSING, RATE

TOTAL = "*"  # no code has it
NAMES_SHOWN = 12


def group_columns(by: By, before: str, is_ranked: bool) -> list[Column]:
    """Name, stem from the target, rate, fraction, on time, change; without ranks the fraction."""
    target = settings().lamps.closure_rate_due.target
    columns = [
        Column("name", word(f"number.by.{by}")),
        Column("stem", word("overview.column.stem", target=f"{target:g}"), "stem", target=target),
        Column(RATE, word("closure.column.rate"), "share"),
        Column("fraction", word("overview.column.fraction"), "number", is_muted=True),
        Column(ON_TIME, word("overview.column.on_time"), "number"),
        Column("change", word("overview.column.change", before=before), "number", is_muted=True),
    ]
    return [one for one in columns if is_ranked or one.key in ("name", "fraction")]


def group_rows(lines: Sequence[GroupLine]) -> list[Row]:
    """One row a group, worst first; a small base shows its fraction and no rate."""
    return [Row(line.code, _group_cells(line)) for line in lines]


def _group_cells(line: GroupLine) -> dict[str, Cell | str]:
    rate, on_time = line.figures[DUE], line.figures[ON_TIME]
    fraction = format_fraction(rate.numerator, rate.denominator)
    name = Cell(name_of(line.name), is_bold=line.lamp is not Lamp.NONE)
    if not line.is_ranked:
        return {"name": name, "fraction": Cell(fraction, is_open=line.is_open)}
    percent = None if rate.value is None else rate.value * 100
    return {
        "name": name,
        "stem": Cell(value=percent, lamp=line.lamp),
        RATE: Cell(rate.text.removesuffix("%"), is_open=line.is_open),
        "fraction": fraction,
        ON_TIME: Cell(on_time.text.removesuffix("%"), is_open=line.is_open),
        "change": format_points_short(line.change),
    }


def apart_text(lines: Sequence[GroupLine], idle: Sequence[str]) -> str:
    """Under the ranked ones: that small bases have no rank, and who had nothing due, by name."""
    small = sum(not line.is_ranked for line in lines)
    minimum = settings().lamps.minimum_base
    found = [word("closure.small", count=small, minimum=minimum)] if small else []
    if idle:
        key = "closure.idle" if len(idle) <= NAMES_SHOWN else "closure.idle_more"
        found.append(word(key, count=len(idle), names="、".join(idle[:NAMES_SHOWN])))
    return "　".join(found)


def channel_rows(answer: ClosureRates) -> list[Row]:
    """One row a channel, worst last as the eye lands; the total only with its split above it."""
    rows = [
        Row(
            line.code,
            _channel_cells(line.figures)
            | {"name": name_of(line.name), "lamp": Cell(lamp=line.lamp)},
        )
        for line in reversed(answer.channels)
    ]
    total = _channel_cells(answer.figures) | {"name": word("overview.total")}
    return [*rows, Row(TOTAL, total, is_total=True)]


def _channel_cells(figures: Figures) -> dict[str, Cell | str]:
    rate = figures[DUE]
    return {
        RATE: rate.text.removesuffix("%"),
        "fraction": format_fraction(rate.numerator, rate.denominator),
        ON_TIME: Cell(figures[ON_TIME].text.removesuffix("%"), is_open=True),
        MISSING: Cell(format_count(rate.missing), is_open=True),
    }


def opened_by(column: str) -> tuple[str, str]:
    """The metric and the part that a cell of a group opens."""
    if column == MISSING:
        return DUE, MISSING
    return (ON_TIME if column == ON_TIME else DUE), ""


def rate_columns(before: str, knows_year: bool) -> list[Column]:
    """Name, value, fraction, change against the period and the year before, worst channel."""
    columns = [
        Column("name", word("closure.column.metric")),
        Column("value", word("closure.column.value"), "share"),
        Column("fraction", word("closure.column.fraction"), "number", is_muted=True),
        Column("period", word("overview.column.change", before=before), "number"),
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


def name_of(name: str) -> str:
    """A name, or that there is nobody."""
    return name or word("case.nobody")
