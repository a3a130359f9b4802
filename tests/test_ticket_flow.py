"""工单流转 as data: each number against a count by hand, from the events that were written."""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import Connection, select, update

from data import metrics
from data.config import settings
from data.db import connect, reading
from data.metrics.figure import Question
from data.overview import overview
from data.schema import case_events, cases, units
from data.terms import Event, Kind, Lamp, Refused, Scope, State
from data.ticket_flow import TicketFlow, ticket_flow
from data.ticket_flow.closures import Doubt
from data.ticket_flow.days import DAY_COUNT, WEEKS
from data.ticket_flow.listed import NAMES, flow_cases
from tests.builders import add_case, add_category, add_centre, add_channel, add_unit, day, event

NOW = day(20, 6)
MONTH = Question(day(1), day(1, month=2), NOW)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def given(at: datetime, unit_id: int, **rest: object) -> Event:
    return event(Kind.DISPATCH, at, to_unit_id=unit_id, **rest)


def stage(answer: TicketFlow, state: State):  # type: ignore[no-untyped-def]
    return next(one for one in answer.stages if one.state is state)


def listed(conn: Connection, name: str, question: Question = MONTH) -> list[str]:
    return [line.case_no for line in flow_cases(conn, question, name).lines]


# The stage board


def test_a_stage_begins_with_the_last_event_that_changed_the_state(conn: Connection) -> None:
    centre, unit, other = add_centre(conn), add_unit(conn, "unit"), add_unit(conn, "other")
    told = [
        given(day(10), unit),
        event(Kind.ACCEPT, day(11)),
        event(Kind.RETURN, day(12), to_unit_id=centre),
        given(day(19, 22), unit),
        event(Kind.FEED_BACK, day(20, 1)),  # says nothing of the state
        event(Kind.REASSIGN, day(20, 3), to_unit_id=other),  # still waits to be accepted
    ]
    add_case(conn, "A", opened_at=day(10), events=told, centre_id=centre)

    found = stage(ticket_flow(conn, MONTH), State.DISPATCHED)
    assert (found.count, found.median_hours, found.p90_hours) == (1, 8.0, 8.0)
    earlier = stage(ticket_flow(conn, Question(day(1), day(20), day(11, 12))), State.IN_PROGRESS)
    assert (earlier.count, earlier.median_hours) == (1, 12.0)


def test_dwell_is_linear_between_the_cases(conn: Connection) -> None:
    hours = [1, 2, 4, 8, 16]
    for count in hours:
        add_case(conn, opened_at=NOW - count * HOUR)
    found = stage(ticket_flow(conn, MONTH), State.REPORTED)
    deciles = statistics.quantiles(hours, n=10, method="inclusive")
    assert found.median_hours == statistics.median(hours)
    assert found.p90_hours == pytest.approx(deciles[-1])


def test_a_limit_is_passed_after_it_and_not_at_it(conn: Connection) -> None:
    limit = settings().flow.reported_limit_hours
    assert limit is not None
    add_case(conn, "AT", opened_at=NOW - limit * HOUR)
    add_case(conn, "OVER", opened_at=NOW - limit * HOUR - MINUTE)
    unit = add_unit(conn, "unit")
    for case_no, due_at in (("DUE", NOW), ("LATE", NOW - MINUTE), ("FREE", None)):
        told = [given(day(19), unit), event(Kind.ACCEPT, day(19, 1))]
        add_case(conn, case_no, opened_at=day(18), events=told, due_at=due_at)
    told = [given(day(19), unit, accept_due_at=day(19, 2))]
    add_case(conn, "WAITS", opened_at=day(18), events=told)

    answer = ticket_flow(conn, MONTH)
    parts = {one.state: (one.over, one.limited, one.count) for one in answer.stages}
    assert parts[State.REPORTED] == (1, 2, 2)
    assert parts[State.IN_PROGRESS] == (1, 2, 3)  # without a due time in neither part
    assert parts[State.DISPATCHED] == (1, 1, 1)
    assert parts[State.PAUSED] == (0, 0, 0)
    late = [listed(conn, f"late.{state}") for state in ("reported", "in_progress", "dispatched")]
    assert late == [["OVER"], ["LATE"], ["WAITS"]]
    assert stage(answer, State.DISPATCHED).limit_hours == 2.0
    assert not any(one.is_bottleneck or one.lamp is not Lamp.NONE for one in answer.stages)


def test_what_waits_to_be_accepted_is_lit_as_on_the_overview(conn: Connection) -> None:
    unit = add_unit(conn, "unit")
    least = settings().lamps.minimum_base
    for place in range(2 * least):  # a half has no limit for it, all others are past theirs
        limit = day(19, 2) if place % 2 else None
        add_case(conn, opened_at=day(18), events=[given(day(19), unit, accept_due_at=limit)])

    found = stage(ticket_flow(conn, MONTH), State.DISPATCHED)
    assert (found.over, found.limited, found.base) == (least, least, 2 * least)
    assert found.lamp is overview(conn, "this_month", NOW).unaccepted_lamp is Lamp.RED
    for _ in range(2 * least):
        add_case(conn, opened_at=day(18), events=[given(day(19), unit)])
    found = stage(ticket_flow(conn, MONTH), State.DISPATCHED)
    assert found.lamp is overview(conn, "this_month", NOW).unaccepted_lamp is Lamp.ORANGE


def test_the_bottleneck_has_the_highest_share_of_enough_cases(conn: Connection) -> None:
    unit = add_unit(conn, "unit")
    least = settings().lamps.minimum_base
    for place in range(least):  # half of them late
        told = [given(day(18), unit), event(Kind.ACCEPT, day(18, 1))]
        due_at = NOW + HOUR if place % 2 else NOW - HOUR
        add_case(conn, opened_at=day(18), events=told, due_at=due_at)
    for _ in range(least - 1):  # all late, but too few to say so
        add_case(conn, opened_at=day(18))

    answer = ticket_flow(conn, MONTH)
    assert [one.state for one in answer.stages if one.is_bottleneck] == [State.IN_PROGRESS]
    lamps = {one.state: one.lamp for one in answer.stages}
    assert lamps[State.IN_PROGRESS] is Lamp.YELLOW  # 50 % does not pass the line of 50
    assert lamps[State.REPORTED] is Lamp.NONE


def test_ages_add_up_and_each_edge_belongs_to_the_younger_band(conn: Connection) -> None:
    ages = [24 * HOUR, 24 * HOUR + MINUTE, 72 * HOUR, 15 * 24 * HOUR, 30 * 24 * HOUR, 999 * HOUR]
    for place, age in enumerate(ages):
        add_case(conn, f"A{place}", opened_at=NOW - age)
    answer = ticket_flow(conn, MONTH)
    assert answer.bands == (1, 2, 0, 1, 1, 1)
    assert sum(answer.bands) == answer.open_count == len(ages)
    assert sorted(listed(conn, "age.1")) == ["A1", "A2"]
    assert sorted(n for place in range(6) for n in listed(conn, f"age.{place}")) == sorted(
        listed(conn, "open")
    )


def test_who_waits_stands_by_unit_with_the_oldest(conn: Connection) -> None:
    busy, idle = add_unit(conn, "busy"), add_unit(conn, "idle")
    for case_no, at, unit in (("A", day(19), busy), ("B", day(18), busy), ("C", day(17), idle)):
        told = [given(at, unit, accept_due_at=at + 30 * HOUR)]
        add_case(conn, case_no, opened_at=day(16), events=told)
    lines = ticket_flow(conn, MONTH).waiting
    assert [(w.code, w.count, w.over, w.oldest_no, w.oldest_since) for w in lines] == [
        ("busy", 2, 1, "B", day(18)),
        ("idle", 1, 1, "C", day(17)),
    ]
    assert listed(conn, "waits.busy") == ["B", "A"]
    assert (listed(conn, "over.busy"), listed(conn, "over.idle")) == (["B"], ["C"])
    assert listed(conn, "waits.*") == []  # all of them are shown
    of_one = ticket_flow(conn, Question(day(1), NOW, NOW, unit="idle"))
    assert [line.code for line in of_one.waiting] == ["idle"]
    assert of_one.open_count == 1


# The ledger and the channels


def test_one_unit_has_two_more_terms_and_the_ledger_holds(conn: Connection) -> None:
    centre, unit, other = add_centre(conn), add_unit(conn, "unit"), add_unit(conn, "other")
    told = [given(day(6), unit), event(Kind.REASSIGN, day(7), to_unit_id=other)]
    add_case(conn, opened_at=day(5), events=told, unit_id=centre, centre_id=centre)
    whole = ticket_flow(conn, MONTH)
    assert (len(whole.left), len(whole.right), whole.is_balanced, whole.gap) == (3, 4, True, 0)
    of_unit = ticket_flow(conn, Question(day(1), day(1, month=2), NOW, unit="unit"))
    assert (len(of_unit.left), len(of_unit.right)) == (4, 5)
    assert (of_unit.left_sum, of_unit.right_sum, of_unit.is_balanced) == (1, 1, True)


def test_a_ledger_that_does_not_hold_says_by_how_much(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_case(conn, opened_at=day(5))
    true = metrics.measure

    def miscounted(*args, **kwargs):  # type: ignore[no-untyped-def]
        found = true(*args, **kwargs)
        zero = found["withdrawn_count"]
        return found | {"backlog_count": zero}

    monkeypatch.setattr("data.ticket_flow.metrics.measure", miscounted)
    answer = ticket_flow(conn, MONTH)
    assert (answer.is_balanced, answer.gap) == (False, 1)


def test_nothing_at_all_is_said_by_zeros_and_dashes(conn: Connection) -> None:
    answer = ticket_flow(conn, MONTH)
    assert answer.open_count == answer.left_sum == answer.right_sum == 0
    assert [one.median_hours for one in answer.stages] == [None] * 5
    assert answer.figures["return_rate"].text == "—"
    assert (answer.waiting, answer.moved, answer.pairs, answer.by_channel) == ((), (), (), ())
    assert all(span.usual_opened is None for span in answer.spans)
    assert all(flow_cases(conn, MONTH, name).count == 0 for name in NAMES)


def test_a_list_that_is_none_is_refused(conn: Connection) -> None:
    for name in ("", "late", "late.closed", "age.6", "doubt.x", "open.x"):
        with pytest.raises(Refused):
            flow_cases(conn, MONTH, name)
    with pytest.raises(Refused):
        ticket_flow(conn, Question(day(1), NOW, NOW, unit="nowhere"))


# In and out


def test_usual_is_the_mean_of_the_same_weekday_in_the_weeks_on_record(conn: Connection) -> None:
    today = datetime(2026, 1, 19, 16, tzinfo=UTC)  # midnight of the 20th in the centre
    add_case(conn, opened_at=today - timedelta(days=22))  # the records begin; a Monday
    for weeks, count in ((0, 5), (1, 3), (2, 4), (3, 2)):
        for _ in range(count):
            add_case(conn, opened_at=today - timedelta(days=7 * weeks) + HOUR)
    spans = ticket_flow(conn, MONTH).spans
    assert len(spans) == DAY_COUNT
    last = spans[-1]
    assert (last.opened, last.usual_opened, last.usual_closed) == (5, 3.0, 0.0)
    assert last.is_partial
    assert (spans[-8].opened, spans[-8].usual_opened) == (3, 3.0)  # of 4 and 2
    hours = ticket_flow(conn, MONTH, "hour").spans
    assert [one.opened for one in hours] == [0, 5] + [0] * 22
    assert hours[1].usual_opened == 3.0
    assert WEEKS == 8


# From hand to hand


def test_the_way_of_a_case_with_returns_and_time_unsigned(conn: Connection) -> None:
    centre, a, b = add_centre(conn), add_unit(conn, "a"), add_unit(conn, "b")
    told = [
        given(day(6), a),
        event(Kind.RETURN, day(6, 5), to_unit_id=centre),  # 5 hours unsigned
        given(day(7), b),
        event(Kind.ACCEPT, day(7, 2)),  # 2 hours
        event(Kind.REASSIGN, day(8), to_unit_id=a),
        event(Kind.REASSIGN, day(8, 1), to_unit_id=b),  # 1 hour
    ]
    add_case(conn, "PING", opened_at=day(5), events=told, unit_id=centre, centre_id=centre)
    add_case(conn, "STILL", opened_at=day(5), events=[given(day(6), a)], centre_id=centre)
    answer = ticket_flow(conn, MONTH)
    (one,) = answer.moved  # a first dispatch is no move
    assert (one.case_no, one.moves, one.returns) == ("PING", 3, 1)
    assert (one.path, one.is_ping_pong) == (("a", "b", "a", "b"), True)
    waited = 5 + 2 + 1 + (NOW - day(8, 1)) / HOUR
    assert (one.unsigned_hours, one.is_unsigned) == (pytest.approx(waited), True)
    assert [(p.giver, p.taker, p.count) for p in answer.pairs] == [("a", "b", 1), ("b", "a", 1)]
    for pair in answer.pairs:
        behind = flow_cases(conn, MONTH, f"pair.{pair.codes}")
        assert (behind.count, behind.units) == (pair.count, (pair.giver, pair.taker))
    of_b = ticket_flow(conn, Question(day(1), NOW, NOW, unit="b"))
    assert [(p.giver, p.taker) for p in of_b.pairs] == [("b", "a")]
    before = ticket_flow(conn, Question(day(1), day(1, month=2), day(7)))
    assert [(m.moves, m.path) for m in before.moved] == [(1, ("a", "b"))]


# What comes again


def test_repeats_stand_by_place_and_matter_and_add_up(conn: Connection) -> None:
    noise, leak, calm = (add_category(conn, code) for code in ("noise", "leak", "calm"))
    for number in range(4):
        add_case(conn, f"N{number}", day(5 + number), category_id=noise, address="东街 12 号")
    for number in range(2):
        add_case(conn, f"L{number}", day(5 + number), category_id=leak, address="东街12号")
    add_case(conn, "S", day(3), category_id=calm, address="东街12号")
    told = ticket_flow(conn, MONTH).repeats
    assert [(one.category, one.count, one.newest_no) for one in told.groups] == [
        ("noise", 3, "N3"),
        ("leak", 1, "L1"),
    ]
    rate = metrics.measure(conn, MONTH, ["repeat_rate"])["repeat_rate"]
    assert told.count == rate.numerator == 4
    assert (told.group_count, told.opened_kinds, told.cleared_kinds) == (2, 3, 1)
    assert listed(conn, "again.N3") == ["N1", "N2", "N3"]
    assert listed(conn, "again.L1") == ["L1"]
    with pytest.raises(Refused):
        listed(conn, "again.N2")
    longest = told.streaks[0]
    assert (longest.code, longest.days.value) == ("calm", 17.0)


# Closures that look implausible


def closes(conn: Connection, case_no: str, at: datetime, **rest: object) -> None:
    opened_at = rest.pop("opened_at", day(5))
    add_case(conn, case_no, opened_at, [event(Kind.CLOSE, at)], **rest)  # type: ignore[arg-type]


def test_doubtful_closures_by_their_three_rules(conn: Connection) -> None:
    flow = settings().flow
    unit, other = add_unit(conn, "unit"), add_unit(conn, "other")
    soon = timedelta(minutes=flow.closed_within_minutes)
    closes(conn, "FAST", day(6) + soon, opened_at=day(6))
    closes(conn, "SLOW", day(6) + soon + timedelta(seconds=1), opened_at=day(6))
    for number in range(flow.closed_together):
        closes(conn, f"T{number}", day(7) + number * timedelta(seconds=9), unit_id=unit)
    closes(conn, "OTHER", day(7), unit_id=other)  # in that minute, by another
    for number in range(flow.closed_together - 1):
        closes(conn, f"U{number}", day(8), unit_id=unit)
    for number in range(flow.closed_together):
        closes(conn, f"N{number}", day(10))  # by nobody
    for case_no, due_at in (
        ("AT", day(9)),
        ("MINUTE", day(9) + MINUTE),
        ("EARLY", day(9) + 2 * MINUTE),
        ("LATE", day(9) - timedelta(seconds=1)),
    ):
        closes(conn, case_no, day(9), due_at=due_at)
    answer = ticket_flow(conn, MONTH).doubtful
    assert answer.closed == 2 + 3 * flow.closed_together + 4
    together = sorted(f"T{number}" for number in range(flow.closed_together))
    assert listed(conn, "doubt.fast") == ["FAST"]
    assert sorted(listed(conn, "doubt.together")) == together
    assert sorted(listed(conn, "doubt.at_due")) == ["AT", "MINUTE"]
    assert answer.counts == {Doubt.FAST: 1, Doubt.TOGETHER: len(together), Doubt.AT_DUE: 2}


def test_a_closure_is_held_against_the_due_time_of_its_day(conn: Connection) -> None:
    told = [
        event(Kind.CLOSE, day(9)),
        event(Kind.REOPEN, day(10), due_at=day(15)),
        event(Kind.CLOSE, day(15)),
    ]
    add_case(conn, "TWICE", day(5), told, due_at=day(9))
    doubts = ticket_flow(conn, MONTH).doubtful
    assert (doubts.closed, doubts.counts[Doubt.AT_DUE]) == (2, 1)  # one case, at both of its times


# What lies in a scope


def test_only_what_lies_in_the_scope_is_told(conn: Connection) -> None:
    ours, theirs = add_unit(conn, "ours"), add_unit(conn, "theirs")
    way = add_channel(conn, "way")
    for case_no, unit in (("O", ours), ("T", theirs)):
        add_case(conn, case_no, day(6), unit_id=unit, channel_id=way)
    within = Question(day(1), NOW, NOW, within=Scope(unit_id=ours))
    answer = ticket_flow(conn, within)
    assert (answer.open_count, answer.own_unit) == (1, "ours")
    assert answer.listed(State.REPORTED).units == ("ours",)
    assert [line.figures["opened_count"].value for line in answer.by_channel] == [1]
    assert listed(conn, "open", within) == ["O"]
    assert ticket_flow(conn, Question(day(1), NOW, NOW)).own_unit is None


# The demo district, counted from its rows alone


@pytest.fixture(scope="module")
def demo(demo_url: str) -> Iterator[tuple[Connection, pd.DataFrame, pd.DataFrame]]:
    engine = reading(connect(demo_url))
    with engine.connect() as conn:
        of_cases = pd.read_sql_query(select(cases).where(cases.c.undone_at.is_(None)), conn)
        of_events = pd.read_sql_query(
            select(case_events).order_by(
                case_events.c.case_id,
                case_events.c.at,
                case_events.c.source_order,
                case_events.c.event_id,
            ),
            conn,
        )
        yield conn, of_cases, of_events
    engine.dispose()


def test_on_the_demo_every_number_is_what_its_rows_say(
    demo: tuple[Connection, pd.DataFrame, pd.DataFrame],
) -> None:
    conn, of_cases, of_events = demo
    now = of_events["at"].max().to_pydatetime()
    start = now - timedelta(days=30)
    answer = ticket_flow(conn, Question(start, now + MINUTE, now))
    assert answer.is_balanced

    standing = of_cases[of_cases["ended_at"].isna()]
    assert answer.open_count == len(standing) == answer.figures["backlog_count"].value
    assert {one.state: one.count for one in answer.stages if one.count} == dict(
        Counter(standing["state"])
    )
    entered = _entered(of_events[of_events["case_id"].isin(standing["case_id"])])
    for one in answer.stages:
        stayed = [(now - at) / HOUR for state, at in entered.values() if state == one.state]
        if stayed:
            assert one.median_hours == pytest.approx(pd.Series(stayed).quantile(0.5))
            assert one.p90_hours == pytest.approx(pd.Series(stayed).quantile(0.9))
    ages = (pd.Timestamp(now) - standing["opened_at"]) / pd.Timedelta(days=1)
    edges = [-1, 1, 3, 7, 15, 30, float("inf")]
    assert list(answer.bands) == pd.cut(ages, edges).value_counts(sort=False).tolist()

    inside = of_events[(of_events["at"] >= start) & (of_events["at"] <= now)]
    moved = inside[inside["is_transfer"].astype(bool) | (inside["kind"] == Kind.RETURN)]
    most = sorted(Counter(moved["case_id"]).values(), reverse=True)[: len(answer.moved)]
    assert [one.moves for one in answer.moved] == most
    names = dict(conn.execute(select(units.c.unit_id, units.c.name)).all())
    given_to = moved[moved["is_transfer"].astype(bool)]
    pairs = Counter(
        (names[a], names[b])
        for a, b in zip(given_to["from_unit_id"], given_to["to_unit_id"], strict=True)
    )
    assert all(pairs[one.giver, one.taker] == one.count for one in answer.pairs)
    closed = inside[inside["kind"] == Kind.CLOSE]
    assert answer.doubtful.closed == len(closed) == answer.figures["closed_count"].value
    assert sum(line.figures["opened_count"].value or 0 for line in answer.by_channel) == len(
        inside[inside["kind"] == Kind.REPORT]
    ) - _rejected(of_cases, inside)


def _entered(of_events: pd.DataFrame) -> dict[int, tuple[str, datetime]]:
    """The state of each case and since when, event by event."""
    found: dict[int, tuple[str, datetime]] = {}
    told: Sequence[tuple[int, str | None, pd.Timestamp]] = list(
        zip(of_events["case_id"], of_events["to_state"], of_events["at"], strict=True)
    )
    for case_id, state, at in told:
        if isinstance(state, str) and found.get(case_id, ("", at))[0] != state:
            found[case_id] = state, at.to_pydatetime()
    return found


def _rejected(of_cases: pd.DataFrame, inside: pd.DataFrame) -> int:
    opened = set(inside[inside["kind"] == Kind.REPORT]["case_id"])
    rejected = of_cases[of_cases["state"] == State.REJECTED]["case_id"]
    return len(opened & set(rejected))


def test_each_number_is_as_long_as_its_list(
    demo: tuple[Connection, pd.DataFrame, pd.DataFrame],
) -> None:
    conn, _, of_events = demo
    now = of_events["at"].max().to_pydatetime()
    question = Question(now - timedelta(days=30), now + MINUTE, now)
    answer = ticket_flow(conn, question)
    told = {"open": answer.open_count}
    told |= {f"stage.{one.state}": one.count for one in answer.stages}
    told |= {f"late.{one.state}": one.over for one in answer.stages}
    told |= {f"age.{place}": count for place, count in enumerate(answer.bands)}
    told |= {f"doubt.{doubt}": count for doubt, count in answer.doubtful.counts.items()}
    assert told == {name: flow_cases(conn, question, name).count for name in NAMES}


def test_what_was_taken_back_is_in_no_number(conn: Connection) -> None:
    add_case(conn, "GONE", opened_at=day(6))
    conn.execute(update(cases).values(undone_at=NOW))
    answer = ticket_flow(conn, MONTH)
    assert (answer.open_count, answer.left_sum) == (0, 0)
