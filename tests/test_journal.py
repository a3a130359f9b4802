"""The journal grows and never changes; who rewrites it is named, row by row."""

import hashlib

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from data.db import connect, is_sqlite
from data.journal import audit, broken_row, canonical, fold, unsealed_count
from data.proof import prove
from data.schema import audit_events, case_events, cases, seals
from data.sealing import seal_all
from data.terms import Kind
from tests.builders import add_case, day, event

NOW = day(20)
JOURNALS = (case_events, audit_events, seals)


def _fill(conn: Connection) -> None:
    for number in range(3):
        add_case(conn, f"A-{number}", day(5), [event(Kind.CLOSE, day(6))])
    audit(conn, "dispatcher", "sign_in", NOW)


@pytest.mark.parametrize("table", JOURNALS, ids=lambda table: table.name)
@pytest.mark.parametrize("statement", [update, delete], ids=["update", "delete"])
def test_no_row_of_a_journal_is_changed_or_removed(
    engine: Engine, table: object, statement: object
) -> None:
    with engine.begin() as conn:
        _fill(conn)
        fold(conn, NOW)
    change = statement(table)  # type: ignore[operator]
    if statement is update:
        change = change.values({next(iter(table.primary_key)).name: 99})  # type: ignore[attr-defined]
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as conn:
        conn.execute(change)


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("table", JOURNALS, ids=lambda table: table.name)
def test_replacing_a_row_in_sqlite_is_refused(
    sqlite_url: str, table: object, recursive: str
) -> None:
    engine = connect(sqlite_url)
    with engine.begin() as conn:
        _fill(conn)
        fold(conn, NOW)
        row = dict(conn.execute(table.select()).first()._mapping)  # type: ignore[attr-defined]
    with pytest.raises(DBAPIError, match="append-only"), engine.connect() as conn:
        conn.exec_driver_sql(f"PRAGMA recursive_triggers={recursive}")
        conn.execute(insert(table).prefix_with("OR REPLACE"), row)  # type: ignore[arg-type]


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replacing_a_row_by_its_own_key_is_refused(sqlite_url: str, recursive: str) -> None:
    engine, about = connect(sqlite_url), {"case_id": 1, "at": NOW, "kind": "close", "actor": "x"}
    told = about | {"recorded_at": NOW, "idempotency_key": "once"}
    with engine.begin() as conn:
        _fill(conn)
        conn.execute(insert(case_events), told)
    with pytest.raises(DBAPIError, match="append-only"), engine.connect() as conn:
        conn.exec_driver_sql(f"PRAGMA recursive_triggers={recursive}")
        conn.execute(insert(case_events).prefix_with("OR REPLACE"), told | {"kind": "reopen"})


@pytest.mark.parametrize("table", JOURNALS, ids=lambda table: table.name)
def test_inserting_over_a_row_is_refused(engine: Engine, table: object) -> None:
    dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
    key = next(iter(table.primary_key))  # type: ignore[attr-defined]
    with engine.begin() as conn:
        _fill(conn)
    with engine.begin() as conn:
        fold(conn, NOW)
        row = dict(conn.execute(table.select()).first()._mapping)  # type: ignore[attr-defined]
    upsert = dialect.insert(table).values(row)  # type: ignore[attr-defined]
    upsert = upsert.on_conflict_do_update(index_elements=[key], set_={key.name: 99})
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as conn:
        conn.execute(upsert)


@pytest.mark.parametrize("table", JOURNALS, ids=lambda table: table.name)
def test_no_row_is_planted_to_be_replaced_later(sqlite_url: str, table: object) -> None:
    """SQLite shows a key that is not given yet as -1: a row of that key could be replaced."""
    engine = connect(sqlite_url)
    with engine.begin() as conn:
        _fill(conn)
        fold(conn, NOW)
        row = dict(conn.execute(table.select()).first()._mapping)  # type: ignore[attr-defined]
    key = next(iter(table.primary_key)).name  # type: ignore[attr-defined]
    planted = row | {key: -1} | ({"idempotency_key": None} if table is case_events else {})
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as conn:
        conn.execute(insert(table), planted)  # type: ignore[arg-type]


@pytest.mark.parametrize("verb", ["DELETE FROM", "TRUNCATE"])
@pytest.mark.parametrize("table", JOURNALS, ids=lambda table: table.name)
def test_the_role_of_a_replica_does_not_help_in_postgresql(
    postgres_url: str, table: object, verb: str
) -> None:
    engine = connect(postgres_url)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as conn:
        conn.execute(text("SET session_replication_role = replica"))
        conn.execute(text(f"{verb} {table.name}"))  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", JOURNALS, ids=lambda table: table.name)
def test_truncating_in_postgresql_is_refused(postgres_url: str, table: object) -> None:
    engine = connect(postgres_url)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as conn:
        conn.execute(text(f"TRUNCATE {table.name} CASCADE"))  # type: ignore[attr-defined]


def test_a_fold_seals_every_row_once(engine: Engine) -> None:
    with engine.begin() as conn:
        _fill(conn)
    with engine.begin() as conn:
        assert unsealed_count(conn) == 7
        assert fold(conn, NOW) == {"case_events": 6, "audit_events": 1}
    with engine.begin() as conn:
        assert fold(conn, NOW) == {"case_events": 0, "audit_events": 0}
        assert unsealed_count(conn) == 0
        assert prove(conn).holds


def test_a_seal_is_made_of_the_one_before_and_its_rows(engine: Engine) -> None:
    """So that no seal can be written anew without all that follow it."""
    for number in range(2):
        with engine.begin() as conn:
            audit(conn, "dispatcher", f"kind {number}", NOW)
        with engine.begin() as conn:
            fold(conn, NOW)
    with engine.connect() as conn:
        rows = conn.execute(select(audit_events).order_by(audit_events.c.event_id)).all()
        sealed = conn.execute(select(seals.c.sha256).order_by(seals.c.seal_id)).scalars().all()
    first = hashlib.sha256(canonical(rows[0])).hexdigest()
    assert sealed == [first, hashlib.sha256(first.encode() + canonical(rows[1])).hexdigest()]


def test_a_fold_in_sqlite_holds_writers_up_for_some_rows_only(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.journal.SEALED_AT_A_TIME", 4)
    engine = connect(sqlite_url)
    with engine.begin() as conn:
        _fill(conn)
    with engine.begin() as conn:
        assert fold(conn, NOW) == {"case_events": 4, "audit_events": 1}
    assert seal_all(engine, NOW, None) == {"case_events": 2, "audit_events": 0}
    with engine.connect() as conn:
        assert unsealed_count(conn) == 0 and prove(conn).holds


def test_whoever_waits_to_write_does_so_between_two_parts(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, other = connect(sqlite_url), connect(sqlite_url)
    with engine.begin() as conn:
        _fill(conn)

    def write(_: float) -> None:
        with other.begin() as conn:
            audit(conn, "dispatcher", "sign_out", NOW)

    monkeypatch.setattr("data.journal.SEALED_AT_A_TIME", 4)
    monkeypatch.setattr("data.sealing.sleep", write)
    assert seal_all(engine, NOW, None) == {"case_events": 6, "audit_events": 2}
    with engine.connect() as conn:
        assert unsealed_count(conn) == 0 and prove(conn).holds


def test_rows_not_sealed_yet_are_no_fault(engine: Engine) -> None:
    with engine.begin() as conn:
        _fill(conn)
    with engine.connect() as conn:
        proof = prove(conn)

    assert proof.holds
    assert proof.unsealed_count == 7


@pytest.mark.parametrize("table", [case_events, audit_events], ids=lambda table: table.name)
def test_a_rewritten_row_is_named(engine: Engine, table: object) -> None:
    with engine.begin() as conn:
        _fill(conn)
    with engine.begin() as conn:
        fold(conn, NOW)
    _without_triggers(engine, f"UPDATE {table.name} SET actor = 'nobody' WHERE event_id = 1")  # type: ignore[attr-defined]
    with engine.connect() as conn:
        assert broken_row(conn) == f"{table.name} 1"  # type: ignore[attr-defined]


def test_a_removed_row_is_noticed_at_the_next_one(engine: Engine) -> None:
    with engine.begin() as conn:
        _fill(conn)
    with engine.begin() as conn:
        fold(conn, NOW)
    _without_triggers(engine, "DELETE FROM case_events WHERE event_id = 2")
    with engine.connect() as conn:
        assert broken_row(conn) == "case_events 3"


def test_a_case_row_that_its_events_contradict_is_named(engine: Engine) -> None:
    with engine.begin() as conn:
        _fill(conn)
        conn.execute(update(cases).where(cases.c.case_no == "A-1").values(state="in_progress"))
    with engine.connect() as conn:
        proof = prove(conn)

    assert not proof.holds
    assert proof.difference == "cases A-1 state: in_progress ≠ closed"


def _without_triggers(engine: Engine, statement: str) -> None:
    """What the owner of the file, or a superuser, can always do."""
    with engine.begin() as conn:
        if is_sqlite(conn):
            for table in JOURNALS:
                for verb in ("update", "delete"):
                    conn.execute(text(f"DROP TRIGGER {table.name}_no_{verb}"))
        else:
            for table in JOURNALS:
                conn.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
        conn.execute(text(statement))
