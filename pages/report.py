"""上报: the form that opens a case."""

import streamlit as st

from components.head import head
from components.sections import section
from data.words import word
from door import lasting
from pages.parts.report_act import show_buttons, show_end, show_will
from pages.parts.report_fields import ask_report
from pages.parts.report_view import ReportView, see_report


@lasting(see_report)
def screen(view: ReportView, is_silent: bool) -> None:
    """Left the form, right what would come of it and what may be the same matter."""
    with head(word("screen.report"), view.at, [view.source]):
        pass
    left, right = st.columns([55, 45], gap="medium")
    with left, section(word("report.form"), word("report.form.note"), key="form"):
        ask = ask_report(view)
        show_buttons(view, ask, is_silent)
        show_end(view)
    with right:
        show_will(view, ask)
