"""The overview as data: what stands apart, and what may be compared."""

from fractions import Fraction

from sqlalchemy import Connection

from data.metrics.comparison import NOTHING, Change
from data.overview import overview
from data.terms import Kind, UnitKind
from tests.builders import add_case, add_centre, add_unit, day, event

NOW = day(20, 6)


def test_units_without_a_base_stand_apart_among_their_peers(conn: Connection) -> None:
    add_centre(conn)
    busy = add_unit(conn, "busy", UnitKind.TOWN)
    for code, kind in (("idle", UnitKind.TOWN), ("office", UnitKind.DEPARTMENT)):
        add_unit(conn, code, kind)
    add_case(conn, opened_at=day(5), unit_id=busy, due_at=day(8))

    answer = overview(conn, "this_month", NOW)
    assert [line.code for line in answer.by_town] == ["busy"]
    assert (answer.idle_towns, answer.idle_departments) == (("idle",), ("office",))


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
