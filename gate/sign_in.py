"""The sign-in: streamlit-authenticator draws the form and checks the hash; the session is ours."""

import streamlit as st
from streamlit_authenticator import Authenticate
from streamlit_authenticator.controllers import AuthenticationController

from components.notices import show_refused
from data.accounts import credentials_of, open_session, record_failure
from data.config import settings
from data.words import word
from door.clock import exact_now
from door.database import engine, reading
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
        self.is_right = False

    def login(self, username: str, password: str, *_: object, **__: object) -> bool:
        """Check one account; a stranger costs one check too."""
        self.asked_for = username
        with reading().connect() as conn:
            check = AuthenticationController(credentials_of(conn, username), auto_hash=False)
        self.is_right = check.login(username, password) is True
        return self.is_right


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
        if account.is_right and account.asked_for:
            _enter(account.asked_for)
        elif account.asked_for is not None:
            _refuse(account.asked_for)


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


def _enter(login: str) -> None:
    with engine().begin() as conn:
        token = open_session(conn, login, exact_now())
    _OPEN(data={"ticket": write_ticket(token)}, key="open_session")
    st.caption(word("sign_in.opening"))


def _refuse(login: str) -> None:
    with engine().begin() as conn:
        record_failure(conn, login, exact_now())
    show_refused("sign_in.wrong")


def sign_out() -> None:
    """End this browser's session and lead to the sign-in."""
    _CLOSE(key="close_session")
    st.caption(word("sign_out.leaving"))
