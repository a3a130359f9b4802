"""What a rollup keeps: facts that seldom change, in the order of `at`, with their sums."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from data.rollups.counts import Counts, View, added, counted, group_count
from data.rollups.facts import Column, Facts, Names, among, joined

CUTS = 2048  # into so many parts facts are cut at most, to sum them part by part
PART = 64  # rows of a part at least
SUMS = 4_000_000  # numbers of sums that are kept, of the views asked for last


@dataclass(frozen=True, slots=True)
class Kept:
    """Facts in the order of `at`, with what is found out about them once."""

    facts: Facts
    case: Column  # in order, and at which place each stands
    place: Column
    part: int  # rows of a part
    sums: OrderedDict[View, Counts] = field(default_factory=OrderedDict)  # before each part
    lock: Lock = field(default_factory=Lock)  # of the sums

    @classmethod
    def of(cls, facts: Facts) -> "Kept":
        """Facts, ready to be counted and to be taken out by case."""
        place = np.argsort(facts["case"], kind="stable").astype(np.int32)
        return cls(facts, facts["case"][place], place, max(PART, len(facts) // CUTS))

    def __len__(self) -> int:
        return len(self.facts)

    def places_of(self, cases: Column) -> Column:
        """Where the facts of some cases stand, in order."""
        starts = np.searchsorted(self.case, cases, "left")
        ends = np.searchsorted(self.case, cases, "right")
        found = [self.place[start:end] for start, end in zip(starts, ends, strict=True)]
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int32)

    def at_places(self, places: Column) -> Facts:
        """The facts that stand there."""
        return self.facts.at_places(places)

    def between(self, start: int, end: int, *gone: Column, names: Names = None) -> Facts:
        """The facts with start <= at < end, but for those at places (in order) that are gone.

        With all columns, or with those named.
        """
        low, high = np.searchsorted(self.facts["at"], (start, max(start, end))).tolist()
        found = self.facts.only(names).at_places(slice(low, high))
        cut = [np.searchsorted(places, (low, high)) for places in gone]
        lost = [places[first:last] for places, (first, last) in zip(gone, cut, strict=True)]
        if not any(map(len, lost)):
            return found
        stays = np.ones(high - low, dtype=bool)
        for places in lost:
            stays[places - low] = False
        return found.at_places(stays)

    def counted(self, start: int, end: int, view: View) -> Counts:
        """Of the facts with start <= at < end; row by row where there would be too many sums."""
        low, high = np.searchsorted(self.facts["at"], (min(start, end), end)).tolist()
        sums = self._sums(view)
        if sums is None:
            return counted(self.facts.at_places(slice(low, high)), view)
        return added((1, self._before(high, sums, view)), (-1, self._before(low, sums, view)))

    def _before(self, place: int, sums: Counts, view: View) -> Counts:
        """What stands before a place: whole parts from the sums, the rest row by row."""
        part = place // self.part
        rest = self.facts.at_places(slice(part * self.part, place))
        return added((1, sums[part]), (1, counted(rest, view)))

    def _sums(self, view: View) -> Counts | None:
        with self.lock:
            if view not in self.sums:
                size = (self._parts + 1) * group_count(view, self.facts) * (1 + view.bits)
                if size > SUMS:
                    return None
                self.sums[view] = self._summed(view)
            self.sums.move_to_end(view)
            while sum(one.size for one in self.sums.values()) > SUMS:
                self.sums.popitem(last=False)
            return self.sums[view]

    @property
    def _parts(self) -> int:
        """How many parts are full."""
        return len(self.facts) // self.part

    def _summed(self, view: View) -> Counts:
        groups = group_count(view, self.facts)
        sums = np.zeros((self._parts + 1, groups, 1 + view.bits), dtype=np.int64)
        for part in range(self._parts):
            rows = self.facts.at_places(slice(part * self.part, (part + 1) * self.part))
            found = counted(rows, view)
            sums[part + 1, : len(found)] = found
        return np.cumsum(sums, axis=0, out=sums)


@dataclass(frozen=True, slots=True)
class Changed:
    """Kept facts many of which are others now: an earlier moment, without a copy of the rest.

    Their places are those of the facts that were kept, then those of the new ones.
    """

    kept: Kept
    gone: Column  # places of kept facts that are no more, in order
    out: Kept  # what stands there
    new: Kept

    @classmethod
    def of(cls, kept: Kept, gone: Column, new: Facts) -> "Changed":
        """Kept facts without some, and with new ones."""
        return cls(kept, gone, Kept.of(kept.at_places(gone)), Kept.of(new))

    def __len__(self) -> int:
        return len(self.kept) + len(self.new)

    def places_of(self, cases: Column) -> Column:
        """Where the facts of some cases stand, in order."""
        old = self.kept.places_of(cases)
        old = old[~among(old, self.gone)]  # looked up: many more are gone than are asked for
        return np.concatenate([old, self.new.places_of(cases) + len(self.kept)])

    def at_places(self, places: Column) -> Facts:
        """The facts that stand there."""
        old, new = self.parted(places)
        return joined(self.kept.at_places(old), self.new.at_places(new))

    def parted(self, places: Column) -> tuple[Column, Column]:
        """Places in order: those among the facts that were kept, those among the new ones."""
        here = int(np.searchsorted(places, len(self.kept)))
        return places[:here], places[here:] - len(self.kept)

    def between(self, start: int, end: int, *gone: Column, names: Names = None) -> Facts:
        """The facts with start <= at < end, but for those at places (in order) that are gone."""
        parts = [self.parted(places) for places in gone]
        old, new = ([part[place] for part in parts] for place in (0, 1))
        stayed = self.kept.between(start, end, self.gone, *old, names=names)
        return joined(stayed, self.new.between(start, end, *new, names=names))

    def counted(self, start: int, end: int, view: View) -> Counts:
        """Of the facts with start <= at < end: what was kept, without what went, with what came."""
        signed = (1, self.kept), (-1, self.out), (1, self.new)
        return added(*((sign, part.counted(start, end, view)) for sign, part in signed))
