"""What somebody is at on the page of a case: the forms begun, what came of the last action.

It is kept in the session, so that nothing typed is lost when a form is put away or the database
falls silent; and in the database, so that it outlives page and server.
"""

import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime

import streamlit as st

from data.drafts import Fields, KeepDraft, keep_draft
from data.terms import ActionRefused, Kind
from door import change
from door.drafts import my_draft

FORM = "act"  # the name of the draft; its subject is the case number
MANY = "*"  # the subject for many cases at once
NEW = "report"  # the subject for a case that is not there yet
CASES = "cases"  # their numbers, each with the version seen
UNASKED = {"order_no", CASES}  # filled in by themselves where there is no choice


@dataclass(slots=True)
class Begun:
    """A form being filled: as what is typed, seen at which version, under which key it is sent."""

    key: str
    version: int
    fields: dict[str, str] = field(default_factory=dict)
    laid: dict[str, str] = field(default_factory=dict)  # what its widgets were drawn with
    refused: ActionRefused | None = None
    sent: dict[str, str] = field(default_factory=dict)  # the fields that were refused

    @property
    def is_touched(self) -> bool:
        """Whether anything was chosen or typed."""
        return any(text for name, text in self.fields.items() if name not in UNASKED)


@dataclass(slots=True)
class Desk:
    """What somebody is at with one case."""

    turn: int = 0  # a new one empties every field
    chosen: str = ""  # the action
    laid: str = ""  # the action that its control was drawn with
    forms: dict[str, Begun] = field(default_factory=dict)
    done: str = ""  # the sentence that says what happened
    made: str = ""  # the number of the case that came of it
    kept: Fields = ()  # the draft as the database has it
    recalled_from: datetime | None = None  # the draft found when the page was opened


def desk_of(subject: str) -> Desk:
    """The desk of a case, or of many, in this session."""
    found: Desk = st.session_state.setdefault(f"desk-{subject}", Desk())
    return found


def recall(subject: str) -> None:
    """Lay out again what was typed and not sent, the first time a session comes to it."""
    if f"desk-{subject}" in st.session_state:
        return
    draft, desk = my_draft(subject, FORM), Desk()
    if draft is not None:
        desk.kept, desk.recalled_from = draft.fields, draft.saved_at
        desk.forms = _forms(dict(draft.fields))
        desk.chosen = dict(draft.fields).get("chosen", "")
    st.session_state[f"desk-{subject}"] = desk


def _forms(told: dict[str, str]) -> dict[str, Begun]:
    forms: dict[str, Begun] = {}
    for name, text in told.items():
        kind, _, one = name.partition(".")
        if kind not in set(Kind) or not one:
            continue
        begun = forms.setdefault(kind, Begun(new_key(), 0))
        if one == "key":
            begun.key = text
        elif one == "version":
            begun.version = int(text) if text.isdecimal() else 0
        else:
            begun.fields[one] = text
    return forms


def begun(desk: Desk, kind: Kind, version: int) -> Begun:
    """The form of an action. Its version is the case's until something is filled in.

    From then on it stands still, so that nobody's change can slip under what was typed.
    """
    form = desk.forms.setdefault(kind, Begun(new_key(), version))
    if not form.is_touched:
        form.version = version
    return form


def keep(subject: str, desk: Desk) -> None:
    """Keep in the database what is typed, where it changed. Silence is tried again next time."""
    told = [
        (f"{kind}.{name}", text)
        for kind, form in desk.forms.items()
        if form.is_touched
        for name, text in (("key", form.key), ("version", str(form.version)), *form.fields.items())
        if text
    ]
    fields = (("chosen", desk.chosen), *told) if told else ()
    if dict(fields) == dict(desk.kept):
        return
    try:
        change(keep_draft, KeepDraft(subject, FORM, fields))
    except ActionRefused:
        return
    desk.kept = fields


def start_again(desk: Desk, kind: Kind) -> None:
    """Put the form of an action away, with what was typed."""
    desk.forms.pop(kind, None)
    desk.turn, desk.chosen = desk.turn + 1, ""


def new_key() -> str:
    """A key of letters alone: digits might be taken for somebody's number."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(24))
