"""日历: which days are worked and which are off, as published and as the centre says."""

from datetime import date

import streamlit as st

from components.formats import format_count
from components.head import head
from components.mount import Notice
from components.notices import show_stale
from components.sections import section
from components.tables import Cell, Column, Row, show_table
from data.calendar_changes import (
    LONGEST_NOTE,
    SAID,
    Day,
    SetDay,
    Year,
    preview_day,
    set_day,
    year_of_calendar,
)
from data.config import settings
from data.terms import ActionRefused, Lamp
from data.words import word
from door import change, live, now, read
from pages.parts.common import draw_again
from pages.parts.effects import show_effects
from pages.parts.outcome import keep_outcome, show_outcome

DONE = "calendar"  # what came of the last change


@live
def screen() -> None:
    """The days of a year at the left; at the right what to say of one."""
    this_year = now().astimezone(settings().zone).year
    years = range(this_year - 1, this_year + 2)
    with head(word("screen.calendar"), now()):
        year = st.selectbox(
            word("calendar.year"),
            years,
            index=1,
            key="calendar-year",
            label_visibility="collapsed",
            width=110,
        )
    found = read(year_of_calendar, year)
    left, right = st.columns([59, 41], gap="medium")
    with left:
        _show_days(found)
    with right, section(word("calendar.say"), word("calendar.say.note"), key="calendar-say"):
        _show_form()


def _show_days(found: Year) -> None:
    count = word("calendar.days.note", count=format_count(len(found.days)))
    with section(word("calendar.days", year=found.year), count, key="calendar-days"):
        with st.container():
            if not found.is_published:
                show_stale("calendar.guessed", years=found.year)
        columns = [
            Column("day", word("calendar.column.day")),
            Column("weekday", word("calendar.column.weekday"), is_muted=True),
            Column("said", word("calendar.column.said")),
            Column("by", word("calendar.column.by"), is_muted=True),
            Column("note", word("calendar.column.note"), is_long=True),
        ]
        show_table(columns, [_row(one) for one in found.days], key="calendar-list")


def _row(one: Day) -> Row:
    said = word("calendar.worked" if one.is_worked else "calendar.off")
    return Row(
        str(one.day),
        {
            "day": str(one.day),
            "weekday": word(f"weekday.{one.day.weekday()}"),
            "said": Cell(said, is_bold=one.is_set),
            "by": word("calendar.by_centre" if one.is_set else "calendar.by_law"),
            "note": one.note,
        },
    )


def _show_form() -> None:
    show_outcome(DONE)
    day = st.date_input(
        word("calendar.column.day"), value=None, format="YYYY-MM-DD", key="calendar-day"
    )
    said = st.segmented_control(
        word("calendar.column.said"),
        SAID,
        format_func=lambda one: word(f"calendar.{one}"),
        key="calendar-said",
    )
    note = st.text_input(
        word("calendar.column.note"),
        max_chars=LONGEST_NOTE,
        key="calendar-note",
        autocomplete="off",
    )
    if not isinstance(day, date) or said is None:
        st.caption(word("calendar.fill"))
        return
    ask = SetDay(day, said, note)
    st.markdown(f"**{word('account.preview')}**")
    show_effects(read(preview_day, ask, now()), now(), key="calendar-preview")
    if st.button(word("calendar.confirm"), type="primary", key="calendar-confirm"):
        _save(ask)


def _save(ask: SetDay) -> None:
    try:
        change(set_day, ask)
    except ActionRefused as refusal:
        keep_outcome(DONE, refusal)
    else:
        said = word(f"calendar.{ask.said}")
        done = word("calendar.set", day=ask.day, said=said)
        keep_outcome(DONE, Notice(Lamp.NONE, done))
    draw_again()
