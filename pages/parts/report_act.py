"""Sending a report: what would come of it, what came of it, or why nothing did."""

import streamlit as st

from components.formats import format_instant
from components.mount import Action, Notice
from components.notices import show_notice
from components.sections import section
from data.report_previews import ReportPreview, preview_report
from data.reports import Reported, ReportRequest, report
from data.terms import ActionRefused, Kind, Lamp
from data.words import word
from door import NOT_ANSWERING, change, go, read
from pages.parts.case_beside import show_cases
from pages.parts.case_draft import NEW, Desk, keep, new_key, start_again
from pages.parts.chosen import way_back
from pages.parts.common import draw_again, open_case
from pages.parts.effects import show_effects
from pages.parts.form_ends import show_recalled, show_why_refused
from pages.parts.report_fields import NEEDED
from pages.parts.report_view import ReportView

OPEN = "open"
USED_KEY = "report.used_key"


def show_buttons(view: ReportView, ask: ReportRequest, is_silent: bool) -> None:
    """Send it, or begin anew; what is typed is kept."""
    desk = view.desk
    with st.container(horizontal=True, vertical_alignment="center", key="form-buttons"):
        confirmed = st.button(
            word("report.confirm"), type="primary", key=f"{view.key}-confirm", disabled=is_silent
        )
        cleared = st.button(word("report.clear"), key=f"{view.key}-clear", disabled=is_silent)
        st.space("stretch")
        left = st.button(word("report.back"), type="tertiary", key=f"{view.key}-back")
    if cleared:
        start_again(desk, Kind.REPORT)
        desk.done = ""
    if confirmed:
        _save(view, ask)
    if not is_silent:
        keep(NEW, desk)
    if left:
        go("cases", **way_back())
    if cleared or confirmed:
        draw_again()


def _save(view: ReportView, ask: ReportRequest) -> None:
    """Send it; a refusal leaves everything as it was typed, and the same key."""
    desk, form = view.desk, view.form
    try:
        reported = change(report, ask)
    except ActionRefused as refusal:
        form.refused, form.sent = refusal, dict(form.fields)
        if refusal.key == USED_KEY:
            form.key = new_key()
        return
    start_again(desk, Kind.REPORT)
    desk.done, desk.made = _said(view, reported), reported.case_no


def _said(view: ReportView, reported: Reported) -> str:
    """One sentence that says what happened."""
    if reported.due_at is None:
        return word("report.done_without_due", case_no=reported.case_no)
    due = format_instant(reported.due_at, view.at)
    return word("report.done", case_no=reported.case_no, due=due)


def show_end(view: ReportView) -> None:
    """What came of the last report, until the next is begun; or why nothing did.

    It stands under the buttons, so that nothing moves while somebody types or clicks.
    """
    desk, form = view.desk, view.form
    if form.refused is not None and form.fields != form.sent:
        form.refused = None  # that was said of what stood there then
    if form.is_touched:
        desk.done = ""
    with st.container():
        if form.refused is not None:
            show_why_refused(form, 0)
        elif desk.done:
            _show_done(desk)
        else:
            show_recalled(desk)


def _show_done(desk: Desk) -> None:
    ways = [Action(OPEN, word("report.open"), is_primary=True)]
    notice = Notice(Lamp.NONE, desk.done, word("report.done.reason"), ways)
    if show_notice(notice, key="report-done") == OPEN:
        open_case(desk.made)


def show_will(view: ReportView, ask: ReportRequest) -> None:
    """What would come of the report, and cases that may be the same matter."""
    seen = None
    with section(word("report.will"), word("report.will.note"), key="will"):
        if all(getattr(ask, name) for name in NEEDED):
            seen = _preview(view, ask)
            _show_preview(view, seen)
        else:
            st.caption(word("report.fill"))
    with st.container():
        if seen is not None and seen.repeats is not None:
            show_cases("known", seen.repeats, view.at)


def _show_preview(view: ReportView, seen: ReportPreview | None) -> None:
    if seen is None:
        st.caption(word("act.no_preview"))
    elif seen.why_not:
        notice = Notice(Lamp.NONE, word("report.cannot"), seen.why_not)
        show_notice(notice, key="report-cannot")
    else:
        show_effects(
            seen.effects, view.at, key="report-preview", title=word("report.effects"), is_new=True
        )


def _preview(view: ReportView, ask: ReportRequest) -> ReportPreview | None:
    """What it would make; None while the database is silent. Title and note change nothing."""
    plain = ReportRequest("", "", ask.category, ask.area, ask.channel, ask.address)
    try:
        return read(preview_report, plain, view.at)
    except NOT_ANSWERING:
        return None
    except ActionRefused as refusal:
        return ReportPreview(why_not=str(refusal))
