"""The ways a metric counts its base."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import Select

from data.metrics.figure import Metric, Window

Base = Callable[[Window], Select]
Part = Literal["numerator", "denominator", "missing"]
WHOLE = "is_counted"  # every row of a base


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows of a base, or how many of them with a yes in the column `counts`."""

    name: str
    base: Base
    counts: str = WHOLE
    unit: str = "cases"
    better: str = "neither"
    only_by_unit: bool = False  # without a unit the two sides are the same case


@dataclass(frozen=True, slots=True)
class Share:
    """The rows with a yes in `counts`, of all rows of the base or those with a yes in `of`.

    A share counts rows of `of` alone. What has another unit may exceed 1: a ratio, a mean.
    """

    name: str
    base: Base
    counts: str
    better: str
    of: str = WHOLE
    unit: str = "share"
    ripens_in: timedelta | None = None  # so long after its window a share may still grow


@dataclass(frozen=True, slots=True)
class Quantile:
    """The percentile of the column `hours` of a base, linear between order statistics (type 7)."""

    name: str
    base: Base
    percent: int
    better: str
    unit: str = "hours"


@dataclass(frozen=True, slots=True)
class ClockQuantile:
    """The percentile of the hours from `started_at` to `ended_at` on the category's own clock."""

    name: str
    base: Base
    percent: int
    better: str
    unit: str = "hours"


@dataclass(frozen=True, slots=True)
class Since:
    """Whole days from the last `at` of a base to the as-of time."""

    name: str
    base: Base
    better: str
    unit: str = "days"


Measure = Count | Share | Quantile | ClockQuantile | Since


def metric_of(measure: Measure) -> Metric:
    """The words side of a measure."""
    return Metric(measure.name, measure.unit, measure.better)


def parts_of(measure: Measure) -> tuple[Part, ...]:
    """The parts of a number that open."""
    if not isinstance(measure, Share):
        return ("numerator",)
    if measure.unit == "share":
        return "numerator", "denominator", "missing"
    return "numerator", "denominator"
