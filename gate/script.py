"""The script Streamlit runs: who asks, which screens there are for them, run one."""

from pathlib import Path

import streamlit as st

from data.config import settings
from data.words import word
from door import NOT_ANSWERING, SignedOut, actor, answers, drawn
from gate.navigation import page_for, page_for_anybody
from gate.sign_in import ask_to_sign_in

ICON = Path(__file__).with_name("icon.png")  # a local picture: any other kind asks the network


def main() -> None:
    """Draw the page asked for, or the sign-in, or that the database does not answer."""
    st.set_page_config(word("app.name"), str(ICON), layout="wide")
    if not drawn(_draw_page, "screen"):
        _try_again()


def _draw_page() -> None:
    try:
        page = page_for(actor())
    except SignedOut:
        page = page_for_anybody(ask_to_sign_in)
    except NOT_ANSWERING:
        page_for_anybody(_try_again)
        raise
    page.run()


@st.fragment(run_every=settings().refresh.tick_seconds)
def _try_again() -> None:
    if answers():
        st.rerun()


main()
