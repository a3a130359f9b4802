"""Load areas, with outlines or without. Rows of one code are parts of one area."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select, update

from data.intake.checking.columns import BadRow, Fields, Pick, formats_reading, picker, their_name
from data.intake.checking.pickers import level_picker, refuse_uneven
from data.intake.loading.batch import Batch
from data.intake.reading.read import Progress
from data.intake.values.text import folded
from data.intake.values.times import local_reader
from data.intake.values.words import nearest
from data.schema import areas

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
        key = folded(area.code)
        if key in told:
            told[key].outlines += area.outlines
        else:
            told[key] = replace(area, number=number, fields=fields)
    _write(batch, told)


def _area_checker(batch: Batch) -> Callable[[Fields], Area]:
    """A function row -> Area that raises BadRow. [values.area] renames codes and names alike."""
    mapping, found, header = batch.mapping, batch.places, batch.sheet.header
    renamed = {folded(theirs): word for theirs, word in mapping.values.get("area", {}).items()}
    pick = {name: picker(mapping, found, name) for name in ("area_code", "name", "parent")}
    level_of, datum_of = level_picker(mapping, found), picker(mapping, found, "datum")
    starts, ends = _day_picker(batch, "valid_from"), _day_picker(batch, "valid_to")
    outline_of = _outline_picker(batch)
    name_column = their_name(mapping, "name")

    def check(fields: Fields) -> Area:
        refuse_uneven(fields, header)
        name = _renamed(pick["name"], fields, renamed)
        if name is None:
            raise BadRow("missing_value", name_column, "")
        values: dict[str, object] = {
            "name": name,
            "level": level_of(fields),
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
    return names.get(folded(text), text) if text else None


def _day_picker(batch: Batch, ours: str) -> Callable[[Fields], date | None]:
    pick, column = picker(batch.mapping, batch.places, ours), their_name(batch.mapping, ours)
    read = local_reader(batch.mapping.time_formats)

    def pick_day(fields: Fields) -> date | None:
        text = pick(fields)
        try:
            return read(text).date() if text else None
        except (ValueError, OverflowError) as error:
            raise BadRow("bad_time", column, text, formats_reading(text or "")) from error

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
    told = _by_code(told, held)
    _find_parents(batch, told, held)
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


def _by_code(told: dict[str, Area], held: dict[str, Row[tuple]]) -> dict[str, Area]:
    """The areas by the code they are held by, or by their own; a held name stands for its code."""
    spelt = {folded(row.name): code for code, row in held.items()}
    spelt |= {folded(code): code for code in held}
    by_code: dict[str, Area] = {}
    for key, area in told.items():
        code = spelt.get(key, area.code)
        if code in by_code:
            by_code[code].outlines += area.outlines
        else:
            by_code[code] = area
    return by_code


def _find_parents(batch: Batch, told: dict[str, Area], held: dict[str, Row[tuple]]) -> None:
    """Spell each parent as its code; an area of an unknown one, or in a circle, is set aside."""
    while True:
        named = {code: row.name for code, row in held.items()}
        named |= {code: str(area.values["name"]) for code, area in told.items()}
        spelt = {folded(code): code for code in named}
        bad = {
            code: "unknown_parent"
            for code, area in told.items()
            if area.parent and folded(area.parent) not in spelt
        }
        if not bad:
            bad = dict.fromkeys(_in_circles(told, held, spelt), "parent_circle")
        if not bad:
            break
        for code, rule in bad.items():  # then those below it are lost as well
            _refuse_parent(batch, told.pop(code), rule, [*named, *named.values()])
    for area in told.values():
        area.parent = spelt[folded(area.parent)] if area.parent else None


def _in_circles(
    told: dict[str, Area], held: dict[str, Row[tuple]], spelt: dict[str, str]
) -> list[str]:
    """The areas of the file that would lie below themselves."""
    codes = {row.area_id: code for code, row in held.items()}
    above = {code: codes.get(row.parent_id) for code, row in held.items()}
    above |= {code: spelt[folded(area.parent)] for code, area in told.items() if area.parent}
    return [code for code in told if code in _upwards(code, above)]


def _upwards(code: str, above: dict[str, str | None]) -> list[str]:
    found: list[str] = []
    up = above.get(code)
    while up is not None and up not in found:
        found.append(up)
        up = above.get(up)
    return found


def _refuse_parent(batch: Batch, area: Area, rule: str, names: Sequence[str]) -> None:
    near = nearest(area.parent or "", names) if rule == "unknown_parent" else None
    bad = BadRow(rule, their_name(batch.mapping, "parent"), area.parent, near)
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
