"""How a form that was sent or left ends: why nothing was saved, what was found again."""

import streamlit as st

from components.formats import format_instant
from components.mount import Action
from components.notices import show_refusal
from data.terms import Stale
from data.words import word
from pages.parts.case_draft import Begun, Desk, new_key
from pages.parts.common import draw_again

AGAIN = "again"
USED_KEY = "action.used_key"


def show_recalled(desk: Desk) -> None:
    """That something typed before was found again, as long as it is there."""
    if desk.recalled_from is not None and desk.kept:
        st.caption(word("act.recalled", at=format_instant(desk.recalled_from, desk.recalled_from)))


def show_why_refused(form: Begun, version: int) -> None:
    """Why nothing was saved; sent again under the same key it is the same request."""
    refusal = form.refused
    if refusal is None:
        return
    is_stale = isinstance(refusal, Stale)
    ways = [Action(AGAIN, word("act.refill" if is_stale else "act.seen"))]
    if show_refusal(refusal, key="act-refused", actions=ways) == AGAIN:
        form.refused = None
        if refusal.key == USED_KEY:
            form.key = new_key()
        if is_stale:
            form.version = version
        draw_again()
