"""What is chosen and typed on the intake screen, kept in the session and on the desk."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from data.intake.mapping.offered import with_source
from door.desk import Desk

DRAFT = ""  # the choice of a mapping drafted from the file's own header
FIELDS: dict[str, Any] = {  # and what each begins with
    "kind": "cases",
    "mapping": DRAFT,
    "text": "",
    "name": "",
    "declared": None,
    "encoding": "",
    "sheet": "",
}
_FIELDS = "intake-fields"


@dataclass(slots=True)
class Field:
    """What a field holds, and what its widget is drawn with: a new turn is a new widget.

    A value told to a widget that is there already is told once, and lost on a browser that was
    still fetching what draws it.
    """

    value: Any
    laid: Any
    turn: int = 0


def remember(desk: Desk) -> None:
    """What was typed outlives the page: a new page begins with it."""
    if _FIELDS not in st.session_state:
        begun = {name: desk.form.get(name, default) for name, default in FIELDS.items()}
        st.session_state[_FIELDS] = {name: Field(value, value) for name, value in begun.items()}
    for name in FIELDS:
        desk.form[name] = _field(name).value = typed(name)


def _field(name: str) -> Field:
    found: Field = st.session_state[_FIELDS][name]
    return found


def key_of(name: str) -> str:
    """The key of a field's widget."""
    return f"intake-{name}-{_field(name).turn}"


def laid(name: str) -> Any:
    """What a field's widget is drawn with."""
    return _field(name).laid


def typed(name: str) -> Any:
    """What a field holds."""
    return st.session_state.get(key_of(name), _field(name).value)


def put(desk: Desk, name: str, value: Any) -> None:
    """Fill a field in."""
    if value != typed(name):
        st.session_state[_FIELDS][name] = Field(value, value, _field(name).turn + 1)
        desk.form[name] = value


def as_chosen(text: str) -> str:
    """The text of a mapping with the encoding and the sheet that were chosen."""
    for name in ("encoding", "sheet"):
        if value := typed(name):
            text = with_source(text, name, value)
    return text


def mapping_name() -> str:
    """The name that was typed for the mapping."""
    return str(typed("name")).strip() or "draft"


def apply_choice(desk: Desk) -> None:
    """Write the encoding and the sheet that were chosen into the mapping."""
    put(desk, "text", as_chosen(typed("text")))
