"""Where a case lies: its point and the boundaries around it, for a small map."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, Row, select

from data.case_file.known import known_case
from data.schema import areas
from data.terms import DISTRICT, AreaLevel, Scope


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground around a case; a part that nobody told is empty."""

    path: tuple[str, ...]  # the areas it lies in, from the town down
    frame: (
        str | None
    )  # GeoJSON geometries: what the map shows: the town, or the smallest larger area
    parts: tuple[str, ...]  # what the frame is divided into
    own: str | None  # the smallest area it lies in that has a boundary
    point: tuple[float, float] | None  # longitude and latitude


def ground_of(conn: Connection, case_no: str, scope: Scope = DISTRICT) -> Ground:
    """The ground of a case in a scope. Raises Refused as `case_file` does."""
    case = known_case(conn, case_no, scope)
    chain = _chain(conn, case.area_id)
    drawn = [area for area in chain if area.boundary]
    frame = next((area for area in drawn if area.level == AreaLevel.TOWN), None)
    frame = frame or (drawn[-1] if drawn else None)
    has_point = case.lon is not None and case.lat is not None
    return Ground(
        path=tuple(area.name for area in reversed(chain) if area.level != AreaLevel.DISTRICT),
        frame=json.dumps(frame.boundary) if frame else None,
        parts=_parts(conn, frame) if frame else (),
        own=json.dumps(drawn[0].boundary) if drawn and drawn[0] is not frame else None,
        point=(case.lon, case.lat) if has_point else None,
    )


def _chain(conn: Connection, area_id: int | None) -> list[Row[tuple]]:
    """An area and those it lies in, the smallest first."""
    chain: list[Row[tuple]] = []
    while area_id is not None:
        area = conn.execute(select(areas).where(areas.c.area_id == area_id)).one()
        chain.append(area)
        area_id = area.parent_id
    return chain


def _parts(conn: Connection, frame: Row[tuple]) -> tuple[str, ...]:
    query = select(areas.c.boundary).where(
        areas.c.parent_id == frame.area_id, areas.c.boundary.is_not(None)
    )
    found = conn.execute(query.order_by(areas.c.code)).scalars()
    return tuple(json.dumps(boundary) for boundary in found)
