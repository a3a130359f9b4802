"""What is chosen and typed on the intake screen, kept in the session and on the desk."""

import streamlit as st

from data.intake.mapping.offered import with_source
from door.desk import Desk

DRAFT = ""  # the choice of a mapping drafted from the file's own header
FIELDS = ("kind", "mapping", "text", "name", "declared", "encoding", "sheet")


def key_of(field: str) -> str:
    """The name of a field in the session."""
    return f"intake-{field}"


def remember(desk: Desk) -> None:
    """What was typed outlives the page: a new page begins with it."""
    defaults = {"kind": "cases", "mapping": DRAFT, "encoding": "", "sheet": "", "declared": None}
    for field in FIELDS:
        if key_of(field) in st.session_state:
            desk.form[field] = st.session_state[key_of(field)]
        else:
            st.session_state[key_of(field)] = desk.form.get(field, defaults.get(field, ""))


def as_chosen(text: str) -> str:
    """The text of a mapping with the encoding and the sheet that were chosen."""
    for field in ("encoding", "sheet"):
        if value := st.session_state[key_of(field)]:
            text = with_source(text, field, value)
    return text


def mapping_name() -> str:
    """The name that was typed for the mapping."""
    return str(st.session_state[key_of("name")]).strip() or "draft"


def apply_choice() -> None:
    """Write the encoding and the sheet that were chosen into the mapping."""
    st.session_state[key_of("text")] = as_chosen(st.session_state[key_of("text")])
