"""Accounts and permissions, on both databases."""

import pytest
from sqlalchemy import Connection

from data.access import WHO_MAY, Permission, may, require
from data.accounts import add_user
from data.terms import ActionRefused, Actor, Refused, Role
from data.words import word


def test_an_account_needs_a_known_role_and_a_password_that_is_not_cut(conn: Connection) -> None:
    with pytest.raises(Refused, match="mayor"):
        add_user(conn, "li", "李", "correct horse", "mayor")
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
