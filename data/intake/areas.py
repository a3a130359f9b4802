"""Load areas, with outlines or without. Rows of one code are parts of one area."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from data.intake.batch import Batch
from data.intake.columns import BadRow, Fields, Pick, picker, their_name
from data.intake.pickers import refuse_uneven
from data.intake.read import Progress
from data.schema import areas
from data.terms import AreaLevel

Polygons = list[list[list[list[float]]]]  # polygons of rings of points
_LEAST_POINTS = 4  # of a closed ring


@dataclass(slots=True)
class Area:
    """An area as the file tells of it, over all its rows."""

    code: str
    parent: str | None
    values: dict[str, object]
    outlines: list[Polygons] = field(default_factory=list)  # one a row, [] without
    number: int = 0  # of its first row
    fields: Fields = field(default_factory=list)


def load_areas(batch: Batch, progress: Progress | None) -> None:
    """Read all areas, then write them; parents may stand below their children."""
    check = _area_checker(batch)
    told: dict[str, Area] = {}
    for number, fields, area in batch.checked(check):
        if area.code in told:
            told[area.code].outlines += area.outlines
        else:
            told[area.code] = replace(area, number=number, fields=fields)
    _write(batch, told)


def _area_checker(batch: Batch) -> Callable[[Fields], Area]:
    """A function row -> Area that raises BadRow. [values.area] renames codes and names alike."""
    mapping, found, header = batch.mapping, batch.places, batch.sheet.header
    renamed = mapping.values.get("area", {})
    pick = {name: picker(mapping, found, name) for name in ("area_code", "name", "parent")}
    level_of, datum_of = picker(mapping, found, "level"), picker(mapping, found, "datum")
    starts, ends = _day_picker(batch, "valid_from"), _day_picker(batch, "valid_to")
    outline_of = _outline_picker(batch)
    name_column, level_column = their_name(mapping, "name"), their_name(mapping, "level")

    def check(fields: Fields) -> Area:
        refuse_uneven(fields, header)
        name = _renamed(pick["name"], fields, renamed)
        if name is None:
            raise BadRow("missing_value", name_column, "")
        level = level_of(fields)
        if level is not None and level not in tuple(AreaLevel):
            raise BadRow("unknown_word", level_column, level)
        values: dict[str, object] = {
            "name": name,
            "level": level,
            "valid_from": starts(fields),
            "valid_to": ends(fields),
            "datum": datum_of(fields) or mapping.datum,
        }
        code = _renamed(pick["area_code"], fields, renamed) or name
        parent = _renamed(pick["parent"], fields, renamed)
        return Area(code, parent, values, [outline_of(fields)])

    return check


def _renamed(pick: Pick, fields: Fields, names: dict[str, str]) -> str | None:
    text = pick(fields)
    return names.get(text, text) if text else None


def _day_picker(batch: Batch, ours: str) -> Callable[[Fields], date | None]:
    pick, column = picker(batch.mapping, batch.places, ours), their_name(batch.mapping, ours)

    def pick_day(fields: Fields) -> date | None:
        text = pick(fields)
        try:
            return datetime.fromisoformat(text).date() if text else None
        except ValueError as error:
            raise BadRow("bad_time", column, text) from error

    return pick_day


def _outline_picker(batch: Batch) -> Callable[[Fields], Polygons]:
    if "boundary" not in batch.places:
        return lambda fields: []
    place, column = batch.places["boundary"][0], their_name(batch.mapping, "boundary")

    def pick_outline(fields: Fields) -> Polygons:
        try:
            return _polygons(json.loads(fields[place] or "null"))
        except (ValueError, TypeError, KeyError) as error:
            raise BadRow("bad_outline", column, fields[place]) from error

    return pick_outline


def _polygons(geometry: Any) -> Polygons:
    """The polygons of a GeoJSON geometry; [] for an empty one. Raises ValueError for others."""
    if geometry is None or not geometry["coordinates"]:
        return []
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        raise ValueError(geometry["type"])
    coordinates = geometry["coordinates"]
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    return [[_ring(ring) for ring in polygon] for polygon in polygons if polygon]


def _ring(points: Any) -> list[list[float]]:
    ring = [[float(point[0]), float(point[1])] for point in points]  # heights are not kept
    if len(ring) < _LEAST_POINTS or any(abs(lon) > 180 or abs(lat) > 90 for lon, lat in ring):
        raise ValueError(ring)
    return ring


def _boundary(area: Area) -> dict[str, object] | None:
    polygons = [polygon for outline in area.outlines for polygon in outline]
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons} if polygons else None


def _write(batch: Batch, told: dict[str, Area]) -> None:
    conn = batch.conn
    held = {row.code: row for row in conn.execute(select(areas))}
    by_name = {row.name: row.code for row in held.values()}
    told = {code if code in held else by_name.get(code, code): area for code, area in told.items()}
    known = held.keys() | told.keys()
    for code, area in list(told.items()):
        if area.parent is not None and area.parent not in known:
            _refuse_parent(batch, told.pop(code))
    ids = {code: row.area_id for code, row in held.items()}
    for code, area in told.items():
        if code not in held:
            values = area.values | {"code": code, "boundary": _boundary(area)}
            key = conn.execute(insert(areas).values(values)).inserted_primary_key
            ids[code] = int(key[0])  # type: ignore[index]  # one row was inserted
    for code, area in told.items():
        parent_id = ids.get(area.parent) if area.parent else None
        has_changed = _write_one(batch, area, ids[code], held.get(code), parent_id)
        _count(batch, area, held.get(code), has_changed)


def _refuse_parent(batch: Batch, area: Area) -> None:
    bad = BadRow("unknown_parent", their_name(batch.mapping, "parent"), area.parent)
    for _ in area.outlines:
        batch.set_aside(area.number, area.fields, bad)


def _write_one(
    batch: Batch, area: Area, area_id: int, held: Row[tuple] | None, parent_id: int | None
) -> bool:
    """Bring an area to what the file says, blanks aside. Returns whether it changed."""
    said: dict[str, object] = {"parent_id": parent_id}
    if held is not None:
        said |= area.values | {"boundary": _boundary(area)}
    new = {
        k: v for k, v in said.items() if v is not None and (held is None or v != getattr(held, k))
    }
    if new:
        batch.conn.execute(update(areas).where(areas.c.area_id == area_id).values(new))
    return bool(new)


def _count(batch: Batch, area: Area, held: Row[tuple] | None, has_changed: bool) -> None:
    """The first row stands for the area; a further one adds to its outline, or says nothing."""
    parts: Sequence[Polygons] = area.outlines[1:]
    if held is not None and not has_changed:
        batch.duplicates += len(area.outlines)
        return
    batch.imported += held is None
    batch.updated += held is not None
    adding = sum(map(bool, parts))
    batch.updated += adding
    batch.duplicates += len(parts) - adding
