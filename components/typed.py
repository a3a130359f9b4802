"""Sends a long text while it is being written, not only when its field is left."""

import streamlit as st

from components.mount import register

_TYPED = register("typed")


def commit_what_is_typed(within: str) -> None:
    """Send every text area whose key begins so, a moment after the last letter."""
    with st.container(key="yiping-typed"):
        _TYPED(data={"within": within}, key="yiping-typed-watch")
