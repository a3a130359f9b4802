"""Tables of few rows: text, numbers, stems from a target, lamps with their words, and links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from components.mount import (
    Line,
    Payload,
    heard,
    lamp_payload,
    lamp_word,
    line_payload,
    marked,
    register,
)
from data.terms import Lamp

_TABLE = register("tables")
Kind: TypeAlias = Literal["text", "mark", "number", "share", "stem", "lamp", "link"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `share` and `link` cells open; a `stem` runs from the target to its value."""

    key: str
    label: str = ""
    kind: Kind = "text"
    width: int | None = None  # pixels; the content decides when not given
    is_muted: bool = False
    is_right: bool = False  # numbers and shares always are
    is_long: bool = False  # wraps always; its neighbours keep their widths
    target: float | None = None  # of a stem, in the unit of its values


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place: a line, under it a smaller one; a value for a stem."""

    line: Line = ""
    under: str = ""
    value: float | None = None
    lamp: Lamp = Lamp.NONE
    is_bold: bool = False
    is_open: bool | None = None  # None: as its column is


@dataclass(frozen=True, slots=True)
class Row:
    """One row; plain text is enough for a cell. An open row is chosen as a whole."""

    key: str
    cells: Mapping[str, Cell | str]
    is_total: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Click:
    """The cell a person chose; the column is empty when it was the whole row."""

    row: str
    column: str


def show_table(
    columns: Sequence[Column], rows: Sequence[Row], key: str, footnote: Line = ""
) -> Click | None:
    """Draw a table; the cell or row chosen in this run. Without labels there is no header."""
    data: Payload = {
        "columns": [_column_payload(column, rows) for column in columns],
        "rows": [_row_payload(row, columns) for row in rows],
        "footnote": line_payload(footnote),
    }
    asked = _TABLE(data=data, key=key, on_open_change=heard).open
    if not isinstance(asked, dict):
        return None
    click = (asked.get("row"), asked.get("column"))
    return next((Click(*place) for place in _places(columns, rows) if place == click), None)


def _places(columns: Sequence[Column], rows: Sequence[Row]) -> list[tuple[str, str]]:
    whole = [(row.key, "") for row in rows if row.is_open]
    cells = [(row.key, c.key) for row in rows for c in columns if _opens(_cell(row, c), row, c)]
    return whole + cells


def _cell(row: Row, column: Column) -> Cell:
    found = row.cells.get(column.key, "")
    return Cell(found) if isinstance(found, str) else found


def _opens(cell: Cell, row: Row, column: Column) -> bool:
    if cell.is_open is not None:
        return cell.is_open
    return column.kind in ("share", "link") and bool(cell.line) and not row.is_total


def _column_payload(column: Column, rows: Sequence[Row]) -> Payload:
    is_right = column.is_right or column.kind in ("number", "share")
    payload: Payload = {
        "key": column.key,
        "label": column.label,
        "kind": column.kind,
        "width": column.width,
        "muted": column.is_muted,
        "right": is_right,
        "long": column.is_long,
    }
    if column.kind == "stem" and column.target is not None:
        payload["span"] = _span(column, column.target, rows)
    return payload


def _span(column: Column, target: float, rows: Sequence[Row]) -> list[float]:
    """Lowest value, target and highest value of a stem column: nothing is cut off."""
    values = [v for row in rows if (v := _cell(row, column).value) is not None]
    return [min([*values, target]), target, max([*values, target])]


def _row_payload(row: Row, columns: Sequence[Column]) -> Payload:
    cells = [_cell_payload(row, column) for column in columns]
    return {"key": row.key, "cells": cells, **marked(total=row.is_total, open=row.is_open)}


def _cell_payload(row: Row, column: Column) -> Payload:
    cell = _cell(row, column)
    line = cell.line or (lamp_word(cell.lamp) if column.kind == "lamp" else "")
    value: Payload = {} if cell.value is None else {"value": cell.value}
    marks = marked(
        line=line_payload(line),
        under=cell.under,
        bold=cell.is_bold or (column.kind == "share" and not row.is_total),
        open=_opens(cell, row, column),
    )
    return {**value, **lamp_payload(cell.lamp), **marks}
