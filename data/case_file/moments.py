"""What happened to a case, event by event, as a person reads it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, Select, select

from data.calendar import Limit
from data.case_file.hands import real_hours
from data.schema import live_events, units, users
from data.terms import AreaLevel, Grade, Kind, Lamp, State


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a case, as a person reads it."""

    at: datetime
    kind: Kind
    to_state: State | None
    from_unit: str | None
    to_unit: str | None
    holder: str | None  # who held the case after it
    level: AreaLevel | None
    grade: Grade | None
    reason: str | None
    note: str | None
    who: str | None  # the post, where an account did it
    due_at: datetime | None  # the due time in force from then on, where the event set one
    until_at: datetime | None  # reply by, planned end of a pause, due time asked for
    order_no: str | None
    accept_by: datetime | None  # of a dispatch
    waited_hours: float | None  # an acceptance: real hours since the dispatch
    held_hours: float | None  # a change of holder: how long the unit before had held it
    limit: Limit | None  # of an acceptance: what the category allows
    count: int  # which of its kind in this case, from 1
    lamp: Lamp
    is_adjusted: bool


def events_of(case_id: int) -> Select:
    """The events of a case in their order, with the names of units and posts."""
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


def moments_of(events: Sequence[Row[tuple]], acceptance: Limit | None) -> tuple[Moment, ...]:
    """Every event with what it did to holder and clocks; `acceptance` is the category's limit."""
    course = _Course(acceptance)
    return tuple(_moment(course, event) for event in events)


@dataclass(slots=True)
class _Course:
    """What is known of a case before its next event."""

    acceptance: Limit | None
    holder: str | None = None
    held_since: datetime | None = None
    dispatch: Row[tuple] | None = None
    counts: Counter[str] = field(default_factory=Counter)


def _moment(course: _Course, event: Row[tuple]) -> Moment:
    course.counts[event.kind] += 1
    dispatch = course.dispatch if event.kind == Kind.ACCEPT else None
    moment = Moment(
        at=event.at,
        kind=Kind(event.kind),
        to_state=State(event.to_state) if event.to_state else None,
        from_unit=event.from_unit,
        to_unit=event.to_unit,
        holder=event.to_unit or course.holder,
        level=AreaLevel(event.level) if event.level else None,
        grade=Grade(event.grade) if event.grade else None,
        reason=event.reason,
        note=event.note,
        who=event.who,
        due_at=event.due_at,
        until_at=event.until_at,
        order_no=event.order_no,
        accept_by=event.accept_due_at,
        waited_hours=real_hours(dispatch.at, event.at) if dispatch else None,
        held_hours=_held_hours(course, event),
        limit=course.acceptance if dispatch else None,
        count=course.counts[event.kind],
        lamp=_lamp(event, dispatch),
        is_adjusted=event.is_adjusted,
    )
    _go_on(course, event)
    return moment


def _held_hours(course: _Course, event: Row[tuple]) -> float | None:
    is_moved = event.to_unit is not None and event.to_unit != course.holder
    if not is_moved or course.held_since is None:
        return None
    return real_hours(course.held_since, event.at)


def _lamp(event: Row[tuple], dispatch: Row[tuple] | None) -> Lamp:
    """An acceptance after its limit, or a supervision, lights one."""
    if dispatch and dispatch.accept_due_at and event.at > dispatch.accept_due_at:
        return Lamp.YELLOW
    return Lamp.ORANGE if event.kind == Kind.SUPERVISE else Lamp.NONE


def _go_on(course: _Course, event: Row[tuple]) -> None:
    if event.to_unit is not None and event.to_unit != course.holder:
        course.holder, course.held_since = event.to_unit, event.at
    if event.to_state == State.DISPATCHED:
        course.dispatch = event
