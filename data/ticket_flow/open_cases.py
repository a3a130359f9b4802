"""The open cases of a question as they stand at its as-of time, and since when in their stage."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select
from sqlalchemy.sql import FromClause

from data.config import settings
from data.db import to_microseconds
from data.db_functions import microseconds_of
from data.metrics.base import LIMIT, filtered
from data.metrics.figure import Question, Shape, Window
from data.metrics.history import Moment, accept_by, place_of
from data.metrics.standing import case_columns, standing
from data.schema import live_cases, live_events
from data.terms import OPEN_STATES, State

HOUR = 3_600_000_000  # microseconds
STAGES = (State.REPORTED, State.DISPATCHED, State.IN_PROGRESS, State.PAUSED, State.RESOLVED)
# Until how many days an age goes, of the bands of open cases; the last goes on.
BANDS = (1, 3, 7, 15, 30)
OWN_LIMIT = frozenset({State.DISPATCHED, State.IN_PROGRESS, State.RESOLVED})


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One open case; times are microseconds since 1970."""

    case_id: int
    case_no: str
    unit_id: int | None
    state: State
    opened: int
    entered: int  # the stage it is in
    limit: int | None  # until when it may stay there
    now: int

    @property
    def stayed_hours(self) -> float:
        """Real hours in its present stage."""
        return (self.now - self.entered) / HOUR

    @property
    def allowed_hours(self) -> float | None:
        """Real hours from when it came there to its limit."""
        return None if self.limit is None else (self.limit - self.entered) / HOUR

    @property
    def is_late(self) -> bool:
        """Whether its limit has passed."""
        return self.limit is not None and self.limit < self.now

    @property
    def band(self) -> int:
        """The place of its age among `BANDS`; the upper end of each belongs to it."""
        age = self.now - self.opened
        return sum(age > days * 24 * HOUR for days in BANDS)


def open_cases(conn: Connection, question: Question) -> tuple[OpenCase, ...]:
    """Every open case of a question, those the longest in their stage first."""
    now = to_microseconds(question.as_of)
    told = conn.execute(_query(question.shape), question.values)
    found = [_open_case(row, now) for row in told]
    return tuple(sorted(found, key=lambda one: (one.entered, one.case_id)))


@lru_cache(LIMIT)
def _query(shape: Shape) -> Select:
    rows = filtered(open_now, shape)
    times = (microseconds_of(rows.c[name]).label(name) for name in ("opened_at", "entered_at"))
    limits = (microseconds_of(rows.c[name]).label(name) for name in ("due_at", "accept_by"))
    return select(rows.c.case_id, rows.c.case_no, rows.c.unit_id, rows.c.state, *times, *limits)


def _open_case(row: Row[tuple], now: int) -> OpenCase:
    state = State(row.state)
    entered = row.opened_at if row.entered_at is None else row.entered_at
    hours = limit_hours(state)
    if state in OWN_LIMIT:
        limit = row.accept_by if state is State.DISPATCHED else row.due_at
    else:
        limit = None if hours is None else entered + int(hours * HOUR)
    return OpenCase(
        row.case_id, row.case_no, row.unit_id, state, row.opened_at, entered, limit, now
    )


def limit_hours(state: State) -> float | None:
    """How long a case may stay in a stage by the settings; None where cases have limits or none."""
    flow = settings().flow
    hours = {State.REPORTED: flow.reported_limit_hours, State.PAUSED: flow.paused_limit_hours}
    return hours.get(state)


def open_now(window: Window) -> Select:
    """Cases open at the as-of time; no window."""
    rows = standing(window.known_before, lambda c: c.c.ended_at.is_(None))
    waits = case((rows.c.state == State.DISPATCHED, accept_by(rows, window.known_before)))
    return select(
        *case_columns(rows),
        rows.c.unit_id,
        rows.c.state,
        rows.c.due_at,
        rows.c.opened_at,
        entered_at(rows, window.known_before).label("entered_at"),
        waits.label("accept_by"),
        live_cases.c.case_no,
    ).where(rows.c.state.in_(OPEN_STATES), live_cases.c.case_id == rows.c.case_id)


def entered_at(rows: FromClause, known_before: Moment) -> ColumnElement:
    """When the events of a case first told the state it is in, after they last told another."""
    began, later = live_events.alias("began"), live_events.alias("later")
    has_left = (
        select(later.c.event_id)
        .where(
            later.c.case_id == began.c.case_id,
            later.c.at < known_before,
            later.c.to_state != rows.c.state,
            place_of(later) > place_of(began),
        )
        .correlate(began, rows)
        .exists()
    )
    return (
        select(func.min(began.c.at))
        .where(
            began.c.case_id == rows.c.case_id,
            began.c.at < known_before,
            began.c.to_state == rows.c.state,
            ~has_left,
        )
        .correlate(rows)
        .scalar_subquery()
    )
