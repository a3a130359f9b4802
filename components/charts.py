"""Charts: authored once per process, sent as a constant with fresh rows."""

from functools import cache
from typing import Any

import altair as alt
import pandas as pd
import pyarrow as pa
import streamlit as st

from data.words import word

FONT = "Noto Sans CJK SC, Microsoft YaHei, sans-serif"
# ink, ink2, ink3, line, line2, bar, bar2
INKS = {
    "light": ("#15202B", "#465462", "#66737F", "#DCE1E6", "#AEB8C2", "#7E8E9D", "#C6CFD7"),
    "dark": ("#EDF1F4", "#B4BFC9", "#8F9CA8", "#27313B", "#46535F", "#72838F", "#3A4853"),
}

_WEEKEND = "utcday(toDate(datum.value)) % 6 === 0"


def show_daily_flow(days: pd.DataFrame, key: str) -> None:
    """Opened above and closed below one zero, day by day; the unfinished day is paler.

    Columns: date (of the centre's zone), opened, closed (cases), is_partial (bool).
    """
    theme = "dark" if st.context.theme.type == "dark" else "light"
    rows = pa.table(
        {
            "day": [f"{day:%Y-%m-%d}" for day in pd.to_datetime(days["date"])],
            "opened": days["opened"].tolist(),
            "closed": days["closed"].tolist(),
            "is_partial": days["is_partial"].tolist(),
        }
    )
    st.vega_lite_chart(rows, daily_flow_spec(theme), theme=None, key=key)


@cache
def daily_flow_spec(theme: str) -> dict[str, Any]:
    """The constant Vega-Lite specification of the daily flow in the theme's inks."""
    _, ink2, ink3, line, line2, bar, bar2 = INKS[theme]
    days = alt.X("day:N").sort(None).scale(paddingInner=0.28, paddingOuter=0.14).title(None)
    x = days.axis(
        domain=False,
        ticks=False,
        grid=False,
        labelAngle=0,
        labelPadding=6,
        labelOverlap="greedy",
        labelExpr=_day_label(),
        labelColor={"condition": {"test": _WEEKEND, "value": ink3}, "value": ink2},
    )
    y_axis = alt.Axis(
        orient="right",
        domain=False,
        ticks=False,
        tickCount=3,
        labelPadding=4,
        labelExpr=_flow_label(),
        labelColor=ink3,
        gridColor=line,
    )
    faint = alt.condition("datum.is_partial", alt.value(0.55), alt.value(1.0))
    # Every layer has the same scale, or one without it would widen the axis.
    base = alt.Chart(alt.NamedData("days")).transform_calculate(down="-datum.closed").encode(x=x)
    up = base.mark_bar(color=bar).encode(y=_flow("opened", y_axis), opacity=faint, tooltip=_tips())
    down = base.mark_bar(color=bar2).encode(y=_flow("down", y_axis), opacity=faint, tooltip=_tips())
    zero = alt.Chart(alt.NamedData("days")).mark_rule(color=line2).encode(y=alt.YDatum(0))
    chart = alt.layer(up, down, zero).properties(height=120, width="container")
    chart = chart.configure(font=FONT, background="transparent", padding=0)
    chart = chart.configure_view(stroke=None).configure_axis(labelFontSize=12)
    return _constant(chart)


def _day_label() -> str:
    """11月7 where the axis or a month begins, else 8."""
    month, day = "+slice(datum.value, 5, 7)", "+slice(datum.value, 8)"
    is_first = f"datum.index === 0 || {day} === 1"
    return f"({is_first}) ? ({month}) + '{word('chart.month')}' + ({day}) : '' + ({day})"


def _flow(field: str, axis: alt.Axis) -> alt.Y:
    return alt.Y(f"{field}:Q").axis(axis).title(None).scale(nice=True, zero=True)


def _tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("day:N", title=word("chart.day")),
        alt.Tooltip("opened:Q", title=word("chart.opened"), format=","),
        alt.Tooltip("closed:Q", title=word("chart.closed"), format=","),
    ]


def _flow_label() -> str:
    """The axis says in words which way is in and which is out, in place of a legend."""
    opened, closed = word("chart.opened"), word("chart.closed")
    side = f"(datum.value > 0 ? '{opened} ' : '{closed} ')"
    return f"datum.value == 0 ? '' : {side} + format(abs(datum.value), ',')"


def _constant(chart: alt.LayerChart) -> dict[str, Any]:
    """The specification without data, which come beside it."""
    spec: dict[str, Any] = chart.to_dict()
    spec.pop("data", None)
    for layer in spec["layer"]:
        layer.pop("data", None)
    return spec
