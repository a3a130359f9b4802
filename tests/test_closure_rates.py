"""The closure rates against lists made by hand: bases, lines, weeks, lists and the lift."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count

import pytest
from sqlalchemy import Connection

from data.case_list.asked import Due
from data.case_list.pages import case_count
from data.closure_rates import closure_rates
from data.closure_rates.bases import COME, LEAVE, Bridge
from data.closure_rates.lists import SHOWN, list_of, step_list
from data.closure_rates.rates import COMPARED, Worst
from data.metrics import MEASURES, listed, measure
from data.metrics.comparison import NOTHING, Change
from data.metrics.figure import Question
from data.standings import DUE
from data.terms import Event, Kind, Lamp, OutOfScope, Refused, Scope, State, UnitKind
from tests.builders import (
    add_area,
    add_case,
    add_category,
    add_centre,
    add_channel,
    add_unit,
    day,
    event,
)

NOW = day(20, 8)
WINDOW = Question(day(11), day(21), NOW)
SMALL = 19  # one less than is needed for a rank


@dataclass(frozen=True, slots=True)
class Told:
    """A case as the test knows it: what an independent count is made from."""

    opened: datetime
    due: datetime | None
    state: State
    ended: datetime | None = None
    paused: datetime | None = None

    def is_in_due(self, asked: Question) -> bool:
        """Whether it was due in a window, by the definition of D."""
        if self.due is None or not asked.start <= self.due < min(asked.end, asked.as_of):
            return False
        if self.state == State.WITHDRAWN and self.ended is not None:
            return self.ended >= self.due
        waits = self.paused is not None and self.paused < self.due
        return self.state not in (State.REJECTED, State.MERGED) and not waits

    def is_in_cohort(self, asked: Question) -> bool:
        """Whether it was opened in a window and counts, by the definition of R1."""
        left_out = (State.REJECTED, State.WITHDRAWN, State.MERGED)
        return asked.start <= self.opened < asked.end and self.state not in left_out


ENDS = {
    State.CLOSED: Kind.CLOSE,
    State.WITHDRAWN: Kind.WITHDRAW,
    State.REJECTED: Kind.REJECT,
    State.MERGED: Kind.MERGE,
}
# Opened, due, and what became of it; days of January.
MATRIX = [
    Told(day(5), day(12), State.CLOSED, day(11)),  # opened before the window, due in it
    Told(day(5), day(13), State.CLOSED, day(15)),  # late
    Told(day(6), day(14), State.REPORTED),  # late and open
    Told(day(7), day(9), State.REPORTED),  # due before the window
    Told(day(12), day(15), State.CLOSED, day(14)),  # opened and due in it
    Told(day(12), day(15), State.REPORTED),
    Told(day(13), day(20, 7), State.CLOSED, day(20, 8)),  # an hour late, at as-of
    Told(day(13), day(20, 8), State.CLOSED, day(14)),  # due at as-of: not yet
    Told(day(14), day(22), State.CLOSED, day(16)),  # closed ahead of its time
    Told(day(14), day(20, 20), State.REPORTED),  # due soon
    Told(day(15), None, State.REPORTED),  # never due
    Told(day(15), day(17), State.WITHDRAWN, day(16)),  # withdrawn before it was due
    Told(day(15), day(17), State.WITHDRAWN, day(18)),  # after
    Told(day(15), day(17), State.REJECTED, day(16)),
    Told(day(15), day(17), State.MERGED, day(18)),
    Told(day(16), day(18), State.PAUSED, paused=day(17)),  # waits
    Told(day(16), day(18), State.PAUSED, paused=day(19)),  # was late before
]


def events_of(told: Told) -> list[Event]:
    if told.paused:
        return [event(Kind.PAUSE, told.paused)]
    return [event(ENDS[told.state], told.ended)] if told.ended else []


def add_told(conn: Connection, told: Told, **where: int) -> str:
    return add_case(conn, opened_at=told.opened, due_at=told.due, events=events_of(told), **where)  # type: ignore[arg-type]


def add_due(conn: Connection, closed: int, still: int, **where: int) -> None:
    """Cases due on the 14th: so many closed in time, so many open."""
    for number in range(closed + still):
        end = (State.CLOSED, day(13)) if number < closed else (State.REPORTED, None)
        add_told(conn, Told(day(12), day(14), *end), **where)


def test_what_was_due_after_a_past_window_is_no_longer_not_yet_due(conn: Connection) -> None:
    """But due elsewhere: once the window lies back, only what is due after now is not yet due."""
    for due_at in (day(22), day(28)):
        add_told(conn, Told(day(12), due_at, State.REPORTED))
    found = closure_rates(conn, replace(WINDOW, as_of=day(25)), "unit").bridge
    assert (found.not_yet_due, found.elsewhere) == (1, 1) and found.is_exact


def test_the_two_bases_are_led_from_one_to_the_other(conn: Connection) -> None:
    for told in MATRIX:
        add_told(conn, told)
    answer = closure_rates(conn, WINDOW, "unit")

    cohort = [told for told in MATRIX if told.is_in_cohort(WINDOW)]
    due = [told for told in MATRIX if told.is_in_due(WINDOW)]
    leave, come = ([t for t in a if t not in b] for a, b in ((cohort, due), (due, cohort)))
    never = [told for told in leave if told.due is None]
    assert answer.bridge == Bridge(
        opened=len(cohort),
        not_yet_due=len(leave) - len(never),
        without_due=len(never),
        elsewhere=0,
        opened_before=sum(told.opened < WINDOW.start for told in come),
        withdrawn=sum(told.state == State.WITHDRAWN for told in come),
        otherwise=0,
        due=len(due),
    )
    assert (answer.bridge.not_yet_due, answer.bridge.opened_before) == (4, 3)
    assert answer.bridge.is_exact and not replace(answer.bridge, due=0).is_exact
    rate = answer.figures[DUE]
    closed = sum(told.state == State.CLOSED for told in due)
    assert (rate.numerator, rate.denominator) == (closed, len(due))


def listed_by(conn: Connection, question: Question, step: str) -> set[str]:
    found = step_list(conn, question, step)
    assert found.count == len(found.lines)
    return {line.case_no for line in found.lines}


def test_each_step_lists_the_cases_that_it_counts(conn: Connection) -> None:
    numbers = [(told, add_told(conn, told)) for told in MATRIX]
    in_cohort, in_due = (
        {number for told, number in numbers if belongs(told, WINDOW)}
        for belongs in (Told.is_in_cohort, Told.is_in_due)
    )
    never = {number for told, number in numbers if told.due is None}
    before = {number for told, number in numbers if told.opened < WINDOW.start}
    due = {
        "not_yet_due": in_cohort - in_due - never,
        "without_due": (in_cohort - in_due) & never,
        "elsewhere": set(),
        "opened_before": (in_due - in_cohort) & before,
        "withdrawn": in_due - in_cohort - before,
        "otherwise": set(),
    }
    assert {step: listed_by(conn, WINDOW, step) for step in (*LEAVE, *COME)} == due
    assert [len(due[step]) for step in ("without_due", "withdrawn")] == [1, 1]
    with pytest.raises(Refused):
        step_list(conn, WINDOW, "no-such-step")


def test_the_bases_of_one_unit_count_what_was_handed_on(conn: Connection) -> None:
    centre = add_centre(conn)
    here, there = add_unit(conn, "here"), add_unit(conn, "there")
    for first, last in ((here, there), (there, here)):
        moved = event(Kind.REASSIGN, day(16), to_unit_id=last)  # after it was due
        add_case(
            conn, f"from {first}", day(12), [moved], unit_id=first, due_at=day(14), centre_id=centre
        )
    of_here = replace(WINDOW, unit="here")
    bridge = closure_rates(conn, of_here, "unit").bridge
    assert (bridge.opened, bridge.due, bridge.elsewhere, bridge.otherwise) == (1, 1, 1, 1)
    assert bridge.is_exact
    assert listed_by(conn, of_here, "elsewhere") == {f"from {there}"}
    assert listed_by(conn, of_here, "otherwise") == {f"from {here}"}


def test_small_and_idle_groups_have_no_rank(conn: Connection) -> None:
    busy, small = add_unit(conn, "busy", UnitKind.TOWN), add_unit(conn, "small", UnitKind.TOWN)
    office = add_unit(conn, "office")
    add_unit(conn, "idle", UnitKind.TOWN)
    add_due(conn, SMALL, 1, unit_id=busy)
    add_due(conn, 0, SMALL, unit_id=small)
    add_due(conn, SMALL + 1, 0, unit_id=office)

    answer = closure_rates(conn, WINDOW, "unit")
    told = [(line.code, line.peers, line.is_ranked, line.lamp) for line in answer.lines]
    assert told == [
        ("busy", "towns", True, Lamp.YELLOW),  # 95.00 %: at the orange line, not below it
        ("office", "departments", True, Lamp.NONE),
        ("small", "towns", False, Lamp.NONE),  # though none of its cases is closed
    ]
    assert answer.idle == {"towns": ("idle",)}
    assert closure_rates(conn, replace(WINDOW, unit="busy"), "unit").idle == {}


def test_a_tree_is_summed_to_lines_that_lists_reproduce(conn: Connection) -> None:
    district = add_area(conn, "district")
    towns = [add_area(conn, code, district) for code in ("east", "west")]
    grid = add_area(conn, "grid", towns[0])
    root = add_category(conn, "root")
    leaf = add_category(conn, "leaf", root)
    add_due(conn, 3, 1, area_id=grid, category_id=leaf)
    add_due(conn, 2, 0, area_id=towns[0], category_id=leaf)
    add_due(conn, 1, 0, area_id=district, category_id=root)

    answer = closure_rates(conn, WINDOW, "area")
    told = {line.code: line.figures[DUE] for line in answer.lines}
    assert {code: (f.numerator, f.denominator) for code, f in told.items()} == {
        "east": (5, 6),
        "district": (1, 1),  # what lies in no town
    }
    assert {line.code: line.is_open for line in answer.lines} == {"east": True, "district": False}
    assert answer.idle == {"": ("west",)}
    assert len(listed(conn, answer.of("area", "east"), DUE, "denominator")) == 6
    below = closure_rates(conn, replace(WINDOW, area="east"), "area")
    assert {line.code for line in below.lines} == {"grid", "east"}
    steps = {step.code: (step.missing, step.is_open) for step in answer.lifts["category"].steps}
    assert steps == {"leaf": (1, True)}


def test_the_lift_of_all_groups_is_what_the_rate_lacks(conn: Connection) -> None:
    units = [add_unit(conn, code) for code in ("a", "b", "c")]
    category = add_category(conn, "category")
    for unit, still in zip(units, (1, 4, 2), strict=True):
        add_due(conn, 5, still, unit_id=unit, category_id=category)
    add_due(conn, 0, 1)  # of nobody, and of no category
    answer = closure_rates(conn, WINDOW, "unit")
    rate = answer.figures[DUE]
    lacking = 1 - Fraction(rate.numerator or 0, rate.denominator or 1)
    for lift in answer.lifts.values():
        assert sum(step.gain for step in lift.steps) == lacking == Fraction(8, 23)
        assert lift.steps[-1].reached == lift.best == 1
        for step in lift.steps:
            assert step.gain == Fraction(step.open_count, 23)
    by_unit = answer.lifts["unit"]
    assert [step.code for step in by_unit.steps] == ["b", "c", "", "a"]
    assert [step.reached * 23 for step in by_unit.steps] == [19, 21, 22, 23]

    gone = Told(day(12), day(14), State.WITHDRAWN, day(16))  # nobody can close it any more
    add_told(conn, gone, unit_id=units[0])
    lift = closure_rates(conn, WINDOW, "unit").lifts["unit"]
    assert (lift.withdrawn, lift.open_count, lift.best) == (1, 8, Fraction(23, 24))
    assert sum(step.gain for step in lift.steps) + Fraction(1, 24) == 1 - Fraction(15, 24)
    (step,) = [step for step in lift.steps if step.code == "a"]
    assert (step.missing, step.open_count, step.is_open) == (2, 1, False)


def test_weeks_are_as_known_now_and_reach_no_further_than_the_records(conn: Connection) -> None:
    asked = replace(WINDOW, as_of=day(21, 4))  # a Wednesday; 28 December was a Sunday, in UTC
    first = datetime(2025, 12, 28, 15, tzinfo=NOW.tzinfo)
    dues = [day(1), day(6), day(7), day(13), day(20), day(20, 10), day(22)]
    numbers = count()
    for due in dues:
        end = (State.CLOSED, day(21)) if next(numbers) % 2 else (State.REPORTED, None)
        add_told(conn, Told(first, due, *end))
    weeks = closure_rates(conn, asked, "unit").trend.weeks
    # Weeks of the centre begin on Mondays at 16:00 UTC of the Sunday before.
    begins = [
        datetime(2025, 12, 28, 16, tzinfo=NOW.tzinfo) + timedelta(days=7 * n) for n in range(4)
    ]
    expected = []
    for begin in begins:
        places = [n for n, due in enumerate(dues) if begin <= due < begin + timedelta(days=7)]
        known = [n for n in places if dues[n] < asked.as_of]
        expected.append((len(known), sum(n % 2 for n in known)))
    assert (
        [(week.due, week.closed) for week in weeks] == expected == [(1, 0), (2, 1), (1, 1), (2, 1)]
    )
    assert [week.is_partial for week in weeks] == [False, False, False, True]


def test_this_week_is_compared_with_the_last_to_the_same_hour(conn: Connection) -> None:
    asked = replace(WINDOW, as_of=day(21, 4))
    add_told(conn, Told(day(2), day(20), State.CLOSED, day(20)))
    add_told(conn, Told(day(2), day(13), State.CLOSED, day(15)))  # open at the hour compared with
    add_told(conn, Told(day(2), day(15), State.REPORTED))  # not yet due at that hour
    trend = closure_rates(conn, asked, "unit").trend
    assert trend.change == Change("points", Fraction(1), True)
    assert closure_rates(conn, replace(asked, start=day(20)), "unit").trend == trend


def test_rates_are_compared_to_date_and_name_their_worst_channel(conn: Connection) -> None:
    grid, residents, rare = (add_channel(conn, code) for code in ("grid", "residents", "rare"))
    add_due(conn, 20, 0, channel_id=grid)
    add_due(conn, 15, 5, channel_id=residents)
    add_due(conn, 0, 5, channel_id=rare)  # too few to tell
    alone = closure_rates(conn, WINDOW, "channel")
    rate = alone.rates["overdue_rate"]
    assert rate.worst and (rate.worst.code, rate.worst.figure.numerator) == ("residents", 5)
    assert isinstance(alone.rates[DUE].worst, Worst)
    assert {one.since_period for one in alone.rates.values()} == {NOTHING}
    assert not alone.knows_year
    assert alone.trend.channel and alone.trend.channel.code == "residents"
    assert [line.code for line in alone.channels] == ["residents", "grid", "rare"]
    of_one = closure_rates(conn, replace(WINDOW, channel="grid"), "channel")
    assert of_one.rates["overdue_rate"].worst is None and of_one.trend.channel is None

    for year in (2024, 2025):
        add_told(conn, Told(day(2).replace(year=year), day(12).replace(year=year), State.REPORTED))
    add_told(conn, Told(day(2), day(3), State.REPORTED))
    both = closure_rates(conn, WINDOW, "channel")
    assert both.knows_year
    assert both.rates[DUE].since_period == Change("points", Fraction(35, 45), True)
    assert both.rates[DUE].since_year == Change("points", Fraction(35, 45), True)


def test_lists_hold_what_their_counts_say(conn: Connection) -> None:
    for told in MATRIX:
        add_told(conn, told)
    reopened = [event(Kind.CLOSE, day(8)), event(Kind.REOPEN, day(9), due_at=day(21))]
    add_case(conn, None, day(5), reopened, due_at=day(7))
    answer = closure_rates(conn, WINDOW, "unit")
    is_open = [t for t in MATRIX if t.state in (State.REPORTED, State.PAUSED) and t.due]
    waits = [told for told in is_open if told.paused and told.due and told.paused < told.due]
    late = [told for told in is_open if told.due and told.due < NOW and told not in waits]
    assert (answer.overdue.count, answer.near.count) == (len(late), 2) == (4, 2)
    assert [line.due_at for line in answer.near.lines] == [day(20, 20), day(21)]
    assert all(line.closed_at is None for line in answer.near.lines)
    assert answer.overdue.count == answer.figures["overdue_now_count"].value
    assert answer.closed_late.count == answer.figures["overdue_closed_count"].value == 2
    assert [line.hours_to_due(line.closed_at or NOW) for line in answer.closed_late.lines] == [
        -48,
        -1,
    ]
    for due, found in ((Due.NEAR, answer.near), (Due.OVERDUE, answer.overdue)):
        assert case_count(conn, list_of(answer.filter, due), NOW, None) == found.count
    early = closure_rates(conn, replace(WINDOW, as_of=day(15, 1)), "unit")
    assert len(early.overdue.lines) <= SHOWN and early.closed_late.count == 1


def test_whoever_acts_for_a_unit_is_led_to_a_list_of_what_it_holds(conn: Connection) -> None:
    here, there = add_unit(conn, "here"), add_unit(conn, "there")
    add_told(conn, Told(day(2), day(19), State.REPORTED), unit_id=here)
    moved = event(Kind.REASSIGN, day(16), to_unit_id=there)
    add_case(conn, None, day(12), [moved], unit_id=here, due_at=day(19))
    scope = Scope(unit_id=here)
    answer = closure_rates(conn, replace(WINDOW, within=scope), "unit")
    assert answer.overdue.count == 1
    assert case_count(conn, list_of(answer.filter, Due.OVERDUE), NOW, None, scope) == 1
    with pytest.raises(OutOfScope):
        closure_rates(conn, replace(WINDOW, within=scope, unit="there"), "unit")
    with pytest.raises(Refused):
        closure_rates(conn, replace(WINDOW, area="nowhere"), "unit")


@pytest.mark.parametrize("by", ["unit", "area", "category", "channel"])
def test_nothing_is_nothing_and_no_rate(conn: Connection, by: str) -> None:
    answer = closure_rates(conn, WINDOW, by)  # type: ignore[arg-type]
    assert answer.lines == answer.channels == ()
    assert answer.bridge.is_exact and answer.bridge.due == 0
    assert all(rate.figure.value is None for rate in answer.rates.values())
    assert [lift.best for lift in answer.lifts.values()] == [None, None]
    assert answer.near.count == answer.overdue.count == answer.closed_late.count == 0
    long = replace(WINDOW, start=day(1).replace(year=2024))
    assert not closure_rates(conn, long, by).knows_year  # type: ignore[arg-type]


def test_every_number_is_the_registrys(conn: Connection) -> None:
    for told in MATRIX:
        add_told(conn, told)
    answer = closure_rates(conn, WINDOW, "unit")
    assert set(COMPARED) <= set(MEASURES)
    assert {name: rate.figure for name, rate in answer.rates.items()} == measure(
        conn, WINDOW, COMPARED
    )
