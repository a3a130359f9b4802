"""The land of the demo district, divided without gap or overlap."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, pi, radians, sin
from random import Random

import shapely
from shapely import MultiPoint, Point, Polygon

from data.demo.names import STREETS

COUNTS = (1, 12, 138, 358, 1663)  # district, towns, communities, two levels of grids
CENTRE_LON, CENTRE_LAT = 112.9, 28.2
KM_PER_DEGREE = 111.32
CORE = Point(-2.0, 1.5)  # the old town, in km from the middle; communities near it, villages far
SNAP_KM = 1e-4
STEP_KM = 0.3  # longest straight piece of an outline before it is bent
BENDS = ((2.9, 37.0, 0.7), (0.9, 15.0, 2.1), (0.3, 5.2, 4.0), (0.08, 1.9, 1.3))  # km, km, radians
DECIMALS = 6

Spot = tuple[float, float]


@dataclass(slots=True)
class Plot:
    """A piece of land in straight lines; `parent`, `children`: places in the next levels."""

    polygon: Polygon
    parent: int | None
    children: list[int]


def divided(random: Random) -> list[list[Plot]]:
    """The land of the district cut up level by level, in straight lines."""
    corners = [(19.5 * cos(pi * k / 16), 15.0 * sin(pi * k / 16)) for k in range(32)]
    levels = [[Plot(Polygon(corners), None, [])]]
    for depth, total in enumerate(COUNTS[1:], start=1):
        shares = _shares(random, total, [plot.polygon for plot in levels[-1]])
        plots: list[Plot] = []
        for index, (plot, share) in enumerate(zip(levels[-1], shares, strict=True)):
            for polygon in _split(random, plot.polygon, share, even=0 if depth == 1 else 2):
                plot.children.append(len(plots))
                plots.append(Plot(polygon, index, []))
        levels.append(_in_street_order(plots, levels[-1][0]) if depth == 1 else plots)
    return levels


def _shares(random: Random, total: int, polygons: list[Polygon]) -> list[int]:
    """How many children each polygon gets: at least one, and more where there is more land."""
    shares = [1] * len(polygons)
    land = [polygon.area**0.5 for polygon in polygons]
    for index in random.choices(range(len(polygons)), land, k=total - len(polygons)):
        shares[index] += 1
    return shares


def _split(random: Random, polygon: Polygon, parts: int, even: int) -> list[Polygon]:
    """A convex polygon cut into convex cells around scattered points, made more even in rounds."""
    points = _scattered(random, polygon, parts)
    cells = _cells(polygon, points)
    for _ in range(even):
        cells = _cells(polygon, [cell.centroid for cell in cells])
    return cells


def _scattered(random: Random, polygon: Polygon, parts: int) -> list[Point]:
    """Points of which each was the farthest from the others among a few tries."""
    points: list[Point] = []
    while len(points) < parts:
        tries = [_point_in(random, polygon) for _ in range(6)]
        points.append(max(tries, key=lambda one: min((one.distance(p) for p in points), default=0)))
    return points


def _point_in(random: Random, polygon: Polygon) -> Point:
    west, south, east, north = polygon.bounds
    while True:
        point = Point(random.uniform(west, east), random.uniform(south, north))
        if polygon.contains(point):
            return point


def _cells(polygon: Polygon, points: list[Point]) -> list[Polygon]:
    if len(points) == 1:
        return [polygon]
    around = shapely.voronoi_polygons(MultiPoint(points), extend_to=polygon, ordered=True)
    return [cell.intersection(polygon) for cell in shapely.get_parts(around)]


def _in_street_order(plots: list[Plot], district: Plot) -> list[Plot]:
    """The streets in the order of their names: those named for a side of the district lie there."""
    left = sorted(plots, key=lambda plot: plot.polygon.centroid.distance(CORE))
    placed: dict[str, Plot] = {}
    for code, east, north in (("nantang", 0, -1), ("beiqiao", 0, 1), ("dongyuan", 1, 0)):
        middles = {id(plot): plot.polygon.centroid for plot in left}
        side = max(left, key=lambda p: east * middles[id(p)].x + north * middles[id(p)].y)
        left.remove(side)
        placed[code] = side
    return [placed.get(code) or left.pop(0) for code in STREETS]


def outlines(levels: list[list[Plot]]) -> list[list[Polygon]]:
    """The bent outlines of every level: the lowest by shared edges, the others as unions."""
    bent = [_bent([plot.polygon for plot in levels[-1]])]
    for plots in reversed(levels[:-1]):
        below = bent[0]
        whole = [shapely.coverage_union_all([below[i] for i in p.children]) for p in plots]
        bent.insert(0, whole)
    return bent


def _bent(plots: list[Polygon]) -> list[Polygon]:
    """The same cells with every edge bent alike for the two that share it."""
    lines = shapely.unary_union([plot.exterior for plot in plots], grid_size=SNAP_KM)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    tree = shapely.STRtree(faces)
    middles = shapely.centroid(plots)
    order = tree.query(middles, predicate="within")[1]
    if len(faces) != len(plots) or len(set(order)) != len(plots):
        raise ValueError("the cells of the map do not tile")
    return [Polygon(list(_ring(faces[index]))) for index in order]


def _ring(face: Polygon) -> Iterator[Spot]:
    for start, end in pairwise(face.exterior.coords):
        # Both neighbours walk an edge in opposite directions and must meet the same points.
        first, last = min(start, end), max(start, end)
        pieces = int(hypot(last[0] - first[0], last[1] - first[1]) / STEP_KM) + 1
        steps = range(pieces) if first == start else range(pieces, 0, -1)
        for step in steps:
            part = step / pieces
            x, y = (first[i] + (last[i] - first[i]) * part for i in (0, 1))
            yield _on_earth(*_warped(x, y))


def _warped(x: float, y: float) -> Spot:
    """Draws the old town together, then bends the plane by shears, which never fold it over."""
    closer = 0.5 + 0.5 * hypot(x - CORE.x, y - CORE.y) / 18
    x, y = CORE.x + (x - CORE.x) * closer, CORE.y + (y - CORE.y) * closer
    for width, wave, turn in BENDS:
        x += width * sin(2 * pi * y / wave + turn)
        y += 0.8 * width * sin(2 * pi * x / (wave * 0.9) + 2 * turn)
    return x, y


def _on_earth(x: float, y: float) -> Spot:
    lon = CENTRE_LON + x / (KM_PER_DEGREE * cos(radians(CENTRE_LAT)))
    return round(lon, DECIMALS), round(CENTRE_LAT + y / KM_PER_DEGREE, DECIMALS)
