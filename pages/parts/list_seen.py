"""All that the list shows, read at once: it stays while the database does not answer."""

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from components.head import Source
from data.case_list.asked import CaseFilter
from data.case_list.choices import Choices, choices
from data.case_list.pages import COUNTED, CasePage, case_count, case_page, first_numbers
from data.terms import Actor
from door import actor, now, read
from pages.parts.chosen import MOST, choose, chosen
from pages.parts.common import case_source
from pages.parts.list_filters import take_filters
from pages.parts.list_view import View, keep_address, take_columns, view

_TICK, _EXACT = "cases-to-tick", "cases-exact"


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases there are; at least so many, unless they were all counted."""

    count: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class SeenList:
    """The list at a moment, for whoever asks."""

    asker: Actor
    at: datetime
    source: Source
    offered: Choices
    view: View
    page: CasePage
    count: Count


def see_list() -> SeenList:
    """What the filters, the columns and the place of the page ask for."""
    take_filters()
    take_columns()
    keep_address()
    looked = view()
    if st.session_state.pop(_TICK, False):
        choose((*chosen(), *read(first_numbers, looked.asked, now(), MOST)))
    page = read(case_page, looked.asked, looked.place, now())
    count = _counted(page, looked.asked)
    return SeenList(actor(), now(), case_source(), read(choices), looked, page, count)


def _counted(page: CasePage, asked: CaseFilter) -> Count:
    if page.is_all:
        return Count(len(page.lines), is_exact=True)
    is_wanted = st.session_state.get(_EXACT) == asked
    if asked.is_slow and not is_wanted:
        return Count(len(page.lines), is_exact=False)
    count = read(case_count, asked, now(), None if is_wanted else COUNTED + 1)
    return Count(count, True) if is_wanted else Count(min(count, COUNTED), count <= COUNTED)


def ask_to_tick() -> None:
    """Tick all that the list finds, in the next run."""
    st.session_state[_TICK] = True


def ask_to_count(asked: CaseFilter) -> None:
    """Count a list to its end."""
    st.session_state[_EXACT] = asked
