"""Cases in lists: one line each, and the list behind a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Select, bindparam, func, select

from data import metrics
from data.metrics.evaluate import part_rows
from data.metrics.figure import Figure, Question
from data.schema import areas, categories, channels, live_cases, units
from data.terms import State

LIST_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in a list."""

    case_no: str
    title: str | None
    unit: str | None
    area: str | None
    category: str | None
    channel: str | None
    state: State
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None

    def hours_to_due(self, now: datetime) -> float | None:
        """Real hours until the due time, negative once it has passed."""
        return None if self.due_at is None else (self.due_at - now).total_seconds() / 3600


def case_lines() -> Select:
    """A SELECT of `CaseLine` columns from `live_cases` with the names it needs."""
    return select(
        live_cases.c.case_no,
        live_cases.c.title,
        units.c.name.label("unit"),
        areas.c.name.label("area"),
        categories.c.name.label("category"),
        channels.c.name.label("channel"),
        live_cases.c.state,
        live_cases.c.opened_at,
        live_cases.c.due_at,
        live_cases.c.closed_at,
    ).select_from(
        live_cases.outerjoin(units, units.c.unit_id == live_cases.c.unit_id)
        .outerjoin(areas, areas.c.area_id == live_cases.c.area_id)
        .outerjoin(categories, categories.c.category_id == live_cases.c.category_id)
        .outerjoin(channels, channels.c.channel_id == live_cases.c.channel_id)
    )


def lines_of(conn: Connection, case_ids: Sequence[int]) -> tuple[CaseLine, ...]:
    """The lines of some cases, in their order."""
    told = conn.execute(_of_cases(), {"cases": case_ids})
    lines = {case_id: CaseLine(*row) for *row, case_id in told}
    return tuple(lines[case_id] for case_id in case_ids)


@cache
def _of_cases() -> Select:
    some = live_cases.c.case_id.in_(bindparam("cases", expanding=True))
    return case_lines().add_columns(live_cases.c.case_id).where(some)


@dataclass(frozen=True, slots=True)
class Opened:
    """A number and the things it counts: `count` must equal the part, or the screen says so."""

    figure: Figure
    part_count: int  # what the number says
    count: int  # what the list holds
    lines: tuple[CaseLine, ...]  # the first LIST_LIMIT of them


def opened_number(conn: Connection, question: Question, name: str, part: metrics.Part) -> Opened:
    """A number opened: the cases behind one part of it, as they stand now.

    Raises Refused for a metric or a part that does not exist.
    """
    figure = metrics.measure(conn, metrics.known(conn, question), [name])[name]
    rows = part_rows(question.shape, metrics.MEASURES[name], part)
    lines = case_lines().join(rows, rows.c.case_id == live_cases.c.case_id)
    counting = select(func.count()).select_from(lines.subquery())
    count = conn.execute(counting, question.values).scalar_one()
    first = lines.order_by(live_cases.c.due_at.nulls_last(), live_cases.c.case_no).limit(LIST_LIMIT)
    found = tuple(CaseLine(*row) for row in conn.execute(first, question.values))
    return Opened(figure, metrics.part_size(figure, part), count, found)
