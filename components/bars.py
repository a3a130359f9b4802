"""Rows of bars: a whole with its darker part, what they say, and a clock that runs on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from components.mount import Line, Payload, chosen, heard, line_payload, register
from data.words import word

_BARS = register("bars")


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar; bits with a key open what they name. `since` begins a clock at the right."""

    key: str
    name: str
    whole: int
    part: int
    value: Line
    note: Line = ""
    since: datetime | None = None


def show_bars(rows: Sequence[BarRow], now: datetime, is_running: bool, key: str) -> str | None:
    """Draw bars on one scale; clocks go on in the browser while time does. The key chosen."""
    data: Payload = {
        "rows": [_payload(row) for row in rows],
        "longest": max((row.whole for row in rows), default=0),
        "now": now.timestamp(),
        "runs": is_running,
        "days": word("clock.days"),
    }
    result = _BARS(data=data, key=key, on_open_change=heard)
    return chosen(result.open, [way for row in rows for way in _ways(row)])


def _ways(row: BarRow) -> Iterator[str]:
    for line in (row.value, row.note):
        if not isinstance(line, str):
            yield from (bit.key for bit in line if bit.key)


def _payload(row: BarRow) -> Payload:
    return {
        "key": row.key,
        "name": row.name,
        "whole": row.whole,
        "part": row.part,
        "value": line_payload(row.value),
        "note": line_payload(row.note),
        "since": row.since.timestamp() if row.since else None,
    }
