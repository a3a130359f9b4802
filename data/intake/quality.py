"""How good the deliveries of each source are, counted from the rows of `imports` alone.

The words of every number stand in the catalogue under `quality.`; each is a ratio of whole numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import groupby
from statistics import median

from sqlalchemy import Connection, select

from data.config import settings
from data.db import MICROSECOND
from data.lamps import lamp_below
from data.metrics.figure import share_text
from data.schema import imports
from data.terms import Lamp

PARTS = ("complete", "valid", "timely", "stable")
EARLIER = 10  # deliveries that a row count is compared with


@dataclass(frozen=True, slots=True)
class Delivery:
    """One import of a source that was not taken back."""

    batch: int
    source: str
    kind: str
    file: str
    at: datetime
    rows: int
    quarantined: int
    filled: int
    cells: int
    declared: int | None
    columns: tuple[str, ...] | None
    is_first: bool = False  # none came before it
    has_same_columns: bool = True  # as the one before
    usual_rows: float | None = None  # the median of the earlier ones

    @property
    def is_stable(self) -> bool | None:
        """None where there is none before it to compare with."""
        if self.usual_rows is None:
            return None
        return self.has_same_columns and self.usual_rows <= 2 * self.rows <= 4 * self.usual_rows

    @property
    def difference(self) -> int | None:
        """Rows delivered beyond the total that the source declared; None without one."""
        return None if self.declared is None else self.rows - self.declared


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the quality: a share of whole numbers; None where there is nothing to divide."""

    name: str
    numerator: int
    denominator: int

    @property
    def share(self) -> Fraction | None:
        """0 to 1, exact."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def text(self) -> str:
        """As a person reads it, by the house rule."""
        percent = "%" if self.denominator else ""
        return share_text(self.numerator, self.denominator) + percent

    @property
    def lamp(self) -> Lamp:
        """Lit by `lamps.source_quality`; none on too small a base."""
        return lamp_below(settings().lamps.source_quality, self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Quality:
    """What there is to say of one source: a mapping's name and a kind."""

    source: str
    kind: str
    last_at: datetime
    age: timedelta
    interval: timedelta  # within which a delivery is agreed
    deliveries: tuple[Delivery, ...]  # of the window, oldest first
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """Rows delivered in the window."""
        return sum(one.rows for one in self.deliveries)

    @property
    def lowest(self) -> Part | None:
        """The part that decides the score; None where none can be told."""
        told = [part for part in self.parts if part.share is not None]
        return min(told, key=lambda part: part.share or 0, default=None)

    @property
    def age_lamp(self) -> Lamp:
        """Yellow past the agreed interval, red past twice that."""
        if self.age > 2 * self.interval:
            return Lamp.RED
        return Lamp.YELLOW if self.age > self.interval else Lamp.NONE

    @property
    def declaring(self) -> tuple[Delivery, ...]:
        """The deliveries whose source told how many rows there are."""
        return tuple(one for one in self.deliveries if one.declared is not None)


def interval_of(source: str) -> timedelta:
    """Within which time a source is agreed to deliver."""
    intake = settings().intake
    return timedelta(hours=intake.interval_hours_of.get(source, intake.interval_hours))


def sources(conn: Connection, now: datetime) -> tuple[Quality, ...]:
    """Every source that ever delivered, by kind and name; batches taken back left out."""
    start = now - timedelta(days=settings().intake.quality_days)
    found = _deliveries(conn, now)
    return tuple(
        _quality(compared(list(group)), start, now)
        for _, group in groupby(found, key=lambda one: (one.kind, one.source))
    )


def _deliveries(conn: Connection, now: datetime) -> list[Delivery]:
    """By kind, source and time."""
    query = select(imports).where(imports.c.undone_at.is_(None), imports.c.imported_at <= now)
    told = [
        Delivery(
            row.batch_id,
            row.source or row.mapping.rpartition(" ")[0],
            row.kind,
            row.file_name,
            row.imported_at,
            row.row_count,
            row.quarantined_count,
            row.filled_count or 0,
            row.cell_count or 0,
            row.declared_rows,
            None if row.columns is None else tuple(row.columns),
        )
        for row in conn.execute(query)
    ]
    return sorted(told, key=lambda one: (one.kind, one.source, one.at, one.batch))


def compared(found: Sequence[Delivery]) -> list[Delivery]:
    """The deliveries of one source, each compared with the ones before it."""
    told = [replace(found[0], is_first=True)]
    for place, one in enumerate(found[1:], start=1):
        earlier = found[max(0, place - EARLIER) : place]
        same = one.columns == earlier[-1].columns
        usual = float(median(other.rows for other in earlier))
        told.append(replace(one, has_same_columns=same, usual_rows=usual))
    return told


def _quality(found: Sequence[Delivery], start: datetime, now: datetime) -> Quality:
    last, interval = found[-1], interval_of(found[-1].source)
    within = tuple(one for one in found if one.at >= start)
    stable = [one.is_stable for one in within if one.is_stable is not None]
    rows, kept_aside = sum(one.rows for one in within), sum(one.quarantined for one in within)
    parts = (
        Part("complete", sum(one.filled for one in within), sum(one.cells for one in within)),
        Part("valid", rows - kept_aside, rows),
        _timely([one.at for one in found], interval, start, now),
        Part("stable", sum(stable), len(stable)),
    )
    return Quality(last.source, last.kind, last.at, now - last.at, interval, within, parts)


def _timely(times: Sequence[datetime], interval: timedelta, start: datetime, now: datetime) -> Part:
    """In microseconds: the newest delivery not older than agreed ÷ all since the first one."""
    begin, fresh = max(start, times[0]), timedelta()
    for at, following in zip(times, [*times[1:], now], strict=True):
        fresh += max(min(at + interval, following, now) - max(at, begin), timedelta())
    return Part("timely", fresh // MICROSECOND, (now - begin) // MICROSECOND)
