"""The weekly trend of a rate: authored once per process, sent as a constant with fresh rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import pyarrow as pa

from components.charts import FONT, INKS, Spec, constant, opening, show_chart, theme_name
from components.formats import format_fraction, format_share
from data.words import word

HEIGHT = 236
ROOM = 14  # at the right of the names of the lines
GROUNDS = {"light": "#FFFFFF", "dark": "#0D1217"}
# Every layer has the same scale, or one without it would widen the axis.
SCALE = alt.Scale(zero=False, domainMax=100, nice=False, padding=12)


@dataclass(frozen=True, slots=True)
class Point:
    """One week of one line; nothing was due in it where the denominator is 0."""

    key: str  # what it is called when it is chosen
    week: str
    numerator: int
    denominator: int
    is_partial: bool


@dataclass(frozen=True, slots=True)
class TrendLine:
    """A name and its weeks, oldest first."""

    name: str
    points: Sequence[Point]


def show_trend(
    whole: TrendLine, beside: TrendLine | None, target: float, key: str
) -> tuple[str, bool] | None:
    """The whole in ink, one line beside it in grey; the unfinished week hollow and dashed.

    Returns the key of the point chosen and whether it is of the line beside, if any is.
    """
    is_lower = beside is not None and _end(whole) < _end(beside)
    rows = _rows(beside, "beside", is_lower) if beside else []
    rows += _rows(whole, "whole", not is_lower)  # on top
    table = pa.Table.from_pylist(rows, schema=_SCHEMA)
    chosen = show_chart(table, trend_spec(theme_name(), target), key)
    if chosen is None or chosen.get("key") not in [point.key for point in whole.points]:
        return None
    return chosen["key"], chosen.get("line") == "beside"


_SCHEMA = pa.schema(
    {
        "key": pa.string(),
        "week": pa.string(),
        "line": pa.string(),
        "name": pa.string(),
        "percent": pa.float64(),
        "text": pa.string(),
        "fraction": pa.string(),
        "is_partial": pa.bool_(),
        "is_tail": pa.bool_(),
        "is_last": pa.bool_(),
        "is_upper": pa.bool_(),
    }
)


def _end(line: TrendLine) -> float:
    """Where a line ends; what never had anything due ends below."""
    told = [point.numerator / point.denominator for point in line.points if point.denominator]
    return told[-1] if told else -1.0


def _rows(line: TrendLine, kind: str, is_upper: bool) -> list[dict[str, object]]:
    told = [place for place, point in enumerate(line.points) if point.denominator]
    last = told[-1] if told else -1
    is_open = last >= 0 and line.points[last].is_partial
    tail = set(told[-2:]) if is_open else set()
    return [
        {
            "key": point.key,
            "week": point.week,
            "line": kind,
            "name": line.name,
            "percent": 100 * point.numerator / point.denominator if point.denominator else None,
            "text": format_share(point.numerator, point.denominator).removesuffix("%"),
            "fraction": format_fraction(point.numerator, point.denominator),
            "is_partial": point.is_partial,
            "is_tail": place in tail,
            "is_last": place == last,
            "is_upper": is_upper,
        }
        for place, point in enumerate(line.points)
    ]


@cache
def trend_spec(theme: str, target: float) -> Spec:
    """The constant Vega-Lite specification of the trend in the theme's inks."""
    ink, ink2, ink3, line, _, bar, _ = INKS[theme]
    colour = alt.Color("line:N").scale(domain=["whole", "beside"], range=[ink, bar]).legend(None)
    goal = alt.Chart(alt.NamedData("weeks")).encode(y=alt.YDatum(target).scale(SCALE))
    base = alt.Chart(alt.NamedData("weeks")).encode(
        x=_weeks(ink2), y=_percents(ink2, line), color=colour
    )
    done = base.transform_filter("!datum.is_partial")
    tail = base.transform_filter("datum.is_tail")
    chart = alt.layer(
        goal.mark_rule(color=ink3, strokeDash=[3, 3]),
        done.mark_line(strokeWidth=2.2),
        tail.mark_line(strokeWidth=2.2, strokeDash=[3, 3]),
        *_points(base, done, GROUNDS[theme]),
        *_ends(base, ink),
    )
    room = {"left": 0, "right": ROOM, "top": 10, "bottom": 0}
    chart = chart.properties(height=HEIGHT, width="container", padding=room)
    chart = chart.configure(font=FONT, background="transparent")
    return constant(chart.configure_view(stroke=None).configure_axis(labelFontSize=12))


def _weeks(ink: str) -> alt.X:
    weeks = alt.X("week:N").sort(None).title(None).scale(type="point", padding=0.3)
    return weeks.axis(
        domain=False,
        ticks=False,
        grid=False,
        labelAngle=0,
        labelPadding=6,
        labelOverlap="greedy",
        labelSeparation=6,
        labelColor=ink,
    )


def _percents(ink: str, line: str) -> alt.Y:
    axis = alt.Axis(
        domain=False, ticks=False, tickCount=4, labelPadding=6, labelColor=ink, gridColor=line
    )
    return alt.Y("percent:Q").scale(SCALE).axis(axis).title(None)


def _points(base: alt.Chart, done: alt.Chart, ground: str) -> Iterator[alt.Chart]:
    """Weeks that open: full ones filled, the one that goes on hollow."""
    look: dict[str, Any] = {"size": 34, "strokeWidth": 1.6, "opacity": 1, "cursor": "pointer"}
    tips = [
        alt.Tooltip("week:N", title=word("chart.week")),
        alt.Tooltip("name:N", title=word("chart.line")),
        alt.Tooltip("text:N", title=word("chart.percent")),
        alt.Tooltip("fraction:N", title=word("chart.fraction")),
    ]
    yield done.mark_circle(**look).encode(tooltip=tips).add_params(opening("key", "line"))
    partial = base.transform_filter("datum.is_partial && isValid(datum.percent)")
    yield partial.mark_point(fill=ground, filled=False, **look).encode(tooltip=tips)


def _ends(base: alt.Chart, ink: str) -> Iterator[alt.Chart]:
    """At the right end of each line its name and value; of two lines one above the other."""
    look: dict[str, Any] = {"dx": 10, "fontSize": 13, "fontWeight": 700, "color": ink}
    ends = base.transform_calculate(end="datum.name + ' ' + datum.text").encode(text="end:N")
    for which, dy in (("datum.is_upper", -5), ("!datum.is_upper", 10)):
        end = ends.transform_filter(f"datum.is_last && {which}")
        yield end.mark_text(dy=dy, align="left", **look).encode(color=alt.value(ink))
