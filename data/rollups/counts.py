"""Counting facts: by group, through filters, with each yes/no column."""

from typing import Any, NamedTuple

import numpy as np

from data.metrics.figure import By
from data.rollups.facts import Facts

Counts = np.ndarray[Any, np.dtype[np.int64]]  # by group (its key): all rows, each yes/no column
Mask = np.ndarray[Any, np.dtype[np.bool_]]


class View(NamedTuple):
    """What of a base is counted, and by what."""

    by: By | None
    masks: tuple[tuple[By, bytes], ...]  # which keys count, one byte for each key
    bits: int  # how many yes/no columns the base has


def group_count(view: View, facts: Facts) -> int:
    """One more than the highest key."""
    return int(facts[view.by].max(initial=0)) + 1 if view.by else 1


def counted(facts: Facts, view: View) -> Counts:
    """Some facts by group: how many there are, and how many have a yes in each column."""
    chosen = facts.at_places(passing(facts, view)) if view.masks else facts
    flags = chosen["flags"]
    if view.by is None:
        each = [len(chosen), *(np.count_nonzero(flags >> bit & 1) for bit in range(view.bits))]
        return np.array([each], dtype=np.int64)
    groups, group = group_count(view, chosen), chosen[view.by]
    rows = [group, *(group[(flags >> bit & 1).astype(bool)] for bit in range(view.bits))]
    return np.stack([np.bincount(some, minlength=groups) for some in rows], axis=1)


def passing(facts: Facts, view: View) -> Mask:
    """Which facts the masks of a view let pass."""
    passes = np.ones(len(facts), dtype=bool)
    for by, mask in view.masks:
        allowed, key = np.frombuffer(mask, dtype=bool), facts[by]
        passes &= (key < len(allowed)) & allowed[np.minimum(key, len(allowed) - 1)]
    return passes


def added(*parts: tuple[int, Counts]) -> Counts:
    """The sum of some counts, each with its sign; one may have groups that another has not."""
    size = max(len(part) for _, part in parts)
    total = np.zeros((size, parts[0][1].shape[1]), dtype=np.int64)
    for sign, part in parts:
        total[: len(part)] += sign * part
    return total
