"""What a list of cases is asked for: filter and order."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from data.terms import AreaLevel, State

SEVERITIES = ("red", "orange", "yellow", "blue")
NOBODY = ""  # the code of a unit, area, category or channel that is not there
TRANSFERS = (1, 2, 3, 5)  # at least so many


class Standing(StrEnum):
    """Whether a case still waits for somebody."""

    OPEN = "open"
    ENDED = "ended"
    ALL = "all"


class Due(StrEnum):
    """How an open case stands to its due time."""

    OVERDUE = "overdue"
    NEAR = "near"


class Mark(StrEnum):
    """What has happened to a case; several together must all hold."""

    REPEATED = "repeated"  # at the same place, of the same category, within 30 days before
    REOPENED = "reopened"
    SUPERVISED = "supervised"


class Order(StrEnum):
    """What a list is sorted by; what has none of it comes last, either way round."""

    DUE = "due"
    OPENED = "opened"
    MOVED = "moved"  # the newest event
    ENDED = "ended"
    TRANSFERS = "transfers"
    CASE_NO = "case_no"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases, and in which order. Empty stands for all; several of one kind for any of them.

    Areas and categories take in what lies below them.
    """

    words: str = ""  # each in the title or in the number; or one whole number
    standing: Standing = Standing.OPEN
    states: tuple[State, ...] = ()
    units: tuple[str, ...] = ()  # codes
    areas: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    levels: tuple[AreaLevel, ...] = ()
    severities: tuple[str, ...] = ()
    due: Due | None = None
    marks: tuple[Mark, ...] = ()
    transfers: int = 0  # at least
    opened_from: date | None = None  # days of the centre, both included
    opened_to: date | None = None
    sort: Order | None = None  # None: what suits the standing
    is_descending: bool = False

    @property
    def order(self) -> tuple[Order, bool]:
        """What to sort by, and whether from the highest: first what is due, newest, just ended."""
        if self.sort is not None:
            return self.sort, self.is_descending
        if self.standing is Standing.OPEN:
            return Order.DUE, False
        return (Order.ENDED if self.standing is Standing.ENDED else Order.OPENED), True

    @property
    def is_slow(self) -> bool:
        """Whether counting takes long: at every case ever, what lay around it is looked at."""
        is_all = self.standing is not Standing.OPEN and self.opened_from is None
        return Mark.REPEATED in self.marks and is_all


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after, or before, a case in the order; by its value and its key."""

    value: str  # "": it has none
    case_id: int
    is_before: bool = False
