"""Rows of one file that contradict each other about the same case."""

from array import array
from collections.abc import Callable, Collection, Iterator
from operator import itemgetter

import numpy as np

from data.intake.columns import Fields, picker, their_name
from data.intake.map import Mapping
from data.intake.rows import BadRow, Line, Sheet
from data.intake.text import clean

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Key = Callable[[Fields], int | None]


def without_conflicts(sheet: Sheet, mapping: Mapping, found: dict[str, list[int]]) -> Sheet:
    """The sheet; rows of one case and one update time that say different things are at fault.

    The first look keeps two short hashes of a row, not its text: memory stays flat. Only if it
    finds rows that may differ does a second one compare those as they would be stored.
    """
    key, content = _key(mapping, found), itemgetter(*_read_places(found))
    keys, contents, _ = _hashes(sheet, key, lambda fields: hash(content(fields)))
    if not len(suspects := _differing(keys, contents)):
        return sheet
    among = frozenset(suspects.tolist())

    def suspect_key(fields: Fields) -> int | None:
        return told if (told := key(fields)) in among else None

    keys, contents, numbers = _hashes(
        sheet, suspect_key, lambda fields: hash(tuple(map(clean, content(fields))))
    )
    at_fault = numbers[np.isin(keys, _differing(keys, contents))]
    return Sheet(sheet.header, lambda: _marked(sheet, at_fault, mapping, found))


def _read_places(found: dict[str, list[int]]) -> list[int]:
    """The columns that anything is read from; at least two, the required ones."""
    return sorted({place for places in found.values() for place in places})


def _key(mapping: Mapping, found: dict[str, list[int]]) -> Key:
    number, updated = picker(mapping, found, "case_no"), picker(mapping, found, "updated_at")

    def key(fields: Fields) -> int | None:
        case_no = number(fields)
        return None if case_no is None else hash((case_no, updated(fields)))

    return key


def _hashes(
    sheet: Sheet, key: Key, content: Callable[[Fields], int]
) -> tuple[Numbers, Numbers, Numbers]:
    """Of every whole row that has a key: the key, what it says, its number."""
    told = array("q"), array("q"), array("q")
    keys, contents, numbers = (one.append for one in told)
    width = len(sheet.header)
    for number, fields, fault in sheet.rows():
        if fault or len(fields) != width or (found := key(fields)) is None:
            continue
        keys(found)
        contents(content(fields))
        numbers(number)
    return tuple(np.frombuffer(one, np.int64) for one in told)  # type: ignore[return-value]


def _differing(keys: Numbers, contents: Numbers) -> Numbers:
    """The keys that stand beside more than one content."""
    order = np.argsort(keys, kind="stable")
    keys, contents = keys[order], contents[order]
    return np.unique(keys[1:][(keys[1:] == keys[:-1]) & (contents[1:] != contents[:-1])])


def _marked(
    sheet: Sheet, at_fault: Collection[int], mapping: Mapping, found: dict[str, list[int]]
) -> Iterator[Line]:
    number, column = picker(mapping, found, "case_no"), their_name(mapping, "case_no")
    waiting = iter(at_fault)
    awaited = next(waiting, None)
    for line in sheet.rows():
        if line.number == awaited:
            awaited = next(waiting, None)
            fault = BadRow("conflicting_rows", column, number(line.fields))
            line = line._replace(fault=line.fault or fault)
        yield line
