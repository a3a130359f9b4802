"""指标口径: every metric of the registry, in words, with its number of the last days."""

import streamlit as st

from components.formats import format_range
from components.glossary import show_glossary
from components.head import head
from components.notices import show_empty
from data import metrics
from data.metrics.figure import Question
from data.periods import period
from data.words import word
from door import live, now, read
from pages.parts.common import (
    case_source,
    grey_while_reading,
    open_number,
    show_guessed_calendar,
)
from pages.parts.glossary import RATES, found_metrics, metric_chapters, rule_chapters


@live
def screen() -> None:
    """The families of metrics, then the rules that hold for all; what a search finds of them."""
    window = period("last_30_days", now())
    question = Question(window.start, window.end, now())
    with head(word("screen.definitions"), now(), [case_source()], note=_note(question)):
        text = st.text_input(
            word("definitions.search"),
            placeholder=word("definitions.search_hint"),
            key="search",
            bind="query-params",
            live=True,
            label_visibility="collapsed",
            width=260,
        )
    show_guessed_calendar()
    with grey_while_reading("definitions", height=560):
        figures = read(metrics.measure, question)
        by_channel = read(metrics.measure_by, question, "channel", RATES)
    chapters = metric_chapters(found_metrics(text), figures, by_channel) + rule_chapters(text)
    if not chapters:
        show_empty("definitions.none", text=text)
        return
    chosen = show_glossary(chapters, key="glossary")
    if chosen:
        name, _, part = chosen.partition("/")
        open_number(question, name, part)


def _note(question: Question) -> str:
    span = format_range(question.start, question.as_of, question.as_of)
    return word("definitions.note", count=len(metrics.METRICS), span=span)
