"""The door: who may read and change, one answer for all, and what happens when nobody answers."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Event, Semaphore
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, func, insert, select, update
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

import door
from data import access
from data.access import Permission
from data.accounts import add_user
from data.calendar_changes import SetDay, set_day
from data.config import settings
from data.db import connect
from data.journal import audit
from data.schema import audit_events, cases, units, users
from data.sessions import close_session
from data.terms import DISTRICT, ActionRefused, Actor, Role, Scope
from data.words import word
from door import reading, version
from tests import servers
from tests.builders import add_case
from tests.house import EARLIER, as_, on, opened, session_for
from tests.outage import let_in
from tests.scale import SIZE

HERE = f"{__name__}."


@dataclass(frozen=True)
class Ask:
    case_no: str = "YC-1"


class Offered(dict[str, Any]):
    """A table of access in which everything of this file has its row too."""

    def __contains__(self, name: object) -> bool:
        return str(name).startswith(HERE) or super().__contains__(name)


class OfferedQueries(Offered):
    def __missing__(self, name: str) -> Permission:
        return Permission.READ_CASES


class OfferedActions(Offered):
    def __missing__(self, name: str) -> access.Needs:
        return access.Needs(Permission.REASSIGN)


@pytest.fixture
def house(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The door opened on an empty database with a few accounts."""
    engine = connect(database_url)
    with engine.begin() as conn:
        for role in ("dispatcher", "leader", "security_administrator"):
            add_account(conn, role, role)
    engine.dispose()
    monkeypatch.setattr(access, "ACTIONS", OfferedActions(access.ACTIONS))
    for module in (access, reading):
        monkeypatch.setattr(module, "QUERIES", OfferedQueries(access.QUERIES))
    with opened(database_url, monkeypatch):
        yield database_url


def add_account(conn: Connection, login: str, role: str) -> None:
    """An account that nobody signs in to by its password."""
    conn.execute(insert(users).values(login=login, name=login, password_hash="-", role=role))


def case_count(conn: Connection, scope: Scope = DISTRICT) -> int:
    return conn.execute(select(func.count()).select_from(cases)).scalar_one()


def test_a_stranger_reads_and_changes_nothing(house: str) -> None:
    for session in (None, "0" * 64):
        assert isinstance(as_(session, lambda: door.read(case_count)), door.SignedOut)
        assert isinstance(as_(session, lambda: door.change(report, Ask())), door.SignedOut)
        assert isinstance(as_(session, door.actor), door.SignedOut)
    assert on(house, case_count) == 0


def test_somebody_who_may_not_read_cases_is_refused(house: str) -> None:
    session = session_for(house, "security_administrator")
    assert isinstance(as_(session, lambda: door.read(case_count)), ActionRefused)


def test_a_right_taken_away_counts_at_the_next_read(house: str) -> None:
    session = session_for(house)
    assert as_(session, lambda: door.read(case_count)) == 0
    on(house, lambda conn: conn.execute(update(users).values(role="display")))
    assert isinstance(as_(session, lambda: door.read(case_count)), ActionRefused)
    on(house, lambda conn: close_session(conn, session, EARLIER))
    assert isinstance(as_(session, lambda: door.read(case_count)), door.SignedOut)


def counted() -> tuple[list[object], Callable[..., int]]:
    asked: list[object] = []

    def query(conn: Connection, number: int = 0, scope: Scope = DISTRICT) -> int:
        asked.append(number)
        return case_count(conn) + number

    return asked, query


def test_one_answer_serves_all_sessions_until_the_data_changes(house: str) -> None:
    asked, query = counted()
    one, other = session_for(house), session_for(house, "leader")
    assert as_(one, lambda: door.read(query)) == 0
    assert as_(other, lambda: door.read(query)) == 0
    assert asked == [0]
    assert as_(one, lambda: door.read(query, 5)) == 5  # another question
    assert asked == [0, 5]
    as_(one, lambda: door.change(report, Ask()))
    assert as_(other, lambda: door.read(query)) == 1  # our own change is seen at once
    assert asked == [0, 5, 0]


def test_what_others_change_is_seen_at_the_next_look(house: str) -> None:
    asked, query = counted()
    session = session_for(house)
    as_(session, lambda: door.read(query))
    on(house, lambda conn: add_case(conn, opened_at=EARLIER))
    as_(session, lambda: door.read(query))
    assert asked == [0]  # not looked yet: a look a tick for all
    version.look_again()
    as_(session, lambda: door.read(query))
    assert asked == [0, 0]


def test_a_day_of_the_calendar_said_otherwise_is_a_change(house: str) -> None:
    asked, query = counted()
    session = session_for(house)
    keeper = Actor("system", "系统管理席", Role.SYSTEM_ADMINISTRATOR)
    for said in ("off", "worked", "as-published"):
        as_(session, lambda: door.read(query))
        ask = SetDay(date(2026, 11, 11), said)
        on(house, lambda conn, ask=ask: set_day(conn, ask, keeper, EARLIER))
        version.look_again()
        as_(session, lambda: door.read(query))
    assert asked == [0, 0, 0, 0]


def test_many_at_once_build_an_answer_once(house: str) -> None:
    session, release, came = session_for(house), Event(), Semaphore(0)
    asked: list[int] = []

    def slow(conn: Connection, scope: Scope) -> int:
        asked.append(1)
        release.wait(20)
        return case_count(conn)

    def ask() -> int:
        came.release()
        return door.read(slow)

    def crowd() -> set[int]:
        screen = get_script_run_ctx()
        with ThreadPoolExecutor(
            SIZE.writers, initializer=add_script_run_ctx, initargs=(None, screen)
        ) as threads:
            answers = [threads.submit(ask) for _ in range(SIZE.writers)]
            for _ in answers:
                came.acquire()
            release.set()
            return {answer.result() for answer in answers}

    assert as_(session, crowd) == {0}
    assert asked == [1]


def test_a_failure_is_not_remembered(house: str) -> None:
    session, divisors = session_for(house), [0, 1]

    def share(conn: Connection, scope: Scope) -> float:
        return 3 / divisors.pop(0)

    assert isinstance(as_(session, lambda: door.read(share)), ZeroDivisionError)
    assert as_(session, lambda: door.read(share)) == 3


def test_nobody_can_change_the_answer_of_everybody(house: str) -> None:
    session = session_for(house)

    def lists(conn: Connection, scope: Scope) -> dict[str, list[int]]:
        return {"open": [case_count(conn)]}

    def table(conn: Connection, scope: Scope) -> pd.DataFrame:
        return pd.DataFrame({"open": [case_count(conn)]})

    def spoil() -> int:
        frame = door.read(table)
        frame["open"] = 99
        frame.loc[0, "open"] = 98
        return int(door.read(table)["open"].iloc[0])

    got = as_(session, lambda: door.read(lists))
    assert got == {"open": (0,)} and not hasattr(got, "update")
    assert as_(session, spoil) == 0

    @dataclass
    class Loose:
        number: int

    def loose(conn: Connection, scope: Scope) -> Loose:
        return Loose(case_count(conn))

    assert isinstance(as_(session, lambda: door.read(loose)), TypeError)


def report(conn: Connection, ask: Ask, actor: Actor, now: datetime) -> str:
    add_case(conn, opened_at=EARLIER)
    audit(conn, actor.login, "report", now, ask.case_no)
    return "done"


def report_and_refuse(conn: Connection, ask: Ask, actor: Actor, now: datetime) -> None:
    report(conn, ask, actor, now)
    raise ActionRefused("access.refused", name=actor.name, permission="?")


def report_and_fail(conn: Connection, ask: Ask, actor: Actor, now: datetime) -> float:
    report(conn, ask, actor, now)
    return 1 / 0


def last_audit(conn: Connection) -> Any:
    return conn.execute(select(audit_events).order_by(audit_events.c.event_id.desc())).first()


def test_a_change_is_one_transaction_by_whoever_asks(house: str) -> None:
    assert as_(session_for(house), lambda: door.change(report, Ask())) == "done"
    row = on(house, last_audit)
    assert (row.actor, row.kind, row.object) == ("dispatcher", "report", "YC-1")
    assert on(house, case_count) == 1


def test_a_refusal_changes_nothing_and_is_audited(house: str) -> None:
    session = session_for(house)
    assert isinstance(as_(session, lambda: door.change(report_and_refuse, Ask())), ActionRefused)
    row = on(house, last_audit)
    assert (row.actor, row.kind, row.object) == ("dispatcher", "refused", "YC-1")
    about = {"what": f"{HERE}report_and_refuse", "reason": "access.refused", "role": "dispatcher"}
    assert row.details == about
    assert on(house, case_count) == 0


def test_a_mistake_changes_nothing(house: str) -> None:
    session = session_for(house)
    assert isinstance(as_(session, lambda: door.change(report_and_fail, Ask())), ZeroDivisionError)
    assert on(house, case_count) == 0


def test_the_clock_stands_still_until_a_step_is_over_or_the_data_changes(
    house: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIPING_REFRESH__CLOCK_STEP_SECONDS", "3600")
    settings.cache_clear()
    session = session_for(house)
    first = door.now()
    assert door.now() == first <= datetime.now(UTC)
    before = datetime.now(UTC)
    as_(session, lambda: door.change(report, Ask()))
    assert before < door.now() <= datetime.now(UTC)  # what was just done counts at once


def test_a_screen_outlives_its_database(
    postgres: str, postgres_url: str, cold_server: Callable[..., servers.Server], page: Page
) -> None:
    engine = connect(postgres_url)
    with engine.begin() as conn:
        add_user(conn, "dispatcher", "值班席", servers.PASSWORD, "dispatcher")
        conn.execute(units.insert().values(code="centre", name="中心", kind="centre"))
    engine.dispose()
    server = cold_server(database_url=postgres_url)
    page.goto(server.url)
    servers.sign_in(page, "dispatcher")
    silent = page.get_by_text(word("door.silent", since=EARLIER)[:7])
    for _ in range(SIZE.outages):
        let_in(postgres, postgres_url, False)
        expect(silent.first).to_be_visible(timeout=20_000)
        let_in(postgres, postgres_url, True)
        expect(silent).to_have_count(0, timeout=20_000)
        expect(page.get_by_text(word("sign_out.leave"), exact=True)).to_be_visible()
    let_in(postgres, postgres_url, False)
    page.reload()  # also a screen that never saw its database
    expect(silent.first).to_be_visible(timeout=20_000)
    assert page.request.get(server.url + "/healthz").status == 503
    let_in(postgres, postgres_url, True)
    expect(page.get_by_text(word("sign_out.leave"), exact=True)).to_be_visible(timeout=20_000)
    assert page.request.get(server.url + "/healthz").text() == "ok"
