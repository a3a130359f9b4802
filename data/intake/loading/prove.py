"""What the columns of a case row prove to have happened."""

from dataclasses import replace
from operator import attrgetter

from data.deadlines import Clock, Due, with_due
from data.intake.checking.check import CaseRow
from data.intake.loading.batch import ACTOR
from data.terms import ENDING_KIND_OF_STATE, FIRST_ORDER, LAST_ORDER, Event, Kind, State

OWN_COLUMNS = (  # of a case file, not decided by events
    "title", "address", "lon", "lat",
    "area_id", "category_id", "channel_id", "severity", "repeat_of",
)  # fmt: skip
own_values = attrgetter(*OWN_COLUMNS)


def events_of(row: CaseRow, clock: Clock) -> list[Event]:
    """What the columns of a row prove: that the case was opened, and how it ended."""
    kind = ENDING_KIND_OF_STATE.get(row.state)
    report = Event(
        kind=Kind.REPORT,
        at=row.opened_at,
        source_order=FIRST_ORDER,
        to_state=State.IN_PROGRESS if kind else row.state,
        to_unit_id=row.unit_id,
        due_at=row.due_at,
        level=row.level,
        outcome=None if kind else row.outcome,
        satisfaction=None if kind else row.satisfaction,
        mediation=None if kind else row.mediation,
        actor=ACTOR,
    )
    report, _ = with_due(Due(), with_accept_limit(report, clock), clock)
    if kind is None or row.ended_at is None:
        return [report]
    ending = Event(
        kind=kind,
        at=row.ended_at,
        source_order=LAST_ORDER,
        to_state=row.state,
        outcome=row.outcome,
        satisfaction=row.satisfaction,
        mediation=row.mediation,
        actor=ACTOR,
    )
    return [report, ending]


def with_accept_limit(event: Event, clock: Clock) -> Event:
    """The event; one that leaves the case dispatched also says until when to accept it."""
    if clock.acceptance is None or event.to_state is not State.DISPATCHED:
        return event
    return replace(event, accept_due_at=clock.accept_due_from(event.at))
