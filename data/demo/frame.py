"""What stands before the first case of the demo: areas, units, categories, channels."""

from shapely import Polygon
from sqlalchemy import Connection, Table, insert, select

from data.config import settings
from data.demo.district import Area, areas
from data.demo.matters import GROUPS, MATTERS, ROOTS
from data.demo.organisation import CENTRE_CODE, CHANNELS, Organisation, Unit, organisation, units
from data.schema import areas as areas_table
from data.schema import categories, channels
from data.schema import units as units_table

DATUM = "CGCS2000"

Row = dict[str, object]


def _insert(conn: Connection, table: Table, rows: list[Row]) -> list[int]:
    """Insert rows and return their keys in the same order."""
    if not rows:
        return []
    (key,) = table.primary_key
    query = insert(table).returning(key, sort_by_parameter_order=True)
    return list(conn.execute(query, rows).scalars())


def fill_areas(conn: Connection) -> list[int]:
    """The areas, each level after the one above; their keys in order."""
    ids: list[int] = []
    for level in dict.fromkeys(area.level for area in areas()):
        rows = [_area_row(area, ids) for area in areas() if area.level is level]
        ids += _insert(conn, areas_table, rows)
    return ids


def _area_row(area: Area, ids: list[int]) -> Row:
    return {
        "code": area.code,
        "name": area.name,
        "level": area.level,
        "parent_id": None if area.parent is None else ids[area.parent],
        "boundary": _geojson(area.outline),
        "datum": DATUM,
    }


def _geojson(outline: Polygon) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [[[x, y] for x, y in outline.exterior.coords]]}


def fill_units(conn: Connection, area_ids: list[int]) -> Organisation:
    """The units; the centre may be there already."""
    staff = units(settings().district.centre, areas())
    query = select(units_table.c.unit_id).where(units_table.c.code == CENTRE_CODE)
    centre_id = conn.execute(query).scalar_one_or_none()
    ids = [] if centre_id is None else [centre_id]
    for rank in range(3):  # parents first: the centre; departments and streets; communities
        group = [unit for unit in staff[len(ids) :] if _rank(unit, staff) == rank]
        ids += _insert(conn, units_table, [_unit_row(unit, ids, area_ids) for unit in group])
    return organisation(staff, ids)


def _rank(unit: Unit, staff: list[Unit]) -> int:
    return 0 if unit.parent is None else 1 + _rank(staff[unit.parent], staff)


def _unit_row(unit: Unit, ids: list[int], area_ids: list[int]) -> Row:
    return {
        "code": unit.code,
        "name": unit.name,
        "kind": unit.kind,
        "parent_id": None if unit.parent is None else ids[unit.parent],
        "area_id": None if unit.area is None else area_ids[unit.area],
        "is_active": True,
    }


def fill_categories(conn: Connection) -> dict[str, int]:
    """The category tree; keys by code."""
    ids: dict[str, int] = {}
    for level in (ROOTS, GROUPS):
        rows = [_category_row(code, name, ids.get(code[:-1])) for code, name in level.items()]
        ids |= dict(zip(level, _insert(conn, categories, rows), strict=True))
    rows = [
        _category_row(matter.code, matter.name, ids[matter.code[:2]])
        | {
            "limit_amount": matter.limit.amount,
            "limit_unit": matter.limit.unit,
            "accept_amount": matter.acceptance.amount,
            "accept_unit": matter.acceptance.unit,
            "needs_check": matter.needs_check,
        }
        for matter in MATTERS
    ]
    leaves = [matter.code for matter in MATTERS]
    return ids | dict(zip(leaves, _insert(conn, categories, rows), strict=True))


def _category_row(code: str, name: str, parent_id: int | None) -> Row:
    return {"code": code, "name": name, "parent_id": parent_id, "needs_check": False}


def fill_channels(conn: Connection) -> dict[str, int]:
    """The channels; keys by code."""
    rows: list[Row] = [
        {"code": code, "name": name, "is_grid": code == next(iter(CHANNELS))}
        for code, name in CHANNELS.items()
    ]
    return dict(zip(CHANNELS, _insert(conn, channels, rows), strict=True))
