"""The filters of the list: drawn as the view says, and read back into it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from data.case_list.address import LONGEST, MOST, searched
from data.case_list.asked import (
    NOBODY,
    SEVERITIES,
    TRANSFERS,
    CaseFilter,
    Due,
    Mark,
    Standing,
)
from data.case_list.choices import Choices
from data.terms import ENDED_STATES, OPEN_STATES, AreaLevel, State
from data.words import word
from pages.parts.list_view import clear, is_narrowed, narrow, view, widget_key

_LEVELS = (AreaLevel.DISTRICT, AreaLevel.TOWN, AreaLevel.COMMUNITY)
_SEVERAL = ("units", "areas", "categories", "channels", "levels", "severities")
_HIDDEN = ("areas", "categories", "channels", "levels", "severities", "transfers")


def take_filters() -> None:
    """Look at what the widgets ask for, where they were drawn."""
    asked = view().asked
    standing = _said("standing", asked.standing) or Standing.OPEN
    states = asked.states if standing is asked.standing else ()
    marks = _said("marks", asked.marks)
    several: dict[str, Any] = {name: tuple(_said(name, getattr(asked, name))) for name in _SEVERAL}
    narrow(
        replace(
            asked,
            standing=standing,
            words=searched(_said("words", asked.words) or ""),
            states=tuple(_said(f"states-{standing}", states)),
            due=_said("due", asked.due),
            marks=tuple(one for one in Mark if one in marks),
            transfers=_said("transfers", asked.transfers),
            opened_from=_said("from", asked.opened_from),
            opened_to=_said("to", asked.opened_to),
            **several,
        )
    )


def _said(name: str, otherwise: Any) -> Any:
    return st.session_state.get(widget_key(name), otherwise)


def ask_standing(asked: CaseFilter) -> None:
    """Open, ended, or all; beside the title."""
    st.segmented_control(
        word("cases.standing"),
        list(Standing),
        format_func=lambda one: word(f"cases.standing.{one}"),
        required=True,
        default=asked.standing,
        label_visibility="collapsed",
        key=widget_key("standing"),
    )


def ask_filters(offered: Choices, asked: CaseFilter) -> None:
    """One row of filters; the rarer ones behind a button that says how many are set."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="cases-row"):
        _ask_words(asked)
        _ask_states(asked)
        _ask_codes("units", offered, asked, 240)
        _ask_marks(asked)
        with st.popover(_more(asked), width="content", key="cases-more"):
            _ask_more(offered, asked)
        if is_narrowed(asked):
            st.button(word("cases.clear"), type="tertiary", on_click=clear, key="cases-clear")


def _ask_words(asked: CaseFilter) -> None:
    st.text_input(
        word("cases.words"),
        asked.words,
        placeholder=word("cases.words_hint"),
        type="search",
        max_chars=LONGEST,
        label_visibility="collapsed",
        width=220,
        key=widget_key("words"),
    )


def _ask_states(asked: CaseFilter) -> None:
    groups = {Standing.OPEN: OPEN_STATES, Standing.ENDED: ENDED_STATES}
    offered = [one for one in State if one in groups.get(asked.standing, set(State))]
    _ask_several(
        "states", offered, asked.states, lambda one: word(f"state.{one}"), f"-{asked.standing}", 190
    )


def _ask_codes(field: str, offered: Choices, asked: CaseFilter, width: int | None = None) -> None:
    now = getattr(asked, field)
    names = offered.names(field) | {NOBODY: word("cases.without")}
    listed = [code for code, _ in getattr(offered, field)]
    options = [*listed, NOBODY, *(code for code in now if code not in (*listed, NOBODY))]
    _ask_several(field, options, now, lambda code: names.get(code, code), "", width)


def _ask_several(
    field: str,
    options: Sequence[Any],
    now: Sequence[Any],
    said: Callable[[Any], str],
    variant: str = "",
    width: int | None = None,
) -> None:
    st.multiselect(
        word(f"cases.filter.{field}"),
        options,
        default=[one for one in now if one in options],
        format_func=said,
        placeholder=word(f"cases.any.{field}"),
        max_selections=MOST,
        label_visibility="collapsed" if width else "visible",
        width=width or "stretch",
        key=widget_key(f"{field}{variant}"),
    )


def _ask_marks(asked: CaseFilter) -> None:
    """Due and marks as buttons; of overdue and near due the last one pressed counts."""
    st.pills(
        word("cases.due"),
        list(Due),
        default=asked.due,
        format_func=lambda one: word(f"cases.due.{one}"),
        label_visibility="collapsed",
        wrap=False,
        key=widget_key("due"),
    )
    st.pills(
        word("cases.mark"),
        list(Mark),
        default=list(asked.marks),
        selection_mode="multi",
        format_func=lambda one: word(f"cases.mark.{one}"),
        label_visibility="collapsed",
        wrap=False,
        key=widget_key("marks"),
    )


def _more(asked: CaseFilter) -> str:
    count = sum(bool(getattr(asked, field)) for field in _HIDDEN)
    count += bool(asked.opened_from or asked.opened_to)
    return word("cases.more_set", count=count) if count else word("cases.more")


def _ask_more(offered: Choices, asked: CaseFilter) -> None:
    left, right = st.columns(2)
    with left:
        _ask_codes("areas", offered, asked)
        _ask_codes("categories", offered, asked)
        _ask_codes("channels", offered, asked)
        _ask_day("from", asked.opened_from)
    with right:
        _ask_several("levels", _LEVELS, asked.levels, lambda one: word(f"level.{one}"))
        _ask_several("severities", SEVERITIES, asked.severities, lambda one: word(f"lamp.{one}"))
        _ask_transfers(asked.transfers)
        _ask_day("to", asked.opened_to)


def _ask_transfers(now: int) -> None:
    offered = sorted({0, *TRANSFERS, now})
    st.selectbox(
        word("cases.transfers"),
        offered,
        index=offered.index(now),
        format_func=lambda n: word("cases.transfers_from", count=n) if n else word("cases.any"),
        key=widget_key("transfers"),
    )


def _ask_day(name: str, now: date | None) -> None:
    label, key = word(f"cases.opened_{name}"), widget_key(name)
    st.date_input(label, now, format="YYYY-MM-DD", key=key)
