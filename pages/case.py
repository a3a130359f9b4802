"""工单: one case — facts, clock, what happened to it, and what may be done."""

import streamlit as st

from components.clock import show_clock
from components.facts import show_facts
from components.head import head
from components.notices import show_empty, show_refused
from components.sections import section
from components.timeline import show_timeline
from data.words import word
from door import lasting
from pages.parts.case_act import show_acting
from pages.parts.case_beside import show_cases, show_hands, show_orders, show_place
from pages.parts.case_clock import case_clock, case_lamp, clock_note
from pages.parts.case_facts import PARENT, case_facts
from pages.parts.case_story import case_steps
from pages.parts.case_view import CasePage, CaseView, see_case
from pages.parts.common import open_case


@lasting(see_case)
def screen(page: CasePage, is_silent: bool) -> None:
    """Facts and clock across; left the timeline, right what may be done and what lies around."""
    if page.view is None:
        _ask_number(page)
        return
    view = page.view
    case, at = view.case, view.at
    title = case.line.title or word("case.untitled")
    with head(title, at, [page.source], note=case.line.case_no, lamp=case_lamp(case, at)):
        pass
    _show_facts(view)
    with section(word("case.clock"), clock_note(case, at), key="clock"):
        show_clock(case_clock(case, at), at, key="case-clock")
    left, right = st.columns([55, 45], gap="medium")
    with left:
        _show_left(view)
    with right:
        _show_right(view, is_silent)


def _show_facts(view: CaseView) -> None:
    facts = case_facts(view.case, view.around, view.hand, view.at)
    chosen = show_facts(facts, key="case-facts")
    if chosen == PARENT and view.around.parent is not None:
        open_case(view.around.parent.case_no)


def _show_left(view: CaseView) -> None:
    case, at = view.case, view.at
    note = word("case.story_note", count=len(case.moments), version=case.version)
    with section(word("case.story"), note, key="story"):
        show_timeline(case_steps(case, at), at, key="case-story")
    show_hands(case, at)


def _show_right(view: CaseView, is_silent: bool) -> None:
    note = word("case.act_as", role=word(f"role.{view.asker.role}"))
    with section(word("case.act"), note, key="act"):
        show_acting(view, is_silent)
    with st.container():
        show_orders(view.case, view.at)
    with st.container():
        show_cases("repeats", view.around.repeats, view.at)
    with st.container():
        show_cases("children", view.around.children, view.at)
    show_place(view.ground)


def _ask_number(page: CasePage) -> None:
    if page.why_not:
        show_refused("case.missing", why=page.why_not)
    with head(word("screen.case"), page.at, [page.source]):
        pass
    show_empty("case.ask")
    asked = st.text_input(
        word("case.find"), placeholder=word("case.find_hint"), key="case-no", width=320
    )
    if asked.strip() not in ("", st.query_params.get("no")):  # that one is not there
        open_case(asked.strip())
