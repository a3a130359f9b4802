"""The orders of a list: the column behind each, and its values as text for an address."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column

from data.case_list.asked import Order, Place
from data.questions import readable
from data.schema import cases

Value = datetime | int | str | None
_HIGHEST_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Sorting:
    """What an order sorts by; cases without it come last, either way round."""

    column: str  # of `cases`

    @property
    def is_total(self) -> bool:
        """Whether every case has it."""
        return not self._column.nullable

    @property
    def _column(self) -> Column:
        return cases.c[self.column]

    def as_text(self, value: Value) -> str:
        """A value as an address has it."""
        if value is None:
            return ""
        return value.isoformat() if isinstance(value, datetime) else str(value)

    def from_text(self, text: str) -> Value:
        """The value of an address. Raises ValueError."""
        if text == "" and not self.is_total:
            return None
        if self.column == "case_no":
            return text
        if self.column == "transfer_count":
            return _count(text)
        instant = readable(text)
        if instant is None or instant.tzinfo is None:
            raise ValueError(text)
        return instant.astimezone(UTC)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10) or int(text) > _HIGHEST_COUNT:
        raise ValueError(text)
    return int(text)


SORTINGS = {
    Order.DUE: Sorting("due_at"),
    Order.OPENED: Sorting("opened_at"),
    Order.MOVED: Sorting("last_event_at"),
    Order.ENDED: Sorting("ended_at"),
    Order.TRANSFERS: Sorting("transfer_count"),
    Order.CASE_NO: Sorting("case_no"),
}


def is_place_of(place: Place, order: Order) -> bool:
    """Whether a place lies in an order, and not in another."""
    try:
        SORTINGS[order].from_text(place.value)
    except ValueError:
        return False
    return True
