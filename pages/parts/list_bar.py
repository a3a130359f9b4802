"""What may be done with the ticked cases, the columns, the files, and the way through the pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from components.formats import format_count
from components.sections import heading
from data.access import Permission, may
from data.case_list.address import as_address
from data.case_list.asked import CaseFilter
from data.case_list.columns import ALWAYS, NAMES, known_columns
from data.case_list.files import IN_CSV, IN_WORKBOOK, write_csv, write_workbook
from data.case_list.pages import COUNTED, CasePage, case_count, first_numbers
from data.terms import Actor, Kind
from data.words import word
from door import go, now, read
from door.exporting import export, file_name
from pages.parts.chosen import MOST, choose, chosen
from pages.parts.list_view import (
    View,
    show_columns,
    show_usual_columns,
    turn_to,
    widget_key,
)

BULK = {  # what may be done to many at once
    Kind.REASSIGN: Permission.REASSIGN,
    Kind.SUPERVISE: Permission.SUPERVISE,
    Kind.CLOSE: Permission.DISPATCH,
}
_TICK, _EXACT = "cases-to-tick", "cases-exact"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases there are; at least so many, unless they were all counted."""

    count: int
    is_exact: bool


def show_bar_of_list(page: CasePage, view: View, count: Count, asker: Actor) -> None:
    """How many, and the ticked ones, at the left; columns, files and pages at the right."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="cases-bar"):
        _show_count(view, count)
        _show_ticked(view, count, asker)
        st.space("stretch")
        _ask_columns(view)
        if may(asker, Permission.EXPORT):
            _offer_files(view, count)
        _show_pages(page)


def counted(page: CasePage, view: View) -> Count:
    """How many the list finds, as far as it was counted."""
    asked = view.asked
    if page.is_all:
        return Count(len(page.lines), is_exact=True)
    is_wanted = st.session_state.get(_EXACT) == asked
    if asked.is_slow and not is_wanted:
        return Count(len(page.lines), is_exact=False)
    count = read(case_count, asked, now(), None if is_wanted else COUNTED + 1)
    return Count(count, True) if is_wanted else Count(min(count, COUNTED), count <= COUNTED)


def _show_count(view: View, count: Count) -> None:
    heading(word("cases.found", count=_said(count)), key="cases", width="content")
    if not count.is_exact and not view.asked.is_slow:
        label = word("cases.count")
        st.button(label, type="tertiary", on_click=_count, args=(view.asked,), key="cases-count")


def _said(count: Count) -> str:
    return format_count(count.count) + ("" if count.is_exact else "+")


def _count(asked: CaseFilter) -> None:
    st.session_state[_EXACT] = asked


def _show_ticked(view: View, count: Count, asker: Actor) -> None:
    ticked = chosen()
    st.text(word("cases.ticked", count=format_count(len(ticked))), width=100)
    for kind, permission in BULK.items():
        if may(asker, permission):
            label = word(f"kind.{kind}")
            if st.button(label, disabled=not ticked, key=f"cases-do-{kind}"):
                go("bulk", kind=str(kind))
    if any(may(asker, permission) for permission in BULK.values()):
        label = word("cases.tick_found", count=_said(count))
        is_few = count.is_exact and count.count <= MOST
        st.button(
            label,
            type="tertiary",
            disabled=not (is_few and count.count),
            help=None if is_few else word("cases.tick_limit", most=MOST),
            on_click=_ask_to_tick,
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


def _ask_to_tick() -> None:
    st.session_state[_TICK] = True


def tick_found(view: View) -> None:
    """Tick all that the list finds, if that was asked for."""
    if st.session_state.pop(_TICK, False):
        choose((*chosen(), *read(first_numbers, view.asked, now(), MOST)))


def _ask_columns(view: View) -> None:
    with st.popover(word("cases.columns"), width="content"):
        offered = [name for name in NAMES if name not in ALWAYS]
        named = st.pills(
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
    show_columns(known_columns(list(named)))


def _offer_files(view: View, count: Count) -> None:
    with st.popover(word("cases.export"), width="content", disabled=not count.count):
        st.text(word("cases.export_note", csv=format_count(IN_CSV), book=format_count(IN_WORKBOOK)))
        asked, columns, at = view.asked, view.columns, now()
        subject = subject_of(view)
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
