"""How to read a file, and what to do with it: mapping, dry run, import."""

from collections.abc import Mapping as Dictionary

import streamlit as st

from components.mount import Notice
from components.notices import show_notice, show_refusal
from data.intake.mapping.map import COLUMNS, parse_mapping
from data.intake.mapping.offered import Offered
from data.intake.mapping.saved import LONGEST_NAME, save_mapping
from data.intake.values.rows import MOST_ROWS
from data.terms import Lamp, Refused, SaveMapping
from data.words import word
from door import change
from door.desk import Desk, write_mapping
from door.importing import offered_mappings, others_work, start
from pages.parts.common import draw_again
from pages.parts.intake_fields import (
    DRAFT,
    as_chosen,
    key_of,
    laid,
    mapping_name,
    put,
    typed,
)

KINDS = tuple(COLUMNS)
LONGEST_TEXT = 20_000


def ask_reading(desk: Desk) -> None:
    """Ask what the file holds and which mapping reads it."""
    left, right = st.columns(2)
    kind = left.selectbox(
        word("intake.kind"),
        KINDS,
        index=KINDS.index(laid("kind")),
        format_func=lambda name: word(f"intake.kind_of_import.{name}"),
        key=key_of("kind"),
        on_change=put,
        args=(desk, "mapping", DRAFT),
    )
    offers = {one.name: one for one in offered_mappings(kind)}
    choices = (DRAFT, *offers)
    if typed("mapping") not in choices:
        put(desk, "mapping", DRAFT)
    right.selectbox(
        word("intake.mapping"),
        choices,
        index=choices.index(laid("mapping")) if laid("mapping") in choices else 0,
        format_func=lambda name: _mapping_label(offers.get(name)),
        key=key_of("mapping"),
        on_change=_choose_mapping,
        args=(desk, offers),
    )
    st.text_area(
        word("intake.mapping.text"),
        laid("text"),
        key=key_of("text"),
        max_chars=LONGEST_TEXT,
        height=260,
    )
    left, right = st.columns(2)
    left.text_input(
        word("intake.mapping.name"), laid("name"), key=key_of("name"), max_chars=LONGEST_NAME
    )
    right.number_input(
        word("intake.declared"),
        value=laid("declared"),
        min_value=0,
        max_value=MOST_ROWS,
        step=1,
        key=key_of("declared"),
        placeholder=word("intake.declared.hint"),
    )


def _mapping_label(offer: Offered | None) -> str:
    if offer is None:
        return word("intake.mapping.draft")
    return word(
        "intake.mapping.kept" if offer.is_kept else "intake.mapping.shipped", name=offer.name
    )


def _choose_mapping(desk: Desk, offers: Dictionary[str, Offered]) -> None:
    """Put the chosen mapping where it is typed; a draft comes from the look at the file."""
    chosen = offers.get(typed("mapping"))
    desk.form.pop("drafted", None)
    if chosen:
        put(desk, "text", as_chosen(chosen.text))
        put(desk, "name", chosen.name)


def show_buttons(desk: Desk) -> None:
    """Try, import, keep the mapping; and why not."""
    is_busy = bool(others_work() or (desk.work and desk.work.is_running))
    cannot = desk.upload is None or is_busy
    with st.container(horizontal=True, vertical_alignment="center"):
        tried = st.button(word("intake.try"), disabled=cannot, key="intake-try")
        loaded = st.button(word("intake.load"), type="primary", disabled=cannot, key="intake-load")
        st.space("stretch")
        kept = st.button(word("intake.keep"), key="intake-keep")
    state = st.session_state
    try:
        if tried or loaded:
            _start(desk, "try" if tried else "import")
            state.pop("intake-not-started", None)
            state.pop("intake-kept-as", None)
            draw_again()
        if kept:
            ask = SaveMapping(typed("name"), typed("kind"), typed("text"))
            change(save_mapping, ask)
            state["intake-not-started"] = None
            state["intake-kept-as"] = ask.name
    except Refused as refusal:
        state["intake-not-started"] = refusal
        state.pop("intake-kept-as", None)
    if refusal_held := state.get("intake-not-started"):
        show_refusal(refusal_held, key="intake-not-started-notice")
    elif name := state.get("intake-kept-as"):
        done = word("intake.keep.done", name=name)
        show_notice(Notice(Lamp.NONE, done), key="intake-kept-as-notice")


def _start(desk: Desk, task: str) -> None:
    """Begin with what is on the screen. Raises Refused."""
    if desk.upload is None:
        return
    kind, text = typed("kind"), typed("text")
    parse_mapping(mapping_name(), text, kind)
    start(
        task,
        desk.upload.name,
        kind=kind,
        file=str(desk.upload.path),
        mapping=str(write_mapping(mapping_name(), text)),
        declared_rows=typed("declared"),
    )
