"""What may be done with the ticked cases, the columns, the files, and the way through the pages."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from components.formats import format_count
from data.access import Permission, may
from data.case_list.address import as_address
from data.case_list.columns import ALWAYS, NAMES, USUAL, known_columns
from data.case_list.files import IN_CSV, IN_WORKBOOK, write_csv, write_workbook
from data.case_list.pages import CasePage, first_numbers
from data.terms import Actor, Kind
from data.words import word
from door import go, now, read
from door.exporting import export, file_name
from pages.parts.chosen import MOST, choose, chosen
from pages.parts.list_view import View, show_columns, turn_to, widget_key

BULK = {  # what may be done to many at once
    Kind.REASSIGN: Permission.REASSIGN,
    Kind.SUPERVISE: Permission.SUPERVISE,
    Kind.CLOSE: Permission.DISPATCH,
}
_TICK = "cases-to-tick"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_bar_of_list(page: CasePage, view: View, count: int, asker: Actor) -> None:
    """Ticked cases at the left, columns and files in the middle, pages at the right."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="cases-bar"):
        _show_ticked(view, count, asker)
        st.space("stretch")
        _ask_columns(view)
        if may(asker, Permission.EXPORT):
            _offer_files(view, count)
        _show_pages(page)


def _show_ticked(view: View, count: int, asker: Actor) -> None:
    ticked = chosen()
    st.text(word("cases.ticked", count=format_count(len(ticked))), width=100)
    for kind, permission in BULK.items():
        if may(asker, permission):
            label = word(f"kind.{kind}")
            if st.button(label, disabled=not ticked, key=f"cases-do-{kind}"):
                go("bulk", kind=str(kind))
    if any(may(asker, permission) for permission in BULK.values()):
        label = word("cases.tick_found", count=format_count(min(count, MOST)))
        st.button(
            label,
            type="tertiary",
            disabled=not 0 < count <= MOST,
            help=word("cases.tick_limit", most=MOST) if count > MOST else None,
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
        key = widget_key("columns")
        st.session_state.setdefault(key, [name for name in view.columns if name in offered])
        named = st.pills(
            word("cases.columns_shown"),
            offered,
            selection_mode="multi",
            format_func=lambda name: word(f"cases.column.{name}"),
            key=key,
            width=420,
        )
        st.button(word("cases.columns_usual"), type="tertiary", on_click=_usual, key="cases-usual")
    show_columns(known_columns(list(named)))


def _usual() -> None:
    st.session_state[widget_key("columns")] = [name for name in USUAL if name not in ALWAYS]


def _offer_files(view: View, count: int) -> None:
    with st.popover(word("cases.export"), width="content", disabled=not count):
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
