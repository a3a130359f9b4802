"""The script Streamlit runs: who asks, which screens there are for them, run one."""

import streamlit as st

from components.head import page_css, show_bar
from components.mount import Action
from components.streamlit_words import patch_words
from data.access import Permission, may
from data.config import settings
from data.directory import is_demo
from data.terms import Actor
from data.words import word
from door import NOT_ANSWERING, SignedOut, actor, answers, drawn, go, read
from door.own_account import holder, record_ended
from gate.first_password import ask_for_password
from gate.navigation import group_of, page_for, page_for_anybody
from gate.sign_in import ask_to_sign_in, sign_out


def main() -> None:
    """Draw the page asked for, or the sign-in, or that the database does not answer."""
    st.set_page_config(word("app.name"), layout="wide")
    page_css()
    patch_words()
    if not drawn(_draw_page, "screen"):
        _try_again()


def _draw_page() -> None:
    try:
        asker = actor()
    except SignedOut:
        here = holder()
        if here is None:
            record_ended()
        is_first = here is not None and here.must_change_password
        page_for_anybody(ask_for_password if is_first else ask_to_sign_in).run()
        return
    except NOT_ANSWERING:
        page_for_anybody(_try_again)
        raise
    page = page_for(asker)
    asked = _asked_of_bar(asker, group_of(page))
    if asked == "sign_out":
        sign_out()
        return
    if asked == "account":
        go("account")
    page.run()


def _asked_of_bar(asker: Actor, group: str) -> str | None:
    actions = [Action("sign_out", word("sign_out.leave"))]
    if may(asker, Permission.OWN_ACCOUNT):
        actions.insert(0, Action("account", word("screen.account")))
    return show_bar(settings().district.name, asker.name, read(is_demo), group, actions)


@st.fragment(run_every=settings().refresh.tick_seconds)
def _try_again() -> None:
    if answers():
        st.rerun()


main()
