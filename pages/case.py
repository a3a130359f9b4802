"""工单: one case — facts, clock, what happened to it, and what may be done."""

import streamlit as st

from components.clock import show_clock
from components.facts import show_facts
from components.head import head
from components.notices import show_empty, show_refused
from components.sections import section
from components.timeline import show_timeline
from data.access import Permission, may
from data.case_file import CaseFile, case_file
from data.terms import Refused
from data.words import word
from door import actor, live, now, read
from pages.parts.case_story import (
    case_clock,
    case_facts,
    case_lamp,
    case_steps,
    clock_note,
)
from pages.parts.common import case_source, open_case
from pages.parts.reassign import show_reassign


@live
def screen() -> None:
    """Facts and clock across; left the timeline, right what may be done."""
    case_no = st.query_params.get("no", "")
    try:
        case = read(case_file, case_no) if case_no else None
    except Refused as refusal:
        show_refused("case.missing", why=str(refusal))
        case = None
    if case is None:
        _ask_number()
        return
    _show_head(case)
    show_facts(case_facts(case), key="case-facts")
    with section(word("case.clock"), clock_note(case, now()), key="clock"):
        show_clock(case_clock(case, now()), now(), key="case-clock")
    left, right = st.columns([55, 45], gap="medium")
    with left:
        note = word("case.story_note", count=len(case.moments), version=case.version)
        with section(word("case.story"), note, key="story"):
            show_timeline(case_steps(case, now()), now(), key="case-story")
    may_act = may(actor(), Permission.REASSIGN)
    note = word("case.act_may" if may_act else "case.act_none")
    with right, section(word("case.act"), note, key="act"):
        show_reassign(case)


def _show_head(case: CaseFile) -> None:
    title = case.line.title or word("case.untitled")
    lamp = case_lamp(case, now())
    with head(title, now(), [case_source()], note=case.line.case_no, lamp=lamp):
        pass


def _ask_number() -> None:
    with head(word("screen.case"), now(), [case_source()]):
        pass
    show_empty("case.ask")
    asked = st.text_input(
        word("case.find"), placeholder=word("case.find_hint"), key="case-no", width=320
    )
    if asked.strip():
        open_case(asked.strip())
