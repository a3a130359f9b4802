"""The tables of the overview: channels, units, what is urgent, and the lit lamps in sentences."""

from collections.abc import Sequence
from typing import Any

from components.formats import (
    format_duration,
    format_fraction,
)
from components.tables import Cell, Column, Row
from data.cases import CaseLine
from data.lamps import worst
from data.overview import Overview
from data.overview.alerts import Alert
from data.standings import GroupLine
from data.terms import Lamp
from data.words import word
from pages.parts.standings import name_of


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
        "unit": name_of(line.unit or ""),
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


def fraction_of(lines: Sequence[GroupLine]) -> str:
    """Closed of the base, several units together."""
    closed, due = (
        sum(getattr(line.rate, part) or 0 for line in lines)
        for part in ("numerator", "denominator")
    )
    return format_fraction(closed, due)


def days_table(answer: Overview) -> dict[str, list[Any]]:
    """The daily flow as its chart wants it."""
    return {
        "day": [f"{day.day:%Y-%m-%d}" for day in answer.days],
        "opened": [day.opened for day in answer.days],
        "closed": [day.closed for day in answer.days],
        "is_partial": [day.is_partial for day in answer.days],
    }
