"""Long lists of cases: one row each, one click opens it."""

from collections.abc import Sequence
from typing import Protocol

import pandas as pd
import streamlit as st

from data.config import settings
from data.words import word


class Listed(Protocol):
    """What a list shows of a case; times are instants."""

    case_no: str
    title: str | None
    unit: str | None
    category: str | None
    channel: str | None
    state: str
    opened_at: object
    due_at: object
    closed_at: object


def ask_case(lines: Sequence[Listed], key: str) -> str | None:
    """Draw cases as a table that sorts; the number of the case chosen."""
    rows = pd.DataFrame([_cells(line) for line in lines])
    columns = {name: st.column_config.Column(word(f"opened.column.{name}")) for name in rows}
    for name in ("opened", "due", "closed"):
        columns[name] = st.column_config.DatetimeColumn(
            word(f"opened.column.{name}"), format="YYYY-MM-DD HH:mm"
        )
    table = st.dataframe(
        rows,
        column_config=columns,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        height=min(38 + 35 * len(rows), 560),
    )
    places = table.selection.rows
    return lines[places[0]].case_no if places and places[0] < len(lines) else None


def _cells(line: Listed) -> dict[str, object]:
    return {
        "case_no": line.case_no,
        "title": line.title or word("case.untitled"),
        "unit": line.unit or word("case.nobody"),
        "category": line.category or "",
        "channel": line.channel or "",
        "state": word(f"state.{line.state}"),
        "opened": _local(line.opened_at),
        "due": _local(line.due_at),
        "closed": _local(line.closed_at),
    }


def _local(instant: object) -> object:
    """Wall time of the centre without a zone, or the browser would show its own."""
    if instant is None:
        return None
    return pd.Timestamp(instant).tz_convert(settings().zone).tz_localize(None)
