"""Codes of units, areas, categories and channels: their ids, made where the mapping allows."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, Table, insert, select

from data.intake.checking.check import Find
from data.intake.checking.columns import PATH_JOINT, BadRow, their_name
from data.intake.mapping.map import Mapping
from data.intake.values.text import clean, folded
from data.intake.values.words import nearest
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
    known = Known(conn, table)

    def make(text: str) -> int:
        return _insert(conn, table, code=clean(text), name=text, **values)

    return _found_or_made(mapping, name, known, make)


class Known:
    """The ids of what the database holds, by code and by name, however these are spelt."""

    def __init__(self, conn: Connection, table: Table) -> None:
        number = table.primary_key.columns.values()[0]
        rows = conn.execute(select(number, table.c.code, table.c.name).order_by(number)).all()
        bearers = Counter(folded(row.name) for row in rows)
        by_name: dict[str, int] = {folded(row.name): row[0] for row in rows}
        # A name counts where only one row bears it and no code is spelt so.
        self.ids = {name: found for name, found in by_name.items() if bearers[name] == 1}
        self.ids |= {folded(row.code): row[0] for row in rows}
        self.names = [*dict.fromkeys(text for row in rows for text in (row.name, row.code))]

    def add(self, text: str, key: int) -> int:
        """Remember what was just made."""
        self.ids[folded(text)] = key
        return key

    def nearest(self, text: str) -> str | None:
        """The known name or code most like a text, None where none is near."""
        return nearest(clean(text), self.names)


def _found_or_made(mapping: Mapping, name: str, known: Known, make: Make) -> Find:
    """Look a code up; make it if the mapping says so; blank stays blank."""
    column, may_make = their_name(mapping, name), name in mapping.create_missing

    def find(text: str | None) -> int | None:
        if text is None:
            return None
        found = known.ids.get(text) or known.ids.get(folded(text))
        if found is None:
            if not may_make:
                raise BadRow(f"unknown_{name}", column, text, known.nearest(text))
            found = known.add(text, make(text))
        return found

    return find


def _category_finder(conn: Connection, mapping: Mapping) -> Find:
    known = Known(conn, categories)
    return _found_or_made(mapping, "category", known, partial(_make_branch, conn, known))


def _make_branch(conn: Connection, known: Known, path: str) -> int:
    """The category of a path, and those above it that are missing."""
    above, _, name = path.rpartition(PATH_JOINT)
    parent_id = known.ids.get(folded(above))
    if above and parent_id is None:
        parent_id = known.add(above, _make_branch(conn, known, above))
    return _insert(conn, categories, code=clean(path), name=name, parent_id=parent_id)


def _insert(conn: Connection, table: Table, **values: object) -> int:
    key = conn.execute(insert(table).values(**values)).inserted_primary_key
    return int(key[0])  # type: ignore[index]  # one row was inserted
