"""Who handles the demo cases: the units, how good they are, the channels; and who gets a case."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from data.demo.district import Area
from data.demo.matters import Matter
from data.demo.names import STREETS
from data.terms import AreaLevel, UnitKind

CENTRE_CODE = "centre"
CENTRE = 0  # its place in the list of units
CHANNELS = {  # code: name; the first is the grid's own
    "grid": "网格上报",
    "residents": "居民诉求",
    "police": "警情分流",
    "whistle": "街道哨声",
    "hotline": "热线转办",
}
DEPARTMENTS = {
    "chengguan": "城管局",
    "zhujian": "住建局",
    "gongan": "公安分局",
    "weijian": "卫健局",
    "minzheng": "民政局",
    "shichang": "市场监管局",
    "shengtai": "生态环境分局",
    "jiaotong": "交通运输局",
    "yingji": "应急局",
    "jiaoyu": "教育局",
    "renshe": "人社局",
    "shuili": "水利局",
    "ziran": "自然资源分局",
    "nongye": "农业农村局",
    "sifa": "司法局",
    "reli": "区热力公司",
}
# How often a unit is late, against the usual; the streets' communities follow their street.
LATENESS = {
    "nantang": 3.0,
    "hewan": 2.0,
    "bailu": 0.8,
    "wangchuan": 0.65,
    "qingfeng": 0.6,
    "zhujian": 1.5,
    "chengguan": 1.25,
    "shengtai": 1.2,
    "reli": 1.2,
}
USUAL_LATENESS = {UnitKind.TOWN: 0.5, UnitKind.COMMUNITY: 0.5, UnitKind.DEPARTMENT: 0.75}
AT_DEPARTMENT = {"grid": 0.6, "residents": 1.5, "police": 0.7, "whistle": 2.2, "hotline": 1.6}
LEVEL_OF_KIND = {UnitKind.COMMUNITY: AreaLevel.COMMUNITY, UnitKind.TOWN: AreaLevel.TOWN}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the demo; `parent` and `area` are places in the lists."""

    code: str
    name: str
    kind: UnitKind
    parent: int | None
    area: int | None
    lateness: float = 1.0
    speed: float = 1.0  # below 1: slower than usual

    @property
    def level(self) -> AreaLevel:
        """The level at which a case stands while this unit holds it."""
        return LEVEL_OF_KIND.get(self.kind, AreaLevel.DISTRICT)


def units(centre_name: str, areas: list[Area]) -> list[Unit]:
    """Every unit, the centre first, parents before children."""
    found = [Unit(CENTRE_CODE, centre_name, UnitKind.CENTRE, None, 0)]
    found += [_department(code, name) for code, name in DEPARTMENTS.items()]
    towns: dict[int | None, int] = {}
    for index, (code, name) in enumerate(STREETS.items(), start=1):
        towns[index] = len(found)
        lateness = LATENESS.get(code, USUAL_LATENESS[UnitKind.TOWN])
        found.append(Unit(code, f"{name}街道", UnitKind.TOWN, 0, index, lateness, lateness**-0.3))
    for index, area in _communities(areas):
        town = found[towns[area.parent]]
        code = f"{town.code}-{area.code[-3:]}"
        kind, parent = UnitKind.COMMUNITY, towns[area.parent]
        found.append(Unit(code, area.name, kind, parent, index, town.lateness, town.speed))
    return found


def _department(code: str, name: str) -> Unit:
    lateness = LATENESS.get(code, USUAL_LATENESS[UnitKind.DEPARTMENT])
    return Unit(code, name, UnitKind.DEPARTMENT, 0, None, lateness, 0.9 * lateness**-0.3)


def _communities(areas: list[Area]) -> Iterator[tuple[int, Area]]:
    return ((i, area) for i, area in enumerate(areas) if area.level is AreaLevel.COMMUNITY)


@dataclass(frozen=True, slots=True)
class Organisation:
    """The units with their ids, and the shortest way to the one that should handle something."""

    units: list[Unit]
    ids: list[int]
    of_code: dict[str, int]  # place in the list
    of_area: dict[int, int]  # place of an area: place of its unit

    def handler(self, random: Random, matter: Matter, channel: str, community: int) -> int:
        """Who gets a matter from a community's ground: a department, the street, or itself."""
        if random.random() < matter.at_department * AT_DEPARTMENT[channel]:
            return self.of_code[matter.department]
        unit = self.of_area[community]
        parent = self.units[unit].parent
        return unit if parent is None or random.random() < 0.55 else parent

    def another(self, random: Random, unit: int, matter: Matter, community: int) -> int:
        """Whom a matter is handed to when it was not this unit's business."""
        near = self.of_area[community]
        known = [self.of_code[matter.department], near, self.units[near].parent or 0]
        others = [one for one in known if one != unit]
        return random.choice(others)


def organisation(units: list[Unit], ids: list[int]) -> Organisation:
    """The units by id, code and area."""
    of_code = {unit.code: index for index, unit in enumerate(units)}
    of_area = {unit.area: index for index, unit in enumerate(units) if unit.area is not None}
    return Organisation(units, ids, of_code, of_area)
