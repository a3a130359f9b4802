"""The first sign-in: a password that somebody else knows is changed before anything is shown."""

import streamlit as st

from components.notices import show_refusal
from components.own_password import ask_new_password
from data.terms import ActionRefused
from data.words import word
from door.own_account import change_password
from gate.sign_in import sign_out


def ask_for_password() -> None:
    """Draw the form; show the screens once it is answered right."""
    _, middle, _ = st.columns([1, 1, 1])
    with middle:
        st.header(word("first_password.title"))
        st.text(word("first_password.why"))
        typed = ask_new_password("first-password")
        if typed:
            _change(*typed)
        if st.button(word("sign_out.leave"), key="first-password-leave"):
            sign_out()


def _change(present: str, new: str, again: str) -> None:
    try:
        change_password(present, new, again)
    except ActionRefused as refusal:
        show_refusal(refusal, "first-password-refused")
        return
    st.rerun()
