"""Functions that pick one checked value out of a row: a number, a state, a word, a place."""

import math
import re
from collections.abc import Callable
from datetime import datetime

from data.intake.columns import BadRow, Fields, PickTime, picker, their_name
from data.intake.map import Mapping
from data.terms import AreaLevel, State

_DAMAGED_NUMBER = re.compile(r"\d(\.\d+)?[Ee]\+\d+")
_LOCATION = re.compile(r"\(?\s*([-+.\d]+)\s*,\s*([-+.\d]+)\s*\)?")
WORDS: dict[str, tuple[str, ...]] = {
    "severity": ("blue", "yellow", "orange", "red"),
    "level": tuple(AreaLevel),
    "outcome": ("resolved", "partly", "unresolved", "unreachable", "refused"),
    "satisfaction": ("satisfied", "mostly", "not", "unreachable", "refused"),
    "mediation": ("agreed", "failed", "running"),
}


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
    """A function row -> state, None where it does not say; our own words are always understood."""
    pick = picker(mapping, found, "state")
    column = their_name(mapping, "state")
    known = {state.value: state for state in State}

    def pick_state(fields: Fields) -> State | None:
        text = pick(fields)
        if text is not None and text not in known:
            raise BadRow("unknown_state", column, text)
        return known[text] if text else None

    return pick_state


def word_picker(
    mapping: Mapping, found: dict[str, list[int]], ours: str
) -> Callable[[Fields], str | None]:
    """A function row -> one of the fixed words of a column."""
    if ours not in found:
        constant = None if ours == "level" else mapping.constants.get(ours)
        return lambda fields: constant
    pick, column, known = picker(mapping, found, ours), their_name(mapping, ours), set(WORDS[ours])

    def pick_word(fields: Fields) -> str | None:
        text = pick(fields)
        if text is not None and text not in known:
            raise BadRow("unknown_word", column, text)
        return text

    return pick_word


Point = tuple[float | None, float | None, bool]


def point_picker(mapping: Mapping, found: dict[str, list[int]]) -> Callable[[Fields], Point]:
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
