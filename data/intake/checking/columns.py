"""Their columns, found in a header: functions that pick one of our values out of a row."""

import difflib
from collections.abc import Callable
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TypeVar

from data.intake.checking.guard import NUMBERS, quoted, refuse_personal_name
from data.intake.mapping.map import Mapping
from data.intake.values.rows import BadRow
from data.intake.values.text import as_written, clean, folded, is_identity_number, without_numbers
from data.intake.values.times import PLAUSIBLE_YEARS, Mark, is_read_by, time_reader, unmarked
from data.intake.values.words import time_formats
from data.terms import ImportRefused

Fields = list[str]
Pick = Callable[[Fields], str | None]
PickTime = Callable[[Fields], datetime | None]

T = TypeVar("T")

PATH_JOINT = " / "
CODED = frozenset({"unit", "area", "category", "channel"})  # looked up; made as they are written
OF_AREAS = frozenset({"area", "area_code", "parent"})
FREE_TEXT = frozenset({"title", "address", "name"}) | CODED | OF_AREAS
CLOCKS_MAY_DIFFER = timedelta(minutes=10)
MOST_REMEMBERED = 10_000  # values of a column
MOST_FORMATS_NAMED = 2


def places(mapping: Mapping, header: list[str], file: str) -> dict[str, list[int]]:
    """Where each mapped column stands. Raises ImportRefused if missing, double or personal."""
    found = {}
    for ours, theirs in mapping.columns.items():
        names = [clean(name) for name in theirs]
        for name in names:
            _refuse_unusable(name, header, file)
        found[ours] = [header.index(name) for name in names]
    return found


def _refuse_unusable(name: str, header: list[str], file: str) -> None:
    if name not in header:
        near = [quoted(one) for one in difflib.get_close_matches(name, header, n=1, cutoff=0)]
        nearest = "".join(near) or "—"
        raise ImportRefused("intake.column.missing", file=file, column=name, nearest=nearest)
    if header.count(name) > 1:
        raise ImportRefused("intake.column.double", file=file, column=name)
    refuse_personal_name(name, file)


def picker(mapping: Mapping, found: dict[str, list[int]], ours: str) -> Pick:
    """A function row -> our value of a column, None where it is missing.

    Codes come as they are written, so that one that is made keeps its name; other text is narrowed.
    """
    if ours not in found:
        constant = mapping.constants.get(ours)
        return lambda fields: constant
    places_of_path, missing = found[ours], mapping.missing_values
    renamed = {folded(theirs): word for theirs, word in mapping.values.get(ours, {}).items()}
    tidy = as_written if ours in CODED else _number if ours in NUMBERS else clean

    def in_our_words(text: str) -> str:
        return renamed.get(folded(text), text) if renamed else text

    def pick_one(fields: Fields, place: int = places_of_path[0]) -> str | None:
        text = tidy(fields[place])
        return None if text in missing else in_our_words(text)

    def pick_path(fields: Fields) -> str | None:
        parts = [part for n in places_of_path if (part := tidy(fields[n])) not in missing]
        return in_our_words(PATH_JOINT.join(parts)) or None

    pick = pick_one if len(places_of_path) == 1 else pick_path
    if ours in FREE_TEXT:
        return _without_numbers(pick, may_be_code=ours in OF_AREAS)
    return pick


def _without_numbers(pick: Pick, may_be_code: bool) -> Pick:
    """The code of an area may look like a telephone number: it begins with its province."""

    def pick_text(fields: Fields) -> str | None:
        text = pick(fields)
        if text is None or (may_be_code and text.isdecimal()):
            return text
        return without_numbers(text)

    return pick_text


def _number(text: str) -> str:
    return folded(clean(text))


def impersonal(mapping: Mapping, found: dict[str, list[int]], ours: str) -> Pick:
    """A function row -> number of a case; never that of a person's identity."""
    pick, column = picker(mapping, found, ours), their_name(mapping, ours)

    def pick_number(fields: Fields) -> str | None:
        text = pick(fields)
        if text is not None and is_identity_number(text):
            raise BadRow("personal_number", column, text)
        return text

    return pick_number


def remembered(pick: Callable[[Fields], T], places_read: list[int]) -> Callable[[Fields], T]:
    """The same function for columns of few different values: it works each of them out once."""
    if not places_read:
        return pick
    told: dict[object, T] = {}
    key_of = itemgetter(*places_read)

    def look(fields: Fields) -> T:
        key = key_of(fields)
        if key not in told:
            if len(told) >= MOST_REMEMBERED:
                told.clear()
            told[key] = pick(fields)
        return told[key]

    return look


def time_picker(
    mapping: Mapping,
    found: dict[str, list[int]],
    ours: str,
    now: datetime,
    may_be_ahead: bool = False,
    mark: Mark = unmarked,
) -> PickTime:
    """A function row -> UTC. It raises BadRow for no time, an implausible or a future one."""
    pick = picker(mapping, found, ours)
    if ours not in found and ours not in mapping.constants:
        return lambda fields: None
    read = time_reader(mapping.time_formats, mapping.zone, mark)
    column = their_name(mapping, ours)
    latest = now + CLOCKS_MAY_DIFFER

    def pick_time(fields: Fields) -> datetime | None:
        text = pick(fields)
        if text is None:
            return None
        try:
            instant = read(text)
        except (ValueError, OverflowError) as error:
            raise BadRow("bad_time", column, text, formats_reading(text)) from error
        if instant.year not in PLAUSIBLE_YEARS:
            raise BadRow("implausible_time", column, text)
        if instant > latest and not may_be_ahead:
            raise BadRow("future_time", column, text)
        return instant

    return pick_time


def formats_reading(text: str) -> str | None:
    """The formats that would read a time, as a mapping names them; None where none does."""
    named = [f'"{form}"' for form in time_formats() if is_read_by(form)(text)]
    return "、".join(named[:MOST_FORMATS_NAMED]) or None


def their_name(mapping: Mapping, ours: str) -> str:
    """Their name of one of our columns, as a person reads it."""
    return PATH_JOINT.join(mapping.columns.get(ours, (ours,)))
