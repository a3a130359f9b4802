"""账号管理: who may sign in, as what and for where; and who is signed in."""

import streamlit as st

from components.head import head
from data.administration import administration
from data.words import word
from door import each_tick, now, read
from pages.parts.account_form import show_account
from pages.parts.account_list import show_accounts, show_sessions


@each_tick
def screen() -> None:
    """The accounts at the left, one of them or a new one at the right, the sessions below."""
    with head(word("screen.administration"), now()):
        pass
    found = read(administration, now())
    left, right = st.columns([59, 41], gap="medium")
    below = st.container()
    with left:
        show_accounts(found)
    with right:
        show_account(found)
    with below:
        show_sessions(found)
