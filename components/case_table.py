"""A page of cases as a table: rows to tick, headers that sort, numbers that open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import streamlit as st

from components.mount import Line, Payload, chosen, heard, line_payload, register
from data.words import word

_TABLE = register("case_table")
Sorted: TypeAlias = Literal["", "up", "down"]
MOST = 1000  # numbers that one page may send back


@dataclass(frozen=True, slots=True)
class Column:
    """One column; one whose header asks for an order may be the one that is sorted by.

    It asks for an order and not for the other one: asked twice, it is the same.
    """

    key: str
    label: str
    asks: str = ""
    sorted: Sorted = ""
    is_right: bool = False
    is_wide: bool = False  # takes what room is left, and is cut off where there is none
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One case: its number, and what stands in its columns."""

    number: str
    cells: Mapping[str, Line]


@dataclass(frozen=True, slots=True)
class Ticks:
    """What a person ticked on one page: which rows it had, and which of them are ticked.

    `turn` counts what they did, so that nothing is taken twice.
    """

    turn: int
    page: tuple[str, ...]
    ticked: tuple[str, ...]


def show_cases(
    columns: Sequence[Column],
    rows: Sequence[Row],
    ticked: Sequence[str],
    turn: int,
    page: str,
    can_tick: bool,
    key: str,
    on_sort: Callable[[], None],
    on_ticks: Callable[[], None],
) -> str | None:
    """Draw a page of cases; the number of the one opened in this run.

    `turn` is the last one that was taken: until then the browser shows what was ticked since.
    `page` names the page: another one is shown from its top, the same one where it was.
    """
    numbers = {row.number for row in rows}
    data: Payload = {
        "columns": [_column_payload(column) for column in columns],
        "rows": [_row_payload(row, columns) for row in rows],
        "ticked": [number for number in ticked if number in numbers],
        "turn": turn,
        "page": page,
        "ticks": can_tick,
        "words": {name: word(f"cases.{name}") for name in ("tick", "tick_all", "sort_by")},
    }
    result = _TABLE(
        data=data, key=key, on_open_change=heard, on_sort_change=on_sort, on_ticks_change=on_ticks
    )
    return chosen(result.open, numbers)


def sort_asked(key: str, offered: Sequence[str]) -> str | None:
    """The order that a header asked for, inside of `on_sort`."""
    return chosen(_sent(key, "sort"), offered)


def ticks_asked(key: str) -> Ticks | None:
    """What was ticked, inside of `on_ticks`; None for what no page sends."""
    sent = _sent(key, "ticks")
    if not isinstance(sent, dict) or not isinstance(sent.get("turn"), int):
        return None
    page, ticked = (_numbers(sent.get(name)) for name in ("page", "ticked"))
    return Ticks(sent["turn"], page, ticked)


def _sent(key: str, name: str) -> object:
    state = st.session_state.get(key)
    return state.get(name) if state is not None else None


def _numbers(sent: object) -> tuple[str, ...]:
    if not isinstance(sent, list):
        return ()
    return tuple(one for one in sent[:MOST] if isinstance(one, str))


def _column_payload(column: Column) -> Payload:
    return {
        "key": column.key,
        "label": column.label,
        "asks": column.asks,
        "sorted": column.sorted,
        "right": column.is_right,
        "wide": column.is_wide,
        "opens": column.opens,
    }


def _row_payload(row: Row, columns: Sequence[Column]) -> Payload:
    cells = [line_payload(row.cells.get(column.key, "")) for column in columns]
    return {"number": row.number, "cells": cells}
