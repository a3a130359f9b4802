"""What may be done with the ticked cases, the columns, the files, and the way through the pages."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from components.formats import format_count
from components.sections import heading
from data.access import Permission, may
from data.case_list.address import as_address
from data.case_list.columns import ALWAYS, NAMES
from data.case_list.files import IN_CSV, IN_WORKBOOK, write_csv, write_workbook
from data.case_list.pages import CasePage
from data.reports import may_report
from data.terms import Actor, Kind
from data.words import word
from door import go
from door.exporting import export, file_name
from pages.parts.chosen import MOST, choose, chosen, left_out
from pages.parts.list_seen import Count, SeenList, ask_to_count, ask_to_tick
from pages.parts.list_view import (
    View,
    show_usual_columns,
    turn_to,
    widget_key,
)

BULK = {  # what may be done to many at once
    Kind.REASSIGN: Permission.REASSIGN,
    Kind.SUPERVISE: Permission.SUPERVISE,
    Kind.CLOSE: Permission.DISPATCH,
}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def offer_to_report(asker: Actor) -> None:
    """The way to the form for a new case, for who may open one."""
    if may_report(asker) and st.button(word("screen.report"), type="primary", key="cases-report"):
        go("report")


def show_bar_of_list(seen: SeenList) -> None:
    """How many, and the ticked ones, at the left; columns, files and pages at the right."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="cases-bar"):
        _show_count(seen.view, seen.count)
        _show_ticked(seen.count, seen.asker)
        st.space("stretch")
        _ask_columns(seen.view)
        if may(seen.asker, Permission.EXPORT):
            _offer_files(seen)
        _show_pages(seen.page)


def _show_count(view: View, count: Count) -> None:
    heading(word("cases.found", count=_said(count)), key="cases", width="content")
    if not count.is_exact and not view.asked.is_slow:
        label = word("cases.count")
        st.button(
            label, type="tertiary", on_click=ask_to_count, args=(view.asked,), key="cases-count"
        )


def _said(count: Count) -> str:
    return format_count(count.count) + ("" if count.is_exact else "+")


def done_in_bulk_by(asker: Actor) -> list[Kind]:
    """What somebody may do to many cases at once."""
    return [kind for kind, permission in BULK.items() if may(asker, permission)]


def _show_ticked(count: Count, asker: Actor) -> None:
    kinds, ticked = done_in_bulk_by(asker), chosen()
    if not kinds:
        return
    st.text(word("cases.ticked", count=format_count(len(ticked))), width=100)
    if over := left_out():
        st.caption(word("cases.over", most=MOST, count=format_count(over)), width="content")
    for kind in kinds:
        if st.button(word(f"kind.{kind}"), disabled=not ticked, key=f"cases-do-{kind}"):
            go("bulk", kind=str(kind))
    is_few = count.is_exact and count.count <= MOST
    st.button(
        word("cases.tick_found", count=_said(count)),
        type="tertiary",
        disabled=not (is_few and count.count),
        help=None if is_few else word("cases.tick_limit", most=MOST),
        on_click=ask_to_tick,
        key="cases-tick-found",
    )
    st.button(
        word("cases.untick"),
        type="tertiary",
        disabled=not ticked,
        on_click=choose,
        args=((),),
        key="cases-untick",
    )


def _ask_columns(view: View) -> None:
    with st.popover(word("cases.columns"), width="content"):
        offered = [name for name in NAMES if name not in ALWAYS]
        st.pills(
            word("cases.columns_shown"),
            offered,
            default=[name for name in view.columns if name in offered],
            selection_mode="multi",
            format_func=lambda name: word(f"cases.column.{name}"),
            key=widget_key("columns"),
            width=420,
        )
        label = word("cases.columns_usual")
        st.button(label, type="tertiary", on_click=show_usual_columns, key="cases-usual")


def _offer_files(seen: SeenList) -> None:
    with st.popover(word("cases.export"), width="content", disabled=not seen.count.count):
        st.text(word("cases.export_note", csv=format_count(IN_CSV), book=format_count(IN_WORKBOOK)))
        asked, columns, at = seen.view.asked, seen.view.columns, seen.at
        subject = subject_of(seen.view)
        with st.container(horizontal=True):
            st.download_button(
                word("cases.export_csv"),
                export(write_csv, subject, asked, columns, at),
                file_name=file_name(word("cases.file_name")),
                mime="text/csv",
                on_click="ignore",
                key="cases-csv",
            )
            st.download_button(
                word("cases.export_workbook"),
                export(write_workbook, subject, asked, columns, at),
                file_name=file_name(word("cases.file_name"), "xlsx"),
                mime=WORKBOOK,
                on_click="ignore",
                key="cases-xlsx",
            )


def subject_of(view: View) -> str:
    """What the record says that a file holds: the address of its list."""
    return "cases?" + urlencode(as_address(view.asked), doseq=True)[:500]


def _show_pages(page: CasePage) -> None:
    places: Sequence[tuple[str, object]] = (("before", page.before), ("after", page.after))
    for name, place in places:
        st.button(
            word(f"cases.page_{name}"),
            disabled=place is None,
            on_click=turn_to,
            args=(place,),
            key=f"cases-page-{name}",
        )
