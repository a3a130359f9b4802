"""What came of an action, said until it was seen: a page that follows the data is drawn often."""

from dataclasses import replace

import streamlit as st

from components.mount import Action, Notice
from components.notices import show_notice, show_refusal
from data.terms import Refused
from data.words import word
from pages.parts.common import draw_again


def keep_outcome(name: str, outcome: Notice | Refused) -> None:
    """Keep what is to be said under a name, instead of what came of the action before."""
    st.session_state[_key(name)] = outcome


def drop_outcome(name: str) -> None:
    """Say no more what came of the action before: another has begun."""
    st.session_state.pop(_key(name), None)


def show_outcome(name: str) -> None:
    """Say it, if there is something to say; its place stays."""
    with st.container():
        outcome = st.session_state.get(_key(name))
        if outcome is None:
            return
        ways = [Action("seen", word("account.seen"))]
        if isinstance(outcome, Refused):
            seen = show_refusal(outcome, f"{name}-refused", ways)
        else:
            seen = show_notice(replace(outcome, actions=ways), f"{name}-done")
        if seen:
            del st.session_state[_key(name)]
            draw_again()


def _key(name: str) -> str:
    return f"outcome-{name}"
