"""办结率: one rate on its bases, who stands how, since when, and what would lift it."""

import streamlit as st

from components.head import head
from components.notices import show_empty
from data.closure_rates import closure_rates
from data.words import word
from door import live, read
from pages.parts import closure_bases as bases
from pages.parts import closure_below as below
from pages.parts import closure_sections as parts
from pages.parts.behind import list_asked
from pages.parts.closure_seen import Seen
from pages.parts.common import (
    case_source,
    grey_while_reading,
    moment,
    show_guessed_calendar,
    show_looking_back,
)
from pages.parts.window import ask_window, show_unread


@live
def screen() -> None:
    """Bases on top; who stands how, beside it channels and weeks; other rates; lists; the lift."""
    at, source = moment(), case_source()
    with head(word("screen.closure"), at.instant, [] if at.is_past else [source]):
        asked = ask_window(at, default="this_month")
    with st.container():
        show_looking_back(at)
        show_unread(asked)
    show_guessed_calendar()
    if source.newest_at is None:
        show_empty("closure.empty")
        return
    if list_asked():
        bases.show_step(asked, list_asked())
        return
    top = st.container()
    left, right = st.columns([74, 60], gap="medium")
    with left, parts.groups_section() as (by, peers):
        with top, grey_while_reading("closure", height=176):
            answer = read(closure_rates, asked.question, by)
        seen = Seen(answer, asked, source.is_late(at.instant) and not at.is_past, at.is_past)
        parts.show_groups(seen, peers)
    with top:
        bases.show_bases(seen)
    with right:
        parts.show_channels(seen)
        parts.show_weeks(seen)
    parts.show_rates(seen)
    below.show_lists(seen)
    below.show_lift(seen)
