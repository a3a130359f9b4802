"""Check a row of a case file: a row as we store it, or the reason why not."""

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from data.intake.columns import BadRow, Fields, PickTime, picker, their_name, time_picker
from data.intake.map import Mapping
from data.terms import ENDED_STATES, LEFT_OUT_STATES, OPEN_STATES, AreaLevel, State

Find = Callable[[str | None], int | None]  # a code -> its id; raises BadRow for an unknown one

_DAMAGED_NUMBER = re.compile(r"\d(\.\d+)?[Ee]\+\d+")
_LOCATION = re.compile(r"\(?\s*([-+.\d]+)\s*,\s*([-+.\d]+)\s*\)?")
_WORDS = {
    "severity": ("blue", "yellow", "orange", "red"),
    "level": tuple(AreaLevel),
    "outcome": ("resolved", "partly", "unresolved", "unreachable", "refused"),
    "satisfaction": ("satisfied", "mostly", "not", "unreachable", "refused"),
    "mediation": ("agreed", "failed", "running"),
}
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
    is_unplaced: bool  # it had coordinates, of no place on earth


def case_checker(
    mapping: Mapping, header: list[str], found: dict[str, list[int]], now: datetime, find: dict[str, Find]
) -> Callable[[Fields], CaseRow]:
    """A function row -> CaseRow that raises BadRow; `find` looks up the codes of each coded column."""
    number = number_picker(mapping, found)
    times = _case_times(mapping, found, now)
    codes = [(picker(mapping, found, name), find[name]) for name in CODES]
    texts = [picker(mapping, found, name) for name in ("title", "address")]
    point = _point_picker(mapping, found)
    repeat_of = picker(mapping, found, "repeat_of")
    words = [_word_picker(mapping, found, name) for name in _WORDS]

    def check(fields: Fields) -> CaseRow:
        refuse_uneven(fields, header)
        case_no = number(fields)
        state, opened_at, ended_at, due_at, updated_at = times(fields)
        lon, lat, is_unplaced = point(fields)
        severity, level, outcome, satisfaction, mediation = [pick(fields) for pick in words]
        title, address = texts[0](fields), texts[1](fields)
        # Codes come last: a missing one is created, and only for a row that is loaded.
        unit_id, area_id, category_id, channel_id = [look(pick(fields)) for pick, look in codes]
        return CaseRow(
            case_no, state, opened_at, ended_at, due_at, updated_at,
            unit_id, area_id, category_id, channel_id,
            title, address, lon, lat, repeat_of(fields),
            severity, AreaLevel(level) if level else None, outcome, satisfaction, mediation,
            is_unplaced,
        )  # fmt: skip

    return check


def refuse_uneven(fields: Fields, header: list[str]) -> None:
    """A row with too few or too many fields cannot be read safely."""
    if len(fields) != len(header):
        raise BadRow("field_count", None, f"{len(fields)} ≠ {len(header)}")


def number_picker(mapping: Mapping, found: dict[str, list[int]]) -> Callable[[Fields], str]:
    """A function row -> case number; there is one, and no spreadsheet has rounded it."""
    pick = picker(mapping, found, "case_no")
    column = their_name(mapping, "case_no")

    def pick_number(fields: Fields) -> str:
        text = pick(fields)
        if text is None:
            raise BadRow("missing_value", column, "")
        if "E+" in text.upper() and _DAMAGED_NUMBER.fullmatch(text):
            raise BadRow("damaged_number", column, text)
        return text

    return pick_number


def needed(pick: PickTime, column: str) -> Callable[[Fields], datetime]:
    """A time that must not be missing."""

    def pick_time(fields: Fields) -> datetime:
        instant = pick(fields)
        if instant is None:
            raise BadRow("missing_value", column, "")
        return instant

    return pick_time


def state_picker(mapping: Mapping, found: dict[str, list[int]]) -> Callable[[Fields], State | None]:
    """A function row -> state, None where the row does not say; our own words are always understood."""
    pick = picker(mapping, found, "state")
    column = their_name(mapping, "state")
    known = {state.value: state for state in State}

    def pick_state(fields: Fields) -> State | None:
        text = pick(fields)
        if text is not None and text not in known:
            raise BadRow("unknown_state", column, text)
        return known[text] if text else None

    return pick_state


Times = tuple[State, datetime, datetime | None, datetime | None, datetime | None]


def _case_times(
    mapping: Mapping, found: dict[str, list[int]], now: datetime
) -> Callable[[Fields], Times]:
    """A function row -> state, opened, ended, due, updated, by the rules that join them."""
    opened = needed(time_picker(mapping, found, "opened_at", now), their_name(mapping, "opened_at"))
    closed = time_picker(mapping, found, "closed_at", now)
    due = time_picker(mapping, found, "due_at", now, may_be_ahead=True)
    updated = time_picker(mapping, found, "updated_at", now)
    state_of = state_picker(mapping, found)
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


def _word_picker(
    mapping: Mapping, found: dict[str, list[int]], ours: str
) -> Callable[[Fields], str | None]:
    """A function row -> one of the fixed words of a column."""
    if ours not in found:
        constant = None if ours == "level" else mapping.constants.get(ours)
        return lambda fields: constant
    pick, column, known = picker(mapping, found, ours), their_name(mapping, ours), set(_WORDS[ours])

    def pick_word(fields: Fields) -> str | None:
        text = pick(fields)
        if text is not None and text not in known:
            raise BadRow("unknown_word", column, text)
        return text

    return pick_word


Point = tuple[float | None, float | None, bool]


def _point_picker(mapping: Mapping, found: dict[str, list[int]]) -> Callable[[Fields], Point]:
    """A function row -> longitude, latitude, and whether it named a place that is none."""
    if "location" in found:
        location = picker(mapping, found, "location")
        is_lat_first = mapping.location_order == "lat, lon"

        def pick_location(fields: Fields) -> Point:
            text = location(fields)
            match = _LOCATION.fullmatch(text) if text else None
            if match is None:
                return None, None, text is not None
            return _point(match[2], match[1]) if is_lat_first else _point(match[1], match[2])

        return pick_location
    lon, lat = picker(mapping, found, "lon"), picker(mapping, found, "lat")
    return lambda fields: _point(lon(fields), lat(fields))


def _point(lon: str | None, lat: str | None) -> Point:
    if lon is None and lat is None:
        return None, None, False
    try:
        east, north = float(lon or "nan"), float(lat or "nan")
    except ValueError:
        return None, None, True
    # 0, 0 lies in the sea off Africa: a default, not a place.
    is_place = math.isfinite(east + north) and abs(east) <= 180 and abs(north) <= 90
    if not is_place or (east == 0 and north == 0):
        return None, None, True
    return east, north, False
