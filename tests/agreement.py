"""Holds the product's figures and lists against the second computation."""

import math
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection

from data.metrics import By, Part, ledger_balanced, listed, measure, measure_by
from data.metrics.evaluate import Rows, Source
from data.metrics.figure import Figure, Question
from data.rollups.cube import Both, Cube
from tests import independent
from tests.independent import (
    BALANCED,
    COMES_IN,
    COUNTS,
    DAYS_SINCE,
    GOES_OUT,
    HOURS,
    RATES,
    Parts,
    Raw,
)

GROUPINGS: tuple[By, ...] = ("unit", "area", "category", "channel")
LEDGER = (*COMES_IN, *GOES_OUT)
COUNTED = (*HOURS, DAYS_SINCE)  # told with how many cases they stand on
NAMES = (*COUNTS, *RATES, *COUNTED)
SHARES = [
    name for name in RATES if name not in ("throughput_ratio", "units_visited_mean")
]  # the numerator lies within the denominator
PARTS: list[tuple[str, Part]] = [
    *((name, "numerator") for name in NAMES),
    *((name, "denominator") for name in RATES),
    *((name, "missing") for name in SHARES),
]
NOTHING: dict[str, Parts] = {
    BALANCED: (True, None, None, None),
    **dict.fromkeys(COUNTS, (0, None, None, None)),
    **dict.fromkeys(RATES, (None, 0, 0, None)),
    **dict.fromkeys(COUNTED, (None, None, None, 0)),
}


def check(conn: Connection, question: Question, *names: str) -> dict[str, Parts]:
    """Compare figures, their units and their lists; returns the figures. No names: all."""
    raw = independent.load(conn)
    found = check_figures(conn, question, raw, names or NAMES)
    check_groups(conn, question, raw, "unit", names or NAMES)
    for name, part in PARTS:
        if name in (names or NAMES):
            check_list(conn, question, raw, name, part)
    return found


def reconcile(
    conn: Connection, question: Question, raw: Raw, bys: Iterable[By], cube: Cube
) -> None:
    """Rollups, database and second computation say the same of the whole and of each group."""
    rollups = Both(lambda at, _: {cube.at: cube}.get(at), Rows(conn))
    groupings = tuple(bys)
    for source in (None, rollups):
        check_figures(conn, question, raw, source=source)
        for by in groupings:
            check_groups(conn, question, raw, by, source=source)


def check_figures(
    conn: Connection,
    question: Question,
    raw: Raw,
    names: Iterable[str] = NAMES,
    source: Source | None = None,
) -> dict[str, Parts]:
    """The whole: both computations say the same, and the ledger balances."""
    expected, told = independent.figures(raw, question), measure(conn, question, names, source)
    differences = _differences(told, expected, names)
    assert not differences, (question, differences)
    assert expected[BALANCED][0], question
    assert not {*LEDGER} <= {*names} or ledger_balanced(told), question
    return expected


def check_groups(
    conn: Connection,
    question: Question,
    raw: Raw,
    by: By,
    names: Iterable[str] = NAMES,
    source: Source | None = None,
) -> dict[str, dict[str, Parts]]:
    """Each group: the same, balanced, and all of them together are the whole."""
    expected = independent.figures_by(raw, question, by)
    told = measure_by(conn, question, by, names, source)
    for code in {*told, *expected}:
        wanted = expected.get(code, NOTHING)
        differences = _differences(told.get(code, {}), wanted, names)
        assert not differences, (question, by, code, differences)
        assert wanted[BALANCED][0], (question, by, code)
    _check_sums(independent.figures(raw, question), expected)
    return expected


def check_list(conn: Connection, question: Question, raw: Raw, name: str, part: Part) -> None:
    """The list behind a part: the very cases, as many as the part says."""
    expected = independent.listed(raw, question, name, part)
    told = listed(conn, question, name, part)
    too_many, too_few = Counter(told) - Counter(expected), Counter(expected) - Counter(told)
    assert not too_many and not too_few, (question, name, part, too_many, too_few)
    if part != "missing":
        assert len(told) == _size(independent.figures(raw, question)[name], name, part)


def _size(parts: Parts, name: str, part: Part) -> float | None:
    value, numerator, denominator, count = parts
    if name in RATES:
        return numerator if part == "numerator" else denominator
    return count if name in COUNTED else value


def _check_sums(whole: dict[str, Parts], groups: dict[str, dict[str, Parts]]) -> None:
    """Every count, numerator and denominator of the groups adds up to the whole's.

    But for hand-overs, which are a term of units only, and the newest case, of which each has one.
    """
    for name, part in PARTS:
        if part != "missing" and not name.startswith("handed_") and name != DAYS_SINCE:
            total = sum(_size(found[name], name, part) or 0 for found in groups.values())
            assert total == (_size(whole[name], name, part) or 0), (name, part)


def _differences(
    told: dict[str, Figure], expected: dict[str, Parts], names: Iterable[str]
) -> list[str]:
    """What the product says otherwise, in words; a group it does not name has nothing."""
    found = []
    for name in names:
        wanted = expected[name]
        parts = _parts(told[name], name) if told else NOTHING[name]
        if parts[1:] != wanted[1:] or not _same(parts[0], wanted[0]):
            found.append(f"{name}: told {parts}, expected {wanted}")
    return found


def _parts(figure: Figure, name: str) -> Parts:
    if name in RATES:
        return figure.value, figure.numerator, figure.denominator, None
    return figure.value, None, None, figure.count if name in COUNTED else None


def _same(told: float | None, expected: float | None) -> bool:
    if told is None or expected is None:
        return told is expected
    return math.isclose(told, expected, rel_tol=1e-9, abs_tol=1e-9)
