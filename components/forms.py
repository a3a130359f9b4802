"""Forms that return a request, and the table that shows its effects before saving."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.tables import Cell, Column, Row, show_table
from data.terms import Lamp
from data.words import word


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One effect of an action: the rule that decides it, now, after saving, and the change."""

    effect: str
    rule: str
    now: str
    after: str
    change: str
    lamp: Lamp = Lamp.NONE


def show_preview(rows: Sequence[PreviewRow], key: str, title: str = "") -> None:
    """Draw what an action would change, before it is saved; a title stands in its header."""
    columns = [
        Column("effect", title or word("preview.effect")),
        *([Column("now", word("preview.now"), is_muted=True)] if _any_says(rows, "now") else []),
        Column("after", word("preview.after")),
    ]
    if _any_says(rows, "change"):
        columns.append(Column("change", kind="lamp", is_right=True, is_muted=True))
    show_table(columns, [_row(i, row) for i, row in enumerate(rows)], key)


def _any_says(rows: Sequence[PreviewRow], name: str) -> bool:
    return any(getattr(row, name) for row in rows)


def _row(place: int, row: PreviewRow) -> Row:
    cells: dict[str, Cell | str] = {
        "effect": Cell(row.effect, under=row.rule),
        "now": row.now,
        "after": Cell(row.after, is_bold=True),
        "change": Cell(row.change, lamp=row.lamp),
    }
    return Row(str(place), cells)
