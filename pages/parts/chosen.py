"""The cases a person has ticked: kept for the session, on whatever screen they are acted on."""

from collections.abc import Iterable

import streamlit as st

MOST = 500  # what one action on many cases may take
_CHOSEN, _OVER, _WAY_BACK = "cases-chosen", "cases-over", "cases-way-back"


def chosen() -> tuple[str, ...]:
    """Case numbers in the order they were ticked; they may have changed, or gone, since."""
    found: tuple[str, ...] = st.session_state.get(_CHOSEN, ())
    return found


def choose(numbers: Iterable[str]) -> None:
    """Keep these, each once, and no others; at most `MOST`."""
    every = tuple(dict.fromkeys(numbers))
    st.session_state[_CHOSEN], st.session_state[_OVER] = every[:MOST], len(every[MOST:])


def left_out() -> int:
    """How many were ticked last beyond `MOST`, and not kept."""
    return int(st.session_state.get(_OVER, 0))


def way_back() -> dict[str, str | list[str]]:
    """The address of the list as it was left: go("cases", **way_back())."""
    found: dict[str, str | list[str]] = st.session_state.get(_WAY_BACK, {})
    return dict(found)


def keep_way_back(address: dict[str, str | list[str]]) -> None:
    """Note the address of the list as it is shown now."""
    st.session_state[_WAY_BACK] = address
