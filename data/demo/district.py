"""The areas of the demo district: five levels that tile it, with codes and names."""

from dataclasses import dataclass
from functools import cache
from itertools import count
from random import Random

from shapely import Polygon

from data.config import settings
from data.demo.names import COMMUNITIES, NUMERALS, STREETS, VILLAGES
from data.demo.outlines import CORE, COUNTS, Plot, divided, outlines
from data.terms import AreaLevel

MAP_SEED = "yunchuan"  # the map is the same for every seed of the cases
LEVELS = (AreaLevel.DISTRICT, AreaLevel.TOWN, AreaLevel.COMMUNITY, AreaLevel.GRID3, AreaLevel.GRID4)
CODE_DIGITS = (0, 3, 3, 2, 2)  # a level's digits after its parent's code; never 18 in all


@dataclass(frozen=True, slots=True)
class Area:
    """One area; `parent` is the place of its parent in the list."""

    code: str
    name: str
    level: AreaLevel
    parent: int | None
    outline: Polygon


@cache
def areas() -> list[Area]:
    """Every area, parents before children."""
    levels = divided(Random(MAP_SEED))
    bent = outlines(levels)
    names = _names(levels)
    found: list[Area] = []
    starts = [sum(COUNTS[:depth]) for depth in range(len(COUNTS))]
    for depth, plots in enumerate(levels):
        for index, plot in enumerate(plots):
            parent = None if plot.parent is None else starts[depth - 1] + plot.parent
            code = settings().district.code
            if parent is not None:
                number = levels[depth - 1][plot.parent or 0].children.index(index) + 1
                code = f"{found[parent].code}{number:0{CODE_DIGITS[depth]}}"
            found.append(Area(code, names[depth][index], LEVELS[depth], parent, bent[depth][index]))
    return found


def _names(levels: list[list[Plot]]) -> list[list[str]]:
    names = [[settings().district.name], [f"{street}街道" for street in STREETS.values()]]
    names.append(_community_names(levels[2]))
    for depth in (3, 4):
        names.append(["" for _ in levels[depth]])
        for parent, plot in enumerate(levels[depth - 1]):
            for number, child in zip(count(1), plot.children, strict=False):
                ending = f"{NUMERALS[number - 1]}网格" if depth == 3 else f"{number:02}"
                names[depth][child] = names[depth - 1][parent] + ending
    return names


def _community_names(plots: list[Plot]) -> list[str]:
    """Communities around the old town, villages beyond."""
    far = sorted(range(len(plots)), key=lambda i: plots[i].polygon.centroid.distance(CORE))
    named = [f"{name}社区" for name in Random(MAP_SEED).sample(COMMUNITIES, len(COMMUNITIES))]
    named += [f"{name}村" for name in Random(MAP_SEED).sample(VILLAGES, len(VILLAGES))]
    found = dict(zip(far, named, strict=True))
    return [found[index] for index in range(len(plots))]
