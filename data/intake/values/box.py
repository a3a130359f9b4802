"""The box in which the points of the district lie, and what is odd about a point."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from data.schema import areas

MARGIN = 0.1  # of the box's own size, on each side
LEAST_MARGIN = 0.05  # degrees: matters of the border, and datums some hundred metres apart


class Box(NamedTuple):
    """Degrees: west, south, east, north."""

    west: float
    south: float
    east: float
    north: float


EARTH = Box(-180, -90, 180, 90)


def district_box(conn: Connection) -> Box | None:
    """The extent of the known outlines and a margin around it; None without outlines."""
    points = [
        point
        for outline in conn.execute(select(areas.c.boundary)).scalars()
        if outline
        for point in _points(outline["coordinates"])
    ]
    if not points:
        return None
    east, north = zip(*points, strict=True)
    width, height = max(east) - min(east), max(north) - min(north)
    aside, above = max(MARGIN * width, LEAST_MARGIN), max(MARGIN * height, LEAST_MARGIN)
    return Box(min(east) - aside, min(north) - above, max(east) + aside, max(north) + above)


def what_is_odd(lon: float, lat: float, box: Box | None) -> str | None:
    """unplaced, swapped, outside; None for a point where one may expect it."""
    if not math.isfinite(lon + lat) or (lon == 0 and lat == 0):
        return "unplaced"  # 0, 0 lies in the sea off Africa: a default, not a place
    if _holds(box or EARTH, lon, lat):
        return None
    if _holds(box or EARTH, lat, lon):
        return "swapped"
    return "outside" if _holds(EARTH, lon, lat) else "unplaced"


def _holds(box: Box, lon: float, lat: float) -> bool:
    return box.west <= lon <= box.east and box.south <= lat <= box.north


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    """The points of rings, polygons and groups of polygons alike."""
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _points(part)
