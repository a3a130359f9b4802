"""Files that tell of pauses: cases of a category with a limit fall due later by them."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select, update

from data.deadlines import clock_of, due_of
from data.intake.loading.history import histories
from data.intake.loading.undo import take_back
from data.proof import prove
from data.schema import case_events, cases, categories
from data.terms import State
from tests.builders import add_category
from tests.samples import (
    CASE_MAP,
    NOW,
    UPDATED,
    case_line,
    crossings_alternate,
    event_line,
    history,
    load_events,
    load_lines,
)
from tests.scale import SIZE

CLOSED = {"state": "closed", "closed": "2026-01-12T08:00"}
NEWER_ROWS = CASE_MAP + UPDATED


def add_roads(conn: Connection, amount: int = 3, unit: str = "urgent_days") -> None:
    """A category whose cases opened on 01-05 08:00 are due on 01-08 08:00."""
    add_category(conn, "roads")
    conn.execute(update(categories).values(limit_amount=amount, limit_unit=unit))


def due(conn: Connection) -> str:
    """The due time of the only case."""
    return f"{conn.execute(select(cases.c.due_at)).scalar_one():%m-%d %H:%M}"


def is_worked_out(conn: Connection) -> bool:
    """Whether every row equals its events, and its due time what follows from them."""
    rows = conn.execute(select(cases).where(cases.c.undone_at.is_(None))).all()
    past = histories(conn, [row.case_id for row in rows])
    for row in rows:
        told = [one.event for one in past[row.case_id]]
        if row.due_at != due_of(told, clock_of(conn, row.category_id)).net:
            return False
    return prove(conn).difference is None


def log(*told: tuple[str, str]) -> list[str]:
    return [event_line("A1", f"2026-01-{when}", state) for when, state in told]


def test_the_end_of_a_pause_carries_the_moved_due_time(conn: Connection, tmp_path: Path) -> None:
    add_roads(conn)
    load_lines(conn, tmp_path, case_line(kind="roads"))
    lines = log(("06T08:00", "paused"), ("06T20:00", "paused"), ("07T20:00", "in_progress"))
    load_events(conn, tmp_path, *lines)

    assert due(conn) == "01-09 20:00"  # 36 hours later than 01-08 08:00
    told = conn.execute(select(case_events.c.kind).where(case_events.c.due_at.is_not(None)))
    assert told.scalars().all() == ["report", "resume"] and is_worked_out(conn)


def test_a_pause_on_working_time_moves_by_working_time(conn: Connection, tmp_path: Path) -> None:
    """08:00 UTC is 16:00 of the centre; opened on Monday, due at the end of Thursday."""
    add_roads(conn, 3, "working_days")
    load_lines(conn, tmp_path, case_line(kind="roads"))
    load_events(conn, tmp_path, *log(("06T08:00", "paused"), ("07T02:00", "resolved")))

    assert due(conn) == "01-09 04:00"  # Tue 16-18 and Wed 9-10 later: Fri 9-12


@pytest.mark.parametrize("paused", ["08T08:00", "09T08:00"])
def test_a_pause_from_the_due_time_on_moves_nothing(
    conn: Connection, tmp_path: Path, paused: str
) -> None:
    add_roads(conn)
    load_lines(conn, tmp_path, case_line(kind="roads"))
    load_events(conn, tmp_path, *log((paused, "paused"), ("10T20:00", "in_progress")))
    assert due(conn) == "01-08 08:00" and is_worked_out(conn)


def test_without_a_limit_the_due_time_is_the_sources_word(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line(kind="roads", due="2026-01-08T08:00"))
    load_events(conn, tmp_path, *log(("06T08:00", "paused"), ("07T20:00", "in_progress")))
    assert due(conn) == "01-08 08:00" and is_worked_out(conn)


def test_the_sources_own_due_time_is_moved_on_the_clock_of_the_category(
    conn: Connection, tmp_path: Path
) -> None:
    add_roads(conn)
    load_lines(conn, tmp_path, case_line(kind="roads", due="2026-01-20T08:00"))
    load_events(conn, tmp_path, *log(("06T08:00", "paused"), ("07T20:00", "in_progress")))
    assert due(conn) == "01-21 20:00"


def test_a_pause_that_the_case_files_closing_ends_counts(conn: Connection, tmp_path: Path) -> None:
    """What is held cannot be rewritten: one more event tells the due time."""
    add_roads(conn)
    load_lines(conn, tmp_path, case_line(kind="roads", **CLOSED))
    lines = log(("07T08:00", "paused"), ("12T09:00", "closed"))
    result = load_events(conn, tmp_path, *lines)

    assert due(conn) == "01-13 08:00"  # five days of pause: closed on time
    assert history(conn, "A1")[-2:] == [("close", "closed"), ("resume", None)]
    assert is_worked_out(conn) and crossings_alternate(conn)
    assert load_events(conn, tmp_path, *lines, "").imported == 0 and due(conn) == "01-13 08:00"
    take_back(conn, result.batch, "test", NOW)
    assert due(conn) == "01-08 08:00" and is_worked_out(conn)


def test_an_earlier_end_of_a_pause_that_comes_later_counts(
    conn: Connection, tmp_path: Path
) -> None:
    add_roads(conn)
    load_lines(conn, tmp_path, case_line(kind="roads"))
    load_events(conn, tmp_path, *log(("06T08:00", "paused"), ("10T08:00", "in_progress")))
    assert due(conn) == "01-12 08:00"
    late = load_events(conn, tmp_path, *log(("07T08:00", "dispatched")))
    assert due(conn) == "01-09 08:00" and is_worked_out(conn)
    take_back(conn, late.batch, "test", NOW)
    assert due(conn) == "01-12 08:00" and is_worked_out(conn)


def test_a_pause_in_newer_rows_counts_and_the_old_due_time_says_nothing_new(
    conn: Connection, tmp_path: Path
) -> None:
    add_roads(conn)
    states = {"06T08:00": "paused", "07T20:00": "in_progress", "08T08:00": "resolved"}
    load_lines(conn, tmp_path, case_line(kind="roads", due="2026-01-10T08:00"), mapping=NEWER_ROWS)
    for when, state in states.items():
        line = case_line(
            kind="roads", due="2026-01-10T08:00", state=state, updated=f"2026-01-{when}"
        )
        assert load_lines(conn, tmp_path, line, mapping=NEWER_ROWS).updated == 1
    assert due(conn) == "01-11 20:00" and is_worked_out(conn)

    line = case_line(kind="roads", due="2026-01-30T08:00", state="resolved", updated="2026-01-09")
    load_lines(conn, tmp_path, line, mapping=NEWER_ROWS)
    assert due(conn) == "01-30 08:00" and is_worked_out(conn)


def test_a_reopening_between_two_closings_of_newer_rows_gets_the_limit(
    conn: Connection, tmp_path: Path
) -> None:
    add_roads(conn)
    for closed in ("2026-01-06T08:00", "2026-01-20T08:00"):
        line = case_line(kind="roads", state="closed", closed=closed, updated=closed)
        load_lines(conn, tmp_path, line, mapping=NEWER_ROWS)
    assert [kind for kind, _ in history(conn, "A1")] == ["report", "close", "reopen", "close"]
    assert due(conn) == "01-23 08:00"


def test_an_import_leaves_the_due_times_of_before_alone(conn: Connection, tmp_path: Path) -> None:
    """A limit that was set since gives no due time to what was opened without one."""
    add_category(conn, "roads")
    load_lines(conn, tmp_path, case_line(kind="roads"))
    conn.execute(update(categories).values(limit_amount=3, limit_unit="urgent_days"))
    load_events(conn, tmp_path, *log(("06T08:00", "dispatched")))
    assert conn.execute(select(func.count(case_events.c.due_at))).scalar_one() == 0


STATES = st.sampled_from(["", *[State.PAUSED] * 4, *State, "in_progress", "resolved"])
LOGS = st.lists(
    st.lists(st.tuples(st.integers(0, 160), STATES), min_size=1, max_size=6),
    min_size=1,
    max_size=3,
)


@settings(
    max_examples=SIZE.random_districts,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    logs=LOGS,
    closed_after=st.one_of(st.none(), st.integers(0, 160)),
    unit=st.sampled_from(["urgent_days", "working_days"]),
)
def test_any_log_leaves_the_due_time_that_follows_from_all(
    engine: Engine, logs: list[list[tuple[int, str]]], closed_after: int | None, unit: str
) -> None:
    """However the logs of one case overlap, and in whatever order they come."""
    with tempfile.TemporaryDirectory() as name, engine.connect() as conn:
        folder = Path(name)
        add_roads(conn, 3, unit)
        ended = {"state": "closed", "closed": _hour(closed_after)} if closed_after else {}
        load_lines(conn, folder, case_line(kind="roads", **ended))
        before = [due(conn)]
        results = []
        for told in logs:
            lines = [event_line("A1", _hour(hour), state, "roads") for hour, state in told]
            results.append(load_events(conn, folder, *lines))
            assert is_worked_out(conn) and crossings_alternate(conn)
            before.append(due(conn))
        for result in reversed(results):
            before.pop()
            if result.imported:
                take_back(conn, result.batch, "test", NOW)
            assert due(conn) == before[-1] and is_worked_out(conn)
        conn.rollback()


def _hour(count: int) -> str:
    return f"2026-01-{5 + (8 + count) // 24:02}T{(8 + count) % 24:02}:00"
