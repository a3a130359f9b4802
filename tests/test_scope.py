"""What somebody sees is what lies in their scope: the same numbers and cases as counted apart.

Filters by area and unit are held against a second count elsewhere; here scopes are held against
those filters, and the cases that may be opened against the plain rows.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import Connection, select

from data import metrics
from data.case_file import case_file
from data.metrics.evaluate import Rows
from data.metrics.figure import Question
from data.overview import overview
from data.overview.days import daily_flow
from data.overview.waiting import unaccepted
from data.schema import areas, live_cases, live_events, units
from data.terms import DISTRICT, NOTHING, OutOfScope, Refused, Scope
from tests.agreement import PARTS
from tests.builders import add_area, add_case, add_unit, day
from tests.crowds import crowd, wide_question
from tests.random_districts import add_log, lay_ground
from tests.scale import SIZE

SAMPLE = 12  # of the parts that open
# The last of fewer cases may be another one.
PARTS_OF_ALL = [
    (name, part) for name, part in PARTS if not name.startswith(("handed_", "days_since_"))
]
ROUNDS = range(max(1, SIZE.random_districts // 30))


@pytest.fixture
def chance(number: int, pytestconfig: pytest.Config) -> Random:
    return Random(f"{pytestconfig.option.hypothesis_seed} {number}")


@pytest.fixture
def crowded(conn: Connection, chance: Random) -> Connection:
    """A district in which times meet and cases move."""
    add_log(conn, lay_ground(conn), crowd(chance))
    return conn


def some(conn: Connection, chance: Random) -> list[tuple[Scope, dict[str, str]]]:
    """Some scopes, and for each the filter that says the same."""
    found = list(filters(conn))
    return chance.sample(found, min(SIZE.scopes, len(found)))


def filters(conn: Connection) -> Iterator[tuple[Scope, dict[str, str]]]:
    """Every scope there is, and the filter that says the same."""
    for row in conn.execute(select(areas)):
        yield Scope(area_id=row.area_id), {"area": row.code}
    for row in conn.execute(select(units)):
        yield Scope(unit_id=row.unit_id), {"unit": row.code}
    for area in conn.execute(select(areas)).all():
        unit = conn.execute(select(units).order_by(units.c.code.desc())).first()
        assert unit is not None
        both = {"area": area.code, "unit": unit.code}
        yield Scope(area.area_id, unit.unit_id), both


@pytest.mark.parametrize("number", ROUNDS)
def test_figures_and_lists_of_a_scope_are_those_of_its_filter(
    crowded: Connection, chance: Random
) -> None:
    question = wide_question(chance)
    question = replace(question, area=None, unit=None)
    for scope, said in some(crowded, chance):
        within, filtered = replace(question, within=scope), replace(question, **said)
        assert metrics.measure(crowded, within) == metrics.measure(crowded, filtered)
        by = chance.choice(("channel", "category"))
        grouped = metrics.measure_by(crowded, within, by)
        assert grouped == metrics.measure_by(crowded, filtered, by)
        for name, part in chance.sample(PARTS, SAMPLE):
            found = metrics.listed(crowded, within, name, part)
            assert found == metrics.listed(crowded, filtered, name, part)


@pytest.mark.parametrize("number", ROUNDS)
def test_no_filter_widens_a_scope(crowded: Connection, chance: Random) -> None:
    question = replace(wide_question(chance), area=None, unit=None)
    for scope, _ in filters(crowded):
        for _, said in some(crowded, chance):
            name, part = chance.choice(PARTS_OF_ALL)
            of_scope = metrics.listed(crowded, replace(question, within=scope), name, part)
            both = replace(question, within=scope, **said)
            assert Counter(metrics.listed(crowded, both, name, part)) <= Counter(of_scope)


@pytest.mark.parametrize("number", ROUNDS)
def test_the_cases_that_open_are_those_of_the_scope(crowded: Connection) -> None:
    below = _below(crowded)
    held: dict[int, set[int]] = {}
    for event in crowded.execute(select(live_events)):
        held.setdefault(event.case_id, set()).add(event.to_unit_id)
    rows = crowded.execute(select(live_cases)).all()
    for scope, _ in filters(crowded):
        expected = {
            row.case_no
            for row in rows
            if (scope.area_id is None or row.area_id in below[scope.area_id])
            and (scope.unit_id is None or scope.unit_id in held[row.case_id])
        }
        assert {row.case_no for row in rows if _opens(crowded, row.case_no, scope)} == expected


def _below(conn: Connection) -> dict[int, set[int]]:
    """Each area with everything below it."""
    parents = {row.area_id: row.parent_id for row in conn.execute(select(areas))}
    below: dict[int, set[int]] = {area: set() for area in parents}
    for area in parents:
        above: int | None = area
        while above is not None:
            below[above].add(area)
            above = parents[above]
    return below


def _opens(conn: Connection, case_no: str, scope: Scope) -> bool:
    try:
        case_file(conn, case_no, scope)
    except OutOfScope as refusal:
        assert refusal.key == "case.unknown"
        return False
    return True


@pytest.mark.parametrize("number", ROUNDS)
def test_every_case_that_a_list_of_a_scope_names_opens_in_it(
    crowded: Connection, chance: Random
) -> None:
    question = replace(wide_question(chance), area=None, unit=None)
    for scope, _ in some(crowded, chance):
        for name, part in chance.sample(PARTS, SAMPLE):
            for case_no in metrics.listed(crowded, replace(question, within=scope), name, part):
                assert _opens(crowded, case_no, scope), (scope, name, part)


@pytest.mark.parametrize("number", ROUNDS)
def test_the_overview_of_a_scope_counts_as_its_filter(crowded: Connection, chance: Random) -> None:
    now = wide_question(chance).as_of
    for scope, said in some(crowded, chance):
        answer = overview(crowded, "last_30_days", now, scope)
        for window, figures in (
            (answer.window, answer.figures),
            (answer.today, answer.of_today),
            (answer.last_week, answer.of_last_week),
        ):
            assert window.within == scope
            filtered = replace(window, within=DISTRICT, **said)
            assert figures == metrics.measure(crowded, filtered, list(figures))
        days = daily_flow(crowded, 14, now, scope)
        whole = Question(days[0].start, days[-1].end, now, **said)
        sums = metrics.measure(crowded, whole, ("opened_count", "closed_count"))
        assert sum(day.opened for day in days) == sums["opened_count"].value
        assert sum(day.closed for day in days) == sums["closed_count"].value
        assert all(_opens(crowded, line.case_no, scope) for line in answer.urgent)


@pytest.mark.parametrize("number", ROUNDS)
def test_whoever_has_no_scope_sees_nothing(crowded: Connection, chance: Random) -> None:
    question = replace(wide_question(chance), within=NOTHING)
    for figure in metrics.measure(crowded, question).values():
        assert not figure.value and not figure.denominator
    assert not any(metrics.listed(crowded, question, name, part) for name, part in PARTS)
    empty = overview(crowded, "last_30_days", question.as_of, NOTHING)
    assert (empty.urgent, empty.urgent_count) == ((), 0)
    assert unaccepted(replace(question, within=NOTHING), Rows(crowded)).waiting == 0
    case_no = crowded.execute(select(live_cases.c.case_no)).scalars().first()
    assert case_no and not _opens(crowded, case_no, NOTHING)


def test_a_case_beyond_the_scope_is_refused_in_the_words_of_one_that_is_not(
    conn: Connection,
) -> None:
    unit = add_unit(conn, "first")
    add_case(conn, "A-1")
    with pytest.raises(OutOfScope) as beyond:
        case_file(conn, "A-1", Scope(unit_id=unit))
    with pytest.raises(Refused) as unknown:
        case_file(conn, "A-2", Scope(unit_id=unit))
    assert str(beyond.value) == str(unknown.value).replace("A-2", "A-1")


def test_a_code_beyond_the_scope_is_refused_in_the_words_of_one_that_is_not(
    conn: Connection,
) -> None:
    """A number of it would be a false 0."""
    town, other = add_area(conn, "town"), add_area(conn, "other")
    own, unit = add_unit(conn, "own"), add_unit(conn, "unit")
    assert other and unit
    wide = Question(day(1), day(9), day(9))
    for scope, known, beyond in (
        (Scope(area_id=town), {"area": "town", "unit": "unit"}, {"area": "other"}),
        (Scope(unit_id=own), {"area": "town", "unit": "own"}, {"unit": "unit"}),
    ):
        assert metrics.known(conn, replace(wide, within=scope, **known))
        with pytest.raises(OutOfScope) as refused:
            metrics.known(conn, replace(wide, within=scope, **beyond))
        (what, code), *_ = beyond.items()
        with pytest.raises(Refused) as unknown:
            metrics.known(conn, replace(wide, within=scope, **{what: "none"}))
        assert str(refused.value) == str(unknown.value).replace("none", code)
        assert metrics.known(conn, replace(wide, **beyond))  # the district knows it
