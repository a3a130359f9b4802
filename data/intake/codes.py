"""Codes of units, areas, categories and channels: their ids, made where the mapping allows."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, Table, insert, select

from data.intake.check import Find
from data.intake.columns import PATH_JOINT, BadRow, their_name
from data.intake.map import Mapping
from data.schema import areas, categories, channels, units
from data.terms import UnitKind

Make = Callable[[str], int]


def finders(conn: Connection, mapping: Mapping) -> dict[str, Find]:
    """For each coded column of a case file a function code -> id."""
    return {
        "unit": unit_finder(conn, mapping),
        "area": _finder(conn, mapping, "area", areas, level=mapping.constants.get("level")),
        "category": _category_finder(conn, mapping),
        "channel": _finder(conn, mapping, "channel", channels),
    }


def unit_finder(conn: Connection, mapping: Mapping) -> Find:
    """A function code of a unit -> unit_id."""
    return _finder(conn, mapping, "unit", units, kind=UnitKind.OTHER)


def _finder(
    conn: Connection, mapping: Mapping, name: str, table: Table, **values: str | None
) -> Find:
    known = _known(conn, table)

    def make(code: str) -> int:
        return _insert(conn, table, code=code, name=code, **values)

    return _found_or_made(mapping, name, known, make)


def _found_or_made(mapping: Mapping, name: str, known: dict[str, int], make: Make) -> Find:
    """Look a code up; make it if the mapping says so; blank stays blank."""
    column, may_make = their_name(mapping, name), name in mapping.create_missing

    def find(code: str | None) -> int | None:
        if code is None:
            return None
        if code not in known:
            if not may_make:
                raise BadRow(f"unknown_{name}", column, code)
            known[code] = make(code)
        return known[code]

    return find


def _category_finder(conn: Connection, mapping: Mapping) -> Find:
    known = _known(conn, categories)
    return _found_or_made(mapping, "category", known, partial(_make_branch, conn, known))


def _make_branch(conn: Connection, known: dict[str, int], code: str) -> int:
    """The category of a path, and those above it that are missing."""
    above, _, name = code.rpartition(PATH_JOINT)
    if above and above not in known:
        known[above] = _make_branch(conn, known, above)
    return _insert(
        conn, categories, code=code, name=name, parent_id=known[above] if above else None
    )


def _known(conn: Connection, table: Table) -> dict[str, int]:
    """code -> id; also name -> id where only one row bears it and no code is spelt so."""
    key = table.primary_key.columns.values()[0]
    rows = conn.execute(select(key, table.c.code, table.c.name).order_by(key)).all()
    bearers = Counter(row.name for row in rows)
    by_name = {row.name: row[0] for row in rows if bearers[row.name] == 1}
    return by_name | {row.code: row[0] for row in rows}


def _insert(conn: Connection, table: Table, **values: object) -> int:
    key = conn.execute(insert(table).values(**values)).inserted_primary_key
    return int(key[0])  # type: ignore[index]  # one row was inserted


def limits(conn: Connection) -> dict[int | None, float]:
    """category_id -> hours from opening to due, for the categories that have a limit."""
    query = select(categories.c.category_id, categories.c.limit_hours)
    return {row[0]: row[1] for row in conn.execute(query) if row[1] is not None}
