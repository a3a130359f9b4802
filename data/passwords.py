"""Passwords: the rules for a new one, and how one is kept."""

import re
import secrets
from functools import cache

import bcrypt
from sqlalchemy import Connection, delete, insert, select

from data.schema import old_passwords
from data.terms import ActionRefused

SHORTEST = 10  # characters
LONGEST_BYTES = 72  # bcrypt looks no further
CLASSES = 3  # of small letters, capitals, digits and everything else
REMEMBERED = 5  # the present one and those before it

# What is left of a password without the digits and signs around it, in plain small letters.
_WORDS = """
a aa aaa abc abcd abcdef admin administrator asdf asdfgh changeme default demo dragon guest hello
iloveyou letmein login master monkey operator pass passw passwd password qaz qazwsx qwer qwert
qwerty qwertyuiop root secret superman system temp test user welcome woaini yiping yipingdemo zaq
zaqwsx
"""
TOO_KNOWN = frozenset(_WORDS.split())
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_SIGNS_AS_LETTERS = str.maketrans("0134@$57!", "oieaassti")
_CLASSES = (str.islower, str.isupper, str.isdigit)
_LETTERS = "abcdefghjkmnpqrstuvwxyz"  # none that looks like another
_CAPITALS = _LETTERS.upper()
_DIGITS = "23456789"


def hashed(password: str) -> str:
    """A password as it is kept. Raises ValueError for more than bcrypt looks at."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode()


def is_password(password: str, password_hash: str) -> bool:
    """Whether a password is the one that was kept."""
    secret = password.encode()
    return len(secret) <= LONGEST_BYTES and bcrypt.checkpw(secret, password_hash.encode())


@cache
def nobodys_hash() -> str:
    """A hash that no password has: strangers cost one check, like everybody else."""
    return hashed(secrets.token_urlsafe())


def one_time_password(login: str) -> str:
    """A random password that keeps the rules, to be told once and changed at the first sign-in."""
    kinds = (_CAPITALS, _LETTERS, _DIGITS)
    while True:
        password = "-".join("".join(secrets.choice(kind) for _ in range(4)) for kind in kinds)
        if _broken_rule(login, password) is None:
            return password


def check_rules(login: str, password: str) -> None:
    """Raises ActionRefused for a password that is too easy to guess, with the rule it breaks."""
    broken = _broken_rule(login, password)
    if broken is not None:
        raise broken


def _broken_rule(login: str, password: str) -> ActionRefused | None:
    if len(password) < SHORTEST or len(password.encode()) > LONGEST_BYTES:
        return ActionRefused("password.length", shortest=SHORTEST, limit=LONGEST_BYTES)
    if _class_count(password) < CLASSES:
        return ActionRefused("password.classes", count=CLASSES)
    if len(login) > 3 and login in password.lower():
        return ActionRefused("password.has_login")
    if _core(password) in TOO_KNOWN or len(set(password)) <= len(password) // 3:
        return ActionRefused("password.too_known")
    return None


def _class_count(password: str) -> int:
    named = [any(is_one(each) for each in password) for is_one in _CLASSES]
    other = any(not any(is_one(each) for is_one in _CLASSES) for each in password)
    return sum(named) + other


def _core(password: str) -> str:
    letters = _AROUND.sub("", password).lower().translate(_SIGNS_AS_LETTERS)
    return re.sub(r"[\W\d_]", "", letters)


def check_history(conn: Connection, login: str, password: str, present: str) -> None:
    """Raises ActionRefused for one of the last passwords of an account."""
    newest_first = old_passwords.c.old_password_id.desc()
    query = select(old_passwords.c.password_hash).where(old_passwords.c.login == login)
    before = conn.execute(query.order_by(newest_first).limit(REMEMBERED - 1)).scalars().all()
    if any(is_password(password, kept) for kept in (present, *before)):
        raise ActionRefused("password.used_before", count=REMEMBERED)


def remember(conn: Connection, login: str, password_hash: str) -> None:
    """Keep a password that is being replaced, and forget the ones too far back."""
    conn.execute(insert(old_passwords).values(login=login, password_hash=password_hash))
    kept = (
        select(old_passwords.c.old_password_id)
        .where(old_passwords.c.login == login)
        .order_by(old_passwords.c.old_password_id.desc())
        .limit(REMEMBERED - 1)
    )
    conn.execute(
        delete(old_passwords).where(
            old_passwords.c.login == login, old_passwords.c.old_password_id.not_in(kept)
        )
    )
