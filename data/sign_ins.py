"""Sign-ins: what the form checks against, and when it stops listening for a while.

Whoever asks, known or not, locked or not, costs one check of a hash and reads the same sentence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from data.accounts import canonical_login
from data.journal import audit
from data.passwords import nobodys_hash
from data.schema import sign_ins, users
from data.sessions import open_session
from data.terms import NOBODY

WINDOW = timedelta(minutes=15)
PER_LOGIN = 5  # failures within the window; then the right password is refused too
PER_ADDRESS = 20
LONGEST_TYPED_BYTES = 1024  # more is refused before anything is hashed


@dataclass(frozen=True, slots=True)
class Candidate:
    """The account asked for, known or not, with the hash to check against."""

    login: str
    name: str
    password_hash: str


def candidate(conn: Connection, login: str, address: str, now: datetime) -> Candidate:
    """What a sign-in is checked against; no password has the hash of a stranger or a locked one."""
    login = canonical_login(login)
    query = select(users.c.name, users.c.password_hash)
    row = conn.execute(query.where(users.c.login == login, users.c.is_active)).first()
    if row is None or is_locked(conn, login, address, now):
        return Candidate(login, "", nobodys_hash())
    return Candidate(login, row.name, row.password_hash)


def is_locked(conn: Connection, login: str, address: str, now: datetime) -> bool:
    """Whether an account or an address failed too often within the window before now."""
    counted = select(func.count()).where(sign_ins.c.at > now - WINDOW)
    of_login = conn.execute(counted.where(sign_ins.c.login == login)).scalar_one()
    of_address = conn.execute(counted.where(sign_ins.c.address == address)).scalar_one()
    return of_login >= PER_LOGIN or of_address >= PER_ADDRESS


def record_failure(conn: Connection, login: str, address: str, now: datetime) -> None:
    """Count and audit a failed sign-in.

    An unknown login is not written down: it may be a password typed into the wrong field. While
    an account is locked nothing more counts against it, so that nobody can keep it locked.
    """
    login = canonical_login(login)
    known = conn.execute(select(users.c.login).where(users.c.login == login)).scalar()
    was_locked = is_locked(conn, login, address, now)
    conn.execute(delete(sign_ins).where(sign_ins.c.at <= now - WINDOW))
    counts_for = None if was_locked else known
    conn.execute(insert(sign_ins).values(at=now, login=counts_for, address=address))
    details: dict[str, object] = {"address": address, "locked": was_locked}
    audit(conn, known or NOBODY, "sign_in_failed", now, known, details)
    if not was_locked and is_locked(conn, login, address, now):
        audit(conn, known or NOBODY, "locked", now, known, {"address": address})


def enter(conn: Connection, right: Candidate, address: str, now: datetime) -> str | None:
    """Open a session for somebody whose password was right. Returns its token.

    None if meanwhile the account was locked, switched off or given another password.
    """
    if is_locked(conn, right.login, address, now):
        return None
    still_so = (
        users.c.login == right.login,
        users.c.password_hash == right.password_hash,
        users.c.is_active,
    )
    # Holds the row until the session stands: who is switched off meanwhile has no session left.
    entered = conn.execute(update(users).where(*still_so).values(signed_in_at=now))
    if not entered.rowcount:
        return None
    forget_failures(conn, right.login)
    return open_session(conn, right.login, now, address)


def forget_failures(conn: Connection, login: str) -> int:
    """Count no failure against an account any more; they still count against their address."""
    forgotten = conn.execute(update(sign_ins).where(sign_ins.c.login == login).values(login=None))
    return forgotten.rowcount


def locked_until(conn: Connection, now: datetime) -> dict[str, datetime]:
    """The accounts that are locked, and when each is released by itself."""
    query = (
        select(sign_ins.c.login, sign_ins.c.at)
        .where(sign_ins.c.login.is_not(None), sign_ins.c.at > now - WINDOW)
        .order_by(sign_ins.c.at.desc())
    )
    return _released(conn.execute(query))


def _released(newest_first: Iterable[tuple[str | None, datetime]]) -> dict[str, datetime]:
    failures: dict[str, list[datetime]] = {}
    for login, at in newest_first:
        failures.setdefault(str(login), []).append(at)
    return {
        login: times[PER_LOGIN - 1] + WINDOW
        for login, times in failures.items()
        if len(times) >= PER_LOGIN
    }
