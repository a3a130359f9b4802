"""Fields that begin, whenever they are drawn anew, with the text that a form kept for them."""

from collections.abc import Mapping

import streamlit as st

from pages.parts.case_draft import Begun


def laid(begun: Begun, key: str, name: str) -> tuple[str, str]:
    """The key of a field's widget, and the text that it begins with whenever it is drawn anew.

    `key` is how the keys of the form's widgets begin. It begins so in every run: a browser may
    draw none of the first ones.
    """
    key = f"{key}-{name}"
    if key not in st.session_state:
        begun.laid[name] = begun.fields.get(name, "")
    return key, begun.laid.get(name, "")


def choose_one(
    begun: Begun, key: str, name: str, label: str, options: Mapping[str, str], hint: str
) -> str:
    """One of some options, by its key; nothing while none is chosen."""
    (key, told), offered = laid(begun, key, name), list(options)
    chosen = st.selectbox(
        label,
        offered,
        index=offered.index(told) if told in options else None,
        format_func=lambda one: options.get(one, one),
        placeholder=hint,
        key=key,
    )
    return chosen or ""
