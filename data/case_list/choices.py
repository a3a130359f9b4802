"""What a list can be narrowed to: units, areas, categories and channels by code, with their names.

Areas end at the communities: a grid is reached from its own number, and a list of thousands would
be read by nobody.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, Table, select

from data.directory import KIND_ORDER
from data.schema import areas, categories, channels, units
from data.terms import AreaLevel, UnitKind

Names = tuple[tuple[str, str], ...]  # code, name; in the order to be offered
OFFERED_LEVELS = (AreaLevel.DISTRICT, AreaLevel.TOWN, AreaLevel.COMMUNITY, None)
JOINED = " › "


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that can be chosen, and the names of all that an address may ask for."""

    units: Names
    areas: Names
    categories: Names
    channels: Names
    grids: Names  # areas below the communities

    def names(self, field: str) -> dict[str, str]:
        """Name by code of one kind."""
        found = dict(getattr(self, field))
        return found | dict(self.grids) if field == "areas" else found


def choices(conn: Connection) -> Choices:
    """Names tell of no case, so they are the same for everybody."""
    kinds = {kind: place for place, kind in enumerate(KIND_ORDER)}
    held_by = conn.execute(select(units).order_by(units.c.code)).all()
    held_by = sorted(held_by, key=lambda unit: kinds[UnitKind(unit.kind)])
    tree = paths(conn, areas)
    levels = dict(conn.execute(select(areas.c.code, areas.c.level)).all())
    return Choices(
        units=tuple((unit.code, unit.name) for unit in held_by),
        areas=tuple((c, n) for c, n in tree if levels[c] in OFFERED_LEVELS),
        categories=paths(conn, categories),
        channels=all_channels(conn),
        grids=tuple((c, n) for c, n in tree if levels[c] not in OFFERED_LEVELS),
    )


def all_channels(conn: Connection) -> Names:
    """Every channel, by code."""
    query = select(channels.c.code, channels.c.name).order_by(channels.c.code)
    return tuple((row.code, row.name) for row in conn.execute(query))


def paths(conn: Connection, table: Table) -> Names:
    """Every node of a tree as a path from below its root, in the order of the tree."""
    key = next(iter(table.primary_key)).name
    rows = {row._mapping[key]: row for row in conn.execute(select(table))}
    roots = [row for row in rows.values() if row.parent_id is None]
    is_single = len(roots) == 1 and len(rows) > 1  # the district stands in no path but its own
    found = []
    for row in rows.values():
        line = _line(rows, row)
        names = [one.name for one in line]
        path = names[1:] if is_single and len(line) > 1 else names
        found.append(([one.code for one in line], row.code, JOINED.join(path)))
    return tuple((code, name) for _, code, name in sorted(found))


def _line(rows: dict[int, Row], row: Row) -> list[Row]:
    """From the root down to a row; of areas that lie in a circle each one once."""
    line = [row]
    while (above := rows.get(line[0].parent_id)) is not None and above not in line:
        line.insert(0, above)
    return line
