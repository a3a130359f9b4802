"""The rollup of one base: many facts that seldom change, and the few that came or went since."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from data.metrics.figure import By
from data.rollups.facts import FOREVER, Column, Facts, joined

DAY = 24 * 3_600_000_000  # microseconds
MANY = 50_000  # changed rows, before they are put among the others
SUMS = 4_000_000  # numbers of sums of days that are kept, of the views asked for last

Counts = np.ndarray[Any, np.dtype[np.int64]]  # by group (its key): all rows, each yes/no column
Mask = np.ndarray[Any, np.dtype[np.bool_]]


class View(NamedTuple):
    """What of a base is counted, and by what."""

    by: By | None
    masks: tuple[tuple[By, bytes], ...]  # which keys count, one byte for each key
    bits: int  # how many yes/no columns the base has


@dataclass(frozen=True, slots=True)
class Kept:
    """Facts in the order of `at`, with what is found out about them once."""

    facts: Facts
    case: Column  # in order, and at which place each stands
    place: Column
    days: Column  # the midnights of the days that they lie in
    before: Column  # how many lie before each of these, and in all
    sums: OrderedDict[View, Counts] = field(default_factory=OrderedDict)  # before each day
    lock: Lock = field(default_factory=Lock)  # of the sums

    @classmethod
    def of(cls, facts: Facts) -> "Kept":
        """Facts, ready to be counted and to be taken out by case."""
        place = np.argsort(facts["case"], kind="stable").astype(np.int32)
        days, before = np.unique(facts["at"] // DAY * DAY, return_index=True)
        return cls(facts, facts["case"][place], place, days, np.append(before, len(facts)))

    def places_of(self, cases: Column) -> Column:
        """Where the facts of some cases stand, in order."""
        starts = np.searchsorted(self.case, cases, "left")
        ends = np.searchsorted(self.case, cases, "right")
        found = [self.place[start:end] for start, end in zip(starts, ends, strict=True)]
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int32)

    def counted_before(self, at: int, view: View) -> Counts:
        """What lies before an instant: whole days from the sums, the rest row by row.

        Row by row alone where there would be too many sums.
        """
        end, sums = int(np.searchsorted(self.facts["at"], at)), self._sums(view)
        if sums is None:
            return counted(self.facts.at_places(slice(end)), view)
        day = int(np.searchsorted(self.days, at // DAY * DAY))
        rest = slice(int(self.before[day]), end)
        return added((1, sums[day]), (1, counted(self.facts.at_places(rest), view)))

    def _sums(self, view: View) -> Counts | None:
        with self.lock:
            if view not in self.sums:
                size = (len(self.days) + 1) * group_count(view, self.facts) * (1 + view.bits)
                if size > SUMS:
                    return None
                self.sums[view] = self._summed(view)
            self.sums.move_to_end(view)
            while sum(one.size for one in self.sums.values()) > SUMS:
                self.sums.popitem(last=False)
            return self.sums[view]

    def _summed(self, view: View) -> Counts:
        groups = group_count(view, self.facts)
        sums = np.zeros((len(self.days) + 1, groups, 1 + view.bits), dtype=np.int64)
        for day in range(len(self.days)):
            rows = self.facts.at_places(slice(self.before[day], self.before[day + 1]))
            part = counted(rows, view)
            sums[day + 1, : len(part)] = part
        return np.cumsum(sums, axis=0, out=sums)


@dataclass(frozen=True, slots=True)
class Rollup:
    """The facts of one base at one moment; never changed, but replaced."""

    kept: Kept
    gone: Column  # places of kept facts that are no more
    out: Facts  # what stands there
    new: Facts

    @classmethod
    def of(cls, facts: Facts) -> "Rollup":
        """All facts at once."""
        none = facts.at_places(slice(0))
        return cls(Kept.of(facts), np.empty(0, dtype=np.int32), none, none)

    def replaced(self, cases: Column, facts: Facts) -> "Rollup":
        """The same with other facts for some cases."""
        places, is_old = self.kept.places_of(cases), np.isin(self.new["case"], cases)
        if not (len(facts) or len(places) or is_old.any()):
            return self
        gone = np.union1d(self.gone, places)
        new = joined(self.new.at_places(~is_old), facts)
        rollup = Rollup(self.kept, gone, self.kept.facts.at_places(gone), new)
        return Rollup.of(rollup.all) if len(gone) + len(new) > MANY else rollup

    @property
    def all(self) -> Facts:
        """Every fact that is."""
        stays = np.ones(len(self.kept.facts), dtype=bool)
        stays[self.gone] = False
        return joined(self.kept.facts.at_places(stays), self.new)

    def between(self, start: int | None, end: int) -> Facts:
        """The facts with start <= at < end; of those that are told again, the last ones."""
        begin = -FOREVER if start is None else start
        old = self.kept.facts
        low, high = np.searchsorted(old["at"], (begin, end))
        stays = np.ones(max(high - low, 0), dtype=bool)
        gone = self.gone[(self.gone >= low) & (self.gone < high)]
        stays[gone - low] = False
        is_in = (self.new["at"] >= begin) & (self.new["at"] < end)
        found = joined(old.at_places(slice(low, high)).at_places(stays), self.new.at_places(is_in))
        return found.at_places(found["until"] >= end) if "until" in found.columns else found

    def counted(self, start: int | None, end: int, view: View) -> Counts:
        """Of the facts with start <= at < end: by group all, and those with each yes/no column."""
        if "until" in self.new.columns:
            return counted(self.between(start, end), view)
        whole = self._before(end, view)
        if start is None:
            return whole
        return added((1, whole), (-1, self._before(min(start, end), view)))

    def _before(self, at: int, view: View) -> Counts:
        changes = [(sign, _before(facts, at)) for sign, facts in ((-1, self.out), (1, self.new))]
        counts = [(sign, counted(facts, view)) for sign, facts in changes if len(facts)]
        return added((1, self.kept.counted_before(at, view)), *counts)


def _before(facts: Facts, at: int) -> Facts:
    return facts.at_places(slice(int(np.searchsorted(facts["at"], at))))


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
