"""A row of a case that is already known: a duplicate, newer, or late."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Row

from data.deadlines import Clock, Clocks, clock_in, due_of
from data.directory import centre_id
from data.intake.checking.check import CaseRow
from data.intake.checking.columns import BadRow, Fields
from data.intake.loading.batch import ACTOR, Batch
from data.intake.loading.due_times import with_due_times
from data.intake.loading.history import Held, histories, rewrite, standing_after
from data.intake.loading.prove import OWN_COLUMNS, with_accept_limit
from data.intake.loading.write import insert_many
from data.journal import event_row
from data.places import place_columns
from data.schema import case_events, overwritten
from data.states import Standing, is_transfer, replay
from data.terms import ENDING_KIND_OF_STATE, LAST_ORDER, Event, Kind, State

Numbered = tuple[int, Fields, CaseRow]
TOLD = ("due_at", "level", "outcome", "satisfaction", "mediation")  # beside state and unit


@dataclass(frozen=True, slots=True)
class Change:
    """What a newer row says that the last row of the case did not."""

    has_new_state: bool
    unit_id: int | None
    told: dict[str, object]  # columns of TOLD
    own: dict[str, object]  # columns of OWN_COLUMNS

    @property
    def is_empty(self) -> bool:
        """Whether the row says nothing new."""
        return not (self.has_new_state or self.unit_id or self.told or self.own)


def apply_newer(
    batch: Batch, pairs: Sequence[tuple[Row[tuple], Numbered]], of_category: Clocks
) -> None:
    """Apply rows of known cases where they are newer; count the others or keep them aside."""
    past = histories(batch.conn, [held.case_id for held, _ in pairs])
    centre = centre_id(batch.conn)
    case_rows, event_rows, before = [], [], []
    for held, (number, fields, row) in pairs:
        events = past[held.case_id]
        clock = clock_in(of_category, row.category_id or held.category_id)
        change = _change(held, events, row, clock)
        if not _is_newer(held.updated_at, row.updated_at, change):
            batch.duplicates += 1
        elif _was_acted_on(events, row.updated_at):
            batch.set_aside(number, fields, BadRow("acted_on_here", None, row.case_no))
        else:
            new = _events(events, row, change, batch.now, clock, centre)
            batch.adjusted += sum(one.is_adjusted for one in new)
            event_rows += [event_row(one, held.case_id, batch.now, batch.batch_id) for one in new]
            case_rows.append(_case_row(held, events, row, change, new))
            if values := _overwritten(held, case_rows[-1]):
                whose = {"batch_id": batch.batch_id, "case_id": held.case_id}
                before.append(whose | {"values": values})
    batch.updated += len(case_rows)
    insert_many(batch.conn, case_events, event_rows)
    insert_many(batch.conn, overwritten, before)
    rewrite(batch.conn, case_rows)


def _is_newer(held: datetime | None, told: datetime | None, change: Change) -> bool:
    if held and told:
        return told > held
    return not change.is_empty


def _was_acted_on(events: Sequence[Held], updated_at: datetime | None) -> bool:
    """Whether somebody here did something that the row cannot know of."""
    here = [held.event.at for held in events if held.import_kind is None]
    return bool(here) and (updated_at is None or max(here) > updated_at)


def _change(held: Row[tuple], events: Sequence[Held], row: CaseRow, clock: Clock) -> Change:
    """A row against the last row of the same case; a blank says nothing.

    A due time that a pause has moved here is still the old one there.
    """
    from_files = [one.event for one in events if one.import_kind == "cases"]
    last = replay(from_files or [one.event for one in events])
    is_later = row.ended_at is not None and (last.ended_at is None or row.ended_at > last.ended_at)
    known = {name: {getattr(last, name)} for name in TOLD}
    known["due_at"].add(due_of(from_files, clock).raw)
    told = {name: getattr(row, name) for name in TOLD}
    own = {name: getattr(row, name) for name in OWN_COLUMNS}
    return Change(
        has_new_state=row.state != last.state or is_later,
        unit_id=row.unit_id if row.unit_id != last.unit_id else None,
        told={k: v for k, v in told.items() if v is not None and v not in known[k]},
        own={k: v for k, v in own.items() if v is not None and v != getattr(held, k)},
    )


def _case_row(
    held: Row[tuple], events: Sequence[Held], row: CaseRow, change: Change, new: Sequence[Event]
) -> dict[str, object]:
    own = {name: getattr(held, name) for name in OWN_COLUMNS} | change.own
    updated_at = row.updated_at or held.updated_at
    own |= place_columns(own["lon"], own["lat"], own["address"])
    standing = standing_after(events, new, held.version)
    return own | standing | {"case_id": held.case_id, "updated_at": updated_at}


def _overwritten(held: Row[tuple], now_row: dict[str, object]) -> dict[str, object]:
    """What a rewriting replaces and no event tells of, as undoing must put it back."""
    was = {name: getattr(held, name) for name in (*OWN_COLUMNS, "updated_at")}
    changed = {name: value for name, value in was.items() if value != now_row[name]}
    if (updated_at := changed.get("updated_at")) is not None:
        changed["updated_at"] = updated_at.isoformat()
    return changed


def _events(
    held: Sequence[Held],
    row: CaseRow,
    change: Change,
    now: datetime,
    clock: Clock,
    centre: int | None,
) -> list[Event]:
    """Events that bring the case to what the row says."""
    standing = replay(one.event for one in held)
    # Behind all that is held, also at the same instant: of equal orders the later id comes last.
    order = max(LAST_ORDER, *(one.event.source_order for one in held))
    new = [replace(one, source_order=order) for one in _moves(held, standing, row, change, now)]
    new[0] = _with_unit(new[0], change.unit_id, standing.unit_id, centre)
    last = replace(new[-1], **change.told)  # type: ignore[arg-type]  # columns of TOLD
    return with_due_times(held, [*new[:-1], with_accept_limit(last, clock)], clock)


def _moves(
    held: Sequence[Held], standing: Standing, row: CaseRow, change: Change, now: datetime
) -> list[Event]:
    """The crossings of the line between open and not open, or one plain update."""
    was_open, is_open = standing.ended_at is None, row.ended_at is None
    latest = max(one.event.at for one in held)
    wanted = row.updated_at or now
    update = _moved(Kind.UPDATE, wanted, latest)
    if not change.has_new_state:
        return [update]
    if was_open and is_open:
        return [replace(update, to_state=row.state)]
    if is_open:
        return [_moved(Kind.REOPEN, wanted, latest, row.state)]
    ended_at = row.ended_at or wanted
    ending = ENDING_KIND_OF_STATE[row.state]
    if was_open:
        last_told = max(one.event.at for one in held if one.event.to_state)
        return [_moved(ending, ended_at, last_told, row.state)]
    if row.state == standing.state and standing.ended_at and ended_at <= standing.ended_at:
        return [update]  # what is written stays written: an ending is not moved back
    again = _moved(Kind.REOPEN, ended_at, latest, State.IN_PROGRESS)
    return [again, _moved(ending, ended_at, latest, row.state)]


def _moved(kind: Kind, wanted: datetime, earliest: datetime, state: State | None = None) -> Event:
    """An event that stands behind those held, at the wanted time or the earliest possible one."""
    at = max(wanted, earliest)
    return Event(kind=kind, at=at, to_state=state, actor=ACTOR, is_adjusted=at != wanted)


def _with_unit(
    event: Event, to_unit: int | None, from_unit: int | None, centre: int | None
) -> Event:
    if to_unit is None:
        return event
    return replace(
        event,
        from_unit_id=from_unit,
        to_unit_id=to_unit,
        is_transfer=is_transfer(event.kind, from_unit, to_unit, centre),
    )
