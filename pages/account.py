"""我的账号: one's own password, and where one is signed in."""

import streamlit as st

from components.head import head
from components.mount import Notice
from components.own_password import ask_new_password
from components.sections import section
from components.tables import show_table
from data.terms import ActionRefused, Lamp
from data.words import word
from door import actor, each_tick, now
from door.own_account import change_password, end_my_session, my_sessions, sign_out_everywhere
from pages.parts.account_list import session_columns, session_row
from pages.parts.common import draw_again
from pages.parts.outcome import keep_outcome, show_outcome

CHANGED = "own-password"


@each_tick
def screen() -> None:
    """The password at the left, the sessions at the right."""
    with head(word("screen.account"), now(), note=actor().login):
        pass
    left, right = st.columns([41, 59], gap="medium")
    with left, section(word("password.change"), key="own-password"):
        typed = ask_new_password("own-password")
        if typed:
            _change(*typed)
        show_outcome(CHANGED)
    with right, section(word("account.my_sessions"), word("account.my_sessions.note"), key="own"):
        click = show_table(session_columns(), [session_row(one) for one in my_sessions()], "mine")
        if click:
            end_my_session(int(click.row))
            draw_again()
        if st.button(word("account.everywhere"), key="everywhere"):
            sign_out_everywhere()
            st.rerun()


def _change(present: str, new: str, again: str) -> None:
    try:
        change_password(present, new, again)
    except ActionRefused as refusal:
        keep_outcome(CHANGED, refusal)
        return
    reason = word("password.changed.reason")
    keep_outcome(CHANGED, Notice(Lamp.NONE, word("password.changed"), reason))
