"""Sessions: who is signed in, where and until when, on both databases.

The catalogue of bad input, rows L03 to L08, at the level of the data.
"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from data.schema import audit_events, sessions, users
from data.sessions import (
    IDLE,
    PER_ACCOUNT,
    SESSION_LENGTH,
    actor_of_session,
    close_session,
    holder_of_session,
    note_refused,
    note_visit,
    open_session,
    open_sessions,
    revoke_sessions,
    session_of_token,
)
from data.terms import Actor, Role
from tests.people import add_person, audited, signed_in

NOW = datetime(2026, 1, 11, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def is_open(conn: Connection, session: str, at: datetime) -> bool:
    return actor_of_session(conn, session, at) is not None


def test_a_session_names_its_actor(conn: Connection) -> None:
    add_person(conn)
    session = signed_in(conn, "wang", NOW)
    assert actor_of_session(conn, session, NOW) == Actor("wang", "wang的岗位", Role.DISPATCHER)


def test_the_token_itself_is_stored_nowhere(conn: Connection) -> None:
    add_person(conn)
    token = open_session(conn, "wang", NOW)
    for table in (sessions, audit_events):
        assert token not in str(conn.execute(select(table)).all())


@pytest.mark.parametrize("forged", ["", "0" * 64, "eyJhbGciOiJub25lIn0.e30.", "' OR '1'='1"])
def test_l04_a_token_that_was_never_given_opens_nothing(forged: str, conn: Connection) -> None:
    add_person(conn)
    session = signed_in(conn, "wang", NOW)
    assert not is_open(conn, forged, NOW)
    assert not is_open(conn, session_of_token(forged), NOW)
    assert not is_open(conn, session_of_token(session), NOW)  # its name in the table is no token


def test_l05_three_sessions_of_an_account_are_open_and_listed(conn: Connection) -> None:
    add_person(conn)
    opened = [signed_in(conn, "wang", NOW + n * MINUTE, f"10.0.0.{n}") for n in range(4)]
    assert [is_open(conn, each, NOW + 4 * MINUTE) for each in opened] == [False, True, True, True]
    listed = open_sessions(conn, NOW + 4 * MINUTE, "wang", here=opened[2])
    assert [one.address for one in listed] == ["10.0.0.3", "10.0.0.2", "10.0.0.1"]
    assert [one.is_this for one in listed] == [False, True, False]
    assert len(listed) == PER_ACCOUNT
    assert audited(conn, "session_revoked") == [("session_revoked", "wang", "wang")]


def test_l05_sessions_that_ended_take_no_room(conn: Connection) -> None:
    add_person(conn)
    signed_in(conn, "wang", NOW)
    kept = [signed_in(conn, "wang", NOW + IDLE) for _ in range(3)]
    assert all(is_open(conn, each, NOW + IDLE) for each in kept)
    assert audited(conn, "session_revoked") == []


def test_l06_a_session_ends_when_nobody_does_anything(conn: Connection) -> None:
    add_person(conn)
    session = signed_in(conn, "wang", NOW)
    assert is_open(conn, session, NOW + IDLE - MINUTE)
    assert not is_open(conn, session, NOW + IDLE)
    note_visit(conn, session, NOW + IDLE)  # too late
    assert not is_open(conn, session, NOW + IDLE)


def test_l06_a_visit_holds_it_open_up_to_its_length(conn: Connection) -> None:
    add_person(conn)
    session, at = signed_in(conn, "wang", NOW), NOW
    while at + IDLE / 2 < NOW + SESSION_LENGTH:
        at += IDLE / 2
        note_visit(conn, session, at)
        assert is_open(conn, session, at)
    assert not is_open(conn, session, NOW + SESSION_LENGTH)


def test_l06_visits_are_noted_once_in_five_minutes(conn: Connection) -> None:
    add_person(conn)
    session = signed_in(conn, "wang", NOW)
    for minutes, seen in ((4, NOW), (5, NOW + 5 * MINUTE), (9, NOW + 5 * MINUTE)):
        note_visit(conn, session, NOW + minutes * MINUTE)
        assert conn.execute(select(sessions.c.last_seen_at)).scalar_one() == seen


def test_l06_a_wall_has_nobody_before_it_and_stays(conn: Connection) -> None:
    add_person(conn, "wall", "display")
    session = signed_in(conn, "wall", NOW)
    assert is_open(conn, session, NOW + SESSION_LENGTH - MINUTE)
    assert not is_open(conn, session, NOW + SESSION_LENGTH)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DISPLAY])
def test_l06_nobody_else_does(role: Role, conn: Connection) -> None:
    add_person(conn, "wang", role)
    session = signed_in(conn, "wang", NOW)
    assert holder_of_session(conn, session, NOW + IDLE) is None


def test_l08_a_session_visited_in_the_future_has_ended(conn: Connection) -> None:
    """The clock was set back: nobody can tell how long ago the visit was."""
    add_person(conn)
    session = signed_in(conn, "wang", NOW)
    assert is_open(conn, session, NOW - MINUTE)
    assert not is_open(conn, session, NOW - 2 * MINUTE)
    assert not is_open(conn, session, NOW - SESSION_LENGTH)


def test_l03_signing_out_ends_one_session_once(conn: Connection) -> None:
    add_person(conn)
    session, other = (signed_in(conn, "wang", NOW) for _ in range(2))
    close_session(conn, session, NOW + MINUTE)
    close_session(conn, session, NOW + MINUTE)
    close_session(conn, "0" * 64, NOW + MINUTE)
    assert not is_open(conn, session, NOW + MINUTE)
    assert is_open(conn, other, NOW + MINUTE)  # another browser
    assert [kind for kind, *_ in audited(conn)] == ["sign_in", "sign_in", "sign_out"]


def test_l03_a_visit_does_not_wake_an_ended_session(conn: Connection) -> None:
    add_person(conn)
    session = signed_in(conn, "wang", NOW)
    close_session(conn, session, NOW)
    note_visit(conn, session, NOW + MINUTE)
    assert not is_open(conn, session, NOW + MINUTE)


def test_sessions_of_an_account_end_everywhere_and_of_no_other(conn: Connection) -> None:
    add_person(conn)
    add_person(conn, "zhou")
    wangs = [signed_in(conn, "wang", NOW) for _ in range(2)]
    zhous = signed_in(conn, "zhou", NOW)
    assert revoke_sessions(conn, "wang", NOW, "zhou", "ended") == 2
    assert revoke_sessions(conn, "wang", NOW, "zhou", "ended") == 0
    assert [is_open(conn, each, NOW) for each in (*wangs, zhous)] == [False, False, True]
    assert audited(conn, "session_revoked") == [("session_revoked", "zhou", "wang")]


def test_l07_an_account_switched_off_or_moved_counts_at_the_next_question(
    conn: Connection,
) -> None:
    add_person(conn)
    session = signed_in(conn, "wang", NOW)
    conn.execute(update(users).values(role="leader"))
    moved = actor_of_session(conn, session, NOW)
    assert moved is not None and moved.role is Role.LEADER
    conn.execute(update(users).values(role="mayor"))
    assert not is_open(conn, session, NOW)  # an unknown role is a stranger
    conn.execute(update(users).values(role="leader", is_active=False))
    assert not is_open(conn, session, NOW)
    assert holder_of_session(conn, session, NOW) is None


def test_an_account_with_a_first_password_is_nobody_until_it_is_changed(conn: Connection) -> None:
    add_person(conn, must_change_password=True)
    session = signed_in(conn, "wang", NOW)
    assert actor_of_session(conn, session, NOW) is None
    holder = holder_of_session(conn, session, NOW)
    assert holder is not None and holder.login == "wang" and holder.must_change_password


def test_l04_a_session_over_by_the_clock_is_on_record_once(conn: Connection) -> None:
    add_person(conn)
    session = signed_in(conn, "wang", NOW)
    for at in (NOW, NOW + IDLE, NOW + IDLE + MINUTE):  # still open; over; told already
        note_refused(conn, session, at, "10.0.0.9")
    assert audited(conn, "session_over") == [("session_over", "wang", "wang")]


def test_l04_a_session_that_somebody_ended_is_on_record_as_that_alone(conn: Connection) -> None:
    add_person(conn)
    session = signed_in(conn, "wang", NOW)
    close_session(conn, session, NOW)
    note_refused(conn, session, NOW, "10.0.0.9")
    assert [kind for kind, *_ in audited(conn)] == ["sign_in", "sign_out"]


def test_l04_a_token_never_given_is_on_record_without_a_word_of_it(conn: Connection) -> None:
    note_refused(conn, session_of_token("hunter2"), NOW, "10.0.0.9")
    assert audited(conn) == [("session_unknown", "stranger", None)]
    assert conn.execute(select(audit_events.c.details)).scalar_one() == {"address": "10.0.0.9"}
