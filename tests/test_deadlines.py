"""When a case falls due after all that happened to it: by hand, and minute by minute."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from data.calendar import Limit, LimitUnit, WorkingCalendar
from data.config import settings as centre_settings
from data.db import connect
from data.deadlines import Clock, Due, approval_from, clocks, due_after, due_of, with_due
from data.journal import event_of
from data.schema import cases, live_events
from data.terms import OPENING_KINDS, Event, Kind, State
from tests.builders import event
from tests.scale import SIZE
from tests.test_calendar import (
    DAYS,
    HOURS,
    MINUTE,
    SHANGHAI,
    WINDOWS,
    at,
    is_worked,
    local,
    slow_closing,
    slow_due,
)

URGENT_HOURS, URGENT_DAYS = LimitUnit.URGENT_HOURS, LimitUnit.URGENT_DAYS


def clock_of(amount: int, unit: LimitUnit) -> Clock:
    return Clock(WorkingCalendar(SHANGHAI, WINDOWS), Limit(amount, unit))


def on(text: str) -> datetime:
    """A time of March 2026, in which only weekends are off; Monday is the 2nd and the 9th."""
    return at(f"2026-03-{text}")


def told(kind: Kind, text: str, due: str = "", to_state: State | None = None) -> Event:
    return event(kind, on(text), to_state, due_at=on(due) if due else None)


def net(clock: Clock, *events: Event) -> str:
    due = due_of(events, clock).net
    return local(due)[8:] if due else "none"


# Fri 09:00 and 10 working hours: 7 on Friday, 3 on Monday, so that it is due on Mon 09 12:00.
TEN_HOURS = clock_of(10, HOURS)
OPENED = told(Kind.REPORT, "06 09:00")


@pytest.mark.parametrize(
    ("start", "end", "due"),
    [
        # Fri 11-12 and 14-18, Mon 9-10: 6 hours; Mon 14-18 and Tue 9-11
        ("06 11:00", "09 10:00", "10 11:00"),
        ("06 11:30", "06 14:30", "09 15:00"),  # over lunch: 1 hour, Mon 14-15
        ("06 12:00", "06 14:00", "09 12:00"),  # lunch alone: nothing
        ("06 18:00", "09 09:00", "09 12:00"),  # the weekend alone: nothing
        ("09 11:59", "09 15:00", "09 15:01"),  # a minute before due: 1 + 60 minutes
        ("09 12:00", "10 12:00", "09 12:00"),  # at the due time: nothing
        ("09 12:01", "10 12:00", "09 12:00"),  # after it: nothing
    ],
)
def test_a_pause_moves_working_hours_by_working_time(start: str, end: str, due: str) -> None:
    assert net(TEN_HOURS, OPENED, told(Kind.PAUSE, start), told(Kind.RESUME, end)) == due


@pytest.mark.parametrize(
    ("amount", "unit", "start", "end", "due"),
    [
        (2, URGENT_DAYS, "07 12:00", "09 09:00", "10 06:00"),  # Sun 09:00 + 45 hours
        (48, URGENT_HOURS, "06 12:00", "06 13:30", "08 10:30"),  # Sun 09:00 + 1:30
        (2, DAYS, "09 16:00", "10 10:00", "11 12:00"),  # Tue 18:00 + Mon 16-18 and Tue 9-10
        (2, DAYS, "07 09:00", "08 18:00", "10 18:00"),  # a weekend is no working time
    ],
)
def test_a_pause_moves_each_category_by_its_own_clock(
    amount: int, unit: LimitUnit, start: str, end: str, due: str
) -> None:
    steps = [OPENED, told(Kind.PAUSE, start), told(Kind.RESUME, end)]
    assert net(clock_of(amount, unit), *steps) == due


def test_a_pause_told_twice_counts_once() -> None:
    again = told(Kind.OBSERVE, "06 16:00", to_state=State.PAUSED)
    steps = [told(Kind.PAUSE, "06 14:00"), again, told(Kind.RESUME, "06 17:00")]
    assert net(TEN_HOURS, OPENED, *steps) == "09 17:00"  # 3 hours, Mon 14-17, not 3 + 1


def test_two_pauses_add_up_and_the_second_may_begin_in_the_time_won() -> None:
    first = [told(Kind.PAUSE, "09 10:00"), told(Kind.RESUME, "09 11:00")]  # 1 hour: 15:00
    second = [told(Kind.PAUSE, "09 14:59"), told(Kind.RESUME, "09 16:59")]  # 2 hours: 17:00
    assert net(TEN_HOURS, OPENED, *first, *second) == "09 17:00"
    assert net(TEN_HOURS, OPENED, *second) == "09 12:00"  # without the first it came too late


def test_while_it_is_paused_the_due_time_stands() -> None:
    due = due_of([OPENED, told(Kind.PAUSE, "09 10:00")], TEN_HOURS)
    assert due == Due(on("09 12:00"), on("09 12:00"), paused_at=on("09 10:00"))
    assert due.is_running(on("20 10:00"))


@pytest.mark.parametrize(
    "end",
    [
        told(Kind.OBSERVE, "09 11:00", to_state=State.RESOLVED),
        told(Kind.CLOSE, "09 11:00"),
        told(Kind.WITHDRAW, "09 11:00"),
        told(Kind.REASSIGN, "09 11:00"),
    ],
    ids=lambda end: end.kind.value,
)
def test_a_pause_ends_with_whatever_tells_another_state(end: Event) -> None:
    assert net(TEN_HOURS, OPENED, told(Kind.PAUSE, "09 10:00"), end) == "09 15:00"
    assert net(TEN_HOURS, OPENED, told(Kind.PAUSE, "09 10:00"), told(Kind.NOTE, "09 11:00")) == (
        "09 12:00"
    )


@pytest.mark.parametrize(
    ("approved", "due"),
    [("09 11:00", "11 18:00"), ("09 12:00", "11 18:00"), ("09 12:01", "09 12:00")],
)
def test_an_extension_counts_if_approved_by_the_due_time(approved: str, due: str) -> None:
    approval = told(Kind.APPROVE_EXTENSION, approved, due="11 18:00")
    assert net(TEN_HOURS, OPENED, approval) == due
    assert due_of([OPENED, approval], TEN_HOURS).raw == on("09 12:00")


def test_a_late_extension_is_written_down_without_a_due_time() -> None:
    late = told(Kind.APPROVE_EXTENSION, "09 12:01", due="11 18:00")
    written, due = with_due(due_of([OPENED], TEN_HOURS), late, TEN_HOURS)
    assert written.due_at is None and due.net == on("09 12:00")


def test_an_extension_asked_for_and_refused_changes_nothing() -> None:
    steps = [told(Kind.REQUEST_EXTENSION, "09 09:00"), told(Kind.REFUSE_EXTENSION, "09 10:00")]
    assert net(TEN_HOURS, OPENED, *steps) == "09 12:00"


@pytest.mark.parametrize(
    ("paused", "due"),
    [
        ("09 10:00", "13 11:00"),  # Wed 18:00 + Mon 10-12, 14-18 and Tue 9-12: 9 hours
        ("09 12:00", "09 12:00"),  # it was due when the pause began: approved too late
    ],
)
def test_an_extension_while_paused_counts_if_it_was_not_due_before(paused: str, due: str) -> None:
    approval = told(Kind.APPROVE_EXTENSION, "10 10:00", due="11 18:00")
    steps = [told(Kind.PAUSE, paused), approval, told(Kind.RESUME, "10 12:00")]
    assert net(TEN_HOURS, OPENED, *steps) == due


def test_each_reopening_gives_the_limit_anew() -> None:
    steps = [told(Kind.CLOSE, "06 10:00"), told(Kind.REOPEN, "10 09:00")]  # 7 + 3 hours
    assert net(TEN_HOURS, OPENED, *steps) == "11 12:00"
    steps += [told(Kind.CLOSE, "10 10:00"), told(Kind.REOPEN, "12 17:00")]  # 1 + 7 + (Mon) 2
    assert net(TEN_HOURS, OPENED, *steps) == "16 11:00"
    assert due_of([OPENED, *steps], TEN_HOURS).raw == on("16 11:00")


def test_what_the_source_tells_wins_over_the_limit() -> None:
    opened = told(Kind.REPORT, "06 09:00", due="20 09:00")
    closed = told(Kind.CLOSE, "06 10:00")
    assert net(TEN_HOURS, opened) == "20 09:00"
    assert net(TEN_HOURS, opened, closed, told(Kind.REOPEN, "09 09:00", due="19 09:00")) == (
        "19 09:00"
    )
    assert net(TEN_HOURS, opened, told(Kind.UPDATE, "09 09:00", due="25 09:00")) == "25 09:00"


def test_a_category_without_a_limit_keeps_what_its_source_tells() -> None:
    clock = Clock(WorkingCalendar(SHANGHAI, WINDOWS))
    opened = told(Kind.REPORT, "06 09:00", due="20 09:00")
    pause = [told(Kind.PAUSE, "09 09:00"), told(Kind.RESUME, "12 09:00")]
    reopened = [told(Kind.CLOSE, "12 10:00"), told(Kind.REOPEN, "13 09:00")]
    assert net(clock, opened, *pause, *reopened) == "20 09:00"
    assert net(clock, OPENED, *pause) == "none"


@pytest.mark.parametrize("kind", [Kind.REASSIGN, Kind.ESCALATE, Kind.RETURN, Kind.RESOLVE])
def test_another_holder_or_state_leaves_the_due_time_alone(kind: Kind) -> None:
    assert net(TEN_HOURS, OPENED, told(kind, "09 10:00")) == "09 12:00"


def test_the_raw_due_time_knows_no_pause_and_no_extension() -> None:
    approval = told(Kind.APPROVE_EXTENSION, "09 09:30", due="11 18:00")
    pause = [told(Kind.PAUSE, "09 10:00"), told(Kind.CLOSE, "09 11:00", due="12 10:00")]
    assert due_of([OPENED, approval, *pause], TEN_HOURS).raw == on("09 12:00")
    newer = told(Kind.UPDATE, "09 09:40", due="10 18:00")
    assert due_of([OPENED, approval, newer, *pause], TEN_HOURS).raw == on("10 18:00")


@pytest.mark.parametrize(
    ("asked", "approved"),
    [
        ("2026-03-06 17:00", "2026-03-06 17:00"),
        ("2026-03-06 17:01", "2026-03-09 09:00"),  # a Friday
        ("2026-03-06 12:30", "2026-03-06 12:30"),
        ("2026-03-07 10:00", "2026-03-09 09:00"),  # a Saturday
        ("2026-02-14 17:30", "2026-02-24 09:00"),  # a Saturday made up for, before the festival
    ],
)
def test_an_extension_asked_for_after_the_cut_off_waits(asked: str, approved: str) -> None:
    cut_off = centre_settings().calendar.extension_cut_off
    assert local(approval_from(TEN_HOURS.calendar, at(asked), cut_off)) == approved


# The slow model: it looks at every minute by itself, and counts those of a pause.

STEPS: tuple[tuple[Kind, State | None, bool], ...] = (  # and whether it may tell a due time
    (Kind.PAUSE, None, False),
    (Kind.PAUSE, None, False),
    (Kind.RESUME, None, False),
    (Kind.OBSERVE, State.PAUSED, False),
    (Kind.OBSERVE, State.DISPATCHED, False),
    (Kind.NOTE, None, False),
    (Kind.UPDATE, None, True),
    (Kind.APPROVE_EXTENSION, None, True),
    (Kind.APPROVE_EXTENSION, None, True),
    (Kind.CLOSE, None, False),
    (Kind.REOPEN, None, False),
)
LIMITS = {HOURS: 20, DAYS: 3, URGENT_HOURS: 40, URGENT_DAYS: 3}
limits = st.sampled_from(sorted(LIMITS)).flatmap(
    lambda unit: st.builds(Limit, st.integers(1, LIMITS[unit]), st.just(unit))
)
steps = st.lists(
    st.tuples(
        st.sampled_from([*range(len(STEPS))]),
        st.one_of(st.integers(0, 60), st.integers(0, 2000)),  # minutes since the step before
        st.integers(-600, 3000),  # minutes from it to the due time that it tells
    ),
    max_size=7,
)


def events_of(start: datetime, drawn: Sequence[tuple[int, int, int]]) -> list[Event]:
    found, now, is_open = [event(Kind.REPORT, start)], start, True
    for choice, gap, granted in drawn:
        kind, state, tells_due = STEPS[choice]
        now += gap * MINUTE
        if is_open == (kind is Kind.REOPEN):  # cannot happen now
            continue
        is_open = kind is not Kind.CLOSE
        due_at = now + granted * MINUTE if tells_due else None
        found.append(event(kind, now, state, due_at=due_at))
    return found


def slow_limit(clock: Clock, start: datetime) -> datetime:
    assert clock.limit is not None
    amount, unit = clock.limit.amount, clock.limit.unit
    if unit is HOURS:
        return slow_due(clock.calendar, start, amount)
    if unit is DAYS:
        return slow_closing(clock.calendar, start, amount)
    return start + amount * (60 if unit is URGENT_HOURS else 24 * 60) * MINUTE


def slow_due_after(events: Sequence[Event], clock: Clock) -> datetime:
    """Walk through every minute of the case's life; return its due time at the end."""
    counts: Callable[[datetime], bool] = lambda _: True  # noqa: E731
    if clock.limit and clock.limit.unit in (HOURS, DAYS):
        counts = lambda minute: is_worked(clock.calendar, minute)  # noqa: E731
    now, due, waiting = events[0].at, events[0].at, list(events)
    paused_at, paused = None, 0
    while waiting:
        while waiting and waiting[0].at == now:
            one = waiting.pop(0)
            in_force = now <= due or (paused_at is not None and paused_at < due)
            if paused_at and one.to_state not in (None, State.PAUSED):
                due = passed(due, paused if paused_at < due else 0, counts)
                paused_at = None
            elif one.to_state is State.PAUSED and paused_at is None:
                paused_at, paused = now, 0
            if one.kind in OPENING_KINDS:
                due = slow_limit(clock, now)
            elif one.kind is not Kind.APPROVE_EXTENSION or in_force:
                due = one.due_at or due
        paused += paused_at is not None and counts(now)
        now += MINUTE
    return due


def passed(start: datetime, minutes: int, counts: Callable[[datetime], bool]) -> datetime:
    """When so many counted minutes have passed."""
    while minutes:
        minutes -= counts(start)
        start += MINUTE
    return start


@settings(max_examples=SIZE.model_examples)
@given(start=st.integers(0, 40 * 1440), drawn=steps, limit=limits)
def test_due_times_agree_with_the_minutes(
    start: int, drawn: list[tuple[int, int, int]], limit: Limit
) -> None:
    """In February and March 2026, with the Spring Festival and its make-up days."""
    clock = clock_of(limit.amount, limit.unit)
    events = events_of(at("2026-02-01 00:00") + start * MINUTE, drawn)
    assert due_of(events, clock).net == slow_due_after(events, clock)


@settings(max_examples=SIZE.model_examples)
@given(start=st.integers(0, 40 * 1440), drawn=steps, limit=limits)
def test_written_events_tell_what_is_worked_out(
    start: int, drawn: list[tuple[int, int, int]], limit: Limit
) -> None:
    """What events last told is the due time in force, and is told only where it changes."""
    clock = clock_of(limit.amount, limit.unit)
    due, last = Due(), None
    written = []
    for one in events_of(at("2026-02-01 00:00") + start * MINUTE, drawn):
        one, due = with_due(due, one, clock)
        written.append(one)
        last = one.due_at or last
        assert last == due.net
    assert due_of(written, clock) == due


def test_every_due_time_of_the_demo_district_is_worked_out(demo_url: str) -> None:
    engine = connect(demo_url)
    with engine.connect() as conn:
        order = live_events.c.case_id, live_events.c.at, live_events.c.source_order
        rows = conn.execute(select(live_events).order_by(*order, live_events.c.event_id)).all()
        known = clocks(conn)
        found = {row.case_id: row for row in conn.execute(select(cases))}
    engine.dispose()
    moved = 0
    for case_id, told_of in groupby(rows, key=lambda row: row.case_id):
        row, due = found.pop(case_id), Due()
        clock = known[row.category_id]
        for one in map(event_of, told_of):
            after = due_after(due, one, clock)
            if one.kind in OPENING_KINDS:
                assert one.due_at == clock.due_from(one.at)
            elif after.net != due.net:
                assert one.due_at == after.net
                moved += 1
            else:
                assert one.due_at is None
            due = after
        assert (row.due_at, row.paused_at) == (due.net, due.paused_at)
    assert not found and moved > len(known)
