"""Backups on both databases: consistent while others write, refused when one byte differs."""

import json
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Engine, create_engine, func, insert, select, update
from sqlalchemy.engine import make_url

from data.__main__ import cli
from data.accounts import account_of
from data.backups.bring_back import Restored, restore
from data.backups.files import read_sum, sha256_of, sum_file
from data.backups.save import back_up
from data.config import PROJECT
from data.db import connect
from data.journal import audit, fold, unsealed_count
from data.migrations import migrate, revision
from data.proof import prove
from data.schema import (
    audit_events,
    case_events,
    cases,
    imports,
    metadata,
    overwritten,
    seals,
    users,
)
from data.serving import serving_alone
from data.sessions import actor_of_session
from data.sign_ins import record_failure
from data.terms import Kind, Refused
from tests.builders import add_case, add_unit, day, event
from tests.people import add_person, audited, signed_in
from tests.scale import SIZE

NOW = datetime(2026, 1, 11, 9, tzinfo=UTC)
BY = "command:root"
ENDED = {"sessions", "sign_ins"}  # not brought back


@pytest.fixture
def district(engine: Engine) -> Engine:
    """A few cases with their events, some sealed and some not; an account, signed in."""
    with engine.begin() as conn:
        unit = add_unit(conn, "u1")
        for number in range(20):
            add_case(conn, f"YC-{number}", unit_id=unit, events=[event(Kind.DISPATCH, day(6))])
        add_person(conn, "wang")
        conn.execute(
            insert(overwritten).values(
                batch_id=_batch(conn), case_id=1, values={"title": "旧“标题”\n"}
            )
        )
    with engine.begin() as conn:
        fold(conn, NOW)
    with engine.begin() as conn:
        add_case(conn, "YC-late")
        signed_in(conn, "wang", NOW)
        record_failure(conn, "wang", "10.0.0.1", NOW)
    return engine


def _batch(conn: Connection) -> int:
    counts = {name: 1 for name in [c.name for c in imports.c] if name.endswith("_count")}
    texts = dict.fromkeys(("kind", "file_name", "file_sha256", "mapping", "actor"), "=1\t\\N")
    row = {**texts, **counts, "imported_at": NOW, "reasons": {}}
    key = conn.execute(insert(imports).values(row)).inserted_primary_key
    assert key is not None
    return int(key[0])


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """empty(): a database of the same kind with nothing in it at all."""
    made: list[Engine] = []
    names: list[str] = []

    def make() -> Engine:
        url = make_url(database_url)
        if url.get_backend_name() == "sqlite":
            url = url.set(database=str(tmp_path / f"empty{len(made)}.db"))
        else:
            names.append(f"yiping_{random.getrandbits(48):x}")
            _on_server(database_url, f"CREATE DATABASE {names[-1]}")
            url = url.set(database=names[-1])
        made.append(connect(url.render_as_string(hide_password=False)))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()
    for name in names:
        _on_server(database_url, f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(url: str, statement: str) -> None:
    server = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.exec_driver_sql(statement)
    server.dispose()


def brought_back(engine: Engine, path: Path) -> Restored:
    return restore(engine, path, None, False, BY, NOW)


def rows_of(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, without the marks that belong to a server."""
    marks = {"xid", "from_mark", "to_mark"} if engine.dialect.name == "postgresql" else set()
    with engine.connect() as conn:
        return {
            table.name: [
                {name: value for name, value in row._mapping.items() if name not in marks}
                for row in conn.execute(select(table).order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
        }


def test_a_backup_brought_back_is_the_same_database(
    district: Engine, empty: Callable[[], Engine], tmp_path: Path
) -> None:
    before, place = rows_of(district), empty()
    made = back_up(district, tmp_path / "one.backup", BY, NOW)
    done = brought_back(place, made.path)
    after = rows_of(place)
    assert after["audit_events"].pop()["kind"] == "restore"
    assert after.keys() == before.keys() and before["sessions"] and before["overwritten"]
    for name, rows in after.items():
        assert rows == ([] if name in ENDED else before[name]), name
    assert done.proof.holds and done.proof.case_count == 21
    assert (made.case_count, made.event_count) == (21, 41)


def test_after_a_restore_everybody_signs_in_again_with_the_password_of_then(
    district: Engine, empty: Callable[[], Engine], tmp_path: Path
) -> None:
    with district.begin() as conn:
        session = signed_in(conn, "wang", NOW)
    made, place = back_up(district, tmp_path / "one.backup", BY, NOW), empty()
    brought_back(place, made.path)
    with place.connect() as conn:
        assert actor_of_session(conn, session, NOW) is None
        assert account_of(conn, "wang").is_active


def test_work_goes_on_after_a_restore_and_every_row_is_sealed_once(
    district: Engine, empty: Callable[[], Engine], tmp_path: Path
) -> None:
    made, place = back_up(district, tmp_path / "one.backup", BY, NOW), empty()
    brought_back(place, made.path)
    for number in range(2):  # a backup of what was brought back is as good
        with place.begin() as conn:
            add_case(conn)
            audit(conn, BY, "init", NOW)
        with place.begin() as conn:
            fold(conn, NOW)
        with place.connect() as conn:
            sealed = select(func.sum(seals.c.row_count)).where(seals.c.journal == "case_events")
            count = select(func.count()).select_from(case_events)
            assert conn.execute(sealed).scalar_one() == conn.execute(count).scalar_one()
            assert unsealed_count(conn) == 0
            assert prove(conn).holds
        again = back_up(place, tmp_path / f"again{number}.backup", BY, NOW)
        place = empty()
        brought_back(place, again.path)


def test_a_row_changed_in_what_was_brought_back_is_still_found(
    district: Engine, empty: Callable[[], Engine], tmp_path: Path
) -> None:
    made, place = back_up(district, tmp_path / "one.backup", BY, NOW), empty()
    brought_back(place, made.path)
    with place.begin() as conn:
        conn.execute(update(cases).where(cases.c.case_id == 1).values(reopen_count=7))
        assert prove(conn).difference == "cases YC-0 reopen_count: 7 ≠ 0"


def test_the_marks_of_another_server_lie_before_everything_written_here(
    postgres_url: str, tmp_path: Path
) -> None:
    engine = connect(postgres_url)
    with engine.begin() as conn:
        add_case(conn)
    with engine.begin() as conn:
        fold(conn, NOW)
    made = back_up(engine, tmp_path / "one.backup", BY, NOW)
    engine.dispose()
    with ZipFile(made.path) as archive:
        marks = [line.split(b"\t")[-1] for line in archive.read("case_events").splitlines()]
        ends = [line.split(b"\t")[3] for line in archive.read("seals").splitlines()]
    assert marks and all(int(mark) < 0 for mark in marks)
    assert ends and all(int(end) <= 0 for end in ends)


# Damage


@pytest.fixture
def made(district: Engine, tmp_path: Path) -> Path:
    return back_up(district, tmp_path / "one.backup", BY, NOW).path


def refused(engine: Engine, path: Path, expected: str | None = None) -> str:
    """The reason for which a restore is refused; nothing came of it."""
    with pytest.raises(Refused) as refusal:
        restore(engine, path, expected, False, BY, NOW)
    assert str(refusal.value)
    if engine.dialect.name == "sqlite":
        assert not Path(engine.url.database or "").exists()
    else:
        with engine.connect() as conn:
            assert revision(conn) == ""
    return refusal.value.key


def test_each_changed_byte_is_found(made: Path, empty: Callable[[], Engine]) -> None:
    whole, place = made.read_bytes(), empty()
    for _ in range(100):
        spoilt = bytearray(whole)
        spoilt[random.randrange(len(whole))] ^= 1 << random.randrange(8)
        made.write_bytes(spoilt)
        assert refused(place, made) == "backup.damaged"
    made.write_bytes(whole)
    assert brought_back(place, made).proof.holds


@pytest.mark.parametrize("size", [0, 1, 1000, -1])
def test_a_cut_backup_is_found(size: int, made: Path, empty: Callable[[], Engine]) -> None:
    made.write_bytes(made.read_bytes()[:size])
    assert refused(empty(), made) == "backup.damaged"


def test_an_exchanged_backup_is_found(
    district: Engine, made: Path, empty: Callable[[], Engine], tmp_path: Path
) -> None:
    other, place = back_up(district, tmp_path / "two.backup", BY, NOW), empty()
    shutil.copy(other.path, made)
    assert refused(place, made) == "backup.damaged"
    shutil.copy(sum_file(other.path), sum_file(made))  # with its sum, which names another file
    assert refused(place, made) == "backup.no_sum"
    sum_file(made).unlink()
    assert refused(place, made) == "backup.no_sum"
    assert refused(place, made, "0" * 64) == "backup.damaged"
    assert restore(place, made, other.sha256.upper(), False, BY, NOW).proof.holds


def test_a_file_that_is_no_backup_is_refused(empty: Callable[[], Engine], tmp_path: Path) -> None:
    path, place = tmp_path / "letter.txt", empty()
    path.write_text("Dear all")
    assert refused(place, path, sha256_of(path)) == "backup.other_kind"
    assert refused(place, tmp_path / "nowhere") == "backup.unreadable"


def test_a_backup_of_the_other_kind_is_refused(
    sqlite_url: str, postgres_url: str, tmp_path: Path
) -> None:
    for url, other in ((sqlite_url, postgres_url), (postgres_url, sqlite_url)):
        engine, there = connect(url), connect(other)
        path = back_up(engine, tmp_path / f"{engine.dialect.name}.backup", BY, NOW).path
        with pytest.raises(Refused) as refusal:
            restore(there, path, None, True, BY, NOW)
        assert refusal.value.key == "backup.other_kind"
        engine.dispose()
        there.dispose()


# In the way


def test_a_restore_lays_the_present_file_aside_and_only_when_told_to(
    sqlite_url: str, tmp_path: Path
) -> None:
    engine = connect(sqlite_url)
    path = back_up(engine, tmp_path / "one.backup", BY, NOW).path
    with engine.begin() as conn:
        add_person(conn, "late")
    engine.dispose()
    with pytest.raises(Refused, match="--replace"):
        brought_back(engine, path)
    with serving_alone(sqlite_url), pytest.raises(Refused, match="已由进程"):
        restore(engine, path, None, True, BY, NOW)
    done = restore(engine, path, None, True, BY, NOW)
    assert done.aside is not None
    for url, logins in ((sqlite_url, []), (f"sqlite:///{done.aside}", ["late"])):
        engine = connect(url)
        with engine.connect() as conn:
            assert conn.execute(select(users.c.login)).scalars().all() == logins
        engine.dispose()
    assert sorted(path.name for path in tmp_path.glob(".*")) == []  # nothing half done lies about


def test_a_database_of_postgresql_that_holds_anything_is_not_written_over(
    postgres_url: str, tmp_path: Path
) -> None:
    engine = connect(postgres_url)
    path = back_up(engine, tmp_path / "one.backup", BY, NOW).path
    with pytest.raises(Refused, match="不是空的"):
        restore(engine, path, None, True, BY, NOW)
    engine.dispose()


def test_a_backup_never_writes_over_a_file(district: Engine, made: Path) -> None:
    whole = made.read_bytes()
    with pytest.raises(Refused, match="不覆盖"):
        back_up(district, made, BY, NOW)
    assert made.read_bytes() == whole
    with pytest.raises(Refused, match="不能在"):
        back_up(district, made.parent / "nowhere" / "two.backup", BY, NOW)


def test_a_backup_is_for_its_owner_alone_and_on_record(district: Engine, made: Path) -> None:
    assert made.stat().st_mode & 0o077 == 0
    with district.connect() as conn:
        assert audited(conn, "backup") == [("backup", BY, "one.backup")]
        details = select(audit_events.c.details).where(audit_events.c.kind == "backup")
        assert conn.execute(details).scalar_one()["sha256"] == read_sum(made)


def test_a_backup_of_an_older_program_is_brought_to_the_newest_schema(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as conn:
        migrate(conn, "0003")
        conn.exec_driver_sql(
            "INSERT INTO users (login, name, password_hash, role, is_active, failed_sign_in_count)"
            " VALUES ('wang', '值班席', 'x', 'dispatcher', 1, 3)"
        )
        conn.exec_driver_sql(
            "INSERT INTO sessions (token_sha256, login, opened_at, expires_at)"
            " VALUES ('0', 'wang', 0, 9000000000000000)"
        )
        conn.exec_driver_sql(
            "INSERT INTO cases (case_no, district_code, state, opened_at, last_event_at, version,"
            " is_verified, transfer_count, return_count, reopen_count, escalation_count,"
            " supervision_count, extension_count, failed_check_count)"
            " VALUES ('C1', 'demo', 'reported', 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)"
        )
        conn.exec_driver_sql(
            "INSERT INTO case_events (case_id, at, source_order, kind, to_state, is_transfer,"
            " actor, is_adjusted, recorded_at)"
            " VALUES (1, 0, 0, 'report', 'reported', 0, 'test', 0, 0)"
        )
    engine.dispose()
    place = connect(f"sqlite:///{tmp_path / 'new.db'}")
    old = tmp_path / "old.db"
    assert restore(place, old, sha256_of(old), False, BY, NOW).proof.holds
    with place.connect() as conn:
        found = account_of(conn, "wang")
        assert (found.role, found.is_active, found.must_change_password) == (
            "dispatcher",
            True,
            False,
        )
    place.dispose()


def test_a_backup_of_a_newer_program_is_refused(made: Path, empty: Callable[[], Engine]) -> None:
    place = empty()
    if place.dialect.name == "sqlite":
        engine = connect(f"sqlite:///{made}")
        with engine.begin() as conn:
            conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        engine.dispose()
    else:
        with ZipFile(made) as archive:
            contents = json.loads(archive.read("contents.json"))
        with ZipFile(made, "w") as archive:
            archive.writestr("contents.json", json.dumps(contents | {"revision": "9999"}))
    assert refused(place, made, sha256_of(made)) == "database.newer"


# While others write


@contextmanager
def writers(url: str, count: int) -> Iterator[None]:
    """Threads that add cases with their events until they are told to stop."""
    stop, failures = Event(), list[BaseException]()

    def write() -> None:
        engine = connect(url)
        try:
            while not stop.is_set():
                with engine.begin() as conn:
                    add_case(conn, events=[event(Kind.DISPATCH, day(6))])
                    audit(conn, BY, "init", NOW)
        except BaseException as failure:
            failures.append(failure)
            raise
        finally:
            engine.dispose()

    threads = [Thread(target=write) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert not failures


def test_each_backup_made_while_others_write_is_consistent(
    database_url: str, empty: Callable[[], Engine], tmp_path: Path
) -> None:
    engine = connect(database_url)
    with engine.begin() as conn:
        add_unit(conn, "u1")
    with writers(database_url, SIZE.writers):
        made = [
            back_up(engine, tmp_path / f"{number}.backup", BY, NOW)
            for number in range(SIZE.backups)
        ]
    engine.dispose()
    for backup in made:
        place = empty()
        done = brought_back(place, backup.path)
        with place.connect() as conn:
            versions = conn.execute(select(func.sum(cases.c.version))).scalar_one() or 0
        place.dispose()
        assert done.proof.holds
        assert done.proof.event_count == backup.event_count == versions
    counts = [backup.case_count for backup in made]
    assert counts == sorted(counts) and counts[-1] > counts[0]


def test_a_killed_backup_is_there_whole_or_not_at_all(
    district: Engine, database_url: str, empty: Callable[[], Engine], tmp_path: Path
) -> None:
    for number in range(SIZE.backup_kills):
        path = tmp_path / f"{number}.backup"
        command = [sys.executable, "-m", "data", "backup", str(path), "--database", database_url]
        with subprocess.Popen(command, cwd=PROJECT) as process:
            while process.poll() is None and not _begun(path):
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.01)
            process.kill()
        assert not path.exists() or sha256_of(path) == read_sum(path)
    with district.connect() as conn:
        assert prove(conn).holds
    last = back_up(district, tmp_path / "last.backup", BY, NOW)
    assert brought_back(empty(), last.path).proof.holds


def _begun(path: Path) -> bool:
    return any(path.parent.glob(f".{path.name}.*.part"))


def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing(
    district: Engine, database_url: str, tmp_path: Path
) -> None:
    """A limit on the size of files stands for a full disk."""
    path = tmp_path / "one.backup"
    command = [sys.executable, "-m", "data", "backup", str(path), "--database", database_url]
    done = subprocess.run(
        command,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048)),
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "不能在" in done.stderr
    assert [file.name for file in tmp_path.iterdir() if "backup" in file.name] == []
    with district.connect() as conn:
        assert prove(conn).holds and audited(conn, "backup") == []


# From a prompt


def test_backup_and_restore_from_a_prompt(
    district: Engine, empty: Callable[[], Engine], database_url: str, tmp_path: Path
) -> None:
    path, place = str(tmp_path / "one.backup"), empty()
    told = CliRunner().invoke(cli, ["backup", path, "--json", "--database", database_url])
    found = json.loads(told.output)
    assert (found["cases"], found["events"]) == (21, 41)
    url = place.url.render_as_string(hide_password=False)
    told = CliRunner().invoke(cli, ["restore", path, "--json", "--database", url])
    assert told.exit_code == 0, told.stderr
    brought = json.loads(told.output)
    assert brought["sha256"] == found["sha256"] and brought["holds"] is True
    again = CliRunner().invoke(cli, ["restore", path, "--database", url])
    assert again.exit_code == 1 and again.stderr.count("\n") == 1
