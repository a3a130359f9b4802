"""The sign-in: streamlit-authenticator draws the form and checks the hash; the session is ours."""

import streamlit as st
from streamlit_authenticator import Authenticate
from streamlit_authenticator.controllers import AuthenticationController

from components.notices import show_refused
from data.config import settings
from data.passwords import LONGEST_BYTES
from data.sign_ins import LONGEST_TYPED_BYTES, Candidate, candidate, enter, record_failure
from data.words import word
from door.clock import exact_now
from door.database import engine, reading
from door.identity import address
from gate.tickets import write_ticket

# Written by the library; none of it decides anything here, and a sign-in must leave no trace.
ITS_KEYS = ("name", "authentication_status", "username", "email", "roles", "logout")

# Constant: the ticket travels as data. Reloading keeps the address, and so the way back to it.
_OPEN = st.components.v2.component(
    "yiping_open_session",
    js="""
export default function({data}) {
  fetch('/session/open', {method: 'POST', headers: {'X-Ticket': data.ticket}})
    .then(() => window.location.reload());
}
""",
)
_CLOSE = st.components.v2.component(
    "yiping_close_session",
    js="""
export default function() {
  fetch('/session/close', {method: 'POST'}).then(() => window.location.replace('/'));
}
""",
)


class _NoCookie:
    """In place of the library's cookie, which any script can read and no sign-out ends."""

    def get_cookie(self) -> None:
        """Nobody is signed in by it."""

    def set_cookie(self) -> None:
        """Nor stays so."""


class _OneAccount(AuthenticationController):
    """The library's check of a hash, against the one account asked for instead of a list of all."""

    def __init__(self) -> None:
        self.asked_for: str | None = None  # as typed, once the form was sent
        self.right: Candidate | None = None

    def login(self, username: str, password: str, *_: object, **__: object) -> bool:
        """Check one account; a stranger and a locked one cost one check too."""
        self.asked_for = username
        if max(len(typed.encode()) for typed in (username, password)) > LONGEST_TYPED_BYTES:
            return False
        with reading().connect() as conn:
            found = candidate(conn, username, address(), exact_now())
        known = {found.login: {"name": found.name, "password": found.password_hash}}
        check = AuthenticationController({"usernames": known}, auto_hash=False)
        # No account has a longer password; cut, it costs the same check and is wrong all the same.
        is_cut = len(password.strip().encode()) > LONGEST_BYTES
        typed = password.strip().encode()[:LONGEST_BYTES].decode(errors="ignore")
        if check.login(username, typed) is True and not is_cut:
            self.right = found
        return self.right is not None


class _Form(Authenticate):
    """The library's form, without its cookie and its list."""

    def __init__(self, account: _OneAccount) -> None:
        self.attrs = {"login_sleep_time": 0}
        self.path = None
        self.cookie_controller = _NoCookie()
        self.authentication_controller = account


def ask_to_sign_in() -> None:
    """Draw the form; open a session when it is answered right."""
    _, middle, _ = st.columns([1, 1, 1])
    with middle:
        st.header(word("app.name_of", district=settings().district.name))
        account = _asked()
        if account.right:
            _enter(account.right)
        elif account.asked_for is not None:
            with engine().begin() as conn:
                record_failure(conn, account.asked_for, address(), exact_now())
            show_refused("sign_in.wrong")


def _asked() -> _OneAccount:
    account = _OneAccount()
    fields = {
        "Form name": word("sign_in.title"),
        "Username": word("sign_in.login"),
        "Password": word("sign_in.password"),
        "Login": word("sign_in.enter"),
    }
    _Form(account).login(fields=fields, key="sign_in")
    for key in ITS_KEYS:
        st.session_state.pop(key, None)
    return account


def _enter(right: Candidate) -> None:
    with engine().begin() as conn:
        token = enter(conn, right, address(), exact_now())
    if token is None:
        show_refused("sign_in.wrong")
        return
    _OPEN(data={"ticket": write_ticket(token)}, key="open_session")
    st.caption(word("sign_in.opening"))


def sign_out() -> None:
    """End this browser's session and lead to the sign-in."""
    _CLOSE(key="close_session")
    st.caption(word("sign_out.leaving"))
