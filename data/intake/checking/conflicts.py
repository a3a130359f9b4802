"""Rows of one file that contradict each other about the same case."""

from array import array
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from data.intake.checking.columns import Fields, picker, their_name
from data.intake.mapping.map import Mapping
from data.intake.values.rows import BadRow, Line, Sheet
from data.intake.values.text import clean

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Pick = Callable[[Fields], str | None]


class Told(NamedTuple):
    """Of every whole row: its case, its update time (0: none), what it says, its number.

    All but the number are hashes.
    """

    cases: Numbers
    times: Numbers
    contents: Numbers
    numbers: Numbers


def without_conflicts(sheet: Sheet, mapping: Mapping, found: dict[str, list[int]]) -> Sheet:
    """The sheet; rows of one case that differ, and that no update time orders, are at fault.

    The first look keeps short hashes of a row, not its text: memory stays flat. Only if it finds
    rows that may differ does a second one compare those as they would be stored.
    """
    number, updated = picker(mapping, found, "case_no"), picker(mapping, found, "updated_at")
    content = itemgetter(*_read_places(found))
    told = _told(sheet, number, updated, lambda fields: hash(content(fields)))
    suspects = frozenset(told.cases[_conflicting(told)].tolist())
    if not suspects:
        return sheet

    def suspect(fields: Fields) -> str | None:
        return text if hash(text := number(fields)) in suspects else None

    told = _told(sheet, suspect, updated, lambda fields: hash(tuple(map(clean, content(fields)))))
    at_fault = told.numbers[_conflicting(told)].tolist()
    return Sheet(
        sheet.header, lambda: _marked(sheet, at_fault, number, their_name(mapping, "case_no"))
    )


def _read_places(found: dict[str, list[int]]) -> list[int]:
    """The columns that anything is read from; at least two, the required ones."""
    return sorted({place for places in found.values() for place in places})


def _told(sheet: Sheet, number: Pick, updated: Pick, content: Callable[[Fields], int]) -> Told:
    kept = array("q"), array("q"), array("q"), array("q")
    cases, times, contents, numbers = (one.append for one in kept)
    width = len(sheet.header)
    for row, fields, fault in sheet.rows():
        if fault or len(fields) != width or (case_no := number(fields)) is None:
            continue
        cases(hash(case_no))
        times(hash(updated(fields) or ""))
        contents(content(fields))
        numbers(row)
    return Told(*(np.frombuffer(one, np.int64) for one in kept))


def _conflicting(told: Told) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows stand beside another of their case and time that says something else.

    A row without a time cannot be ordered, nor can the other rows of its case.
    """
    timeless = np.isin(told.cases, np.unique(told.cases[told.times == 0]))
    keys = np.where(timeless, told.cases, told.cases * 31 + told.times)
    order = np.argsort(keys, kind="stable")
    sorted_keys, contents = keys[order], told.contents[order]
    differ = (sorted_keys[1:] == sorted_keys[:-1]) & (contents[1:] != contents[:-1])
    return np.isin(keys, np.unique(sorted_keys[1:][differ]))


def _marked(sheet: Sheet, at_fault: list[int], number: Pick, column: str) -> Iterator[Line]:
    waiting = iter(at_fault)
    awaited = next(waiting, None)
    for line in sheet.rows():
        if line.number == awaited:
            awaited = next(waiting, None)
            fault = BadRow("conflicting_rows", column, number(line.fields))
            line = line._replace(fault=line.fault or fault)
        yield line
