"""The columns a list can show, on the screen and in a file."""

from collections.abc import Callable
from datetime import datetime

from data.case_list.asked import Order
from data.case_list.lines import ListLine
from data.words import word

Value = str | int | float | datetime | None

# What stands in each; `CLOCK` moves with the time it is asked at.
COLUMNS: dict[str, Callable[[ListLine], Value]] = {
    "case_no": lambda line: line.case_no,
    "title": lambda line: line.title,
    "state": lambda line: word(f"state.{line.state}"),
    "unit": lambda line: line.unit,
    "area": lambda line: line.area,
    "category": lambda line: line.category,
    "channel": lambda line: line.channel,
    "address": lambda line: line.address,
    "level": lambda line: word(f"level.{line.level}") if line.level else None,
    "severity": lambda line: word(f"lamp.{line.severity}.short") if line.severity else None,
    "opened": lambda line: line.opened_at,
    "due": lambda line: line.due_at,
    "ended": lambda line: line.ended_at,
    "moved": lambda line: line.last_event_at,
    "transfers": lambda line: line.transfer_count,
    "returns": lambda line: line.return_count,
    "reopenings": lambda line: line.reopen_count,
    "supervisions": lambda line: line.supervision_count,
    "extensions": lambda line: line.extension_count,
}
CLOCK = "clock"  # hours to the due time
NAMES = (  # in the order they are shown
    *("case_no", "title", "state", CLOCK, "due", "unit", "area", "category", "opened"),
    *("channel", "address", "level", "severity", "ended", "moved"),
    *("transfers", "returns", "reopenings", "supervisions", "extensions"),
)
ALWAYS = ("case_no",)  # it opens the case
USUAL = NAMES[:9]
SORTED_BY = {
    "case_no": Order.CASE_NO,
    "opened": Order.OPENED,
    "due": Order.DUE,
    "ended": Order.ENDED,
    "moved": Order.MOVED,
    "transfers": Order.TRANSFERS,
}
FIRST_DOWN = {Order.OPENED, Order.ENDED, Order.MOVED, Order.TRANSFERS}  # newest, or most, first


def known_columns(names: list[str]) -> tuple[str, ...]:
    """Those of the names that are columns, in the order of the table, with those always shown."""
    wanted = {*names, *ALWAYS}
    return tuple(name for name in NAMES if name in wanted)


def value_of(line: ListLine, name: str, now: datetime) -> Value:
    """What stands in a column of a line."""
    if name != CLOCK:
        return COLUMNS[name](line)
    hours = line.hours_to_due(now)
    return None if hours is None or line.is_waiting else round(hours, 1)
