"""What a number is: the question it answers, its parts, and its text by the rounding rule."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args

from sqlalchemy import BindParameter, bindparam

from data.db import MICROSECOND, Instant
from data.deadlines import NEAR_DUE
from data.terms import DISTRICT, Scope

By = Literal["unit", "area", "category", "channel"]
CODES: tuple[By, ...] = get_args(By)  # what a question may name
PERCENTS = ("share", "ratio")  # units printed as percent


@dataclass(frozen=True, slots=True)
class Question:
    """A window [start, end), an as-of time, and what to count; codes, None for all."""

    start: datetime
    end: datetime
    as_of: datetime
    area: str | None = None  # with everything below it
    unit: str | None = None
    category: str | None = None  # with everything below it
    channel: str | None = None
    within: Scope = DISTRICT  # of whoever asks; set by the door

    @property
    def carried_before(self) -> datetime:
        """What is carried into the window was open after all that happened before this."""
        return min(self.start, self.known_before)

    @property
    def happened_before(self) -> datetime:
        """Events count when at < this: all of the window, and nothing after `as_of` (inclusive)."""
        return min(self.end, self.known_before)

    @property
    def known_before(self) -> datetime:
        """Events at `as_of` itself count: the first instant that does not."""
        return self.as_of + MICROSECOND

    @property
    def due_before(self) -> datetime:
        """A case is due when its due time lies before this."""
        return min(self.end, self.as_of)

    @property
    def near_before(self) -> datetime:
        """An open case is due soon when its due time lies before this."""
        return self.as_of + NEAR_DUE

    @property
    def told_before(self) -> datetime:
        """What was told again before this counts no more."""
        return self.happened_before

    @property
    def shape(self) -> "Shape":
        """What the statement of this question has in common with others."""
        codes = ((by, getattr(self, by)) for by in CODES)
        named = tuple((by, code == "") for by, code in codes if code is not None)
        return Shape(named, self.within)

    @property
    def values(self) -> dict[str, datetime | str | None]:
        """What the statements of bases leave open: the instants of `Window`, and the codes."""
        instants = {name: getattr(self, name) for name in Window._fields}
        return instants | {by: getattr(self, by) for by in CODES}

    def is_seen_within(self, time: timedelta) -> bool:
        """Whether the window ended less than a time before as-of, or has not ended yet."""
        return self.as_of - self.end < time


class Shape(NamedTuple):
    """What a question names, each with a code or blank, and the scope of whoever asks."""

    named: tuple[tuple[By, bool], ...]
    within: Scope

    @property
    def is_of_one_unit(self) -> bool:
        """Whether only what is credited to one unit counts."""
        return self.within.unit_id is not None or any(by == "unit" for by, _ in self.named)


class Window(NamedTuple):
    """The instants of a `Question`, left open: a statement is written once for all questions."""

    start: BindParameter[datetime]
    as_of: BindParameter[datetime]
    carried_before: BindParameter[datetime]
    happened_before: BindParameter[datetime]
    known_before: BindParameter[datetime]
    due_before: BindParameter[datetime]
    near_before: BindParameter[datetime]
    told_before: BindParameter[datetime]


WINDOW = Window(*(bindparam(name, type_=Instant) for name in Window._fields))


@dataclass(frozen=True, slots=True)
class Metric:
    """One number's name, unit and wanted direction; its words are keys of the catalogue."""

    name: str
    unit: str  # share | ratio | units | cases | times | hours | days
    better: str = ""  # higher | lower | neither

    @property
    def label(self) -> str:
        """Key of its short name."""
        return f"metric.{self.name}"

    @property
    def definition(self) -> str:
        """Key of its definition in one sentence."""
        return f"metric.{self.name}.definition"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it divides by what. None means there is nothing to say."""

    metric: Metric
    value: float | None
    numerator: int | None = None
    denominator: int | None = None
    count: int | None = None  # how many a median or percentile stands on
    is_immature: bool = False  # the window ended too lately: it will still grow

    @property
    def missing(self) -> int | None:
        """What the denominator has and the numerator has not."""
        return None if self.denominator is None else self.denominator - (self.numerator or 0)

    @property
    def text(self) -> str:
        """The number as a person reads it, without its unit's word."""
        if self.value is None:
            return "—"
        if self.metric.unit in PERCENTS:
            return f"{share_text(self.numerator or 0, self.denominator or 0)}%"
        if self.denominator is not None:
            return mean_text(self.numerator or 0, self.denominator)
        if self.metric.unit == "hours":
            return f"{self.value:.1f}"
        return f"{self.value:,.0f}"


def share_text(numerator: int, denominator: int) -> str:
    """Percent with two decimals, half up, from the integers.

    Never 100.00 unless equal, never 0.00 unless zero.
    """
    if denominator == 0:
        return "—"
    hundredths = _half_up(10000 * numerator, denominator)
    if hundredths == 10000 and numerator < denominator:
        hundredths = 9999
    if hundredths == 0 and numerator > 0:
        hundredths = 1
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def mean_text(numerator: int, denominator: int) -> str:
    """A mean with two decimals, half up, from the integers."""
    hundredths = _half_up(100 * numerator, denominator)
    return f"{hundredths // 100:,}.{hundredths % 100:02d}"


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
