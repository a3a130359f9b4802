"""The audit as a person reads it: both journals, filtered, sealed or not, and as a file."""

import ast
import csv
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert

from data.access import ACT
from data.audit import (
    CASES,
    GROUPS,
    AuditQuestion,
    audit_page,
    write_audit,
)
from data.audit_words import said, sentence
from data.config import PROJECT, settings
from data.config_record import note_settings
from data.heads import heads
from data.journal import audit, fold, unsealed_count
from data.schema import users
from data.terms import Kind
from data.words import catalogue
from door import keeping
from tests.builders import add_case, day, event
from tests.house import on, opened
from tests.people import audited

NOW = day(20)
MONTH = AuditQuestion(day(1), day(1, month=2))


@pytest.fixture
def told(conn: Connection) -> Connection:
    """A case closed, a sign-in, a refusal and an export, in this order."""
    conn.execute(
        insert(users).values(login="wang", name="王值班", password_hash="-", role="dispatcher")
    )
    add_case(conn, "A-1", day(5), [event(Kind.CLOSE, day(6))])
    audit(conn, "wang", "sign_in", day(7), "wang", {"address": "10.0.0.9"})
    about: dict[str, object] = {"what": f"{ACT}.reassign", "reason": "access.refused"}
    audit(conn, "wang", "refused", day(8), "A-1", about)
    audit(conn, "li", "export", day(9), "=HYPERLINK(1)", {"rows": 3})
    return conn


def kinds(conn: Connection, **looked_for: str) -> list[str]:
    asked = AuditQuestion(MONTH.start, MONTH.end, **looked_for)
    page = audit_page(conn, asked)
    assert page.count == len(page.lines)
    return [line.kind for line in page.lines]


def test_both_journals_stand_in_one_list_the_newest_first(told: Connection) -> None:
    assert kinds(told) == ["export", "refused", "sign_in", "close", "report"]


@pytest.mark.parametrize(
    ("looked_for", "found"),
    [
        ({"group": "refusals"}, ["refused"]),
        ({"group": CASES}, ["close", "report"]),
        ({"group": "files"}, ["export"]),
        ({"group": "accounts"}, []),
        ({"actor": "wang"}, ["refused", "sign_in"]),
        ({"actor": "wan"}, []),
        ({"subject": "A-"}, ["refused", "close", "report"]),
        ({"subject": "%"}, []),
        ({"group": "refusals", "actor": "li"}, []),
    ],
)
def test_what_is_looked_for_is_all_that_is_found(
    told: Connection, looked_for: dict[str, str], found: list[str]
) -> None:
    assert kinds(told, **looked_for) == found


def test_the_period_is_half_open(told: Connection) -> None:
    page = audit_page(told, AuditQuestion(day(7), day(9)))
    assert [line.kind for line in page.lines] == ["refused", "sign_in"]


def test_an_empty_audit_has_no_line(conn: Connection) -> None:
    page = audit_page(conn, MONTH)
    assert (page.lines, page.count) == ((), 0)


def test_a_line_says_who_what_and_why_in_words(told: Connection) -> None:
    line = audit_page(told, AuditQuestion(MONTH.start, MONTH.end, "refusals")).lines[0]
    assert (line.name, line.actor, line.subject) == ("王值班", "wang", "A-1")
    assert (said("kind", line.kind), sentence(line.about)) == ("被拒绝", "事项 改派；原因 没有权限")


def test_a_line_is_sealed_once_the_fold_has_passed(engine: Engine, told: Connection) -> None:
    told.commit()
    with engine.begin() as conn:
        assert not any(line.is_sealed for line in audit_page(conn, MONTH).lines)
        fold(conn, NOW)
    with engine.begin() as conn:
        audit(conn, "wang", "sign_out", NOW, "wang")
    with engine.begin() as conn:
        sealed = [line.is_sealed for line in audit_page(conn, MONTH).lines]
    assert sealed == [False, True, True, True, True, True]


def test_only_the_newest_are_shown_and_all_are_counted(told: Connection) -> None:
    page = audit_page(told, MONTH, 2)
    assert ([line.kind for line in page.lines], page.count) == (["export", "refused"], 5)


def test_a_file_holds_every_line_and_no_formula(told: Connection) -> None:
    file = StringIO(newline="")
    assert write_audit(told, file, MONTH, NOW) == 5
    rows = list(csv.reader(StringIO(file.getvalue(), newline="")))
    assert [len(row) for row in rows] == [6, 6, 6, 6, 6, 6, 1]
    assert rows[1][3] == "'=HYPERLINK(1)"
    assert "2026-01-20 08:00:00" in rows[-1][0]


def test_a_file_that_is_cut_says_so(told: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.audit.EXPORTED", 2)
    file = StringIO(newline="")
    assert write_audit(told, file, MONTH, NOW) == 2
    assert "5" in file.getvalue().splitlines()[-1] and "2" in file.getvalue().splitlines()[-1]


def test_what_a_clock_set_back_wrote_stands_where_it_says(told: Connection) -> None:
    audit(told, "wang", "sign_out", day(6, 12), "wang")
    assert kinds(told) == ["export", "refused", "sign_in", "sign_out", "close", "report"]


def recorded_kinds() -> set[str]:
    """Every kind that some line of ours writes into the audit, as it stands there."""
    found: set[str] = set()
    for room in ("data", "door", "gate"):
        for path in (PROJECT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit":
                    kind = node.args[2]
                    choices = [kind.body, kind.orelse] if isinstance(kind, ast.IfExp) else [kind]
                    assert all(isinstance(one, ast.Constant) for one in choices), path
                    found |= {one.value for one in choices if isinstance(one, ast.Constant)}
    return found


def test_every_kind_that_is_recorded_has_its_word_and_its_group() -> None:
    grouped = {kind for group in GROUPS.values() for kind in group}
    written = recorded_kinds()
    assert {kind for kind in written if said("kind", kind) == kind} == set()
    assert written - grouped == set()
    assert {f"audit.group.{name}" for name in ("all", *GROUPS)} <= set(catalogue("zh_CN"))


def test_settings_are_on_record_when_a_part_of_them_changed(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.cache_clear()
    assert "lamps" in note_settings(conn, "server", day(10))  # all of them, the first time
    assert note_settings(conn, "server", day(11)) == []
    monkeypatch.setenv("YIPING_LAMPS__MINIMUM_BASE", "7")
    settings.cache_clear()
    assert note_settings(conn, "server", day(12)) == ["lamps"]
    monkeypatch.undo()
    settings.cache_clear()
    lines = audit_page(conn, AuditQuestion(MONTH.start, MONTH.end, "system")).lines
    assert [(line.kind, line.at) for line in lines] == [("setting", day(12)), ("setting", day(10))]
    assert "lamps" in dict(lines[0].about)["changed"]


def test_a_server_puts_its_start_and_stop_on_record_and_seals(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "heads.txt"
    monkeypatch.setenv("YIPING_AUDIT__HEADS_FILE", str(place))
    with opened(database_url, monkeypatch):
        with keeping.on_record():
            keeping.seal()
        found = on(database_url, audited)
        assert [kind for kind, _, _ in found] == ["start", "setting", "stop"]
        assert {actor for _, actor, _ in found} == {"server"}
        assert on(database_url, unsealed_count) == 1  # the stop
        assert [head.journal for head in heads(place)] == ["audit_events"]


def test_a_server_starts_beside_a_database_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = f"sqlite:///{tmp_path}/nowhere/yiping.db"
    with opened(nowhere, monkeypatch), keeping.on_record():
        keeping.seal()
    assert "not on record" in caplog.text and "nothing was sealed" in caplog.text
