"""One line of the list: what of a case can stand in its columns."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Select, select

from data.metrics.standing import is_waiting
from data.schema import areas, categories, channels, units
from data.terms import LEFT_OUT_STATES, AreaLevel, State


@dataclass(frozen=True, slots=True)
class ListLine:
    """One case in the list."""

    case_id: int
    case_no: str
    title: str | None
    address: str | None
    unit: str | None
    area: str | None
    category: str | None
    channel: str | None
    state: State
    level: AreaLevel | None
    severity: str | None
    opened_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    last_event_at: datetime
    transfer_count: int
    return_count: int
    reopen_count: int
    supervision_count: int
    extension_count: int
    is_waiting: bool  # paused before its due time: it is not due

    def hours_to_due(self, now: datetime) -> float | None:
        """Real hours from its closing, or now, until the due time; negative when late.

        None without a due time, and for what ended in another way.
        """
        if self.due_at is None or self.state in LEFT_OUT_STATES:
            return None
        return (self.due_at - (self.ended_at or now)).total_seconds() / 3600


_NAMES = {"unit": units, "area": areas, "category": categories, "channel": channels}


def list_lines(rows: FromClause) -> Select:
    """A SELECT of `ListLine` columns from rows of `live_cases`, with the names it needs."""
    columns: list[ColumnElement] = []
    joined = rows
    for name in ListLine.__dataclass_fields__:
        if name in _NAMES:
            table = _NAMES[name]
            joined = joined.outerjoin(table, next(iter(table.primary_key)) == rows.c[f"{name}_id"])
            columns.append(table.c.name.label(name))
        elif name == "is_waiting":
            columns.append(is_waiting(rows).label(name))
        else:
            columns.append(rows.c[name])
    return select(*columns).select_from(joined)
