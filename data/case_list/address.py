"""A list's filter as text, for the address: who opens it sees the same list in the same order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from data.case_list.asked import (
    SEVERITIES,
    CaseFilter,
    Due,
    Mark,
    Order,
    Place,
    Standing,
)
from data.case_list.orders import is_place_of
from data.intake.values.text import folded
from data.terms import AreaLevel, State

LONGEST = 100  # characters of what is looked for, and of a code
MOST = 50  # values of one kind
HIGHEST_KEY = 2**63 - 1  # of a row
Address = dict[str, str | list[str]]
Value = TypeVar("Value")

_LISTS: dict[str, str] = {  # name in the address: field
    "state": "states",
    "unit": "units",
    "area": "areas",
    "category": "categories",
    "channel": "channels",
    "level": "levels",
    "severity": "severities",
    "mark": "marks",
}
_DEFAULTS = CaseFilter()


def as_address(asked: CaseFilter, place: Place | None = None) -> Address:
    """The parts of a filter by their names in an address; what is as usual is left out."""
    address: Address = {"q": asked.words} if asked.words else {}
    if asked.standing is not _DEFAULTS.standing:
        address["standing"] = str(asked.standing)
    for name, field in _LISTS.items():
        if values := getattr(asked, field):
            address[name] = [str(value) for value in values]
    if asked.due:
        address["due"] = str(asked.due)
    if asked.transfers:
        address["transfers"] = str(asked.transfers)
    for name, day in (("from", asked.opened_from), ("to", asked.opened_to)):
        if day:
            address[name] = day.isoformat()
    if asked.sort:
        address["sort"] = ("-" if asked.is_descending else "") + asked.sort
    if place:
        name = "before" if place.is_before else "after"
        address[name] = f"{place.value}~{place.case_id}"
    return address


def from_address(
    text: Mapping[str, Sequence[str]],
) -> tuple[CaseFilter, Place | None, tuple[str, ...]]:
    """The filter and the place of an address, and the names of what could not be read in it."""
    asked, unread = _DEFAULTS, []
    for name, values in text.items():
        if name not in _READERS:
            continue
        try:
            asked = replace(asked, **_READERS[name](list(values)))  # type: ignore[arg-type]
        except ValueError:
            unread.append(name)
    if asked.opened_from and asked.opened_to and asked.opened_from > asked.opened_to:
        asked, unread = replace(asked, opened_from=None, opened_to=None), [*unread, "from", "to"]
    place = None
    for name in ("after", "before"):
        if name in text:
            place = _place(text[name][-1], name == "before", asked)
            unread += [] if place else [name]
    return asked, place, tuple(unread)


def searched(text: str) -> str:
    """What is looked for, as it was typed, without what nobody sees."""
    return folded(text[: 4 * LONGEST].replace("&", "&amp;"))[:LONGEST]


def _many(field: str, read: Callable[[str], object]) -> Callable[[list[str]], dict[str, object]]:
    def reader(values: list[str]) -> dict[str, object]:
        if len(values) > MOST:
            raise ValueError
        return {field: tuple(dict.fromkeys(read(value) for value in values))}

    return reader


def _one(field: str, read: Callable[[str], object]) -> Callable[[list[str]], dict[str, object]]:
    return lambda values: {field: read(values[-1])}


def _code(text: str) -> str:
    if len(text) > LONGEST or folded(text) != text:
        raise ValueError
    return text


def _severity(text: str) -> str:
    if text not in SEVERITIES:
        raise ValueError
    return text


def _words(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError
    return searched(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise ValueError
    return int(text)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not 1900 <= day.year <= 2999:
        raise ValueError
    return day


def _sort(values: list[str]) -> dict[str, object]:
    name = values[-1]
    return {"sort": Order(name.removeprefix("-")), "is_descending": name.startswith("-")}


def _place(text: str, is_before: bool, asked: CaseFilter) -> Place | None:
    value, _, key = text.rpartition("~")
    is_key = key.isascii() and key.isdigit() and len(key) <= 19 and int(key) <= HIGHEST_KEY
    if not is_key or len(value) > LONGEST or folded(value) != value:
        return None
    place = Place(value, int(key), is_before)
    return place if is_place_of(place, asked.order[0]) else None


_ENUMS: dict[str, type[StrEnum]] = {"state": State, "level": AreaLevel, "mark": Mark}
_READERS: dict[str, Callable[[list[str]], dict[str, object]]] = {
    "q": _one("words", _words),
    "standing": _one("standing", Standing),
    "due": _one("due", Due),
    "transfers": _one("transfers", _count),
    "from": _one("opened_from", _day),
    "to": _one("opened_to", _day),
    "sort": _sort,
    "severity": _many("severities", _severity),
} | {
    name: _many(field, _ENUMS.get(name, _code))
    for name, field in _LISTS.items()
    if name != "severity"
}
NAMES = (*_READERS, "after", "before")  # every name an address may have
