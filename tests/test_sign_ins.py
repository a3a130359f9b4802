"""Signing in: who is let in, who is locked out, and when the lock ends, on both databases.

The catalogue of bad input, rows L01 and L02, at the level of the data; the form is tested in
`test_gate_sign_in.py`.
"""

from datetime import UTC, datetime, timedelta

import bcrypt
import pytest
from sqlalchemy import Connection, func, select, update

from data import passwords
from data.account_changes import is_own_password
from data.schema import audit_events, sign_ins, users
from data.sessions import actor_of_session, session_of_token
from data.sign_ins import (
    PER_ADDRESS,
    PER_LOGIN,
    WINDOW,
    candidate,
    enter,
    forget_failures,
    is_locked,
    locked_until,
    record_failure,
)
from tests.people import HASH, PASSWORD, add_person, audited

NOW = datetime(2026, 1, 11, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DESK, OTHER = "10.0.0.1", "10.0.0.2"


def fail(conn: Connection, login: str, times: int, address: str = DESK, at: datetime = NOW) -> None:
    for _ in range(times):
        record_failure(conn, login, address, at)


def may_enter(conn: Connection, login: str, address: str, at: datetime) -> bool:
    found = candidate(conn, login, address, at)
    return bcrypt.checkpw(PASSWORD.encode(), found.password_hash.encode())


def test_the_right_password_opens_a_session(conn: Connection) -> None:
    add_person(conn)
    token = enter(conn, candidate(conn, " WANG ", DESK, NOW), DESK, NOW)
    assert token is not None
    actor = actor_of_session(conn, session_of_token(token), NOW)
    assert actor is not None and actor.login == "wang"
    assert conn.execute(select(users.c.signed_in_at)).scalar_one() == NOW
    assert audited(conn) == [("sign_in", "wang", "wang")]


def test_l01_five_wrong_passwords_lock_an_account_for_a_quarter_of_an_hour(
    conn: Connection,
) -> None:
    add_person(conn)
    for number in range(PER_LOGIN):
        assert may_enter(conn, "wang", OTHER, NOW + number * MINUTE)
        record_failure(conn, "wang", DESK, NOW + number * MINUTE)
    assert not may_enter(conn, "wang", OTHER, NOW + 5 * MINUTE)
    assert not may_enter(conn, "wang", OTHER, NOW + WINDOW - MINUTE)
    assert locked_until(conn, NOW + 5 * MINUTE) == {"wang": NOW + WINDOW}
    assert may_enter(conn, "wang", OTHER, NOW + WINDOW)  # released by itself
    assert locked_until(conn, NOW + WINDOW) == {}
    assert audited(conn, "locked") == [("locked", "wang", "wang")]


def test_l01_who_tries_on_does_not_keep_an_account_locked(conn: Connection) -> None:
    add_person(conn)
    fail(conn, "wang", PER_LOGIN)
    for minute in range(1, 15):
        fail(conn, "wang", 1, OTHER, NOW + minute * MINUTE)
    assert may_enter(conn, "wang", DESK, NOW + WINDOW)
    assert len(audited(conn, "sign_in_failed")) == PER_LOGIN + 14  # each is on record


def test_l01_an_address_is_locked_whoever_it_tries(conn: Connection) -> None:
    for number in range(PER_ADDRESS):
        assert not is_locked(conn, "wang", DESK, NOW)
        fail(conn, f"nobody{number}", 1)
    add_person(conn)
    assert not may_enter(conn, "wang", DESK, NOW + MINUTE)
    assert may_enter(conn, "wang", OTHER, NOW + MINUTE)
    assert may_enter(conn, "wang", DESK, NOW + WINDOW)


def test_l01_another_account_is_not_locked(conn: Connection) -> None:
    add_person(conn)
    add_person(conn, "zhou")
    fail(conn, "wang", PER_LOGIN)
    assert may_enter(conn, "zhou", OTHER, NOW)


def test_l01_a_success_forgets_the_failures_of_the_account_not_of_the_address(
    conn: Connection,
) -> None:
    add_person(conn)
    fail(conn, "wang", PER_LOGIN - 1)
    assert enter(conn, candidate(conn, "wang", DESK, NOW), DESK, NOW)
    fail(conn, "wang", PER_LOGIN - 1)
    assert may_enter(conn, "wang", OTHER, NOW)
    fail(conn, "nobody", PER_ADDRESS - 2 * (PER_LOGIN - 1))
    assert not may_enter(conn, "wang", DESK, NOW)


def test_l01_a_password_found_while_others_failed_opens_nothing(conn: Connection) -> None:
    """Many attempts at once: each was checked before any of them was counted."""
    add_person(conn)
    right = candidate(conn, "wang", DESK, NOW)
    fail(conn, "wang", PER_LOGIN)
    assert enter(conn, right, DESK, NOW) is None
    assert audited(conn, "sign_in") == []


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"password_hash": HASH.replace("$2b$", "$2a$")}]
)
def test_a_password_checked_before_the_account_changed_opens_nothing(
    change: dict[str, object], conn: Connection
) -> None:
    add_person(conn)
    right = candidate(conn, "wang", DESK, NOW)
    conn.execute(update(users).values(change))
    assert enter(conn, right, DESK, NOW) is None


def test_l01_strangers_the_locked_and_the_switched_off_cost_the_same_check(
    conn: Connection,
) -> None:
    add_person(conn, "locked")
    add_person(conn, "off", is_active=False)
    fail(conn, "locked", PER_LOGIN)
    found = [candidate(conn, login, OTHER, NOW) for login in ("locked", "off", "nobody")]
    assert {one.password_hash for one in found} == {passwords.nobodys_hash()}
    kept = passwords.hashed("Nantan-7-bridge")
    assert _cost(passwords.nobodys_hash()) == _cost(kept)
    assert not any(is_own_password(one, PASSWORD) for one in found)


def _cost(password_hash: str) -> str:
    return password_hash.split("$")[2]


def test_an_unknown_login_is_not_written_down(conn: Connection) -> None:
    fail(conn, "hunter2", 1)  # a password typed into the wrong field
    assert audited(conn) == [("sign_in_failed", "stranger", None)]
    for table in (audit_events, sign_ins):
        assert "hunter2" not in str(conn.execute(select(table)).all())


def test_an_unlocked_account_may_sign_in_at_once(conn: Connection) -> None:
    add_person(conn)
    fail(conn, "wang", PER_LOGIN)
    assert forget_failures(conn, "wang") == PER_LOGIN
    assert may_enter(conn, "wang", OTHER, NOW)
    assert forget_failures(conn, "wang") == 0


def test_failures_are_kept_no_longer_than_they_count(conn: Connection) -> None:
    fail(conn, "nobody", 30)
    fail(conn, "nobody", 1, DESK, NOW + WINDOW)
    assert conn.execute(select(func.count()).select_from(sign_ins)).scalar_one() == 1


def test_l08_a_clock_set_back_does_not_end_a_lock(conn: Connection) -> None:
    add_person(conn)
    fail(conn, "wang", PER_LOGIN)
    assert not may_enter(conn, "wang", OTHER, NOW - 5 * WINDOW)
