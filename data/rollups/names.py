"""The codes that groups have, and what lies below what: which keys a question counts."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain

import numpy as np
from sqlalchemy import Connection, Table, select

from data.metrics.figure import By, Question
from data.metrics.groups import GROUPS
from data.rollups.facts import BY

TREES = ("area", "category")


@dataclass(frozen=True, slots=True)
class Names:
    """Codes by key, and what lies below what, of one table of groups."""

    codes: dict[int, str]
    parents: dict[int, int | None]

    def below(self, key: int) -> set[int]:
        """A key, with everything below it."""
        found, level = {key}, {key}
        while level:
            level = {one for one, parent in self.parents.items() if parent in level} - found
            found |= level
        return found

    def mask(self, keys: Collection[int]) -> bytes:
        """Which keys count: one byte for each, from 0, which is none."""
        allowed = np.zeros(max(self.codes, default=0) + 2, dtype=bool)
        allowed[list(keys)] = True
        return allowed.tobytes()


AllNames = dict[By, Names]


def names_of(conn: Connection) -> AllNames:
    """The codes of all groups."""
    return {by: _names(conn, GROUPS[by]) for by in BY}


def _names(conn: Connection, table: Table) -> Names:
    key = next(iter(table.primary_key))
    has_tree = "parent_id" in table.c
    told = conn.execute(select(key, table.c.code, *([table.c.parent_id] if has_tree else ()))).all()
    parents = {row[0]: row[2] if has_tree else None for row in told}
    return Names({row[0]: row[1] for row in told}, parents)


def masks_of(names: AllNames, question: Question) -> tuple[tuple[By, bytes], ...]:
    """Which keys of each group count: by the codes that a question names, and by its scope."""
    masks = [
        (by, names[by].mask(_keys(names, by, getattr(question, by))))
        for by, _ in question.shape.named
    ]
    area, unit = question.within.area_id, question.within.unit_id
    if area is not None:
        masks.append(("area", names["area"].mask(names["area"].below(area))))
    if unit is not None:
        masks.append(("unit", names["unit"].mask({unit})))
    return tuple(masks)


def _keys(names: AllNames, by: By, code: str) -> set[int]:
    """The keys that a code names; of a tree, with what lies below."""
    if code == "":
        return {0}
    found = {key for key, one in names[by].codes.items() if one == code}
    return set(chain(*map(names[by].below, found))) if by in TREES else found
