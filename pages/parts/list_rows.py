"""The lines of the list as they are drawn."""

from collections.abc import Sequence
from datetime import datetime

from components.case_table import Column, Row
from components.formats import format_count, format_duration, format_instant
from components.mount import Bit, Line
from data.case_list.asked import CaseFilter, Order
from data.case_list.columns import COLUMNS, FIRST_DOWN, SORTED_BY
from data.case_list.lines import ListLine
from data.deadlines import NEAR_DUE
from data.terms import Lamp
from data.words import word

# By what a header asks for: what to sort by, and whether from the highest.
SORTS: dict[str, tuple[Order, bool]] = {
    f"{name} {way}": (order, way == "down")
    for name, order in SORTED_BY.items()
    for way in ("up", "down")
}
_NUMBERS = {"transfers", "returns", "reopenings", "supervisions", "extensions"}


def list_columns(names: Sequence[str], asked: CaseFilter) -> list[Column]:
    """The headers, with the one that is sorted by."""
    return [_column(name, asked) for name in names]


def _column(name: str, asked: CaseFilter) -> Column:
    order, is_descending = asked.order
    is_sorted = SORTED_BY.get(name) is order
    return Column(
        key=name,
        label=word(f"cases.column.{name}"),
        asks=_asks(name, asked),
        sorted=("down" if is_descending else "up") if is_sorted else "",
        is_right=name in _NUMBERS,
        is_wide=name == "title",
        opens=name in ("case_no", "title"),
    )


def _asks(name: str, asked: CaseFilter) -> str:
    """What pressing a header asks for: the other way round if it is sorted by already."""
    order = SORTED_BY.get(name)
    now, is_descending = asked.order
    goes_down = not is_descending if now is order else order in FIRST_DOWN
    return f"{name} {'down' if goes_down else 'up'}" if order else ""


def list_rows(lines: Sequence[ListLine], names: Sequence[str], now: datetime) -> list[Row]:
    """One row a case."""
    return [Row(line.case_no, {name: _cell(line, name, now) for name in names}) for line in lines]


def _cell(line: ListLine, name: str, now: datetime) -> Line:
    if name == "clock":
        return _clock(line, now)
    value = COLUMNS[name](line)
    if isinstance(value, datetime):
        return format_instant(value, now)
    if isinstance(value, int):
        return format_count(value) if value else ""
    if name == "severity" and line.severity:
        return [Bit(word(f"lamp.{line.severity}.short"), lamp=Lamp(line.severity))]
    missing = {"title": "case.untitled", "unit": "case.nobody"}
    return str(value or (word(missing[name]) if name in missing else ""))


def _clock(line: ListLine, now: datetime) -> Line:
    """How late or how soon; a lamp only for what still waits."""
    hours = line.hours_to_due(now)
    if hours is None:
        return ""
    if line.is_waiting:
        return word("state.paused")
    key = "overview.overdue_by" if hours < 0 else "overview.due_in"
    said = word(key, duration=format_duration(abs(hours)))
    if line.ended_at:
        return word("cases.in_time") if hours >= 0 else said
    is_near = 0 <= hours < NEAR_DUE.total_seconds() / 3600
    return [Bit(said, lamp=Lamp.RED if hours < 0 else Lamp.ORANGE if is_near else Lamp.NONE)]
