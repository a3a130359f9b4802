"""The stage board: one column a stage, with how many, how long, and how many too long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components.mount import Line, Payload, chosen, heard, line_payload, register
from data.terms import Lamp

_STAGES = register("stages")
Ends = tuple[Line, Line]  # at the left and at the right of a line; a bit with a key opens it


@dataclass(frozen=True, slots=True)
class StageColumn:
    """One stage. The bar runs to twice the limit; `reach` is 1.0 at the limit, None for no bar."""

    key: str
    name: str
    count_text: str
    unit: str
    lines: Sequence[Ends]
    reach: float | None = None
    has_limit: bool = False  # draws the tick
    tag: str = ""
    lamp: Lamp = Lamp.NONE
    is_bottleneck: bool = False
    is_last: bool = False  # the way out: set apart


def show_stages(columns: Sequence[StageColumn], key: str) -> str | None:
    """Draw the board; the key of the stage or of the bit chosen in this run."""
    data: Payload = {"stages": [_payload(column) for column in columns]}
    result = _STAGES(data=data, key=key, on_open_change=heard)
    return chosen(result.open, [way for column in columns for way in _ways(column)])


def _ways(column: StageColumn) -> Iterator[str]:
    yield column.key
    for ends in column.lines:
        for line in ends:
            if not isinstance(line, str):
                yield from (bit.key for bit in line if bit.key)


def _payload(column: StageColumn) -> Payload:
    return {
        "key": column.key,
        "name": column.name,
        "count": column.count_text,
        "unit": column.unit,
        "lines": [[line_payload(left), line_payload(right)] for left, right in column.lines],
        "reach": column.reach,
        "limit": column.has_limit,
        "tag": column.tag,
        "lamp": column.lamp,
        "hot": column.is_bottleneck,
        "last": column.is_last,
    }
