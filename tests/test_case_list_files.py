"""The list as a file: all of it, as shown, for whoever asks, with no formula in it."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import Connection, update

from data.case_list import files
from data.case_list.asked import CaseFilter, Order, Standing
from data.case_list.columns import NAMES
from data.case_list.files import write_csv, write_workbook
from data.schema import audit_events, cases
from data.words import word
from door.exporting import export
from tests import matrix
from tests.builders import add_case, add_category, add_unit, day
from tests.house import as_, on, opened, session_for
from tests.random_lists import NOW
from tests.test_hostile_text import HOSTILE

ALL = CaseFilter(standing=Standing.ALL)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "＝1", "\t=1", "'=1", *HOSTILE)


def csv_of(conn: Connection, asked: CaseFilter, columns: tuple[str, ...]) -> list[list[str]]:
    file = StringIO(newline="")
    write_csv(conn, file, asked, columns, NOW)
    file.seek(0)
    return list(csv.reader(file))


def cells_of(content: bytes) -> list[list[Any]]:
    sheet = load_workbook(BytesIO(content)).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def book_of(conn: Connection, asked: CaseFilter, columns: tuple[str, ...]) -> list[list[Any]]:
    file = BytesIO()
    write_workbook(conn, file, asked, columns, NOW)
    return cells_of(file.getvalue())


@pytest.fixture
def three(conn: Connection) -> Connection:
    """Two open cases and one with everything said of it."""
    unit, kind = add_unit(conn, "roads"), add_category(conn, "lamps")
    add_case(conn, "B", day(2, 1), due_at=NOW + timedelta(hours=30), category_id=kind)
    add_case(conn, "A", day(1, 1), due_at=NOW - timedelta(hours=2), unit_id=unit)
    add_case(conn, "C", day(3, 1))
    return conn


def test_a_file_holds_the_columns_and_the_order_of_the_screen(three: Connection) -> None:
    asked = CaseFilter(sort=Order.CASE_NO, is_descending=True)
    columns = ("case_no", "state", "clock", "due", "unit", "opened", "transfers")
    header = [word(f"cases.column.{name}") for name in columns]
    header[2] = word("cases.file.clock")
    state = word("state.reported")
    told = word("cases.file.whole", at="2026-01-20 17:00:00", count=3)
    late = "2026-01-20 15:00:00"

    assert csv_of(three, asked, columns) == [
        header,
        ["C", state, "", "", "", "2026-01-03 09:00:00", "0"],
        ["B", state, "30.0", "2026-01-21 23:00:00", "", "2026-01-02 09:00:00", "0"],
        ["A", state, "-2.0", late, "roads", "2026-01-01 09:00:00", "0"],
        [told],
    ]
    rows = book_of(three, asked, columns)
    assert rows[0] == header and rows[4][0] == told
    opened, due = (datetime.fromisoformat(text) for text in ("2026-01-01 09:00", late))
    assert rows[3] == ["A", state, -2, due, "roads", opened, 0]


def test_times_are_those_of_the_centre(three: Connection) -> None:
    (_, cell, *_) = csv_of(three, CaseFilter(words="A"), ("opened",))
    local = day(1, 1).astimezone(ZoneInfo("Asia/Shanghai"))
    assert cell == [f"{local:%Y-%m-%d %H:%M:%S}"]


def test_every_column_can_be_taken_away(three: Connection) -> None:
    assert len(csv_of(three, ALL, NAMES)[0]) == len(book_of(three, ALL, NAMES)[0]) == len(NAMES)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_spreadsheet_finds_a_formula(conn: Connection, text: str) -> None:
    add_case(conn, "A", address=text)
    conn.execute(update(cases).values(title=text))
    rows = csv_of(conn, ALL, ("case_no", "title", "address"))
    for cell in rows[1][1:]:
        assert cell == text or cell == f"'{text}"
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝"))
    book = book_of(conn, ALL, ("case_no", "title", "address"))
    assert book[1] == ["A", text, text]  # as text, so it is left as it was written


def test_a_file_that_is_cut_says_so(three: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "IN_CSV", 2)
    monkeypatch.setattr(files, "IN_WORKBOOK", 1)
    at = "2026-01-20 17:00:00"
    rows = csv_of(three, ALL, ("case_no",))
    assert rows[1:] == [["C"], ["B"], [word("cases.file.cut", at=at, count=3, shown=2)]]
    book = book_of(three, ALL, ("case_no",))
    assert book[1:] == [["C"], [word("cases.file.cut", at=at, count=3, shown=1)]]


def test_an_empty_list_makes_an_empty_file(conn: Connection) -> None:
    told = word("cases.file.whole", at="2026-01-20 17:00:00", count=0)
    assert csv_of(conn, ALL, ("case_no",))[1:] == [[told]]
    assert book_of(conn, ALL, ("case_no",))[1:] == [[told]]


@pytest.fixture
def district(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with opened(database_url, monkeypatch):
        yield database_url


@pytest.mark.parametrize("write", [write_csv, write_workbook])
def test_a_file_tells_of_the_scope_of_whoever_takes_it(district: str, write: Any) -> None:
    """At the moment it is made: whatever scope was handed in when its button was drawn."""
    told = on(district, lambda conn: matrix.build(conn, ["read"]))
    for login in ("dispatcher.district", "leader.town", "operator.unit", "operator.district"):
        role, _, scope = login.partition(".")
        reach = matrix.Holder(role, scope)
        seen = {case.case_no for case in told if case.place in reach.among("sees")}
        make = as_(
            session_for(district, login),
            lambda: export(write, "cases?standing=all", ALL, ("case_no",), NOW),
        )
        content = make()
        if write is write_csv:
            assert content.startswith(b"\xef\xbb\xbf")
            rows = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
        else:
            rows = cells_of(content)
        assert {row[0] for row in rows[1:-1]} == seen, login
        about = on(district, _last_export)
        assert (about.actor, about.object) == (login, "cases?standing=all")
        assert about.details["rows"] == len(seen)


def _last_export(conn: Connection) -> Any:
    newest = audit_events.c.event_id.desc()
    query = audit_events.select().where(audit_events.c.kind == "export").order_by(newest)
    return conn.execute(query).first()
