"""Functions that pick one checked value out of a row: a number, a state, a word, a place."""

import math
import re
from collections.abc import Callable
from datetime import datetime

from data.intake.checking.columns import (
    BadRow,
    Fields,
    Pick,
    PickTime,
    impersonal,
    picker,
    remembered,
    their_name,
)
from data.intake.mapping.map import Mapping
from data.intake.values.box import Box, what_is_odd
from data.intake.values.times import Mark
from data.intake.values.words import meanings, nearest, spellings, word_key
from data.terms import AreaLevel, Kind, State

_DAMAGED_NUMBER = re.compile(r"\d(\.\d+)?[Ee]\+\d+")
_DECIMAL = re.compile(r"[-+]?\d{1,3}(\.\d*)?", re.ASCII)
_LOCATION = re.compile(r"\(?\s*([-+.\d]+)\s*[,，]\s*([-+.\d]+)\s*\)?")
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
    pick = impersonal(mapping, found, "case_no")
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
    read = _understood(mapping, found, "state", tuple(State), "unknown_state")
    return lambda fields: State(text) if (text := read(fields)) else None


def word_picker(mapping: Mapping, found: dict[str, list[int]], ours: str) -> Pick:
    """A function row -> one of the fixed words of a column."""
    if ours not in found:
        constant = None if ours == "level" else mapping.constants.get(ours)
        return lambda fields: constant
    return _understood(mapping, found, ours, WORDS[ours], "unknown_word")


def level_picker(mapping: Mapping, found: dict[str, list[int]]) -> Pick:
    """A function row -> level of an area."""
    return _understood(mapping, found, "level", tuple(AreaLevel), "unknown_word")


def kind_picker(mapping: Mapping, found: dict[str, list[int]]) -> Callable[[Fields], Kind | None]:
    """A function row -> kind of an event; nobody else's log may undo what is held here."""
    kinds = tuple(kind for kind in Kind if kind is not Kind.UNDO)
    read = _understood(mapping, found, "kind", kinds, "unknown_word")
    return lambda fields: Kind(text) if (text := read(fields)) else None


def _understood(
    mapping: Mapping, found: dict[str, list[int]], ours: str, known: tuple[str, ...], rule: str
) -> Pick:
    """A function row -> one of the known words of a column, however it is spelt."""
    pick, column = picker(mapping, found, ours), their_name(mapping, ours)
    spelt = meanings(ours) | {word_key(word): str(word) for word in known}

    def pick_word(fields: Fields) -> str | None:
        text = pick(fields)
        if text is None:
            return None
        word = spelt.get(text) or spelt.get(word_key(text))
        if word is None:
            near = nearest(text, (*mapping.values.get(ours, {}), *spellings(ours), *known))
            raise BadRow(rule, column, text, near)
        return word

    return remembered(pick_word, found.get(ours, []))


Point = tuple[float | None, float | None]
NO_POINT: Point = (None, None)


def point_picker(
    mapping: Mapping, found: dict[str, list[int]], mark: Mark, box: Box | None
) -> Callable[[Fields], Point]:
    """A function row -> longitude and latitude; coordinates of no place of ours are marked."""
    if "location" in found:
        location = picker(mapping, found, "location")
        is_lat_first = mapping.location_order == "lat, lon"

        def pick_location(fields: Fields) -> Point:
            text = location(fields)
            if text is None:
                return NO_POINT
            match = _LOCATION.fullmatch(text)
            first, second = (match[1], match[2]) if match else (text, text)
            east, north = (second, first) if is_lat_first else (first, second)
            return _point(east, north, mark, box)

        return pick_location
    lon, lat = picker(mapping, found, "lon"), picker(mapping, found, "lat")
    return lambda fields: _point(lon(fields), lat(fields), mark, box)


def _point(lon: str | None, lat: str | None, mark: Mark, box: Box | None) -> Point:
    if lon is None and lat is None:
        return NO_POINT
    east, north = _degrees(lon), _degrees(lat)
    odd = what_is_odd(east, north, box)
    if odd:
        mark(odd)
        return NO_POINT
    return east, north


def _degrees(text: str | None) -> float:
    return float(text) if text and _DECIMAL.fullmatch(text) else math.nan
