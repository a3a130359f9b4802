"""Facts: the rows that the bases of metrics count, as columns in memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from data.metrics.figure import CODES, WINDOW
from data.metrics.measure import Base

Column = np.ndarray[Any, np.dtype[Any]]
Names = Collection[str] | None  # of columns; None: all of them
BY = CODES
TYPES: dict[str, type[np.generic]] = {
    "case": np.int32,
    "at": np.int64,
    **dict.fromkeys(BY, np.int32),
    "flags": np.int32,
    "hours": np.float64,
    "until": np.int64,
    "accept_by": np.int64,
}
OPEN_ENDED = ("until", "accept_by")  # instants that a row may be without
FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of one base, in the order of `at`.

    Columns: case, at (microseconds since 1970), unit, area, category, channel (their keys; 0 for
    none), flags (one bit for each yes/no column of the base); where the base has them also hours,
    until (it counts in windows that end by then at the latest) and accept_by (the limit).
    """

    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.columns["at"])

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def only(self, names: Names) -> "Facts":
        """The same rows with these columns."""
        if names is None:
            return self
        return Facts({name: column for name, column in self.columns.items() if name in names})

    def at_places(self, places: Any) -> "Facts":
        """Some of the rows: a mask, a slice or places."""
        return Facts({name: column[places] for name, column in self.columns.items()})


def joined(*parts: Facts) -> Facts:
    """All rows of some facts of one base, in the order of `at`."""
    parts = tuple(part for part in parts if len(part)) or parts[:1]
    if len(parts) == 1:
        return parts[0]
    names = parts[0].columns
    both = Facts({name: np.concatenate([part[name] for part in parts]) for name in names})
    return both.at_places(np.argsort(both["at"], kind="stable"))


def among(values: Column, others: Column) -> Column:
    """Which values stand among others; those are in order."""
    if not len(others):
        return np.zeros(len(values), dtype=bool)
    return others.take(np.searchsorted(others, values), mode="clip") == values


def in_order(facts: Facts) -> Facts:
    """The same facts in an order that they alone decide."""
    return facts.at_places(np.lexsort([facts[name] for name in reversed([*facts.columns])]))


@lru_cache
def flags_of(base: Base) -> tuple[str, ...]:
    """The yes/no columns of a base, in the order of their bits."""
    return tuple(name for name in columns_of(base) if name.startswith("is_"))


@lru_cache
def kept_of(base: Base) -> tuple[str, ...]:
    """The columns that facts of a base have."""
    has, own = columns_of(base), ("case", "at", *BY, "flags")
    hours = ("hours",) if "hours" in has or "ended_at" in has else ()
    return own + hours + tuple(name for name in OPEN_ENDED if name in has)


@lru_cache
def columns_of(base: Base) -> tuple[str, ...]:
    """The columns of a base, as its query names them."""
    return tuple(column.name for column in base(WINDOW).selected_columns)
