"""One's own account: its password, its sessions; open also before the first password is changed."""

from threading import Lock
from time import monotonic

import streamlit as st

from data.account_changes import change_own_password, is_own_password, new_hash
from data.journal import audit
from data.sessions import (
    Holder,
    OpenSession,
    holder_of_session,
    login_of_session,
    note_refused,
    open_sessions,
    revoke_sessions,
    these,
)
from data.sign_ins import Candidate, candidate, record_failure
from data.terms import ActionRefused
from door.clock import exact_now
from door.database import engine, reading
from door.identity import SignedOut, address, session

_ENDED = "ended-session"  # the session that this page put on record
_lock = Lock()
_recorded: dict[str, float] = {}  # address: when, on the monotonic clock


def holder() -> Holder | None:
    """Whose session this is; None for a stranger."""
    here = session()
    if here is None:
        return None
    with reading().connect() as conn:
        return holder_of_session(conn, here, exact_now())


def record_ended() -> None:
    """Put on record that a browser came with a session that lets nobody in, once for its page.

    What was never a session is recorded once a minute for each address: anybody may send it.
    """
    here = session()
    if here is None or st.session_state.get(_ENDED) == here:
        return
    st.session_state[_ENDED] = here
    with reading().connect() as conn:
        was_given = login_of_session(conn, here) is not None
    if not was_given and not _is_due(address()):
        return
    with engine().begin() as conn:
        note_refused(conn, here, exact_now(), address())


def _is_due(address: str) -> bool:
    with _lock:
        now = monotonic()
        for old in [one for one, at in _recorded.items() if at <= now - 60]:
            del _recorded[old]
        is_due = address not in _recorded
        _recorded.setdefault(address, now)
        return is_due


def change_password(present: str, new: str, again: str) -> None:
    """Replace one's own password; every other session of the account ends.

    Raises SignedOut, or ActionRefused with the rule that is broken; nothing was changed.
    """
    asker = _asker()
    with reading().connect() as conn:
        own = candidate(conn, asker.login, address(), exact_now())
    if not is_own_password(own, present):
        with engine().begin() as conn:
            record_failure(conn, asker.login, address(), exact_now())
        raise ActionRefused("password.wrong")
    try:
        _change(own, new.strip(), again.strip())
    except ActionRefused as refusal:
        with engine().begin() as conn:
            details: dict[str, object] = {"what": "change_password", "reason": refusal.key}
            audit(conn, asker.login, "refused", exact_now(), asker.login, details)
        raise


def _change(own: Candidate, new: str, again: str) -> None:
    """Hashing is slow, so it is done before anything is locked."""
    if new != again:
        raise ActionRefused("password.not_repeated")
    with reading().connect() as conn:
        password_hash = new_hash(conn, own, new)
    here, now = session() or "", exact_now()
    with engine().begin() as conn:
        if holder_of_session(conn, here, now) is None:
            raise SignedOut(own.login)
        change_own_password(conn, own, password_hash, here, now)


def my_sessions() -> tuple[OpenSession, ...]:
    """Where one is signed in, the latest visited first. Raises SignedOut."""
    asker = _asker()
    with reading().connect() as conn:
        return open_sessions(conn, exact_now(), asker.login, session())


def sign_out_everywhere() -> int:
    """End all of one's own sessions. Returns how many. Raises SignedOut."""
    asker = _asker()
    with engine().begin() as conn:
        return revoke_sessions(conn, asker.login, exact_now(), asker.login, "everywhere")


def end_my_session(session_id: int) -> int:
    """End one of one's own sessions. Returns how many; none is no fault. Raises SignedOut."""
    asker = _asker()
    with engine().begin() as conn:
        which = these([session_id])
        return revoke_sessions(conn, asker.login, exact_now(), asker.login, "ended", which)


def _asker() -> Holder:
    asker = holder()
    if asker is None:
        raise SignedOut
    return asker
