"""Maps of the centre's own boundaries: no tiles, nothing from outside this machine."""

import json
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

import pydeck as pdk
import streamlit as st

HEIGHT, WIDTH = 190, 420  # pixels that the frame must fit into, whatever the column's width
MARGIN = 0.92
TILE = 512  # pixels of the world at zoom 0
# ground, line between its parts, its own edge, the smallest area, the point
TONES = {
    "light": ("#E3E8EC", "#FFFFFF", "#8897A5", "#C6CFD7", "#15202B"),
    "dark": ("#26313B", "#0D1217", "#5D6C79", "#46535F", "#EDF1F4"),
}

Point = tuple[float, float]


def show_ground(
    frame: str, parts: Sequence[str], own: str | None, point: Point | None, key: str
) -> None:
    """Draw where a case lies: the frame, its parts, its smallest area, its point.

    Boundaries are GeoJSON geometries as text. The map does not move: it catches no wheel.
    """
    theme = "dark" if st.context.theme.type == "dark" else "light"
    deck = _deck(frame, tuple(parts), own, point, theme)
    st.pydeck_chart(deck, height=HEIGHT, key=key)


@lru_cache(maxsize=64)
def _deck(
    frame: str, parts: tuple[str, ...], own: str | None, point: Point | None, theme: str
) -> pdk.Deck:
    ground, between, edge, smallest, ink = (_rgb(tone) for tone in TONES[theme])
    layers = [
        _areas("frame", [frame], fill=ground, line=edge, width=2),
        _areas("parts", parts, fill=None, line=between, width=1),
    ]
    if own:
        layers.append(_areas("own", [own], fill=smallest, line=edge, width=1.3))
    if point:
        layers.append(_point(point, ink, between))
    return pdk.Deck(
        layers=layers,
        initial_view_state=_view(json.loads(frame)),
        views=[pdk.View("MapView", controller=False)],
        map_provider=None,
    )


def _areas(
    name: str, boundaries: Sequence[str], fill: list[int] | None, line: list[int], width: float
) -> pdk.Layer:
    features = [{"type": "Feature", "geometry": json.loads(one)} for one in boundaries]
    return pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": features},
        id=name,
        filled=fill is not None,
        get_fill_color=fill or [0, 0, 0, 0],
        get_line_color=line,
        line_width_min_pixels=width,
        line_width_max_pixels=width,
    )


def _point(point: Point, ink: list[int], around: list[int]) -> pdk.Layer:
    return pdk.Layer(
        "ScatterplotLayer",
        [{"at": list(point)}],
        id="point",
        get_position="at",
        get_fill_color=ink,
        get_line_color=around,
        stroked=True,
        radius_min_pixels=6,
        radius_max_pixels=6,
        line_width_min_pixels=2,
        line_width_max_pixels=2,
    )


def _rgb(tone: str) -> list[int]:
    return [int(tone[i : i + 2], 16) for i in (1, 3, 5)]


def _view(geometry: dict[str, object]) -> pdk.ViewState:
    """The view that holds a whole geometry."""
    lons, lats = zip(*_points(geometry["coordinates"]), strict=True)
    lat = (min(lats) + max(lats)) / 2
    wide = max(max(lons) - min(lons), 1e-6)
    high = max(max(lats) - min(lats), 1e-6) / math.cos(math.radians(lat))
    pixels_of_degree = MARGIN * min(WIDTH / wide, HEIGHT / high)
    return pdk.ViewState(
        longitude=(min(lons) + max(lons)) / 2,
        latitude=lat,
        zoom=math.log2(pixels_of_degree * 360 / TILE),
    )


def _points(coordinates: object) -> Iterator[Point]:
    """Every point of nested GeoJSON coordinates."""
    assert isinstance(coordinates, list)
    if isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _points(part)
