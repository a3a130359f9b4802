"""Long lists of cases: one row each, one click opens it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import pandas as pd
import streamlit as st

from components.formats import format_stamp
from data.words import word


class Listed(Protocol):
    """What a list shows of a case; times are instants."""

    @property
    def case_no(self) -> str: ...
    @property
    def title(self) -> str | None: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def category(self) -> str | None: ...
    @property
    def channel(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def closed_at(self) -> datetime | None: ...


def ask_case(lines: Sequence[Listed], key: str) -> str | None:
    """Draw cases as a table that sorts; the number of the case chosen."""
    rows = pd.DataFrame([_cells(line) for line in lines])
    columns = {
        str(name): st.column_config.TextColumn(word(f"opened.column.{name}")) for name in rows
    }
    table = st.dataframe(
        rows,
        column_config=columns,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        key=key,
        height=min(38 + 35 * len(rows), 560),
    )
    places = [row for row, _ in table.selection.cells]
    return lines[places[0]].case_no if places and 0 <= places[0] < len(lines) else None


def _cells(line: Listed) -> dict[str, object]:
    return {
        "case_no": line.case_no,
        "title": line.title or word("case.untitled"),
        "unit": line.unit or word("case.nobody"),
        "category": line.category or "",
        "channel": line.channel or "",
        "state": word(f"state.{line.state}"),
        "opened": format_stamp(line.opened_at),
        "due": format_stamp(line.due_at),
        "closed": format_stamp(line.closed_at),
    }
