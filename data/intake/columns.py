"""Their columns, found in a header: functions that pick one of our values out of a row."""

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TypeVar

from data.intake.map import Mapping
from data.intake.rows import BadRow, Line
from data.intake.text import clean, is_personal_number, without_numbers
from data.intake.times import time_reader
from data.terms import ImportRefused

Fields = list[str]
Pick = Callable[[Fields], str | None]
PickTime = Callable[[Fields], datetime | None]

T = TypeVar("T")

PATH_JOINT = " / "
FREE_TEXT = frozenset({"title", "address"})
CLOCKS_MAY_DIFFER = timedelta(minutes=10)
PLAUSIBLE_YEARS = range(1970, 2101)
MOST_REMEMBERED = 10_000  # values of a column
LONGEST_QUOTE = 200  # characters of a value that a person is shown

_PERSONAL_HEADER = re.compile(
    r"手机|手機|电话|電話|身份证|身分證|证件号|證件號|phone|mobile|id ?card|identity", re.IGNORECASE
)


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
        nearest = "、".join(difflib.get_close_matches(name, header, n=1, cutoff=0)) or "—"
        raise ImportRefused("intake.column.missing", file=file, column=name, nearest=nearest)
    if header.count(name) > 1:
        raise ImportRefused("intake.column.double", file=file, column=name)
    if _PERSONAL_HEADER.search(name):
        raise ImportRefused("intake.column.personal", file=file, column=name)


def refuse_personal(mapping: Mapping, header: list[str], rows: Iterable[Line], file: str) -> None:
    """Refuse a mapping that would store a column of mostly telephone or identity numbers."""
    sample = [row.fields for row in rows if len(row.fields) == len(header)]
    for index in {index for found in places(mapping, header, file).values() for index in found}:
        values = [value for fields in sample if (value := clean(fields[index]))]
        if values and 2 * sum(map(is_personal_number, values)) > len(values):
            raise ImportRefused("intake.column.personal", file=file, column=header[index])


def ignored(mapping: Mapping, header: list[str]) -> list[str]:
    """Their columns that nothing is read from."""
    named = {clean(name) for theirs in mapping.columns.values() for name in theirs}
    return [name for name in header if name not in named]


def kept_fields(mapping: Mapping, header: list[str], fields: Fields) -> dict[str, str]:
    """The mapped columns of a row, as quarantine keeps them; never the raw line."""
    row = dict(zip(header, fields, strict=False))
    named = [clean(name) for theirs in mapping.columns.values() for name in theirs]
    return {name: quoted(row[name]) for name in named if name in row}


def quoted(value: str) -> str:
    """A value as it may be shown: without personal numbers, not too long."""
    return without_numbers(clean(value))[:LONGEST_QUOTE]


def picker(mapping: Mapping, found: dict[str, list[int]], ours: str) -> Pick:
    """A function row -> our value of a column, None where it is missing."""
    if ours not in found:
        constant = mapping.constants.get(ours)
        return lambda fields: constant
    places_of_path, missing = found[ours], mapping.missing_values
    renamed = mapping.values.get(ours, {})
    is_free = ours in FREE_TEXT

    def pick_one(fields: Fields, place: int = places_of_path[0]) -> str | None:
        text = clean(fields[place])
        return None if text in missing else renamed.get(text, text)

    def pick_path(fields: Fields) -> str | None:
        parts = [part for n in places_of_path if (part := clean(fields[n])) not in missing]
        text = PATH_JOINT.join(parts)
        return renamed.get(text, text) or None

    pick = pick_one if len(places_of_path) == 1 else pick_path
    if is_free:
        return lambda fields: without_numbers(text) if (text := pick(fields)) else None
    return pick


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
) -> PickTime:
    """A function row -> UTC. It raises BadRow for no time, an implausible or a future one."""
    pick = picker(mapping, found, ours)
    if ours not in found and ours not in mapping.constants:
        return lambda fields: None
    read = time_reader(mapping.time_formats, mapping.zone)
    column = their_name(mapping, ours)
    latest = now + CLOCKS_MAY_DIFFER

    def pick_time(fields: Fields) -> datetime | None:
        text = pick(fields)
        if text is None:
            return None
        try:
            instant = read(text)
        except (ValueError, OverflowError) as error:
            raise BadRow("bad_time", column, text) from error
        if instant.year not in PLAUSIBLE_YEARS:
            raise BadRow("implausible_time", column, text)
        if instant > latest and not may_be_ahead:
            raise BadRow("future_time", column, text)
        return instant

    return pick_time


def their_name(mapping: Mapping, ours: str) -> str:
    """Their name of one of our columns, as a person reads it."""
    return PATH_JOINT.join(mapping.columns.get(ours, (ours,)))
