"""Charts: authored once per process, sent as a constant with fresh rows; their marks open."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import altair as alt
import pyarrow as pa
import streamlit as st

from data.words import word

Spec: TypeAlias = dict[str, Any]
Columns: TypeAlias = Mapping[str, list[Any]]  # what a chart shows: a list for each of its columns

FONT = "Noto Sans CJK SC, Microsoft YaHei, sans-serif"
# ink, ink2, ink3, line, line2, bar, bar2
INKS = {
    "light": ("#15202B", "#465462", "#66737F", "#DCE1E6", "#AEB8C2", "#7E8E9D", "#C6CFD7"),
    "dark": ("#EDF1F4", "#B4BFC9", "#8F9CA8", "#27313B", "#46535F", "#72838F", "#3A4853"),
}

OPENED = "opened"  # what a chart calls the mark that was chosen
WAYS = ("opened", "closed")
USUAL = ("usual_opened", "usual_closed")
_HIGH, _ROOM = 300, 308  # pixels: of the bars, and with the axis below
_WEEKEND = "utcday(toDate(datum.value)) % 6 === 0"


def show_chart(rows: pa.Table, spec: Spec, key: str) -> Mapping[str, Any] | None:
    """Draw rows by a constant specification; the fields of the mark that a person just chose."""
    just_chosen = f"{key}-chosen"

    def choose() -> None:
        st.session_state[just_chosen] = st.session_state[key].selection.get(OPENED)

    st.vega_lite_chart(rows, spec, theme=None, key=key, on_select=choose)
    told = st.session_state.pop(just_chosen, None)  # a browser may send anything
    first = told[0] if isinstance(told, Sequence) and told else None
    return first if isinstance(first, Mapping) else None


def theme_name() -> str:
    """The name of the theme that the browser shows: light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def opening(*fields: str) -> alt.Parameter:
    """What makes a mark open: the fields that name it."""
    return alt.selection_point(name=OPENED, fields=list(fields), on="click", clear="dblclick")


def constant(chart: alt.LayerChart) -> Spec:
    """The specification without data, which come beside it."""
    spec: Spec = chart.to_dict()
    spec.pop("data", None)
    for layer in spec["layer"]:
        layer.pop("data", None)
    return spec


def show_daily_flow(days: Columns, key: str) -> tuple[str, str] | None:
    """Opened above and closed below one zero, day by day; the unfinished day is paler.

    Columns: day (as 2026-11-20), opened, closed (cases), is_partial (bool). Returns the day chosen
    and which of its bars (opened or closed), if any.
    """
    return _bar_of(show_chart(pa.table(days), daily_flow_spec(theme_name()), key))


def show_flow_beside_usual(spans: Columns, is_by_day: bool, key: str) -> tuple[str, str] | None:
    """Opened above and closed below one zero; a thin line on each bar is what is usual then.

    Columns: day (as 2026-11-20, or an hour), opened, closed (cases), usual_opened, usual_closed
    (cases; None where nothing is known), is_partial (bool). Returns the day or hour chosen and
    which of its bars (opened or closed), if any.
    """
    usual = {name: pa.array(spans[name], pa.float64()) for name in USUAL}
    rows = pa.table({**spans, **usual})
    with st.container(height=_ROOM, border=False, key=f"{key}-room"):  # kept while it is loaded
        return _bar_of(show_chart(rows, usual_flow_spec(theme_name(), is_by_day), key))


def _bar_of(chosen: Mapping[str, Any] | None) -> tuple[str, str] | None:
    if chosen is None or chosen.get("way") not in WAYS:
        return None
    return str(chosen.get("day")), chosen["way"]


@cache
def daily_flow_spec(theme: str) -> Spec:
    """The constant Vega-Lite specification of the daily flow in the theme's inks."""
    return _sized(_flow_layers(theme, is_by_day=True), height=120)


@cache
def usual_flow_spec(theme: str, is_by_day: bool) -> Spec:
    """The same, higher, with what is usual; by day or by hour."""
    bars = _flow_layers(theme, is_by_day)
    marks = [_usual_mark(theme, name, is_by_day) for name in USUAL]
    return _sized([*bars, *marks], height=_HIGH)


def _flow_layers(theme: str, is_by_day: bool) -> list[alt.Chart]:
    """The bars up and down, and the zero between them."""
    _, _, ink3, line, line2, bar, bar2 = INKS[theme]
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
    base = _flow_base(theme, is_by_day).transform_calculate(down="-datum.closed")
    up, down = (
        base.transform_calculate(way=f"'{way}'")
        .mark_bar(color=colour, cursor="pointer")
        .encode(y=_flow(field, y_axis), opacity=faint, tooltip=_tips())
        for way, colour, field in zip(WAYS, (bar, bar2), ("opened", "down"), strict=True)
    )
    up = up.add_params(opening("day", "way"))
    zero = alt.Chart(alt.NamedData("days")).mark_rule(color=line2).encode(y=alt.YDatum(0))
    return [up, down, zero]


def _flow_base(theme: str, is_by_day: bool) -> alt.Chart:
    """One place for each day or hour, in the order of the rows."""
    ink2, ink3 = INKS[theme][1:3]
    weekend = {"condition": {"test": _WEEKEND, "value": ink3}, "value": ink2}
    days = alt.X("day:N").sort(None).scale(paddingInner=0.28, paddingOuter=0.14).title(None)
    x = days.axis(
        domain=False,
        ticks=False,
        grid=False,
        labelAngle=0,
        labelPadding=6,
        labelOverlap="greedy",
        labelExpr=_day_label() if is_by_day else "datum.value",
        labelColor=weekend if is_by_day else ink2,
    )
    return alt.Chart(alt.NamedData("days")).encode(x=x)


def _usual_mark(theme: str, name: str, is_by_day: bool) -> alt.Chart:
    """A line across each bar: a bar without height has the bar's width."""
    sign = "-" if name == "usual_closed" else ""
    base = _flow_base(theme, is_by_day).transform_filter(f"datum.{name} > 0")
    mark = base.transform_calculate(level=f"{sign}datum.{name}").mark_bar(
        fillOpacity=0, stroke=INKS[theme][0], strokeWidth=1.5
    )
    tips = [alt.Tooltip(f"{name}:Q", title=word("chart.usual"), format=",.1f")]
    return mark.encode(y=alt.Y("level:Q").title(None), y2=alt.Y2("level"), tooltip=tips)


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


def _sized(layers: list[alt.Chart], height: int) -> Spec:
    chart = alt.LayerChart(layer=layers).properties(height=height, width="container")
    chart = chart.configure(font=FONT, background="transparent", padding=0)
    return constant(chart.configure_view(stroke=None).configure_axis(labelFontSize=12))
