"""Check a row of a case file: a row as we store it, or the reason why not."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from data.intake.checking.columns import (
    BadRow,
    Fields,
    impersonal,
    picker,
    remembered,
    their_name,
    time_picker,
)
from data.intake.checking.pickers import (
    WORDS,
    needed,
    number_picker,
    point_picker,
    refuse_uneven,
    state_picker,
    word_picker,
)
from data.intake.mapping.map import Mapping
from data.intake.values.box import Box
from data.intake.values.times import Mark, unmarked
from data.terms import ENDED_STATES, LEFT_OUT_STATES, OPEN_STATES, AreaLevel, State

Find = Callable[[str | None], int | None]  # a code -> its id; raises BadRow for an unknown one

CODES = ("unit", "area", "category", "channel")


class CaseRow(NamedTuple):
    """One row of a case file, checked."""

    case_no: str
    state: State
    opened_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    updated_at: datetime | None
    unit_id: int | None
    area_id: int | None
    category_id: int | None
    channel_id: int | None
    title: str | None
    address: str | None
    lon: float | None
    lat: float | None
    repeat_of: str | None
    severity: str | None
    level: AreaLevel | None
    outcome: str | None
    satisfaction: str | None
    mediation: str | None


def case_checker(
    mapping: Mapping,
    header: list[str],
    found: dict[str, list[int]],
    now: datetime,
    find: dict[str, Find],
    mark: Mark = unmarked,
    box: Box | None = None,
) -> Callable[[Fields], CaseRow]:
    """A function row -> CaseRow that raises BadRow; `find` looks up the codes of a column.

    `mark` is told what is odd about a good row; `box` is where its point may lie.
    """
    number = number_picker(mapping, found)
    times = _case_times(mapping, found, now, mark)
    codes = [_id_picker(mapping, found, name, find[name]) for name in CODES]
    texts = [picker(mapping, found, name) for name in ("title", "address")]
    point = point_picker(mapping, found, mark, box)
    repeat_of = impersonal(mapping, found, "repeat_of")
    words = [word_picker(mapping, found, name) for name in WORDS]

    def check(fields: Fields) -> CaseRow:
        refuse_uneven(fields, header)
        case_no = number(fields)
        state, opened_at, ended_at, due_at, updated_at = times(fields)
        lon, lat = point(fields)
        severity, level, outcome, satisfaction, mediation = [pick(fields) for pick in words]
        title, address = texts[0](fields), texts[1](fields)
        # Codes come last: a missing one is created, and only for a row that is loaded.
        unit_id, area_id, category_id, channel_id = [pick(fields) for pick in codes]
        return CaseRow(
            case_no, state, opened_at, ended_at, due_at, updated_at,
            unit_id, area_id, category_id, channel_id,
            title, address, lon, lat, repeat_of(fields),
            severity, AreaLevel(level) if level else None, outcome, satisfaction, mediation,
        )  # fmt: skip

    return check


def _id_picker(
    mapping: Mapping, found: dict[str, list[int]], ours: str, find: Find
) -> Callable[[Fields], int | None]:
    pick = picker(mapping, found, ours)
    return remembered(lambda fields: find(pick(fields)), found.get(ours, []))


Times = tuple[State, datetime, datetime | None, datetime | None, datetime | None]


def _case_times(
    mapping: Mapping, found: dict[str, list[int]], now: datetime, mark: Mark
) -> Callable[[Fields], Times]:
    """A function row -> state, opened, ended, due, updated, by the rules that join them."""
    opened_column = their_name(mapping, "opened_at")
    opened = needed(time_picker(mapping, found, "opened_at", now, mark=mark), opened_column)
    closed = time_picker(mapping, found, "closed_at", now, mark=mark)
    due = time_picker(mapping, found, "due_at", now, may_be_ahead=True, mark=mark)
    updated = time_picker(mapping, found, "updated_at", now, mark=mark)
    state_of = remembered(state_picker(mapping, found), found.get("state", []))
    has_states = "state" in found or "state" in mapping.constants
    closed_text, column = picker(mapping, found, "closed_at"), their_name(mapping, "closed_at")

    def times(fields: Fields) -> Times:
        opened_at, closed_at, updated_at = opened(fields), closed(fields), updated(fields)
        state = state_of(fields)
        if state is None:
            if has_states:
                raise BadRow("missing_value", their_name(mapping, "state"), "")
            state = State.CLOSED if closed_at else State.IN_PROGRESS
        if closed_at and state in OPEN_STATES:
            if mapping.closed_dated_but_open == "quarantine":
                raise BadRow("closed_dated_but_open", column, closed_text(fields))
            state = State.CLOSED
        if closed_at and closed_at < opened_at:
            raise BadRow("negative_duration", column, closed_text(fields))
        if state is State.CLOSED and not closed_at:
            if mapping.closed_without_date == "quarantine":
                raise BadRow("closed_without_date", column, "")
            state = State.IN_PROGRESS
        if state in LEFT_OUT_STATES and not closed_at:
            closed_at = max(updated_at or opened_at, opened_at)
        ended_at = closed_at if state in ENDED_STATES else None
        return state, opened_at, ended_at, due(fields), updated_at

    return times
