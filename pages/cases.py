"""工单台账: find cases, sort them, tick some to act on, take them away as a file."""

import streamlit as st

from components.case_table import show_cases, sort_asked, ticks_asked
from components.head import head
from components.mount import Action
from components.notices import show_empty, show_refused
from data.words import word
from door import lasting
from pages.parts.chosen import choose, chosen
from pages.parts.common import open_case
from pages.parts.list_bar import done_in_bulk_by, offer_to_report, show_bar_of_list
from pages.parts.list_filters import ask_filters, ask_standing
from pages.parts.list_rows import SORTS, list_columns, list_rows
from pages.parts.list_seen import SeenList, see_list
from pages.parts.list_view import (
    clear,
    find_everywhere,
    is_narrowed,
    page_name,
    sort_by,
    take_address,
)

_TABLE, _PAGE, _TURN = "cases-table", "cases-page", "cases-turn"


def screen() -> None:
    """Look at what the address says, then stay live."""
    take_address()
    _show_list()


@lasting(see_list)
def _show_list(seen: SeenList, is_silent: bool) -> None:
    """Filters on top; what was found, what may be done with it, and one page of it."""
    with head(word("screen.cases"), seen.at, [seen.source]):
        ask_standing(seen.view.asked)
        offer_to_report(seen.asker)
    ask_filters(seen.offered, seen.view.asked)
    with st.container(key="cases-notices"):
        if seen.view.unread:
            show_refused("cases.unread", names="、".join(seen.view.unread))
    with st.container(key="section-cases", gap="xsmall"):
        show_bar_of_list(seen)
        if seen.page.lines:
            _show_page(seen)
        else:
            _say_nothing_found(seen)


def _show_page(seen: SeenList) -> None:
    names = seen.view.columns
    st.session_state[_PAGE] = [line.case_no for line in seen.page.lines]
    opened = show_cases(
        list_columns(names, seen.view.asked),
        list_rows(seen.page.lines, names, seen.at),
        ticked=chosen(),
        turn=st.session_state.get(_TURN, 0),
        page=page_name(),
        can_tick=bool(done_in_bulk_by(seen.asker)),
        key=_TABLE,
        on_sort=_sort,
        on_ticks=_take_ticks,
    )
    if opened:
        open_case(opened)


def _sort() -> None:
    asked = sort_asked(_TABLE, list(SORTS))
    if asked:
        sort_by(*SORTS[asked])


def _take_ticks() -> None:
    """Follow the browser: of the rows that both it and we had on the page."""
    ticks = ticks_asked(_TABLE)
    if ticks is None or ticks.turn <= st.session_state.get(_TURN, 0):
        return
    st.session_state[_TURN] = ticks.turn
    here = set(st.session_state.get(_PAGE, ()))
    off = set(ticks.page) - set(ticks.ticked)
    kept = [number for number in chosen() if number not in off]
    choose([*kept, *(number for number in ticks.ticked if number in here)])


def _say_nothing_found(seen: SeenList) -> None:
    """Why there is nothing, and where there may be something."""
    if not is_narrowed(seen.view.asked):
        show_empty("cases.empty")
        return
    ways = [Action("clear", word("cases.clear"))]
    if seen.view.asked.words:
        ways.insert(0, Action("everywhere", word("cases.find_everywhere"), is_primary=True))
    asked = show_empty("cases.none", ways)
    if asked:
        find_everywhere() if asked == "everywhere" else clear()
        st.rerun()
