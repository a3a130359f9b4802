"""Figures of imported cases by hand: what a file proves, and when; its zone is UTC."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from data.schema import categories
from tests.builders import day
from tests.by_hand import INSTANT, january, numbers, of_units, share
from tests.samples import CASE_MAP, case_line, load_events, load_lines
from tests.samples import event_line as seen

ANSWERS = CASE_MAP.replace('title = "title"', 'outcome = "title"').replace(
    'address = "place"', 'satisfaction = "place"\nmediation = "updated"'
)
ENDED = {"state": "closed", "title": "resolved", "place": "not", "updated": "agreed"}


def test_answers_of_a_case_file_were_given_when_the_case_was_closed(
    conn: Connection, tmp_path: Path
) -> None:
    lines = (
        case_line("A1", closed="2026-01-31T23:59", **ENDED),
        case_line("A2", closed="2026-02-01T00:00", **ENDED),  # in the next window
    )
    load_lines(conn, tmp_path, *lines, mapping=ANSWERS)

    assert share(conn, "resolution_rate") == (1, 1)
    assert share(conn, "satisfaction_rate") == (0, 1)
    assert share(conn, "mediation_success_rate") == (1, 1)


def test_acceptance_is_due_by_the_limit_of_the_category_from_the_dispatch(
    conn: Connection, tmp_path: Path
) -> None:
    """Dispatched on Friday the 9th, 17:30 in the centre's zone, with two working hours to accept.

    Half an hour until 18:00, so the limit ends on Monday the 12th at 10:30, which is 02:30 UTC.
    """
    limit = {"accept_amount": 2, "accept_unit": "working_hours"}
    conn.execute(insert(categories).values(code="roads", name="roads", **limit))
    sent = {"opened": "2026-01-09T09:30", "state": "dispatched", "kind": "roads"}
    load_lines(conn, tmp_path, *(case_line(no, **sent) for no in ("A1", "A2", "A3")))
    in_time = seen("A1", "2026-01-12T02:30", "in_progress")
    late = seen("A2", "2026-01-12T02:30:01", "in_progress")
    load_events(conn, tmp_path, in_time, late)
    limit_at = day(12, 2).replace(minute=30)

    assert share(conn, "timely_acceptance_rate", january(limit_at - INSTANT)) == (0, 0)
    assert share(conn, "timely_acceptance_rate", january(limit_at)) == (1, 3)
    assert share(conn, "timely_acceptance_rate") == (1, 3)
    assert share(conn, "acceptance_rate") == (2, 3)


@pytest.mark.parametrize(
    ("state", "left"),
    [("withdrawn", "withdrawn_count"), ("merged", "merged_count"), ("rejected", None)],
)
def test_a_row_that_ended_otherwise_left_at_its_closed_at(
    conn: Connection, tmp_path: Path, state: str, left: str | None
) -> None:
    line = case_line(state=state, closed="2026-01-20T08:00", due="2026-01-21T08:00")
    load_lines(conn, tmp_path, line)
    names = "opened_count", "backlog_count"
    before, after = january(day(20, 8) - INSTANT), january(day(20, 8))

    assert numbers(conn, before, *names) == [1, 1]
    assert numbers(conn, after, *names) == [1 if left else 0, 0]
    assert left is None or numbers(conn, after, left, "closed_count") == [1, 0]
    assert share(conn, "closure_rate_due") == (0, 0)  # it ended before it was due


def test_a_row_without_a_unit_is_opened_in_the_blank_group(
    conn: Connection, tmp_path: Path
) -> None:
    load_lines(conn, tmp_path, case_line("A1"), case_line("A2", unit="first"))

    assert of_units(conn, "opened_count") == {
        "": (1, None, None, None),
        "first": (1, None, None, None),
    }


def test_the_due_time_of_the_source_wins_over_the_limit_of_the_category(
    conn: Connection, tmp_path: Path
) -> None:
    limit = {"limit_amount": 48, "limit_unit": "urgent_hours"}
    conn.execute(insert(categories).values(code="roads", name="roads", **limit))
    load_lines(
        conn,
        tmp_path,
        case_line("A1", kind="roads", due="2026-02-20T00:00"),  # due in the next window
        case_line("A2", kind="roads"),  # opened on the 5th, 08:00: due on the 7th, 08:00
        case_line("A3", kind="made by the import"),  # no limit: in neither part
    )

    assert share(conn, "overdue_rate", january(day(7, 8))) == (0, 0)
    assert share(conn, "overdue_rate", january(day(7, 8) + INSTANT)) == (1, 1)
    assert share(conn, "overdue_rate") == (1, 1)
