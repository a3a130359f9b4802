"""The rollup of one base: many facts that seldom change, and the few that came or went since."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.rollups.counts import Counts, View, added, counted
from data.rollups.facts import FOREVER, Column, Facts, Names, among, joined
from data.rollups.kept import Changed, Kept

MANY = 50_000  # changed rows, before they are put among the others
FIRST, FURTHER = 64, 8  # facts that who looks for the first ones looks at, and times more
SHARE = 4  # beside so many times their number the others are kept as they are


@dataclass(frozen=True, slots=True)
class Rollup:
    """The facts of one base at one moment; never changed, but replaced."""

    kept: Kept | Changed
    gone: Column  # places of kept facts that are no more, in order
    out: Facts  # what stands there
    new: Facts

    @classmethod
    def of(cls, facts: Facts) -> "Rollup":
        """All facts at once."""
        return cls._of(Kept.of(facts), facts.at_places(slice(0)))

    @classmethod
    def _of(cls, kept: Kept | Changed, none: Facts) -> "Rollup":
        return cls(kept, np.empty(0, dtype=np.int32), none, none)

    def replaced(self, cases: Column, facts: Facts) -> "Rollup":
        """The same with other facts for some cases."""
        places, is_old = self.kept.places_of(cases), among(self.new["case"], cases)
        places = places[~among(places, self.gone)]
        if not (len(facts) or len(places) or is_old.any()):
            return self
        gone = np.sort(np.concatenate([self.gone, places]), kind="stable")
        out = joined(self.out, self.kept.at_places(places))
        rollup = Rollup(self.kept, gone, out, joined(self.new.at_places(~is_old), facts))
        return rollup if len(gone) + len(rollup.new) <= MANY else rollup._put_together()

    def _put_together(self) -> "Rollup":
        """The same with its changes among what is kept; beside many more these stay as they are."""
        kept, gone, new = self.kept, self.gone, self.new
        if isinstance(kept, Changed):
            old, of_new = kept.parted(gone)
            gone = np.union1d(kept.gone, old)
            new = joined(kept.new.between(-FOREVER, FOREVER, of_new), new)
            kept = kept.kept
        if (len(gone) + len(new)) * SHARE > len(kept):
            return Rollup.of(self.all)
        return Rollup._of(Changed.of(kept, gone, new), new.at_places(slice(0)))

    @property
    def all(self) -> Facts:
        """Every fact that is."""
        return joined(self.kept.between(-FOREVER, FOREVER, self.gone), self.new)

    def between(self, start: int | None, end: int, names: Names = None) -> Facts:
        """The facts with start <= at < end; of those that are told again, the last ones.

        With all columns, or with those named; `until` is always told.
        """
        begin = -FOREVER if start is None else start
        names = None if names is None else {*names, "at", "until"}
        kept = self.kept.between(begin, end, self.gone, names=names)
        found = joined(kept, _between(self.new.only(names), begin, end))
        return found.at_places(found["until"] >= end) if "until" in found.columns else found

    def ends(self, start: int | None, end: int) -> Iterator[int]:
        """Later and later ends, the last one `end`, for who looks for the first facts alone."""
        kept = self.kept.kept if isinstance(self.kept, Changed) else self.kept
        begin, at = -FOREVER if start is None else start, kept.facts["at"]
        low, high = np.searchsorted(at, (begin, end)).tolist()
        place = low + FIRST
        while place < high and "until" not in self.new.columns:
            yield int(at[place])
            place = low + (place - low) * FURTHER
        yield end

    def counted(self, start: int | None, end: int, view: View) -> Counts:
        """Of the facts with start <= at < end: by group all, and those with each yes/no column."""
        if "until" in self.new.columns:
            return counted(self.between(start, end), view)
        begin = -FOREVER if start is None else start
        signed = (-1, self.out), (1, self.new)
        changes = [(sign, _between(facts, begin, end)) for sign, facts in signed]
        counts = [(sign, counted(facts, view)) for sign, facts in changes if len(facts)]
        return added((1, self.kept.counted(begin, end, view)), *counts)


def _between(facts: Facts, start: int, end: int) -> Facts:
    low, high = np.searchsorted(facts["at"], (start, end))
    return facts.at_places(slice(low, high))
