"""What of the list somebody looks at: kept in the session, and in the address to be shared."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

import streamlit as st

from data.case_list.address import NAMES, Address, as_address, from_address
from data.case_list.asked import CaseFilter, Order, Place, Standing
from data.case_list.columns import USUAL, known_columns
from pages.parts.chosen import keep_way_back

_VIEW, _ADDRESS, _WIDGETS = "cases-view", "cases-address", "cases-widgets"


@dataclass(frozen=True, slots=True)
class View:
    """The list as it is looked at; `unread` names what of the address made no sense."""

    asked: CaseFilter
    place: Place | None = None
    columns: tuple[str, ...] = USUAL
    unread: tuple[str, ...] = ()


def take_address() -> None:
    """Look at what the address says, where it is not our own.

    Asked in whole runs of the screen only: a tick may come with the address of a moment ago.
    """
    told = st.query_params  # coming back, Streamlit tells the address of the screen that was left
    address = {name: told.get_all(name) for name in told if name in (*NAMES, "columns")}
    is_back = not address and widget_key("words") not in st.session_state  # from another screen
    if _VIEW in st.session_state and (is_back or address == st.session_state.get(_ADDRESS)):
        st.session_state[_ADDRESS] = address
        return
    asked, place, unread = from_address(address)
    columns = known_columns(address["columns"][-1].split(",")) if "columns" in address else USUAL
    st.session_state[_ADDRESS] = address
    _look(View(asked, place, columns, unread))


def view() -> View:
    """The list as it is looked at now."""
    found: View = st.session_state[_VIEW]
    return found


def look_at(asked: CaseFilter) -> None:
    """Look at another list, from its beginning; the widgets follow."""
    _look(replace(view(), asked=asked, place=None, unread=()))


def sort_by(order: Order, is_descending: bool) -> None:
    """The same list in another order, from its beginning."""
    asked = replace(view().asked, sort=order, is_descending=is_descending)
    st.session_state[_VIEW] = replace(view(), asked=asked, place=None)


def is_narrowed(asked: CaseFilter) -> bool:
    """Whether any filter is set beside the standing."""
    usual = CaseFilter(standing=asked.standing)
    return replace(asked, sort=None, is_descending=False) != usual


def clear() -> None:
    """Take all filters away; standing and order stay."""
    asked = view().asked
    usual = CaseFilter(standing=asked.standing)
    look_at(replace(usual, sort=asked.sort, is_descending=asked.is_descending))


def find_everywhere() -> None:
    """The same words among all cases, whatever else was asked."""
    look_at(CaseFilter(words=view().asked.words, standing=Standing.ALL))


def narrow(asked: CaseFilter) -> None:
    """Look at what the widgets now ask for."""
    if asked != view().asked:
        st.session_state[_VIEW] = replace(view(), asked=asked, place=None, unread=())


def turn_to(place: Place | None) -> None:
    """Another page of the same list."""
    st.session_state[_VIEW] = replace(view(), place=place)


def take_columns() -> None:
    """The same list with the columns that are ticked, where they were offered."""
    named = st.session_state.get(widget_key("columns"))
    if named is not None:
        st.session_state[_VIEW] = replace(view(), columns=known_columns(list(named)))


def show_usual_columns() -> None:
    """The same list with the columns that are shown when nobody chose."""
    _look(replace(view(), columns=USUAL))


def widget_key(name: str) -> str:
    """The key of a filter's widget; another one once the view was not set by widgets."""
    return f"cases-{st.session_state.get(_WIDGETS, 0)}-{name}"


def keep_address() -> None:
    """Let the address say what is looked at."""
    now = view()
    address: Address = as_address(now.asked, now.place)
    if now.columns != USUAL:
        address["columns"] = ",".join(now.columns)
    keep_way_back(address)
    told = {name: [text] if isinstance(text, str) else text for name, text in address.items()}
    if told != st.session_state.get(_ADDRESS):
        st.session_state[_ADDRESS] = told
        st.query_params.from_dict(address)


def page_name() -> str:
    """One line that no other list and no other page of it has."""
    now = view()
    return urlencode(as_address(now.asked, now.place), doseq=True)


def _look(at: View) -> None:
    st.session_state[_VIEW] = at
    st.session_state[_WIDGETS] = st.session_state.get(_WIDGETS, 0) + 1
