"""The sections below the rates: cases near and past their due time, and what would lift."""

import streamlit as st

from components.formats import format_count
from components.notices import Notice, show_empty, show_notice
from components.sections import section
from components.tables import show_table
from data.case_list.address import as_address
from data.case_list.asked import Due
from data.closure_rates import LIFTED, ClosureRates
from data.closure_rates.lists import CaseList, list_of
from data.metrics.figure import By
from data.standings import DUE
from data.terms import Lamp
from data.words import word
from door import go
from pages.parts import closure_lists as lists
from pages.parts.closure_seen import Seen
from pages.parts.common import open_case, open_number
from pages.parts.standings import MISSING, TOTAL

STEPS_SHOWN = 10


def show_lists(seen: Seen) -> None:
    """What is due soon, what is late and open, what was closed late."""
    near, overdue, closed = st.columns(3, gap="medium")
    answer = seen.answer
    with near:
        _show_list(seen, "near", answer.near, Due.NEAR)
    with overdue:
        _show_list(seen, "overdue", answer.overdue, Due.OVERDUE, "overdue_now_count")
    with closed:
        _show_list(seen, "closed_late", answer.closed_late, None, "overdue_closed_count")


def _show_list(seen: Seen, name: str, found: CaseList, due: Due | None, metric: str = "") -> None:
    """Its own list where that holds the same cases: of now; else the cases behind the number."""
    answer, has_list = seen.answer, due is not None and not seen.is_past
    note = word(
        f"closure.list.{name}.note", shown=len(found.lines), count=format_count(found.count)
    )
    with section(word(f"closure.list.{name}"), note, key=f"list-{name}"):
        if not found.lines:
            show_empty(f"closure.list.{name}.empty")
            return
        rows = lists.list_rows(found, answer, has_list or bool(metric))
        click = show_table(lists.list_columns(), rows, f"list-{name}")
        if click and click.row != TOTAL:
            open_case(click.row)
        elif click and has_list:
            go("cases", **as_address(list_of(answer.filter, due)))
        elif click:
            open_number(answer.question, metric)


def show_lift(seen: Seen) -> None:
    """Whose open cases would lift the rate most, by unit and by category."""
    for by, place in zip(LIFTED, st.columns(len(LIFTED), gap="medium"), strict=True):
        with place:
            _show_lift(seen.answer, by)


def _show_lift(answer: ClosureRates, by: By) -> None:
    lift = answer.lifts[by]
    note = word(
        "closure.lift_note",
        count=format_count(lift.open_count),
        rate=answer.figures[DUE].text,
        best=lists.share_of(lift.best),
    )
    with section(word(f"closure.lift.{by}"), note, key=f"lift-{by}"):
        if not lift.steps:
            why = "closure.no_lift" if lift.best is not None else "closure.nothing_to_lift"
            show_notice(Notice(Lamp.NONE, word(why), word(f"{why}.reason")), f"{why}-{by}")
            return
        rows = lists.lift_rows(lift.steps[:STEPS_SHOWN])
        footnote = lists.lift_text(lift, STEPS_SHOWN)
        click = show_table(lists.lift_columns(by), rows, f"lift-{by}", footnote)
        if click:
            open_number(answer.of(by, click.row), DUE, MISSING)
