"""Accounts, sessions and permissions, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from data.access import WHO_MAY, Permission, may, require
from data.accounts import (
    SESSION_LENGTH,
    actor_of_session,
    add_user,
    close_session,
    credentials_of,
    open_session,
    record_failure,
    session_of_token,
)
from data.schema import audit_events, sessions, users
from data.terms import ActionRefused, Actor, Refused, Role
from data.words import word

NOW = datetime(2026, 1, 11, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def add_wang(conn: Connection, role: str = "dispatcher") -> None:
    add_user(conn, "Wang", "王值班", "correct horse", role)


def audited(conn: Connection) -> list[tuple[str, str, str | None]]:
    query = select(audit_events.c.kind, audit_events.c.actor, audit_events.c.object)
    return [tuple(row) for row in conn.execute(query.order_by(audit_events.c.event_id))]


def test_a_session_names_its_actor_until_it_ends(conn: Connection) -> None:
    add_wang(conn)
    session = session_of_token(open_session(conn, "wang", NOW))
    wang = Actor("wang", "王值班", Role.DISPATCHER)
    assert actor_of_session(conn, session, NOW) == wang
    assert actor_of_session(conn, session, NOW + SESSION_LENGTH - MINUTE) == wang
    assert actor_of_session(conn, session, NOW + SESSION_LENGTH) is None
    assert actor_of_session(conn, "0" * 64, NOW) is None


def test_the_token_itself_is_stored_nowhere(conn: Connection) -> None:
    add_wang(conn)
    token = open_session(conn, "wang", NOW)
    assert token not in str(conn.execute(select(sessions)).all())


def test_signing_out_ends_a_session_once(conn: Connection) -> None:
    add_wang(conn)
    session = session_of_token(open_session(conn, "wang", NOW))
    other = session_of_token(open_session(conn, "wang", NOW))
    close_session(conn, session, NOW + MINUTE)
    close_session(conn, session, NOW + MINUTE)
    assert actor_of_session(conn, session, NOW + MINUTE) is None
    assert actor_of_session(conn, other, NOW + MINUTE) is not None  # another browser
    assert [kind for kind, *_ in audited(conn)] == ["sign_in", "sign_in", "sign_out"]


def test_an_account_switched_off_or_moved_counts_at_once(conn: Connection) -> None:
    add_wang(conn)
    session = session_of_token(open_session(conn, "wang", NOW))
    conn.execute(update(users).values(role="leader"))
    moved = actor_of_session(conn, session, NOW)
    assert moved is not None and moved.role is Role.LEADER
    conn.execute(update(users).values(role="mayor"))
    assert actor_of_session(conn, session, NOW) is None  # an unknown role is a stranger
    conn.execute(update(users).values(role="leader", is_active=False))
    assert actor_of_session(conn, session, NOW) is None


def test_an_unknown_login_is_not_written_down(conn: Connection) -> None:
    record_failure(conn, "hunter2", NOW)  # a password typed into the wrong field
    assert audited(conn) == [("sign_in_failed", "stranger", None)]


def test_strangers_and_the_switched_off_get_a_hash_of_the_same_cost(conn: Connection) -> None:
    add_wang(conn)
    known = credentials_of(conn, "Wang")["usernames"]["wang"]["password"]
    stranger = credentials_of(conn, "nobody")["usernames"]["nobody"]["password"]
    assert str(known)[:7] == str(stranger)[:7] and known != stranger
    conn.execute(update(users).values(is_active=False))
    assert credentials_of(conn, "wang")["usernames"]["wang"]["password"] == stranger


def test_an_account_needs_a_known_role_and_a_password_that_is_not_cut(conn: Connection) -> None:
    with pytest.raises(Refused, match="mayor"):
        add_wang(conn, role="mayor")
    with pytest.raises(Refused, match="72"):
        add_user(conn, "li", "李", "长" * 25, "leader")
    with pytest.raises(Refused, match="72"):
        add_user(conn, "li", "李", "  ", "leader")


def test_a_refusal_says_who_lacks_what() -> None:
    auditor = Actor("sun", "孙审计", Role.AUDITOR)
    require(auditor, Permission.READ_CASES)
    with pytest.raises(ActionRefused, match=f"孙审计.*{word('permission.reassign')}"):
        require(auditor, Permission.REASSIGN)


def test_a_role_nobody_named_may_nothing() -> None:
    stranger = Actor("x", "x", "mayor")  # type: ignore[arg-type]
    assert not any(may(stranger, permission) for permission in Permission)
    assert set(WHO_MAY) == set(Permission)


def test_administrators_handle_no_cases() -> None:
    for role in (Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR, Role.DISPLAY):
        assert not may(Actor("x", "x", role), Permission.READ_CASES)
