"""The cube: the rollups of all bases at one moment, and figures counted from them.

It says what the database says at its moment, neither more nor less: the same bases, the same
filters. What it does not keep (windows seen from an earlier time, repeats, units visited) the
database is asked for.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np

from data.db import from_microseconds, to_microseconds
from data.metrics import MEASURES
from data.metrics.closure import due_cases, overdue_now
from data.metrics.evaluate import Counts as Counted
from data.metrics.evaluate import Flags, GroupCounts, Rows
from data.metrics.figure import By, Question
from data.metrics.handover import visits
from data.metrics.ledger import carried_in, carried_out, crossings, handed_in, handed_out
from data.metrics.measure import WHOLE, Base, ClockQuantile, Measure, Quantile, Since
from data.metrics.pressing import PRESSING, due_soon, late_to_accept, to_accept
from data.metrics.recurrence import cohort_with_places, ever_opened, repeats
from data.metrics.values import Values, between_ranks
from data.rollups.counts import Counts, View, added, passing
from data.rollups.facts import Facts, flags_of
from data.rollups.names import AllNames, masks_of
from data.rollups.rollup import Rollup

NOT_KEPT = {visits, cohort_with_places, repeats}
SAME: dict[Base, Base] = {due_soon: overdue_now}  # the same facts, with other bounds
CARRIED: dict[Base, str] = {carried_in: "carried_before", carried_out: "happened_before"}
CARRYING: tuple[Base, ...] = (crossings, handed_in, handed_out)  # what is carried is counted by
BASES: tuple[Base, ...] = tuple(
    base
    for base in dict.fromkeys((*(measure.base for measure in MEASURES.values()), *PRESSING))
    if base not in NOT_KEPT and base not in CARRIED and base not in SAME
)
# From when to when a base counts, where that is not the window.
BOUNDS: dict[Base, tuple[str | None, str]] = {
    due_cases: ("start", "due_before"),
    overdue_now: (None, "as_of"),
    ever_opened: (None, "known_before"),
    due_soon: (None, "near_before"),
    to_accept: (None, "known_before"),
    late_to_accept: (None, "as_of"),
}
DAY = 24 * 3_600_000_000  # microseconds
WINDOW_BOUNDS = ("start", "happened_before")
COMES, GOES = ("is_opened", "is_reopened"), ("is_closed", "is_withdrawn", "is_merged")
Event = tuple[int, int]  # microseconds since 1970, and the case


@dataclass(frozen=True, slots=True)
class Cube:
    """All facts at a moment; `mark` says up to where the journal is in them.

    Of cases that are `untold` only the bases that are `told` have the facts of this moment.
    """

    at: datetime
    mark: int
    rules: int
    coming: tuple[Event, ...]  # what happens later, in order, as far as it is known
    known_until: datetime
    running: tuple[Event, ...]  # limits of acceptance that run, the next to pass first
    rollups: dict[Base, Rollup]
    names: AllNames
    told: tuple[Base, ...] = BASES
    untold: frozenset[int] = frozenset()

    @property
    def size(self) -> int:
        """How many facts there are."""
        return sum(len(rollup.all) for rollup in self.rollups.values())

    def counts(self, question: Question, base: Base, by: By | None, flags: Flags) -> GroupCounts:
        """Rows of a base by group: all of them, and those with a yes in each wanted column."""
        if base in CARRIED:
            cut = to_microseconds(getattr(question, CARRIED[base]))
            return self._by_code(self._carried(question, by, cut), by, {})
        told = self._counted(question, base, by, *_bounds(question, base))
        columns = {name: 1 + flags_of(base).index(name) for name in flags}
        return self._by_code(told, by, columns)

    def series(
        self, question: Question, base: Base, bounds: Sequence[datetime], flags: Flags
    ) -> list[Counted]:
        """Rows of a base whose `at` lies between each two bounds; nothing after as-of."""
        spans = (replace(question, start=start, end=end) for start, end in pairwise(bounds))
        names = tuple(flag for flag in flags if flag != WHOLE)
        return [self.counts(span, base, None, names)[""] for span in spans]

    def _by_code(self, told: Counts, by: By | None, columns: dict[str, int]) -> GroupCounts:
        codes = self.names[by].codes if by else {}
        columns = {WHOLE: 0, **columns}
        found: GroupCounts = {}
        for key in np.flatnonzero(told[:, 0]).tolist():
            counts = found.setdefault(codes.get(key, ""), dict.fromkeys(columns, 0))
            for name, place in columns.items():
                counts[name] += int(told[key, place])
        return found or ({} if by else {"": dict.fromkeys(columns, 0)})

    def _carried(self, question: Question, by: By | None, cut: int) -> Counts:
        """What was open at an instant: all that came before it, less all that went."""
        crossed = self._counted(question, crossings, by, None, cut)
        places = {name: 1 + flags_of(crossings).index(name) for name in (*COMES, *GOES)}
        came = [(1, crossed[:, [places[name]]]) for name in COMES]
        went = [(-1, crossed[:, [places[name]]]) for name in GOES]
        taken = (1, self._counted(question, handed_in, by, None, cut)[:, :1])
        given = (-1, self._counted(question, handed_out, by, None, cut)[:, :1])
        return added(*came, *went, taken, given)

    def _counted(
        self, question: Question, base: Base, by: By | None, start: int | None, end: int
    ) -> Counts:
        return self._rollup(base).counted(start, end, self._view(question, base, by))

    def _rollup(self, base: Base) -> Rollup:
        kept = SAME.get(base, base)
        assert not self.untold or kept in self.told, base.__name__
        return self.rollups[kept]

    def _view(self, question: Question, base: Base, by: By | None) -> View:
        return View(by, masks_of(self.names, question), len(flags_of(base)))

    def values(
        self, question: Question, measures: Sequence[Measure], by: By | None
    ) -> dict[str, Values]:
        """By name the values of measures that do more than count."""
        return {one.name: self._values(question, one, by) for one in _valued(measures)}

    def first(self, question: Question, base: Base, count: int) -> list[tuple[int, datetime]]:
        """The first rows of a base: the case and `at`, by which they are in order."""
        for end in self._rollup(base).ends(*_bounds(question, base)):
            rows = self._rows(question, base, None, "case", until=end)
            if len(rows) >= count:
                break
        in_order = sorted(zip(rows["at"].tolist(), rows["case"].tolist(), strict=True))
        return [(case, from_microseconds(at)) for at, case in in_order[:count]]

    def _rows(
        self, question: Question, base: Base, by: By | None, *names: str, until: int | None = None
    ) -> Facts:
        """Rows of a base with some columns, and with those that group or filter them."""
        view, (start, end) = self._view(question, base, by), _bounds(question, base)
        asked = {*names, *(key for key, _ in view.masks), *([by] if by else [])}
        rows = self._rollup(base).between(start, end if until is None else until, names=asked)
        return rows.at_places(passing(rows, view)) if view.masks else rows

    def _values(
        self, question: Question, measure: Quantile | ClockQuantile | Since, by: By | None
    ) -> Values:
        rows = self._rows(question, measure.base, by, "hours")
        is_since = isinstance(measure, Since)
        told, value = (
            (rows["at"], _days_to(question)) if is_since else (rows["hours"], _at(measure))
        )
        if by is None:
            return {"": value(told)} if len(rows) else {}
        keys, codes = rows[by], self.names[by].codes
        of_code = defaultdict[str, list[int]](list)
        for key in np.unique(keys).tolist():
            of_code[codes.get(key, "")].append(key)
        return {code: value(told[np.isin(keys, some)]) for code, some in of_code.items()}


def _valued(measures: Sequence[Measure]) -> list[Quantile | ClockQuantile | Since]:
    """The measures that do more than count."""
    return [one for one in measures if isinstance(one, Quantile | ClockQuantile | Since)]


def kept_for(bases: Iterable[Base]) -> set[Base]:
    """The bases whose facts count some bases."""
    carrying = CARRYING if any(base in CARRIED for base in bases) else ()
    return {SAME.get(base, base) for base in bases if base not in CARRIED} | {*carrying}


Value = Callable[[np.ndarray[Any, np.dtype[Any]]], float]


def _days_to(question: Question) -> Value:
    return lambda at: float((to_microseconds(question.as_of) - int(at.max())) // DAY)


def _at(measure: Quantile | ClockQuantile | Since) -> Value:
    assert not isinstance(measure, Since)
    return lambda hours: between_ranks(np.sort(hours).tolist(), measure.percent)


def _bounds(question: Question, base: Base) -> tuple[int | None, int]:
    """From when to when a base counts for a question, in microseconds since 1970."""
    start, end = BOUNDS.get(base, WINDOW_BOUNDS)
    low = None if start is None else to_microseconds(getattr(question, start))
    return low, to_microseconds(getattr(question, end))


@dataclass(frozen=True, slots=True)
class Both:
    """Figures counted by a cube of the moment where there is one that keeps them, else by rows.

    `find` is asked for a cube of a moment that tells some bases.
    """

    find: Callable[[datetime, Collection[Base]], Cube | None]
    rows: Rows

    def counts(self, question: Question, base: Base, by: By | None, flags: Flags) -> GroupCounts:
        """Rows of a base by group: all of them, and those with a yes in each wanted column."""
        return self._source(question, base).counts(question, base, by, flags)

    def series(
        self, question: Question, base: Base, bounds: Sequence[datetime], flags: Flags
    ) -> list[Counted]:
        """Rows of a base whose `at` lies between each two bounds; nothing after as-of."""
        return self._source(question, base).series(question, base, bounds, flags)

    def values(
        self, question: Question, measures: Sequence[Measure], by: By | None
    ) -> dict[str, Values]:
        """By name the values of measures that do more than count; a cube keeps all of them."""
        valued = _valued(measures)
        if not valued:
            return {}
        return self._source(question, *(one.base for one in valued)).values(question, valued, by)

    def first(self, question: Question, base: Base, count: int) -> list[tuple[int, datetime]]:
        """The first rows of a base: the case and `at`, by which they are in order."""
        return self._source(question, base).first(question, base, count)

    def _source(self, question: Question, *bases: Base) -> Cube | Rows:
        if not NOT_KEPT.isdisjoint(bases):
            return self.rows
        return self.find(question.as_of, bases) or self.rows
