"""The tables of the overview: channels, units, what is urgent, and the lit lamps in sentences."""

from collections.abc import Sequence
from typing import Any

from components.formats import (
    format_count,
    format_duration,
    format_fraction,
    format_points_short,
)
from components.tables import Cell, Column, Row
from data.cases import CaseLine
from data.config import settings
from data.lamps import worst
from data.metrics.figure import Figure
from data.overview import Overview
from data.overview.alerts import Alert
from data.overview.groups import GroupLine
from data.terms import Lamp
from data.words import word
from pages.parts.channels import MISSING, ON_TIME, RATE

TOTAL = "*"  # no code has it
IDLE_SHOWN = 12


def channel_rows(answer: Overview) -> list[Row]:
    """One row a channel, worst last as the eye lands; the total only with its split above it."""
    lines = reversed(answer.groups.channels)
    rows = [
        Row(line.code, _cells(line, answer.rate) | {"lamp": Cell(lamp=line.lamp)}) for line in lines
    ]
    total = _figure_cells(answer.figures, answer.rate) | {"name": word("overview.total")}
    return [*rows, Row(TOTAL, total, is_total=True)]


def unit_columns(period: str) -> list[Column]:
    """Unit, stem from the target, rate, fraction, on time, overdue and open, change."""
    target = settings().lamps.closure_rate_due.target
    before = word(f"period.before.{period}")
    return [
        Column("name", word("overview.column.unit")),
        Column("stem", word("overview.column.stem", target=f"{target:g}"), "stem", target=target),
        Column(RATE, word("overview.column.rate_short"), "share"),
        Column("fraction", word("overview.column.fraction"), "number", is_muted=True),
        Column(ON_TIME, word("overview.column.on_time"), "number"),
        Column(MISSING, word("overview.column.open"), "number"),
        Column("change", word("overview.column.change", before=before), "number", is_muted=True),
    ]


def unit_rows(lines: Sequence[GroupLine], rate_name: str) -> list[Row]:
    """One row a unit, worst first; a small base shows its fraction and no rate."""
    return [Row(line.code, _unit_cells(line, rate_name)) for line in lines]


def idle_text(names: Sequence[str]) -> str:
    """The units without a base, in one line under the ranked ones."""
    if not names:
        return ""
    key = "overview.idle" if len(names) <= IDLE_SHOWN else "overview.idle_more"
    return word(key, count=len(names), names="、".join(names[:IDLE_SHOWN]))


def _unit_cells(line: GroupLine, rate_name: str) -> dict[str, Cell | str]:
    rate = line.figures[rate_name]
    is_lit = line.lamp is not Lamp.NONE
    cells = _cells(line, rate_name) | {
        "name": Cell(line.name or word("case.nobody"), is_bold=is_lit),
        "change": format_points_short(line.change),
        MISSING: Cell(format_count(rate.missing), is_bold=is_lit, is_open=True),
    }
    if (rate.denominator or 0) < settings().lamps.minimum_base:
        fraction = Cell(format_fraction(rate.numerator, rate.denominator), is_open=True)
        return cells | {RATE: "", "fraction": fraction, ON_TIME: "", "change": ""}
    percent = None if rate.value is None else rate.value * 100
    return cells | {"stem": Cell(value=percent, lamp=line.lamp)}


def _cells(line: GroupLine, rate_name: str) -> dict[str, Cell | str]:
    name = line.name or word("case.nobody")
    return _figure_cells(line.figures, rate_name) | {"name": name}


def _figure_cells(figures: dict[str, Figure], rate_name: str) -> dict[str, Cell | str]:
    rate = figures[rate_name]
    return {
        RATE: rate.text.removesuffix("%"),
        "fraction": format_fraction(rate.numerator, rate.denominator),
        ON_TIME: Cell(figures[ON_TIME].text.removesuffix("%"), is_open=True),
        MISSING: Cell(format_count(rate.missing), is_open=True),
    }


def opened_by(column: str, rate_name: str) -> tuple[str, str]:
    """The metric and the part that a cell opens; a fraction opens its rate's whole base."""
    if column == MISSING:
        return rate_name, MISSING
    return (rate_name if column in (RATE, "fraction") else column), ""


def alert_rows(alerts: Sequence[Alert]) -> list[Row]:
    """One sentence a lit lamp."""
    return [
        Row(
            str(place),
            {"lamp": Cell(lamp=alert.lamp), "text": word(alert.key, **alert.values)},
            is_open=True,
        )
        for place, alert in enumerate(alerts)
    ]


def urgent_rows(lines: Sequence[CaseLine], answer: Overview) -> list[Row]:
    """The cases due longest ago or soonest, with how late or how soon."""
    return [_urgent_row(line, answer) for line in lines]


def _urgent_row(line: CaseLine, answer: Overview) -> Row:
    hours = line.hours_to_due(answer.now)
    late = hours is not None and hours < 0
    key = "overview.overdue_by" if late else "overview.due_in"
    cells: dict[str, Cell | str] = {
        "case_no": line.case_no,
        "title": line.title or word("case.untitled"),
        "unit": line.unit or word("case.nobody"),
        "clock": Cell(
            word(key, duration=format_duration(abs(hours or 0))),
            lamp=worst([Lamp.RED if late else Lamp.ORANGE]),
        ),
    }
    return Row(line.case_no, cells, is_open=True)


def urgent_columns() -> list[Column]:
    """Number, title, unit, clock."""
    return [
        Column("case_no", kind="link"),
        Column("title"),
        Column("unit"),
        Column("clock", kind="lamp", is_right=True),
    ]


def alert_columns() -> list[Column]:
    """Lamp and sentence."""
    return [Column("lamp", kind="mark"), Column("text")]


def fraction_of(lines: Sequence[GroupLine], rate_name: str) -> str:
    """Closed of the base, several units together."""
    rates = [line.figures[rate_name] for line in lines]
    closed, due = (sum(part or 0 for part in parts) for parts in zip(*_parts(rates), strict=True))
    return format_fraction(closed, due)


def _parts(rates: Sequence[Figure]) -> list[tuple[int | None, int | None]]:
    return [(rate.numerator, rate.denominator) for rate in rates] or [(0, 0)]


def days_table(answer: Overview) -> dict[str, list[Any]]:
    """The daily flow as its chart wants it."""
    return {
        "day": [f"{day.day:%Y-%m-%d}" for day in answer.days],
        "opened": [day.opened for day in answer.days],
        "closed": [day.closed for day in answer.days],
        "is_partial": [day.is_partial for day in answer.days],
    }
