"""成批办理: one action on the cases ticked in the list, on all of them or on none."""

import streamlit as st

from components.head import head
from components.mount import Action
from components.notices import show_empty
from components.sections import section
from data.words import word
from door import go, lasting
from pages.parts.bulk_act import show_acting_on_all
from pages.parts.bulk_rows import show_each
from pages.parts.bulk_view import BulkView, see_all
from pages.parts.chosen import way_back

BACK = "back"


@lasting(see_all, is_live=False)
def screen(view: BulkView, is_silent: bool) -> None:
    """Left the cases, those that forbid it first; right the form and what it would do."""
    with head(word(f"bulk.{view.kind}"), view.at, [view.source]):
        pass
    if not view.each:
        _show_nothing(view)
        return
    left, right = st.columns([55, 45], gap="medium")
    with left:
        show_each(view)
    note = word("case.act_as", role=word(f"role.{view.asker.role}"))
    with right, section(word("case.act"), note, key="act"):
        show_acting_on_all(view, is_silent)


def _show_nothing(view: BulkView) -> None:
    """What was done with them; or that none are ticked."""
    ways = [Action(BACK, word("bulk.back"), is_primary=True)]
    prefix = "bulk.finished" if view.done else "bulk.none"
    if show_empty(prefix, ways, done=view.done) == BACK:
        go("cases", **way_back())
