"""What a person chooses to look at; kept in the address, so that it can be shared."""

from collections.abc import Sequence

import streamlit as st

from data.words import word


def ask_period(names: Sequence[str], default: str) -> str:
    """The name of the chosen period."""
    return st.selectbox(
        word("period.pick"),
        names,
        index=names.index(default),
        format_func=lambda name: word(f"period.{name}"),
        key="period",
        bind="query-params",
        label_visibility="collapsed",
        width=140,
    )
