"""What administrators do to accounts, and everybody to their password, on both databases.

The catalogue of bad input, rows L03, L07 and L09, at the level of the data.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Thread

import pytest
from sqlalchemy import Connection, Engine, insert, select

from data.account_changes import (
    AddAccount,
    EndSessions,
    ResetPassword,
    SetRights,
    SwitchAccount,
    UnlockAccount,
    add_account,
    change_own_password,
    end_sessions,
    new_hash,
    reset_password,
    set_rights,
    switch_account,
    unlock_account,
)
from data.accounts import ADMINISTRATORS, account_of, accounts, actor_of_login
from data.passwords import is_password
from data.schema import areas, audit_events, sessions, units, users
from data.sessions import actor_of_session, holder_of_session
from data.sign_ins import PER_LOGIN, candidate, is_locked, record_failure
from data.terms import ActionRefused, Actor, Role, Scope, Stale
from tests.people import HASH, PASSWORD, add_person, audited, signed_in

NOW = datetime(2026, 1, 11, 9, tzinfo=UTC)
DESK = "10.0.0.1"
KEEPER = Actor("keeper", "安全管理员", Role.SECURITY_ADMINISTRATOR)
NEW = "Nantan-7-bridge"


@pytest.fixture
def district(conn: Connection) -> Connection:
    """A security administrator, a dispatcher, one street and its unit."""
    conn.execute(insert(areas).values(area_id=7, code="7", name="南塘街道", level="town"))
    conn.execute(insert(units).values(unit_id=3, code="u3", name="南塘街道办", kind="town"))
    add_person(conn, KEEPER.login, KEEPER.role)
    add_person(conn, "wang")
    return conn


Change = Callable[[Connection], object]
CHANGES: dict[str, Change] = {
    "rights": lambda conn: set_rights(conn, SetRights("wang", 0, "leader"), KEEPER, NOW),
    "scope": lambda conn: set_rights(conn, SetRights("wang", 0, "dispatcher", 7), KEEPER, NOW),
    "disable": lambda conn: switch_account(conn, SwitchAccount("wang", 0, False), KEEPER, NOW),
    "reset": lambda conn: reset_password(conn, ResetPassword("wang", 0), KEEPER, NOW),
    "sessions": lambda conn: end_sessions(conn, EndSessions("wang"), KEEPER, NOW),
}


@pytest.mark.parametrize("change", CHANGES)
def test_l03_l07_every_change_of_rights_ends_every_session(
    change: str, district: Connection
) -> None:
    opened = [signed_in(district, "wang", NOW) for _ in range(2)]
    keepers = signed_in(district, KEEPER.login, NOW)
    CHANGES[change](district)
    assert [actor_of_session(district, each, NOW) for each in opened] == [None, None]
    assert actor_of_session(district, keepers, NOW) is not None
    assert audited(district, "session_revoked") == [("session_revoked", "keeper", "wang")]


def test_one_session_of_an_account_can_be_ended_alone(district: Connection) -> None:
    first, second = (signed_in(district, "wang", NOW) for _ in range(2))
    key = select(sessions.c.session_id).where(sessions.c.token_sha256 == first)
    ask = EndSessions("wang", district.execute(key).scalar_one())
    assert end_sessions(district, ask, KEEPER, NOW) == 1
    assert actor_of_session(district, first, NOW) is None
    assert actor_of_session(district, second, NOW) is not None
    assert end_sessions(district, EndSessions("keeper", ask.session_id), KEEPER, NOW) == 0


def test_a_new_account_knows_one_password_and_has_to_change_it(district: Connection) -> None:
    ask = AddAccount(" Li.Na ", " 南塘街道经办 ", "operator", unit_id=3)
    password = add_account(district, ask, KEEPER, NOW)
    found = account_of(district, "li.na")
    assert (found.name, found.unit, found.must_change_password) == (
        "南塘街道经办",
        "南塘街道办",
        True,
    )
    assert is_password(password, candidate(district, "li.na", DESK, NOW).password_hash)
    assert actor_of_session(district, signed_in(district, "li.na", NOW), NOW) is None
    actor = actor_of_login(district, "li.na")
    assert actor is not None and actor.scope == Scope(unit_id=3)
    assert audited(district, "user_added") == [("user_added", "keeper", "li.na")]
    assert password not in str(district.execute(select(audit_events)).all())


BAD_ACCOUNTS = {
    "accounts.bad_login": AddAccount("command:root", "岗位", "leader"),
    "accounts.exists": AddAccount("WANG", "岗位", "leader"),
    "accounts.bad_name": AddAccount("li", " \u202e ", "leader"),
    "accounts.unknown_role": AddAccount("li", "岗位", "mayor"),
    "accounts.needs_unit": AddAccount("li", "岗位", "operator"),
    "accounts.no_unit": AddAccount("li", "岗位", "leader", unit_id=3),
    "accounts.no_area": AddAccount("li", "岗位", "auditor", area_id=7),
    "accounts.unknown_scope": AddAccount("li", "岗位", "leader", area_id=8),
    "password.length": AddAccount("li", "岗位", "leader", password="short"),
    "password.too_known": AddAccount("li", "岗位", "leader", password="Password123!"),
}


@pytest.mark.parametrize("key", BAD_ACCOUNTS)
def test_an_account_that_cannot_be_is_refused(key: str, district: Connection) -> None:
    with pytest.raises(ActionRefused) as refusal:
        add_account(district, BAD_ACCOUNTS[key], KEEPER, NOW)
    assert refusal.value.key == key and str(refusal.value)
    assert [one.login for one in accounts(district)] == ["keeper", "wang"]


@pytest.mark.parametrize(
    "login", ["", "x", "stranger", "server", "王值班", "a b", "a" * 33, "-wang", "wang\n2"]
)
def test_logins_are_plain_and_are_no_other_actors_name(login: str, district: Connection) -> None:
    with pytest.raises(ActionRefused, match="不能用"):
        add_account(district, AddAccount(login, "岗位", "leader"), KEEPER, NOW)


def test_an_account_gets_another_role_and_scope(district: Connection) -> None:
    set_rights(district, SetRights("wang", 0, "operator", unit_id=3), KEEPER, NOW)
    assert actor_of_login(district, "wang") == Actor(
        "wang", "wang的岗位", Role.OPERATOR, Scope(unit_id=3)
    )
    set_rights(district, SetRights("wang", 1, "leader", area_id=7), KEEPER, NOW)
    assert actor_of_login(district, "wang") == Actor("wang", "wang的岗位", Role.LEADER, Scope(7))
    details = district.execute(
        select(audit_events.c.details).where(audit_events.c.kind == "user_rights")
    ).scalars()
    before, after = list(details)[1].values()
    assert (before["role"], after["role"], after["area_id"]) == ("operator", "leader", 7)


def test_an_account_is_switched_off_and_on_again(district: Connection) -> None:
    switch_account(district, SwitchAccount("wang", 0, False), KEEPER, NOW)
    assert actor_of_login(district, "wang") is None
    switch_account(district, SwitchAccount("wang", 1, True), KEEPER, NOW)
    assert actor_of_login(district, "wang") is not None
    assert [kind for kind, *_ in audited(district)] == ["user_disabled", "user_enabled"]


def test_a_reset_account_signs_in_once_with_the_new_password(district: Connection) -> None:
    for _ in range(PER_LOGIN):
        record_failure(district, "wang", DESK, NOW)
    password = reset_password(district, ResetPassword("wang", 0), KEEPER, NOW)
    assert not is_locked(district, "wang", DESK, NOW)
    found = candidate(district, "wang", DESK, NOW)
    assert is_password(password, found.password_hash)
    assert not is_password(PASSWORD, found.password_hash)
    assert account_of(district, "wang").must_change_password


def test_an_account_is_unlocked_once(district: Connection) -> None:
    for _ in range(PER_LOGIN):
        record_failure(district, "wang", DESK, NOW)
    unlock_account(district, UnlockAccount("wang"), KEEPER, NOW)
    assert not is_locked(district, "wang", DESK, NOW)
    with pytest.raises(ActionRefused, match="没有被锁定"):
        unlock_account(district, UnlockAccount("wang"), KEEPER, NOW)
    assert audited(district, "user_unlocked") == [("user_unlocked", "keeper", "wang")]


REFUSED: dict[str, Change] = {
    "accounts.unknown": lambda conn: set_rights(conn, SetRights("li", 0, "leader"), KEEPER, NOW),
    "accounts.same_rights": lambda conn: set_rights(
        conn, SetRights("wang", 0, "dispatcher"), KEEPER, NOW
    ),
    "accounts.already_on": lambda conn: switch_account(
        conn, SwitchAccount("wang", 0, True), KEEPER, NOW
    ),
    "accounts.needs_unit": lambda conn: set_rights(
        conn, SetRights("wang", 0, "operator"), KEEPER, NOW
    ),
    "password.too_known": lambda conn: reset_password(
        conn, ResetPassword("wang", 0, "Password123!"), KEEPER, NOW
    ),
}


@pytest.mark.parametrize("key", REFUSED)
def test_a_change_that_is_none_is_refused_and_changes_nothing(
    key: str, district: Connection
) -> None:
    before = district.execute(select(users).order_by(users.c.login)).all()
    session = signed_in(district, "wang", NOW)
    with pytest.raises(ActionRefused) as refusal:
        REFUSED[key](district)
    assert refusal.value.key == key and str(refusal.value)
    assert district.execute(select(users).order_by(users.c.login)).all() == before
    assert actor_of_session(district, session, NOW) is not None


def test_of_two_administrators_the_second_to_change_an_account_is_told(
    district: Connection,
) -> None:
    set_rights(district, SetRights("wang", 0, "leader"), KEEPER, NOW)
    for change in (
        lambda: set_rights(district, SetRights("wang", 0, "display"), KEEPER, NOW),
        lambda: switch_account(district, SwitchAccount("wang", 0, False), KEEPER, NOW),
        lambda: reset_password(district, ResetPassword("wang", 0), KEEPER, NOW),
    ):
        with pytest.raises(Stale, match="别人修改过"):
            change()
    assert account_of(district, "wang").role == "leader"


OWN: dict[str, Change] = {
    "rights": lambda conn: set_rights(conn, SetRights("keeper", 0, "dispatcher"), KEEPER, NOW),
    "disable": lambda conn: switch_account(conn, SwitchAccount("keeper", 0, False), KEEPER, NOW),
    "reset": lambda conn: reset_password(conn, ResetPassword("keeper", 0), KEEPER, NOW),
    "unlock": lambda conn: unlock_account(conn, UnlockAccount("keeper"), KEEPER, NOW),
}


@pytest.mark.parametrize("change", OWN)
def test_l09_nobody_changes_their_own_account(change: str, district: Connection) -> None:
    add_person(district, "second", KEEPER.role)  # so that it is not the last one
    with pytest.raises(ActionRefused, match="自己的账号"):
        OWN[change](district)


KINDS = sorted(ADMINISTRATORS)


@pytest.mark.parametrize("kind", KINDS)
def test_l09_the_last_administrator_of_a_kind_stays(kind: Role, conn: Connection) -> None:
    add_person(conn, "last", kind)
    add_person(conn, "off", kind, is_active=False)
    for change in (
        lambda: switch_account(conn, SwitchAccount("last", 0, False), KEEPER, NOW),
        lambda: set_rights(conn, SetRights("last", 0, "leader"), KEEPER, NOW),
    ):
        with pytest.raises(ActionRefused, match="最后一个"):
            change()
    add_person(conn, "second", kind)
    switch_account(conn, SwitchAccount("last", 0, False), KEEPER, NOW)


@pytest.mark.parametrize("before", KINDS)
@pytest.mark.parametrize("after", KINDS)
def test_the_three_administrators_never_become_one_another(
    before: Role, after: Role, conn: Connection
) -> None:
    for login in ("one", "two"):
        add_person(conn, login, before)
    with pytest.raises(ActionRefused) as refusal:
        set_rights(conn, SetRights("one", 0, after), KEEPER, NOW)
    is_same = before == after
    assert refusal.value.key == ("accounts.same_rights" if is_same else "accounts.apart")


def test_l09_two_administrators_cannot_remove_each_other_at_once(engine: Engine) -> None:
    one, two = (Actor(login, login, Role.SECURITY_ADMINISTRATOR) for login in ("one", "two"))
    with engine.begin() as conn:
        for actor in (one, two):
            add_person(conn, actor.login, actor.role)
    refusals: list[str] = []

    def remove_one() -> None:
        try:
            with engine.begin() as conn:
                switch_account(conn, SwitchAccount("one", 0, False), two, NOW)
        except ActionRefused as refusal:
            refusals.append(refusal.key)

    late = Thread(target=remove_one)
    with engine.begin() as conn:
        switch_account(conn, SwitchAccount("two", 0, False), one, NOW)
        late.start()
        late.join(0.5)  # it waits for this transaction, or it is over and has removed the last one
    late.join(30)
    assert refusals == ["accounts.last_of_kind"]
    with engine.connect() as conn:
        assert [each.login for each in accounts(conn) if each.is_active] == ["one"]


def test_a_new_password_of_ones_own_ends_the_other_sessions(district: Connection) -> None:
    here, other = (signed_in(district, "wang", NOW) for _ in range(2))
    own = candidate(district, "wang", DESK, NOW)
    change_own_password(district, own, new_hash(district, own, NEW), here, NOW)
    assert actor_of_session(district, here, NOW) is not None
    assert actor_of_session(district, other, NOW) is None
    found = account_of(district, "wang")
    assert found.password_changed_at == NOW and not found.must_change_password
    own = candidate(district, "wang", DESK, NOW)
    with pytest.raises(ActionRefused, match="最近 5 个"):
        new_hash(district, own, PASSWORD)
    assert audited(district, "password_changed") == [("password_changed", "wang", "wang")]


def test_a_password_reset_meanwhile_is_not_overwritten(district: Connection) -> None:
    here = signed_in(district, "wang", NOW)
    own = candidate(district, "wang", DESK, NOW)
    password = reset_password(district, ResetPassword("wang", 0), KEEPER, NOW)
    with pytest.raises(Stale):
        change_own_password(district, own, HASH, here, NOW)
    kept = candidate(district, "wang", DESK, NOW).password_hash
    assert is_password(password, kept)
    assert holder_of_session(district, here, NOW) is None
