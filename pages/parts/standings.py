"""The tables of groups side by side: the same columns wherever a closure rate is split."""

from collections.abc import Sequence

from components.formats import format_count, format_fraction, format_points_short
from components.tables import Cell, Column, Row
from data.config import settings
from data.metrics.figure import By, Figure
from data.standings import ON_TIME, Figures, GroupLine
from data.terms import Lamp
from data.words import word

TOTAL = "*"  # no code has it
RATE = "rate"  # the closure rate on the base that the table uses
MISSING = "missing"  # what that rate's base has and its numerator has not
NAMES_SHOWN = 12


def group_columns(by: By, before: str, lines: Sequence[GroupLine]) -> list[Column]:
    """Name, stem from the target, rate, fraction, on time, open, change.

    Where no line has a rank, no more than the name, the fraction and what is open.
    """
    target = settings().lamps.closure_rate_due.target
    columns = [
        Column("name", word(f"number.by.{by}")),
        Column("stem", word("groups.column.stem", target=f"{target:g}"), "stem", target=target),
        Column(RATE, word("groups.column.rate"), "share"),
        Column("fraction", word("groups.column.fraction"), "number", is_muted=True),
        Column(ON_TIME, word("groups.column.on_time"), "number"),
        Column(MISSING, word("groups.column.open"), "number"),
        Column("change", word("groups.column.change", before=before), "number", is_muted=True),
    ]
    is_ranked = any(line.is_ranked for line in lines)
    return [one for one in columns if is_ranked or one.key in ("name", "fraction", MISSING)]


def group_rows(lines: Sequence[GroupLine]) -> list[Row]:
    """One row a group, worst first; a small base shows its fraction and no rate."""
    return [Row(line.code, _group_cells(line)) for line in lines]


def _group_cells(line: GroupLine) -> dict[str, Cell | str]:
    rate, is_lit = line.rate, line.lamp is not Lamp.NONE
    fraction = format_fraction(rate.numerator, rate.denominator)
    cells: dict[str, Cell | str] = {
        "name": Cell(name_of(line.name), is_bold=is_lit),
        MISSING: Cell(format_count(rate.missing), is_bold=is_lit, is_open=line.is_open),
    }
    if not line.is_ranked:
        return cells | {"fraction": Cell(fraction, is_open=line.is_open)}
    percent = None if rate.value is None else rate.value * 100
    return cells | {
        "stem": Cell(value=percent, lamp=line.lamp),
        RATE: Cell(_bare(rate), is_open=line.is_open),
        "fraction": fraction,
        ON_TIME: Cell(_bare(line.figures[ON_TIME]), is_open=line.is_open),
        "change": format_points_short(line.change),
    }


def apart_text(lines: Sequence[GroupLine], idle: Sequence[str]) -> str:
    """Under the ranked ones: that small bases have no rank, and who has no base, by name."""
    small = sum(not line.is_ranked for line in lines)
    minimum = settings().lamps.minimum_base
    found = [word("groups.small", count=small, minimum=minimum)] if small else []
    if idle:
        key = "groups.idle" if len(idle) <= NAMES_SHOWN else "groups.idle_more"
        found.append(word(key, count=len(idle), names="、".join(idle[:NAMES_SHOWN])))
    return "　".join(found)


def channel_columns() -> list[Column]:
    """Channel, lamp, rate, fraction, on time, not closed."""
    return [
        Column("name", word("number.by.channel")),
        Column("lamp", kind="lamp"),
        Column(RATE, word("groups.column.rate"), "share"),
        Column("fraction", word("groups.column.fraction"), "number", is_muted=True),
        Column(ON_TIME, word("groups.column.on_time"), "number"),
        Column(MISSING, word("groups.column.open"), "number"),
    ]


def channel_rows(lines: Sequence[GroupLine], figures: Figures, rate: str) -> list[Row]:
    """One row a channel, worst last as the eye lands; the total only with its split above it."""
    rows = [
        Row(
            line.code,
            _channel_cells(line.figures, rate)
            | {"name": name_of(line.name), "lamp": Cell(lamp=line.lamp)},
        )
        for line in reversed(lines)
    ]
    total = _channel_cells(figures, rate) | {"name": word("groups.total")}
    return [*rows, Row(TOTAL, total, is_total=True)]


def _channel_cells(figures: Figures, name: str) -> dict[str, Cell | str]:
    rate = figures[name]
    return {
        RATE: Cell(_bare(rate), is_open=True),
        "fraction": format_fraction(rate.numerator, rate.denominator),
        ON_TIME: Cell(_bare(figures[ON_TIME]), is_open=True),
        MISSING: Cell(format_count(rate.missing), is_open=True),
    }


def _bare(rate: Figure) -> str:
    """98.41: the column says that it is in percent."""
    return rate.text.removesuffix("%")


def opened_by(column: str, rate: str) -> tuple[str, str]:
    """The metric and the part that a cell of a group opens; a fraction opens its rate's base."""
    if column == MISSING:
        return rate, MISSING
    return (ON_TIME if column == ON_TIME else rate), ""


def name_of(name: str) -> str:
    """A name, or that there is nobody."""
    return name or word("case.nobody")
