"""The form for a new password of one's own."""

from typing import NamedTuple

import streamlit as st

from data.words import word


class NewPassword(NamedTuple):
    """What a person typed: the present password, the new one, and the new one again."""

    present: str
    new: str
    again: str


def ask_new_password(key: str) -> NewPassword | None:
    """Draw the form with its rules; what was typed, once it was sent."""
    with st.form(key, border=False):
        typed = NewPassword(
            *(
                st.text_input(word(f"password.{name}"), type="password", autocomplete=kind)
                for name, kind in (
                    ("present", "current-password"),
                    ("new", "new-password"),
                    ("again", "new-password"),
                )
            )
        )
        st.caption(word("password.rules"))
        is_sent = st.form_submit_button(word("password.change"), type="primary")
    return typed if is_sent else None
