"""The cases behind a number that is no metric, in place of the page that shows the number."""

from collections.abc import Callable, Sequence
from typing import Protocol

import streamlit as st

from components.formats import format_count
from components.lists import ask_case
from components.mount import Action, Bit
from components.notices import show_empty, show_refused
from components.sections import section
from data.cases import CaseLine
from data.terms import Refused
from data.words import word
from pages.parts.common import open_case

LIST = "list"  # in the address, so that it can be shared: which number's cases are shown


class Behind(Protocol):
    """How many cases there are, and the first of them."""

    @property
    def count(self) -> int: ...
    @property
    def lines(self) -> Sequence[CaseLine]: ...


def opening(key: str, count: int) -> Bit:
    """A count that opens its cases, if there are any."""
    return Bit(format_count(count), key=key if count else "")


def open_list(name: str) -> None:
    """Show the cases behind a number on this page."""
    st.query_params[LIST] = name
    st.rerun()


def list_asked() -> str:
    """The list that the address asks for; empty for the page itself."""
    return st.query_params.get(LIST, "")


def show_behind(find: Callable[[], tuple[str, Behind]], back: str) -> None:
    """The title and the cases that `find` gives, and the way back; or that there is no such list.

    `back` is the key of the way's word.
    """
    ways = [Action("back", word(back), is_primary=True)]
    try:
        title, found = find()
    except Refused as refusal:
        if show_refused("behind.bad_list", ways, why=str(refusal)):
            _leave()
        return
    shown = format_count(len(found.lines))
    note = word("opened.note", count=format_count(found.count), shown=shown)
    with section(title, note, key="behind"):
        if show_empty("behind.listed", ways):
            _leave()
        if not found.lines:
            show_empty("opened.empty")
            return
        chosen = ask_case(found.lines, key=f"behind-{list_asked()}")
        if chosen:
            open_case(chosen)


def _leave() -> None:
    del st.query_params[LIST]
    st.rerun()
