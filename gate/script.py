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
from door import NOT_ANSWERING, SignedOut, actor, answers, drawn, read
from door.own_account import holder
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
        is_first = here is not None and here.must_change_password
        page_for_anybody(ask_for_password if is_first else ask_to_sign_in).run()
        return
    except NOT_ANSWERING:
        page_for_anybody(_try_again)
        raise
    page = page_for(asker)
    if _bar_says_leave(asker, group_of(page)):
        sign_out()
        return
    page.run()


def _bar_says_leave(asker: Actor, group: str) -> bool:
    leave = Action("sign_out", word("sign_out.leave"))
    demo = may(asker, Permission.READ_CASES) and read(is_demo)
    return bool(show_bar(settings().district.name, asker.name, demo, group, [leave]))


@st.fragment(run_every=settings().refresh.tick_seconds)
def _try_again() -> None:
    if answers():
        st.rerun()


main()
