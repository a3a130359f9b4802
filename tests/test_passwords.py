"""The rules of passwords, on both databases."""

import bcrypt
import pytest
from sqlalchemy import Connection, func, select

from data.passwords import (
    LONGEST_BYTES,
    REMEMBERED,
    check_history,
    check_rules,
    hashed,
    is_password,
    one_time_password,
    remember,
)
from data.schema import old_passwords
from data.terms import ActionRefused
from tests.people import HASH, PASSWORD, add_person

REFUSED = {
    "Ab1!short": "password.length",
    "Ab1!" + "长" * 23: "password.length",  # 73 bytes
    "alllowercaseletters": "password.classes",
    "lowercase-and-signs": "password.classes",
    "Operator-Wang-7": "password.has_login",
    "WANGoperator7": "password.has_login",
    "Password123!": "password.too_known",
    "P@ssw0rd2026!": "password.too_known",
    "Admin@123456": "password.too_known",
    "Qwerty-12345": "password.too_known",
    "Abc123456789": "password.too_known",
    "Yiping-Demo-1": "password.too_known",
    "Yiping@2026!!": "password.too_known",
    "Aaaaaaaaaaa1!": "password.too_known",
}


@pytest.mark.parametrize("password", REFUSED)
def test_a_password_that_is_easy_to_guess_is_refused_by_its_rule(password: str) -> None:
    with pytest.raises(ActionRefused) as refusal:
        check_rules("wang" if "wang" in password.lower() else "zhou", password)
    assert refusal.value.key == REFUSED[password]
    assert str(refusal.value)


@pytest.mark.parametrize(
    "password",
    [
        "Nantan-7-bridge",
        "南塘街道 7 月 Ab",
        "x9$Kq!2mZw",
        "Ab1街道办事处的值班电话和门牌号码都在这里了",
        PASSWORD,
    ],
)
def test_other_passwords_are_not(password: str) -> None:
    check_rules("zhou", password)


def test_a_short_login_is_no_reason_to_refuse() -> None:
    check_rules("li", "Brilliant-Moon-7")


def test_every_made_up_password_keeps_the_rules_and_is_another() -> None:
    made = [one_time_password("wang") for _ in range(200)]
    for password in made:
        check_rules("wang", password)
    assert len(set(made)) == len(made)


def test_a_made_up_password_that_breaks_a_rule_is_drawn_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = iter("WANGefgh2345KLMNpqrs6789")
    monkeypatch.setattr("data.passwords.secrets.choice", lambda _: next(drawn))
    assert one_time_password("wang") == "KLMN-pqrs-6789"


def test_a_kept_password_is_known_again_and_no_other_is() -> None:
    kept = hashed("Nantan-7-bridge")
    assert is_password("Nantan-7-bridge", kept)
    assert not is_password("Nantan-7-Bridge", kept)
    assert "Nantan" not in kept


def test_a_password_longer_than_what_is_looked_at_is_never_right() -> None:
    kept = hashed("x" * LONGEST_BYTES)
    assert is_password("x" * LONGEST_BYTES, kept)
    assert not is_password("x" * LONGEST_BYTES + "y", kept)


def test_the_last_five_passwords_are_not_taken_again_and_the_sixth_is(conn: Connection) -> None:
    add_person(conn, "wang")
    add_person(conn, "zhou")
    past = [PASSWORD] + [f"Nantan-{number}-bridge" for number in range(1, 6)]
    kept = [HASH] + [_cheap(password) for password in past[1:]]
    for password_hash in kept[:-1]:
        remember(conn, "wang", password_hash)
    for password in past[1:]:
        with pytest.raises(ActionRefused, match="最近"):
            check_history(conn, "wang", password, present=kept[-1])
    check_history(conn, "wang", past[0], present=kept[-1])
    check_history(conn, "zhou", past[2], present=HASH)  # another's are no matter
    count = conn.execute(select(func.count()).select_from(old_passwords)).scalar_one()
    assert count == REMEMBERED - 1


def _cheap(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
