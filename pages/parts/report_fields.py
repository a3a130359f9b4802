"""The fields of a report, each kept as text from run to run."""

from collections.abc import Iterable

import streamlit as st

from components.typed import commit_what_is_typed
from data.reports import (
    ADDRESS_LIMIT,
    NOTE_LIMIT,
    SEVERITIES,
    TITLE_LIMIT,
    ReportRequest,
)
from data.words import word
from pages.parts.laid import choose_one, laid
from pages.parts.report_view import ReportView

NEEDED = ("category", "area", "channel")  # what the effects depend on
NOTE_HEIGHT = 100


def ask_report(view: ReportView) -> ReportRequest:
    """Draw the fields; the request that they make, complete or not."""
    fields = view.form.fields
    fields["title"] = _line(view, "title", TITLE_LIMIT)
    category, channel, severity = st.columns([2, 1, 1])
    with category:
        fields["category"] = _one(view, "category", view.offered.categories, "report.search")
    with channel:
        fields["channel"] = _one(view, "channel", view.offered.channels)
    with severity:
        severities = [(one, word(f"lamp.{one}")) for one in SEVERITIES]
        fields["severity"] = _one(view, "severity", severities)
    fields["area"] = _one(view, "area", view.offered.areas, "report.search")
    fields["address"] = _line(view, "address", ADDRESS_LIMIT)
    fields["note"] = _note(view)
    commit_what_is_typed("report-")
    return request_of(view)


def request_of(view: ReportView) -> ReportRequest:
    """The request that the form makes as it is filled in."""
    names = ("title", "category", "area", "channel", "address", "severity", "note")
    told = {name: view.form.fields.get(name, "") for name in names}
    return ReportRequest(view.form.key, **told)


def _one(
    view: ReportView, name: str, options: Iterable[tuple[str, str]], hint: str = "act.choose"
) -> str:
    """One of some codes, by its name or the path to it."""
    label = word(f"report.{name}")
    return choose_one(view.form, view.key, name, label, dict(options), word(hint))


def _line(view: ReportView, name: str, limit: int) -> str:
    key, told = laid(view.form, view.key, name)
    return st.text_input(
        word(f"report.{name}"),
        told,
        max_chars=limit,
        placeholder=word(f"report.{name}_hint"),
        autocomplete="off",
        live=True,
        key=key,
    )


def _note(view: ReportView) -> str:
    key, told = laid(view.form, view.key, "note")
    return st.text_area(
        word("report.note"), told, max_chars=NOTE_LIMIT, height=NOTE_HEIGHT, key=key
    )
