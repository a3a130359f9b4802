"""A look at the database finds whatever changes figures, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, delete, insert, update

from data.db import reading
from data.drafts import KeepDraft, keep_draft
from data.journal import audit
from data.news import Look, looked
from data.schema import calendar_days, imports
from data.sessions import open_session
from data.terms import Kind
from tests.builders import add_case, add_centre, day
from tests.desk import DISPATCHER, NOW, do
from tests.people import add_person


def look(engine: Engine, last: Look) -> Look:
    with reading(engine).connect() as conn:
        return looked(conn, last)


def lay_ground(engine: Engine) -> Look:
    with engine.begin() as conn:
        centre = add_centre(conn)
        for no in ("A-1", "A-2"):
            add_case(conn, no, day(5), unit_id=centre, centre_id=centre, due_at=day(9))
        add_person(conn, DISPATCHER.login, DISPATCHER.role)
    return look(engine, Look())


def reject(conn: Connection, case_no: str = "A-1") -> None:
    do(conn, Kind.REJECT, case_no)


def set_day(conn: Connection) -> None:
    conn.execute(delete(calendar_days).where(calendar_days.c.day == NOW.date()))
    conn.execute(insert(calendar_days).values(day=NOW.date(), is_worked=False))


CHANGES = {"an action": reject, "a day of the calendar": set_day}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_figures_is_new_once(engine: Engine, change: object) -> None:
    first = lay_ground(engine)
    assert look(engine, first).version == first.version
    with engine.begin() as conn:
        change(conn)  # type: ignore[operator]
    second = look(engine, first)
    assert second.version == first.version + 1
    assert look(engine, second).version == second.version


def test_what_people_do_besides_is_nothing_new(engine: Engine) -> None:
    first = lay_ground(engine)
    with engine.begin() as conn:
        open_session(conn, DISPATCHER.login, NOW)
        keep_draft(conn, KeepDraft("A-1", "note", (("note", "x"),)), DISPATCHER, NOW)
        audit(conn, DISPATCHER.login, "sign_in", NOW)
    assert look(engine, first).version == first.version


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_who_commits_late_is_news_then(engine: Engine) -> None:
    """Though a later transaction was seen before."""
    first = lay_ground(engine)
    late = engine.connect()
    reject(late, "A-2")
    with engine.begin() as conn:
        reject(conn)
    second = look(engine, first)
    assert second.version == first.version + 1
    late.commit()
    late.close()
    third = look(engine, second)
    assert third.version == second.version + 1
    assert look(engine, third).version == third.version


def test_an_import_and_its_undoing_are_new(engine: Engine) -> None:
    first = lay_ground(engine)
    with engine.begin() as conn:
        about = {"kind": "cases", "file_name": "x", "file_sha256": "x", "mapping": "m"}
        counts = dict.fromkeys(
            ("row_count", "imported_count", "updated_count", "duplicate_count"), 0
        )
        told = about | counts | {"quarantined_count": 0, "reasons": {}, "actor": "x"}
        conn.execute(insert(imports).values(imported_at=NOW, **told))
    second = look(engine, first)
    assert second.version == first.version + 1
    with engine.begin() as conn:
        conn.execute(update(imports).values(undone_at=NOW + timedelta(hours=1)))
    assert look(engine, second).version == second.version + 1
