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
from pages.parts.list_view import look_at, narrow, view, widget_key

_LEVELS = (AreaLevel.DISTRICT, AreaLevel.TOWN, AreaLevel.COMMUNITY)
_HIDDEN = ("areas", "categories", "channels", "levels", "severities", "transfers")


def ask_standing() -> Standing:
    """Open, ended, or all; beside the title."""
    found = st.segmented_control(
        word("cases.standing"),
        list(Standing),
        format_func=lambda one: word(f"cases.standing.{one}"),
        required=True,
        default=view().asked.standing,
        label_visibility="collapsed",
        key=widget_key("standing"),
    )
    return found or Standing.OPEN


def ask_filters(offered: Choices, standing: Standing) -> None:
    """One row of filters; the rarer ones behind a button that says how many are set."""
    asked = replace(view().asked, standing=standing)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="cases-row"):
        asked = replace(asked, words=_ask_words(asked), states=_ask_states(asked))
        asked = replace(asked, units=_ask_codes("units", offered, asked.units, 240))
        asked = _ask_marks(asked)
        with st.popover(_more(asked), width="content", key="cases-more"):
            asked = _ask_more(offered, asked)
        narrow(asked)
        if replace(asked, sort=None, is_descending=False) != CaseFilter(standing=standing):
            st.button(word("cases.clear"), type="tertiary", on_click=clear, key="cases-clear")


def clear() -> None:
    """Take all filters away; standing and order stay."""
    asked = view().asked
    kept = {"sort": asked.sort, "is_descending": asked.is_descending}
    look_at(CaseFilter(standing=asked.standing, **kept))  # type: ignore[arg-type]


def find_everywhere() -> None:
    """The same words among all cases, whatever else was asked."""
    look_at(CaseFilter(words=view().asked.words, standing=Standing.ALL))


def _ask_words(asked: CaseFilter) -> str:
    typed = st.text_input(
        word("cases.words"),
        asked.words,
        placeholder=word("cases.words_hint"),
        type="search",
        max_chars=LONGEST,
        label_visibility="collapsed",
        width=220,
        key=widget_key("words"),
    )
    return searched(typed or "")


def _ask_states(asked: CaseFilter) -> tuple[State, ...]:
    groups = {Standing.OPEN: OPEN_STATES, Standing.ENDED: ENDED_STATES}
    offered = [one for one in State if one in groups.get(asked.standing, set(State))]
    found = _ask_several(
        "states", offered, asked.states, lambda one: word(f"state.{one}"), f"-{asked.standing}", 190
    )
    return tuple(found)


def _ask_codes(
    field: str, offered: Choices, now: tuple[str, ...], width: int | None = None
) -> tuple[str, ...]:
    names = offered.names(field) | {NOBODY: word("cases.without")}
    listed = [code for code, _ in getattr(offered, field)]
    options = [*listed, NOBODY, *(code for code in now if code not in (*listed, NOBODY))]
    return tuple(_ask_several(field, options, now, lambda code: names.get(code, code), "", width))


def _ask_several(
    field: str,
    options: Sequence[Any],
    now: Sequence[Any],
    said: Callable[[Any], str],
    variant: str = "",
    width: int | None = None,
) -> list[Any]:
    found: list[Any] = st.multiselect(
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
    return found


def _ask_marks(asked: CaseFilter) -> CaseFilter:
    """Due and marks as buttons; of overdue and near due the last one pressed counts."""
    due = st.pills(
        word("cases.due"),
        list(Due),
        default=asked.due,
        format_func=lambda one: word(f"cases.due.{one}"),
        label_visibility="collapsed",
        wrap=False,
        key=widget_key("due"),
    )
    marks = st.pills(
        word("cases.mark"),
        list(Mark),
        default=list(asked.marks),
        selection_mode="multi",
        format_func=lambda one: word(f"cases.mark.{one}"),
        label_visibility="collapsed",
        wrap=False,
        key=widget_key("marks"),
    )
    return replace(asked, due=due, marks=tuple(one for one in Mark if one in marks))


def _more(asked: CaseFilter) -> str:
    count = sum(bool(getattr(asked, field)) for field in _HIDDEN)
    count += bool(asked.opened_from or asked.opened_to)
    return word("cases.more_set", count=count) if count else word("cases.more")


def _ask_more(offered: Choices, asked: CaseFilter) -> CaseFilter:
    left, right = st.columns(2)
    with left:
        asked = replace(asked, areas=_ask_codes("areas", offered, asked.areas))
        asked = replace(asked, categories=_ask_codes("categories", offered, asked.categories))
        asked = replace(asked, channels=_ask_codes("channels", offered, asked.channels))
        first = _ask_day("from", asked.opened_from)
    with right:
        levels = _ask_several("levels", _LEVELS, asked.levels, lambda one: word(f"level.{one}"))
        severities = _ask_several(
            "severities", SEVERITIES, asked.severities, lambda one: word(f"lamp.{one}")
        )
        transfers = _ask_transfers(asked.transfers)
        last = _ask_day("to", asked.opened_to)
    return replace(
        asked,
        levels=tuple(levels),
        severities=tuple(severities),
        transfers=transfers,
        opened_from=first,
        opened_to=last,
    )


def _ask_transfers(now: int) -> int:
    offered = sorted({0, *TRANSFERS, now})
    return st.selectbox(
        word("cases.transfers"),
        offered,
        index=offered.index(now),
        format_func=lambda n: word("cases.transfers_from", count=n) if n else word("cases.any"),
        key=widget_key("transfers"),
    )


def _ask_day(name: str, now: date | None) -> date | None:
    label, key = word(f"cases.opened_{name}"), widget_key(name)
    return st.date_input(label, now, format="YYYY-MM-DD", key=key)
