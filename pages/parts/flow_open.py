"""Where the numbers of 工单流转 lead that are no metrics: the case list, or a list of the page."""

from collections.abc import Sequence

import streamlit as st

from components.lists import ask_case
from components.mount import Action
from components.notices import show_empty, show_refused
from components.sections import section
from data.case_list.address import as_address
from data.metrics.figure import Question
from data.terms import Refused, State
from data.ticket_flow import TicketFlow
from data.ticket_flow.listed import flow_cases
from data.ticket_flow.stages import REST
from data.words import word
from door import go, read
from pages.parts.common import open_case
from pages.parts.flow_tables import ARROW

LIST = "list"  # in the address: which numbers' cases are shown in place of the board
BY_DUE = (State.IN_PROGRESS, State.RESOLVED)  # past their limit is past their due time


def open_list(name: str) -> None:
    """Show the cases behind a number on this page, in the address so that it can be shared."""
    st.query_params[LIST] = name
    st.rerun()


def open_stage(answer: TicketFlow, state: State, is_past: bool, unit: str | None = None) -> None:
    """The open cases of a stage, where they can be worked on; of the past, as they were."""
    if is_past and unit is None:
        open_list(f"stage.{state}")
    go("cases", **as_address(answer.listed(state, unit)))


def open_late(answer: TicketFlow, state: State, is_past: bool) -> None:
    """Those of them that are past their limit."""
    if is_past or state not in BY_DUE:
        open_list(f"late.{state}")
    go("cases", **as_address(answer.listed(state, is_late=True)))


def list_asked() -> str:
    """The list that the address asks for; empty for the board."""
    return st.query_params.get(LIST, "")


def show_flow_list(question: Question, name: str) -> None:
    """The cases behind a number, and the way back."""
    back = [Action("back", word("flow.back"), is_primary=True)]
    try:
        found = read(flow_cases, question, name)
    except Refused as refusal:
        if show_refused("flow.bad_list", back, why=str(refusal)):
            _leave()
        return
    counted = word("opened.note", count=f"{found.count:,}", shown=f"{len(found.lines):,}")
    with section(title_of(name, found.units), counted, key="flow-list"):
        if show_empty("flow.listed", back):
            _leave()
        if not found.lines:
            show_empty("opened.empty")
            return
        chosen = ask_case(found.lines, key=f"flow-list-{name}")
        if chosen:
            open_case(chosen)


def title_of(name: str, units: Sequence[str]) -> str:
    """What a list is called; of some units, with their names."""
    family, _, value = name.partition(".")
    if family == "open":
        return word("flow.list.open")
    if units:
        rest = word("flow.rest") if value == REST else word("case.nobody")
        return word(f"flow.list.{family}", what=ARROW.join(name or rest for name in units))
    about = {
        "age": lambda: word(f"flow.age.{value}"),
        "doubt": lambda: word(f"flow.doubt.{value}"),
    }
    said = about.get(family, lambda: word(f"state.{value}"))()
    return word(f"flow.list.{family}", what=said)


def _leave() -> None:
    del st.query_params[LIST]
    st.rerun()
