"""One case on one page: its facts, what happened to it, who held it when, its pauses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, select

from data.calendar import Limit
from data.cases import CaseLine, case_lines
from data.deadlines import clock_of
from data.directory import units_visited
from data.schema import categories, live_cases, live_events, units, users
from data.scope import cases_within
from data.terms import DISTRICT, Kind, Lamp, OutOfScope, Refused, Scope, State


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a case, as a person reads it."""

    at: datetime
    kind: Kind
    to_state: State | None
    from_unit: str | None
    to_unit: str | None
    holder: str | None  # who held the case after it
    reason: str | None
    note: str | None
    who: str
    due_at: datetime | None  # the due time in force from then on, where the event set one
    waited_hours: float | None  # an acceptance: real hours since the dispatch
    limit: Limit | None  # and what the category allows
    lamp: Lamp
    is_adjusted: bool


@dataclass(frozen=True, slots=True)
class Hold:
    """Who held the case from when until when (None: still)."""

    unit: str | None
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case on one page."""

    line: CaseLine
    version: int
    unit_id: int | None
    address: str | None
    category_path: str
    limit: Limit | None
    level: str | None
    transfer_count: int
    return_count: int
    reopen_count: int
    supervision_count: int
    units_visited: int
    paused_at: datetime | None
    ended_at: datetime | None
    moments: tuple[Moment, ...]
    holds: tuple[Hold, ...]
    pauses: tuple[tuple[datetime, datetime | None], ...]

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.ended_at is None

    def gross_hours(self, now: datetime) -> float:
        """Real hours from opening to end, or to now while it is open."""
        return _hours(self.line.opened_at, self.ended_at or now)

    def paused_hours(self, now: datetime) -> float:
        """Real hours paused; pauses of one case do not overlap."""
        return sum(_hours(start, end or self.ended_at or now) for start, end in self.pauses)

    def net_hours(self, now: datetime) -> float:
        """Gross without the pauses."""
        return self.gross_hours(now) - self.paused_hours(now)

    def hours_left(self, now: datetime) -> float | None:
        """Real hours from the end, or now, to the due time; negative when late."""
        due_at = self.line.due_at
        return None if due_at is None else _hours(self.ended_at or now, due_at)

    @property
    def is_waiting(self) -> bool:
        """Paused before its due time: it is not due, and will be later."""
        due_at = self.line.due_at
        return self.paused_at is not None and due_at is not None and due_at > self.paused_at


def _hours(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 3600


def case_file(conn: Connection, case_no: str, scope: Scope = DISTRICT) -> CaseFile:
    """One case with everything that happened to it.

    Raises Refused for an unknown number, and in the same words for a case beyond the scope.
    """
    query = case_lines().add_columns(live_cases).where(live_cases.c.case_no == case_no)
    row = conn.execute(query.where(*cases_within(scope))).first()
    if row is None:
        refusal = OutOfScope if conn.execute(query).first() else Refused
        raise refusal("case.unknown", case_no=case_no)
    case = row._mapping
    clock = clock_of(conn, case[live_cases.c.category_id])
    events = conn.execute(_events_of(case[live_cases.c.case_id])).all()
    return CaseFile(
        line=CaseLine(*row[: len(CaseLine.__dataclass_fields__)]),
        version=case[live_cases.c.version],
        unit_id=case[live_cases.c.unit_id],
        address=case[live_cases.c.address],
        category_path=_category_path(conn, case[live_cases.c.category_id]),
        limit=clock.limit,
        level=case[live_cases.c.level],
        transfer_count=case[live_cases.c.transfer_count],
        return_count=case[live_cases.c.return_count],
        reopen_count=case[live_cases.c.reopen_count],
        supervision_count=case[live_cases.c.supervision_count],
        units_visited=len(units_visited(conn, case[live_cases.c.case_id])),
        paused_at=case[live_cases.c.paused_at],
        ended_at=case[live_cases.c.ended_at],
        moments=_moments(events, clock.acceptance),
        holds=_holds(events, case[live_cases.c.ended_at]),
        pauses=_pauses(events),
    )


def _events_of(case_id: int) -> Select:
    from_unit, to_unit = units.alias(), units.alias()
    joined = (
        live_events.outerjoin(from_unit, from_unit.c.unit_id == live_events.c.from_unit_id)
        .outerjoin(to_unit, to_unit.c.unit_id == live_events.c.to_unit_id)
        .outerjoin(users, users.c.login == live_events.c.actor)
    )
    return (
        select(
            live_events,
            from_unit.c.name.label("from_unit"),
            to_unit.c.name.label("to_unit"),
            users.c.name.label("who"),
        )
        .select_from(joined)
        .where(live_events.c.case_id == case_id)
        .order_by(live_events.c.at, live_events.c.source_order, live_events.c.event_id)
    )


def _category_path(conn: Connection, category_id: int | None) -> str:
    names: list[str] = []
    while category_id is not None:
        row = conn.execute(select(categories).where(categories.c.category_id == category_id)).one()
        names.insert(0, row.name)
        category_id = row.parent_id
    return " › ".join(names)


def _moments(events: Sequence[Row[tuple]], acceptance: Limit | None) -> tuple[Moment, ...]:
    moments, holder, dispatched_at, accept_by = [], None, None, None
    for event in events:
        holder = event.to_unit or holder
        is_accept = event.kind == Kind.ACCEPT and dispatched_at is not None
        waited = (event.at - dispatched_at).total_seconds() / 3600 if is_accept else None
        if event.to_state == State.DISPATCHED:
            dispatched_at, accept_by = event.at, event.accept_due_at
        moments.append(
            Moment(
                at=event.at,
                kind=Kind(event.kind),
                to_state=State(event.to_state) if event.to_state else None,
                from_unit=event.from_unit,
                to_unit=event.to_unit,
                holder=holder,
                reason=event.reason,
                note=event.note,
                who=event.who or event.actor,
                due_at=event.due_at,
                waited_hours=waited,
                limit=acceptance if is_accept else None,
                lamp=_moment_lamp(event, accept_by if is_accept else None),
                is_adjusted=event.is_adjusted,
            )
        )
    return tuple(moments)


def _moment_lamp(event: Row[tuple], accept_by: datetime | None) -> Lamp:
    """An acceptance after its limit, or a supervision, lights one."""
    if accept_by is not None and event.at > accept_by:
        return Lamp.YELLOW
    return Lamp.ORANGE if event.kind == Kind.SUPERVISE else Lamp.NONE


def _holds(events: Sequence[Row[tuple]], ended_at: datetime | None) -> tuple[Hold, ...]:
    """Spans between changes of holder; the last one ends when the case did."""
    starts: list[tuple[str | None, datetime]] = []
    for event in events:
        if event.to_unit and (not starts or starts[-1][0] != event.to_unit):
            starts.append((event.to_unit, event.at))
    ends = [start for _, start in starts[1:]] + [ended_at]
    return tuple(Hold(unit, start, end) for (unit, start), end in zip(starts, ends, strict=False))


def _pauses(events: Sequence[Row[tuple]]) -> tuple[tuple[datetime, datetime | None], ...]:
    pauses: list[tuple[datetime, datetime | None]] = []
    for event in events:
        is_pausing = bool(pauses) and pauses[-1][1] is None
        if event.to_state == State.PAUSED and not is_pausing:
            pauses.append((event.at, None))
        elif event.to_state and event.to_state != State.PAUSED and is_pausing:
            pauses[-1] = (pauses[-1][0], event.at)
    return tuple(pauses)
