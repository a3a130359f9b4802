"""数字背后的清单: a number with its definition, and the very cases it counts."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from components.definition_card import show_definition
from components.head import Source, head
from components.lists import ask_case
from components.notices import show_empty, show_mismatch, show_refused
from components.sections import section
from data import metrics
from data.cases import Opened, opened_number
from data.comparisons import Compared, comparisons
from data.metrics.comparison import Against
from data.metrics.figure import Question
from data.questions import from_text
from data.terms import Refused
from data.words import word
from door import live, now, read
from pages.parts.common import case_source, grey_while_reading, open_case, open_number
from pages.parts.number import definition_of


@live
def screen() -> None:
    """Definition card above, list below; the as-of time of the address makes both repeatable."""
    asked = {name: st.query_params[name] for name in st.query_params}
    if "metric" not in asked:
        _show_head(word("screen.opened"), now(), [case_source()])
        show_empty("opened.nothing")
        return
    try:
        question = from_text(asked)
        part = metrics.known_part(asked["metric"], asked.get("part", "numerator"))
        with grey_while_reading("opened", height=400):
            opened = read(opened_number, question, asked["metric"], part)
    except Refused as refusal:
        _show_head(word("screen.opened"), now(), [case_source()])
        show_refused("opened.bad", why=str(refusal))
        return
    _show_head(word(f"metric.{asked['metric']}"), question.as_of, [])  # the card says the age then
    compared = read(comparisons, question, opened.figure)
    card = definition_of(opened, question, compared)
    chosen = show_definition(card, key="opened-definition")
    if chosen:
        _follow(chosen, question, asked["metric"], compared)
    if opened.count != opened.part_count:
        show_mismatch("opened.mismatch", figure=opened.part_count, list=opened.count)
    _show_list(opened, part)


def _follow(chosen: str, question: Question, metric: str, compared: Sequence[Compared]) -> None:
    """Open a part of the number, the number of an earlier time, or another variant."""
    before = {one.against: one.question for one in compared}
    if chosen in before:
        open_number(before[Against(chosen)], metric)
    elif chosen in metrics.METRICS:
        open_number(question, chosen)
    else:
        open_number(question, metric, chosen)


def _show_head(title: str, at: datetime, sources: Sequence[Source]) -> None:
    with head(title, at, sources):
        pass


def _show_list(opened: Opened, part: str) -> None:
    note = word("opened.note", count=f"{opened.count:,}", shown=f"{len(opened.lines):,}")
    with section(word(f"opened.part.{part}"), note, key="list"):
        if not opened.lines:
            show_empty("opened.empty")
            return
        chosen = ask_case(opened.lines, key=f"opened-list-{part}")
        if chosen:
            open_case(chosen)
