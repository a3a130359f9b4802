"""What a security administrator is at: the account chosen, the change begun, what came of it."""

from dataclasses import dataclass

import streamlit as st

from data.accounts import Account
from data.terms import ActionRefused


@dataclass(slots=True)
class Draft:
    """The account seen at a version; a change is refused if somebody changed it meanwhile."""

    login: str | None = None  # None: a new one
    version: int = 0
    turn: int = 0  # a new one empties every field
    refused: ActionRefused | None = None
    done: tuple[str, dict[str, str]] | None = None  # which change, and what of it is told


def draft() -> Draft:
    """The draft of this browser page."""
    found: Draft = st.session_state.setdefault("account-draft", Draft())
    return found


def choose(account: Account | None, done: tuple[str, dict[str, str]] | None = None) -> None:
    """Begin anew with an account, or with a new one."""
    login, version = (account.login, account.version) if account else (None, 0)
    st.session_state["account-draft"] = Draft(login, version, draft().turn + 1, done=done)


def field(name: str) -> str:
    """The key of a field of the change begun."""
    return f"account-{draft().turn}-{name}"
