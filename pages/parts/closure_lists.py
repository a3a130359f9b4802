"""The lists of the closure rates, what would lift them, and their weeks, ready to be drawn."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from components.formats import format_count, format_duration, format_points_short
from components.tables import Cell, Column, Row
from components.trend_chart import Point, TrendLine
from data.cases import CaseLine
from data.closure_rates import ClosureRates
from data.closure_rates.lift import Lift, Step
from data.closure_rates.lists import CaseList
from data.closure_rates.weeks import Trend, Week
from data.config import settings
from data.metrics.figure import By, share_text
from data.words import word
from pages.parts.standings import MISSING, TOTAL, name_of


def lift_columns(by: By) -> list[Column]:
    """Name, what is missing, the points it would bring, the rate once it is done."""
    return [
        Column("name", word(f"number.by.{by}")),
        Column(MISSING, word("closure.column.to_close"), "number"),
        Column("gain", word("closure.column.gain"), "number"),
        Column("reached", word("closure.column.reached"), "number", is_muted=True),
    ]


def lift_rows(steps: Sequence[Step]) -> list[Row]:
    """One row a group, the most first; each rate counts those above as done."""
    return [
        Row(
            step.code,
            {
                "name": name_of(step.name),
                MISSING: Cell(format_count(step.open_count), is_open=step.is_open),
                "gain": format_points_short(step.gain),
                "reached": share_of(step.reached),
            },
        )
        for step in steps
    ]


def lift_text(lift: Lift, shown: int) -> str:
    """The groups that have no row, and what nobody can lift."""
    rest = lift.steps[shown:]
    found = []
    if rest:
        count = sum(step.open_count for step in rest)
        found.append(word("closure.lift_rest", groups=len(rest), count=format_count(count)))
    if lift.withdrawn:
        found.append(word("closure.lift_gone", count=lift.withdrawn, best=share_of(lift.best)))
    return "　".join(found)


def share_of(share: Fraction | None) -> str:
    """A share in percent without its sign, by the rule of rounding."""
    return "—" if share is None else share_text(share.numerator, share.denominator)


def list_columns() -> list[Column]:
    """Number over title, unit, clock."""
    return [
        Column("case_no", kind="link"),
        Column("unit"),
        Column("clock", is_right=True),
    ]


def list_rows(found: CaseList, answer: ClosureRates, is_all_open: bool) -> list[Row]:
    """The first cases, and one line that opens all of them."""
    rows = [_list_row(line, answer.question.as_of) for line in found.lines]
    everything = word("closure.all_of_list", count=format_count(found.count))
    return [*rows, Row(TOTAL, {"case_no": Cell(everything, is_open=is_all_open)})]


def _list_row(line: CaseLine, now: datetime) -> Row:
    cells: dict[str, Cell | str] = {
        "case_no": Cell(line.case_no, under=line.title or word("case.untitled")),
        "unit": line.unit or word("case.nobody"),
        "clock": _clock(line.hours_to_due(now if line.closed_at is None else line.closed_at)),
    }
    return Row(line.case_no, cells)


def _clock(hours: float | None) -> str:
    """How far from its due time a case stands, or stood when it was closed."""
    key = "overview.due_in" if hours is None or hours >= 0 else "overview.overdue_by"
    return word(key, duration=format_duration(abs(hours or 0)))


def trend_lines(trend: Trend) -> tuple[TrendLine, TrendLine | None]:
    """The whole and the worst channel, ready to be drawn."""
    whole = [_point(place, w, w.closed, w.due) for place, w in enumerate(trend.weeks)]
    line = TrendLine(word("closure.whole"), whole)
    if trend.channel is None:
        return line, None
    weeks = enumerate(trend.weeks)
    some = [_point(place, w, w.channel_closed, w.channel_due) for place, w in weeks]
    return line, TrendLine(name_of(trend.channel.name), some)


def _point(place: int, week: Week, closed: int, due: int) -> Point:
    day = week.start.astimezone(settings().zone)
    return Point(str(place), f"{day:%m-%d}", closed, due, week.is_partial)
