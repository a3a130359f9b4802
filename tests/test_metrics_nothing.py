"""Every metric with no rows: a count is 0, all else is a dash, and nothing is divided by zero."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Engine

from data.__main__ import cli
from data.metrics import (
    MEASURES,
    METRICS,
    By,
    Figure,
    ledger_balanced,
    listed,
    measure,
    measure_by,
    parts_of,
)
from tests.agreement import GROUPINGS, check
from tests.builders import add_area, add_case, add_category, add_channel, add_unit, day
from tests.by_hand import closed, january

COUNTED = ("cases", "times")  # units of metrics that are counts


def lay_quiet_ground(conn: Connection) -> None:
    """One unit, area, category and channel, all called quiet, without a case."""
    for add in (add_unit, add_area, add_category, add_channel):
        add(conn, "quiet")


def says_nothing(figure: Figure) -> bool:
    """Whether a figure is that of no rows: 0 for a count, else no value, printed as a dash."""
    if figure.metric.unit in COUNTED:
        return (figure.value, figure.text) == (0, "0")
    parts = figure.numerator, figure.denominator, figure.count
    return figure.value is None and figure.text == "—" and parts in [(0, 0, None), (None, None, 0)]


def test_without_a_case_every_metric_has_nothing_to_say(conn: Connection) -> None:
    lay_quiet_ground(conn)
    found = measure(conn, january())

    assert {*found} == {*METRICS}
    assert [name for name, figure in found.items() if not says_nothing(figure)] == []
    assert ledger_balanced(found)
    check(conn, january())


@pytest.mark.parametrize("by", GROUPINGS)
def test_without_a_case_there_is_no_group(conn: Connection, by: By) -> None:
    lay_quiet_ground(conn)
    question = replace(january(), **{by: "quiet"})

    assert measure_by(conn, january(), by) == {}
    assert [n for n, figure in measure(conn, question).items() if not says_nothing(figure)] == []
    assert all(
        listed(conn, question, name, part) == []
        for name, one in MEASURES.items()
        for part in parts_of(one)
    )


@pytest.mark.parametrize("by", GROUPINGS)
def test_cases_elsewhere_leave_a_quiet_group_and_a_quiet_window_with_nothing(
    conn: Connection, by: By
) -> None:
    """Neither the cases of others nor those of the next month are to be heard of here."""
    lay_quiet_ground(conn)
    february = [day(number, month=2) for number in (1, 3, 9)]
    add_case(conn, opened_at=february[0], due_at=february[2], events=[closed(february[1])])

    for question in (replace(january(), **{by: "quiet"}), january(day(20))):
        found = measure(conn, question)
        assert [name for name, figure in found.items() if not says_nothing(figure)] == []


def test_the_command_prints_dashes_and_no_percent(engine: Engine) -> None:
    with engine.begin() as conn:
        lay_quiet_ground(conn)
    url = engine.url.render_as_string(hide_password=False)
    window = ["--from", "2026-01-01", "--to", "2026-02-01", "--by", "unit", "--unit", "quiet"]
    answer = CliRunner().invoke(cli, ["metrics", *window, "--database", url])
    told = {line.split()[0]: line.split()[1] for line in answer.stdout.splitlines()}

    assert answer.exit_code == 0
    assert told == {
        name: "0" if metric.unit in COUNTED else "—" for name, metric in METRICS.items()
    }
    assert "%" not in answer.stdout
