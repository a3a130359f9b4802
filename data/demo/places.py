"""Where things happen in the demo district: a few dozen addresses inside every lowest grid."""

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

import numpy as np
import shapely

from data.demo.district import MAP_SEED, Area, areas
from data.demo.names import ROAD_KINDS, ROADS
from data.demo.outlines import DECIMALS
from data.terms import AreaLevel

PLACES_OF_A_GRID = 24
ROADS_OF_A_TOWN, ROADS_OF_A_COMMUNITY = 9, 3
BUSY = (1.35, 0.75, 1.0, 1.0, 1.3, 0.75, 0.95, 1.1, 1.1, 1.2, 0.9, 0.85)  # the streets, in order


@dataclass(frozen=True, slots=True)
class Place:
    """An address; `area` and `community` are places in the list of areas."""

    road: str
    address: str
    lon: float
    lat: float
    area: int
    community: int


@dataclass(frozen=True, slots=True)
class Ground:
    """Every grid's places, and how much happens in each grid."""

    places: list[list[Place]]
    weights: list[float]  # cumulated

    def choose(self, random: Random) -> Place:
        """A place, more often where more happens."""
        chosen: Place = random.choice(random.choices(self.places, cum_weights=self.weights)[0])
        return chosen


@cache
def ground() -> Ground:
    """The places of the district; like the map the same for every seed of the cases."""
    random, points = Random(MAP_SEED), np.random.default_rng(len(MAP_SEED))
    everywhere = areas()
    roads = _roads(random, everywhere)
    found, busy = [], []
    for index, area in enumerate(everywhere):
        if area.level is not AreaLevel.GRID4:
            continue
        community = everywhere[area.parent or 0].parent or 0
        town = everywhere[community].parent or 0
        streets = random.sample(roads[community], 2)
        found.append(
            [
                _place(random, everywhere, index, community, random.choice(streets), point)
                for point in _points_inside(points, area.outline)
            ]
        )
        busy.append(BUSY[town - 1] * random.lognormvariate(0, 0.9))
    return Ground(found, list(accumulate(busy)))


def _place(
    random: Random,
    everywhere: list[Area],
    area: int,
    community: int,
    road: str,
    point: tuple[float, float],
) -> Place:
    town = everywhere[everywhere[community].parent or 0].name
    name = everywhere[community].name
    address = f"{town}{name}{road}{random.randint(1, 398)}号"
    return Place(road, address, *point, area, community)


def _roads(random: Random, everywhere: list[Area]) -> dict[int, list[str]]:
    """The roads that run through each community."""
    of_town: dict[int, list[str]] = {}
    found = {}
    for index, area in enumerate(everywhere):
        if area.level is AreaLevel.TOWN:
            names = random.sample(ROADS, ROADS_OF_A_TOWN)
            of_town[index] = [name + random.choice(ROAD_KINDS) for name in names]
        if area.level is AreaLevel.COMMUNITY:
            found[index] = random.sample(of_town[area.parent or 0], ROADS_OF_A_COMMUNITY)
    return found


def _points_inside(
    points: np.random.Generator, outline: shapely.Polygon
) -> list[tuple[float, float]]:
    west, south, east, north = outline.bounds
    inside: list[tuple[float, float]] = []
    while len(inside) < PLACES_OF_A_GRID:
        tries = points.uniform((west, south), (east, north), (4 * PLACES_OF_A_GRID, 2)).round(
            DECIMALS
        )
        held = shapely.contains_xy(outline, tries[:, 0], tries[:, 1])
        inside += [(float(lon), float(lat)) for lon, lat in tries[held]]
    return inside[:PLACES_OF_A_GRID]
