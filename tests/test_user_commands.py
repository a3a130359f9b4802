"""`python -m data user …`: accounts from a prompt, on both databases."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, Engine, insert

from data.__main__ import cli
from data.account_changes import SetRights
from data.account_previews import preview_account
from data.accounts import account_of
from data.passwords import is_password
from data.schema import areas, units
from data.sessions import open_sessions
from data.sign_ins import PER_LOGIN, candidate, is_locked, record_failure
from tests.people import PASSWORD, add_person, audited, signed_in

NEW = "Nantan-7-bridge"
Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str) -> Run:
    """run("list"): a command of the family on each kind of database."""

    def start(*words: str) -> Result:
        return CliRunner().invoke(cli, ["user", *words, "--database", database_url])

    return start


@pytest.fixture
def district(engine: Engine) -> Engine:
    """One street with its unit; a security administrator and a dispatcher with a session."""
    with engine.begin() as conn:
        conn.execute(insert(areas).values(area_id=7, code="7", name="南塘街道", level="town"))
        conn.execute(insert(units).values(unit_id=3, code="u3", name="南塘街道办", kind="town"))
        add_person(conn, "keeper", "security_administrator")
        add_person(conn, "wang")
        signed_in(conn, "wang", datetime.now(UTC))
    return engine


def ends_sessions(conn: Connection) -> bool:
    return not open_sessions(conn, datetime.now(UTC), "wang")


def test_an_account_is_added_for_a_first_sign_in(run: Run, district: Engine) -> None:
    words = ("Li", "--name", "南塘经办", "--role", "operator", "--unit", "u3", "--password", NEW)
    assert run("add", *words).output == "账号“li”已建立。\n"
    with district.connect() as conn:
        found = account_of(conn, "li")
        assert (found.role, found.unit, found.must_change_password) == (
            "operator",
            "南塘街道办",
            True,
        )
        [(_, who, whom)] = audited(conn, "user_added")
    assert who.startswith("command:") and whom == "li"


def test_an_account_is_disabled_and_enabled(run: Run, district: Engine) -> None:
    assert run("disable", "WANG").exit_code == 0
    with district.connect() as conn:
        assert not account_of(conn, "wang").is_active
        assert ends_sessions(conn)
    assert "已经停用" in run("disable", "wang").stderr
    assert run("enable", "wang").exit_code == 0
    with district.connect() as conn:
        assert account_of(conn, "wang").is_active


def test_an_account_gets_another_role_and_scope(run: Run, district: Engine) -> None:
    assert run("role", "wang", "leader", "--area", "7").exit_code == 0
    with district.connect() as conn:
        found = account_of(conn, "wang")
        assert (found.role, found.area) == ("leader", "南塘街道")
        assert ends_sessions(conn)


def test_an_account_is_reset_and_unlocked(run: Run, district: Engine) -> None:
    now = datetime.now(UTC)
    with district.begin() as conn:
        for _ in range(PER_LOGIN):
            record_failure(conn, "wang", "10.0.0.1", now)
    assert run("unlock", "wang").exit_code == 0
    with district.connect() as conn:
        assert not is_locked(conn, "wang", "10.0.0.1", now)
        assert not ends_sessions(conn)
    assert run("reset", "wang", "--password", NEW).exit_code == 0
    with district.connect() as conn:
        kept = candidate(conn, "wang", "10.0.0.1", now).password_hash
        assert is_password(NEW, kept) and not is_password(PASSWORD, kept)
        assert account_of(conn, "wang").must_change_password and ends_sessions(conn)


def test_sessions_are_ended_from_a_prompt(run: Run, district: Engine) -> None:
    assert json.loads(run("sign-out", "wang", "--json").output) == {"login": "wang", "sessions": 1}
    with district.connect() as conn:
        assert ends_sessions(conn)


def test_the_list_says_who_is_what_and_in_which_state(run: Run, district: Engine) -> None:
    with district.begin() as conn:
        add_person(conn, "off", "leader", is_active=False, area_id=7)
        add_person(conn, "new", "operator", must_change_password=True, unit_id=3)
        for _ in range(PER_LOGIN):
            record_failure(conn, "keeper", "10.0.0.1", datetime.now(UTC))
    rows = json.loads(run("list", "--json").output)["users"]
    assert {row["login"]: (row["state"], row["sessions"]) for row in rows} == {
        "keeper": ("locked", 0),
        "new": ("new", 0),
        "wang": ("active", 1),
        "off": ("disabled", 0),
    }
    told = run("list").output.splitlines()
    assert "wang  wang的岗位  值班调度  全区  在用  会话 1 个" in told


def test_a_role_of_another_program_is_told_as_it_stands(run: Run, district: Engine) -> None:
    with district.begin() as conn:
        add_person(conn, "later", "mayor")
        assert account_of(conn, "later").role_words == "mayor"
        to_auditor = preview_account(conn, SetRights("later", 0, "auditor"), datetime.now(UTC))
    assert to_auditor[0].before == "mayor"
    told = run("list").output.splitlines()
    assert "later  later的岗位  mayor  全区  在用  会话 0 个" in told


REFUSED = {
    "an unknown account": (("disable", "li"), "没有账号“li”"),
    "the last administrator of a kind": (("disable", "keeper"), "最后一个"),
    "its other role": (("role", "keeper", "leader"), "最后一个"),
    "an unknown unit": (
        ("role", "wang", "operator", "--unit", "nowhere"),
        "没有编码为“nowhere”的单位",
    ),
    "an unknown area": (
        ("role", "wang", "leader", "--area", "nowhere"),
        "没有编码为“nowhere”的街道",
    ),
    "an operator of no unit": (("role", "wang", "operator"), "须选定所属单位"),
    "an easy password": (("reset", "wang", "--password", "Password123!"), "太容易猜到"),
    "an account that is not locked": (("unlock", "wang"), "没有被锁定"),
    "a login that is taken": (
        ("add", "wang", "--name", "岗位", "--role", "leader", "--password", NEW),
        "已经存在",
    ),
}


@pytest.mark.parametrize(("words", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_one_sentence_and_status_1(
    words: tuple[str, ...], sentence: str, run: Run, district: Engine
) -> None:
    refused = run(*words)
    assert refused.exit_code == 1
    assert sentence in refused.stderr and refused.stderr.count("\n") == 1
    assert refused.stdout == ""
    with district.connect() as conn:
        assert [account_of(conn, login).version for login in ("keeper", "wang")] == [0, 0]
