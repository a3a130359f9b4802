"""The overview as data: what stands apart, and what may be compared."""

from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Connection

from data.config import settings
from data.metrics.comparison import NOTHING, Change
from data.metrics.figure import Question
from data.overview import Overview, overview
from data.terms import Kind, Lamp, UnitKind
from data.ticket_flow.listed import flow_cases
from tests.builders import add_case, add_centre, add_channel, add_unit, day, event

NOW = day(20, 6)
LEAST = settings().lamps.minimum_base


def late(conn: Connection, count: int, unit_id: int | None = None, **columns: int) -> None:
    """Cases past their due time that nobody has accepted, each past its limit for that too."""
    for _ in range(count):
        given = event(Kind.DISPATCH, day(6), to_unit_id=unit_id, accept_due_at=day(7))
        due_at = day(8)
        add_case(conn, opened_at=day(5), unit_id=unit_id, due_at=due_at, events=[given], **columns)  # type: ignore[arg-type]


def lamps_drawn(answer: Overview) -> Counter[Lamp]:
    """Those of the cards and of the tables; a table draws no lamp that is not lit."""
    cards = [
        answer.closure_lamp,
        answer.on_time_lamp,
        answer.unaccepted_lamp,
        answer.overdue_lamp,
    ]
    tables = (
        answer.groups.channels,
        answer.groups.of("towns"),
        answer.groups.of("departments"),
        answer.groups.of("others"),
    )
    lines = [line.lamp for table in tables for line in table]
    return Counter(lamp for lamp in (*cards, *lines) if lamp is not Lamp.NONE)


def test_every_lit_lamp_is_an_alert_and_nothing_else_is(conn: Connection) -> None:
    add_centre(conn)
    channel = add_channel(conn, "hotline")
    kinds = UnitKind.TOWN, UnitKind.DEPARTMENT, UnitKind.COMMUNITY
    for kind in kinds:
        late(conn, LEAST, add_unit(conn, kind.value, kind), channel_id=channel)
    late(conn, LEAST - 1, add_unit(conn, "small"))  # no lamp of its own

    answer = overview(conn, "this_month", NOW)
    assert Counter(alert.lamp for alert in answer.alerts) == lamps_drawn(answer)
    assert Counter(alert.key for alert in answer.alerts) == {
        "alert.closure_rate_due.whole": 1,
        "alert.on_time_rate": 1,
        "alert.unaccepted": 1,
        "alert.overdue_now": 1,
        "alert.closure_rate_due": 1 + len(kinds),
    }


def test_nothing_lit_is_no_alert(conn: Connection) -> None:
    late(conn, LEAST - 1, add_unit(conn, "small"))
    answer = overview(conn, "this_month", NOW)
    assert not answer.alerts and not lamps_drawn(answer)


@pytest.mark.parametrize("back", [timedelta(), timedelta(days=10)])
def test_what_is_not_accepted_opens_the_cases_it_counts(conn: Connection, back: timedelta) -> None:
    unit = add_unit(conn, "unit")
    late(conn, LEAST, unit)
    given = event(Kind.DISPATCH, day(6), to_unit_id=unit, accept_due_at=day(25))
    add_case(conn, opened_at=day(5), unit_id=unit, events=[given])  # may still wait

    answer = overview(conn, "this_month", NOW - back)
    (alert,) = [alert for alert in answer.alerts if alert.key == "alert.unaccepted"]
    opened: Question = alert.question
    assert flow_cases(conn, opened, alert.flow_list).count == answer.unaccepted.over_limit == LEAST


def test_units_without_a_base_stand_apart_among_their_peers(conn: Connection) -> None:
    add_centre(conn)
    busy = add_unit(conn, "busy", UnitKind.TOWN)
    for code, kind in (("idle", UnitKind.TOWN), ("office", UnitKind.DEPARTMENT)):
        add_unit(conn, code, kind)
    add_case(conn, opened_at=day(5), unit_id=busy, due_at=day(8))

    answer = overview(conn, "this_month", NOW)
    assert [line.code for line in answer.groups.of("towns")] == ["busy"]
    assert answer.groups.idle == {"towns": ("idle",), "departments": ("office",)}


def test_looking_back_the_due_time_is_the_one_of_then(conn: Connection) -> None:
    later = event(Kind.APPROVE_EXTENSION, day(16), due_at=day(30))
    add_case(conn, "A", opened_at=day(5), due_at=day(14), events=[later])

    then = overview(conn, "this_month", day(15))
    assert [(line.case_no, line.due_at) for line in then.urgent] == [("A", day(14))]
    assert then.longest_overdue_hours == 24
    assert overview(conn, "this_month", NOW).longest_overdue_hours is None


def test_few_cases_have_no_rank_and_stand_by_code(conn: Connection) -> None:
    done = event(Kind.CLOSE, day(7))
    add_case(conn, opened_at=day(5), unit_id=add_unit(conn, "a"), due_at=day(8), events=[done])
    for code, count in (("b", 1), ("c", LEAST)):  # nothing of theirs is closed
        late(conn, count, add_unit(conn, code))

    answer = overview(conn, "this_month", NOW)
    assert [line.code for line in answer.groups.of("departments")] == ["c", "a", "b"]


def test_nothing_is_compared_with_a_time_before_the_records(conn: Connection) -> None:
    add_case(conn, opened_at=day(15), due_at=day(18), events=[event(Kind.CLOSE, day(17))])
    answer = overview(conn, "this_month", NOW)
    assert (answer.on_time_change, answer.opened_change) == (NOTHING, NOTHING)

    last_month = day(10, month=12).replace(year=2025)
    add_case(conn, opened_at=last_month, due_at=last_month)
    add_case(conn, opened_at=last_month.replace(month=11))
    answer = overview(conn, "this_month", NOW)
    assert answer.on_time_change == Change("points", Fraction(1), True)
    assert answer.opened_change == Change("from_zero")
