"""Another system's log, merged into the histories of cases."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, select, update

from data.proof import prove
from data.schema import case_events, cases, categories, quarantine
from data.terms import State
from tests.builders import add_category
from tests.samples import (
    CASE_MAP,
    EVENT_MAP,
    case_line,
    crossings_alternate,
    event_line,
    history,
    load_events,
    load_lines,
)
from tests.scale import SIZE

CLOSED = {"state": "closed", "closed": "2026-01-06T08:00"}
MAKE_CASES = EVENT_MAP + '[rules]\ncreate_missing = ["unit", "case"]\n'


def test_checks_closings_and_reopenings(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line())
    states = "dispatched in_progress resolved in_progress resolved closed in_progress withdrawn"
    lines = [event_line("A1", f"2026-01-05T{9 + n:02}:00", s) for n, s in enumerate(states.split())]
    load_events(conn, tmp_path, *lines)
    assert history(conn, "A1") == [
        ("report", "in_progress"),
        ("observe", "dispatched"),
        ("observe", "in_progress"),
        ("observe", "resolved"),
        ("fail_check", "in_progress"),
        ("observe", "resolved"),
        ("pass_check", None),
        ("close", "closed"),
        ("reopen", "in_progress"),
        ("withdraw", "withdrawn"),
    ]
    assert prove(conn).difference is None


def test_the_case_files_closing_is_not_written_twice(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line("A1", **CLOSED), case_line("A2", **CLOSED))
    lines = [
        event_line("A1", "2026-01-05T09:00", "resolved"),
        event_line("A1", "2026-01-06T09:00", "closed"),
        event_line("A2", "2026-01-06T09:00", "closed", "roads"),
    ]
    result = load_events(conn, tmp_path, *lines)
    kinds = ["report", "observe", "pass_check", "close"]
    assert [kind for kind, _ in history(conn, "A1")] == kinds
    assert history(conn, "A2")[1:] == [("observe", None), ("close", "closed")]
    assert result.adjusted == 2  # both closings took the case file's time
    times = conn.execute(select(cases.c.closed_at).distinct()).scalars().all()
    assert [when.isoformat() for when in times] == ["2026-01-06T08:00:00+00:00"]


def test_what_was_seen_before_the_opening_moves_to_it(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line(unit="roads"))
    lines = [
        event_line("A1", "2026-01-05T07:00", "dispatched"),
        event_line("A1", "2026-01-05T07:30", "in_progress"),
    ]
    assert load_events(conn, tmp_path, *lines).adjusted == 2
    assert [state for _, state in history(conn, "A1")] == [
        "in_progress",
        "dispatched",
        "in_progress",
    ]
    moved = conn.execute(select(case_events).where(case_events.c.is_adjusted)).all()
    assert {event.at.hour for event in moved} == {8}


def test_what_was_seen_before_a_moved_closing_moves_with_it(
    conn: Connection, tmp_path: Path
) -> None:
    load_lines(conn, tmp_path, case_line("A1", **CLOSED))
    lines = [
        event_line("A1", "2026-01-06T09:00", "resolved"),
        event_line("A1", "2026-01-06T10:00", "in_progress"),
        event_line("A1", "2026-01-06T11:00", "closed"),
    ]
    assert load_events(conn, tmp_path, *lines).adjusted == 3
    kinds = [kind for kind, _ in history(conn, "A1")]
    assert kinds == ["report", "observe", "fail_check", "observe", "close"]
    assert prove(conn).difference is None


def test_a_reopening_seen_after_the_closing_stays_behind_it(
    conn: Connection, tmp_path: Path
) -> None:
    load_lines(conn, tmp_path, case_line("A1", **CLOSED))
    lines = [
        event_line("A1", "2026-01-05T09:00", "closed"),
        event_line("A1", "2026-01-05T10:00", "in_progress"),
    ]
    load_events(conn, tmp_path, *lines)
    assert [kind for kind, _ in history(conn, "A1")] == ["report", "observe", "close", "reopen"]
    assert conn.execute(select(cases.c.state)).scalar_one() == "in_progress"


def test_a_case_closed_twice_keeps_both(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line("A1", **CLOSED))
    states = ["closed", "in_progress", "closed"]
    lines = [event_line("A1", f"2026-01-05T{9 + n:02}:00", s) for n, s in enumerate(states)]
    load_events(conn, tmp_path, *lines)
    kinds = [kind for kind, _ in history(conn, "A1")]
    assert kinds == ["report", "close", "reopen", "observe", "close"]
    assert prove(conn).difference is None and crossings_alternate(conn)


def test_only_a_move_between_known_units_is_a_transfer(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line(unit="file"))
    units = ["roads", "", "roads", "lamps", "", "water"]  # the first sighting is no transfer
    lines = [
        event_line("A1", f"2026-01-05T{9 + n:02}:00", "in_progress", unit)
        for n, unit in enumerate(units)
    ]
    load_events(conn, tmp_path, *lines)
    assert conn.execute(select(cases.c.transfer_count)).scalar_one() == 2


def test_ties_keep_the_order_of_observation(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line())
    same = "2026-01-05T09:00"
    lines = [
        event_line("A1", same, "resolved", order="2"),
        event_line("A1", same, "dispatched", order="1"),
        event_line("A1", same, "in_progress", order="2"),
    ]
    load_events(conn, tmp_path, *lines)
    states = [state for _, state in history(conn, "A1")]
    assert states == ["in_progress", "dispatched", "resolved", "in_progress"]


def test_a_reopening_gets_the_limit_of_the_category(conn: Connection, tmp_path: Path) -> None:
    add_category(conn, "roads")
    conn.execute(update(categories).values(limit_amount=24, limit_unit="urgent_hours"))
    load_lines(conn, tmp_path, case_line(kind="roads"))
    lines = [
        event_line("A1", "2026-01-05T09:00", "closed"),
        event_line("A1", "2026-01-09T09:00", "in_progress"),
    ]
    load_events(conn, tmp_path, *lines)
    assert conn.execute(select(cases.c.due_at)).scalar_one().isoformat()[:16] == "2026-01-10T09:00"


def test_events_of_an_unknown_case_are_kept_aside_until_it_is_known(
    conn: Connection, tmp_path: Path
) -> None:
    lines = [event_line("A1", "2026-01-05T09:00", "dispatched")]
    assert load_events(conn, tmp_path, *lines).reasons == {"unknown_case": 1}
    assert conn.execute(select(quarantine.c.value)).scalar_one() == "A1"
    load_lines(conn, tmp_path, case_line())
    assert load_events(conn, tmp_path, *lines).imported == 1  # the same file, now of use


def test_a_case_may_be_made_from_its_first_event(conn: Connection, tmp_path: Path) -> None:
    lines = [
        event_line("A1", "2026-01-05T09:00", "dispatched", "roads", opened="2026-01-04T10:00"),
        event_line("A1", "2026-01-06T09:00", "closed"),
        event_line("A2", "2026-01-05T09:00", "closed"),
    ]
    assert load_events(conn, tmp_path, *lines, mapping=MAKE_CASES).imported == 3
    first, second = conn.execute(select(cases).order_by(cases.c.case_no)).all()
    assert first.opened_at.isoformat()[:16] == "2026-01-04T10:00" and first.state == "closed"
    assert second.opened_at == second.closed_at
    assert prove(conn).difference is None and crossings_alternate(conn)


def test_a_row_that_says_nothing_is_kept_aside(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line())
    result = load_events(conn, tmp_path, event_line("A1", "2026-01-05T09:00"))
    assert result.reasons == {"missing_value": 1}


def test_a_kind_of_their_own_words_is_kept(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line())
    mapping = EVENT_MAP.replace('opened_at = "opened"', 'kind = "opened"')
    line = event_line("A1", "2026-01-05T09:00", opened="supervise")
    load_events(conn, tmp_path, line, mapping=mapping)
    assert history(conn, "A1")[1:] == [("supervise", None)]
    assert conn.execute(select(cases.c.supervision_count)).scalar_one() == 1


# Random logs

TIMES = st.integers(0, 30).map(lambda hour: f"2026-01-{5 + hour // 24:02}T{hour % 24:02}:00")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A1", "A2", "A3"]),
        TIMES,
        st.sampled_from(["", *State]),
        st.sampled_from(["", "roads", "lamps", "water"]),
    ),
    max_size=14,
)
CASES = st.lists(
    st.tuples(TIMES, st.sampled_from([*State]), st.integers(0, 12)), min_size=1, max_size=3
)


def _case_lines(drawn: list[tuple[str, State, int]]) -> list[str]:
    lines = []
    for number, (opened, state, hours) in enumerate(drawn, start=1):
        ended = state in (State.CLOSED, State.REJECTED, State.WITHDRAWN, State.MERGED)
        end = datetime.fromisoformat(opened) + timedelta(hours=hours)
        closed = end.isoformat() if ended else ""
        lines.append(case_line(f"A{number}", opened, state=state, closed=closed, unit="roads"))
    return lines


@pytest.fixture
def rolled_back(engine: Engine) -> Engine:
    """Each example runs in a transaction of its own that is rolled back."""
    return engine


@settings(
    max_examples=SIZE.model_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=CASES, logs=st.lists(ROWS, min_size=1, max_size=3), makes_cases=st.booleans())
def test_any_log_replays_to_its_rows(
    rolled_back: Engine,
    drawn: list[tuple[str, State, int]],
    logs: list[list[tuple[str, str, str, str]]],
    makes_cases: bool,
) -> None:
    mapping = MAKE_CASES if makes_cases else EVENT_MAP
    with tempfile.TemporaryDirectory() as name, rolled_back.connect() as conn:
        folder = Path(name)
        load_lines(conn, folder, *_case_lines(drawn))
        for rows in logs:
            lines = [event_line(*row) for row in rows]
            result = load_events(conn, folder, *lines, mapping=mapping)
            assert result.rows == result.imported + result.duplicates + result.quarantined
            assert prove(conn).difference is None
            assert crossings_alternate(conn)
            count = _event_count(conn)
            again = load_events(conn, folder, *lines, "", mapping=mapping)  # the same, another file
            assert again.imported == 0 and _event_count(conn) == count
        conn.rollback()


@settings(
    max_examples=SIZE.model_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(versions=st.lists(CASES, min_size=2, max_size=4), rows=ROWS)
def test_any_newer_rows_replay_to_their_rows(
    rolled_back: Engine,
    versions: list[list[tuple[str, State, int]]],
    rows: list[tuple[str, str, str, str]],
) -> None:
    with tempfile.TemporaryDirectory() as name, rolled_back.connect() as conn:
        for drawn in versions:
            load_lines(conn, Path(name), *_case_lines(drawn), mapping=CASE_MAP)
            load_events(conn, Path(name), *[event_line(*row) for row in rows])
            assert prove(conn).difference is None
            assert crossings_alternate(conn)
        conn.rollback()


def _event_count(conn: Connection) -> int:
    return len(conn.execute(select(case_events.c.event_id)).all())


def test_acts_here_and_a_log_live_together(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line())
    row = conn.execute(select(cases)).one()
    conn.execute(
        insert(case_events).values(
            case_id=row.case_id, at=row.opened_at, kind="accept", to_state="in_progress",
            actor="chen", recorded_at=row.opened_at,
        )
    )  # fmt: skip
    conn.execute(update(cases).values(version=2))
    load_events(conn, tmp_path, event_line("A1", "2026-01-05T09:00", "closed"))
    assert prove(conn).difference is None and crossings_alternate(conn)
