"""数据接入: where data come from and how good they are; import a file, mend it, take it back."""

import streamlit as st

from components.head import head
from components.notices import show_empty, show_refused
from data.intake.batches import batches
from data.intake.quality import sources
from data.terms import ActionRefused
from data.words import word
from door import each_tick, now, read
from door.desk import Desk, my_desk
from pages.parts.common import case_source, grey_while_reading
from pages.parts.intake_form import show_new_import
from pages.parts.intake_history import show_history, show_kept_batch
from pages.parts.intake_outcome import show_outcome
from pages.parts.intake_sources import show_deliveries, show_sources


@each_tick
def screen() -> None:
    """Sources, the new import and its outcome, the rows kept aside, the history."""
    with head(word("screen.intake"), now(), [case_source()]):
        pass
    try:
        desk = my_desk()
    except ActionRefused as refusal:
        show_refused("intake.refused", why=str(refusal))
        return
    _show(desk)


def _show(desk: Desk) -> None:
    # Each part keeps its place whether it is drawn or not. Two runs may be sent at once, and where
    # columns then follow a section in the same place, the browser finds no parent for a column.
    above, opened, new, outcome, kept, below = (st.container() for _ in range(6))
    with above:
        with grey_while_reading("intake", height=320):
            found, history = read(sources, now()), read(batches)
        if found:
            show_sources(found)
        elif not history:
            show_empty("intake.empty")
    with opened:
        show_deliveries(found)
    with new:
        left, right = st.columns([59, 41], gap="medium")
        show_new_import(desk, left, right)
    with outcome:
        show_outcome(desk)
    with kept:
        show_kept_batch()
    with below:
        show_history(history)
