"""指标口径: every metric of the registry, in words, with its number of this month."""

import streamlit as st

from components.head import head
from components.notices import show_empty
from components.sections import section
from components.tables import Cell, Column, Row, show_table
from data import metrics
from data.config import settings
from data.metrics.figure import Figure, Metric, Question
from data.periods import period
from data.words import word
from door import live, now, read
from pages.parts.common import (
    case_source,
    grey_while_reading,
    open_number,
    show_guessed_calendar,
)
from pages.parts.number import value_text, words_of

RULES = ("window", "rounding", "nothing", "average", "rank", "due")


@live
def screen() -> None:
    """One section a family of metrics; then the rules that hold for all."""
    note = word("definitions.note", count=len(metrics.METRICS))
    with head(word("screen.definitions"), now(), [case_source()], note=note):
        text = st.text_input(
            word("definitions.search"),
            placeholder=word("definitions.search_hint"),
            key="search",
            bind="query-params",
            label_visibility="collapsed",
            width=240,
        )
    show_guessed_calendar()
    window = period("this_month", now())
    question = Question(window.start, window.end, now())
    with grey_while_reading("definitions", height=560):
        figures = read(metrics.measure, question)
    found = [metric for metric in metrics.METRICS.values() if _mentions(metric, text)]
    if not found:
        show_empty("definitions.none", text=text)
    for family, names in metrics.FAMILIES.items():
        _show_family(family, [m for m in found if m.name in names], figures, question)
    _show_rules()


def _mentions(metric: Metric, text: str) -> bool:
    said = [metric.name, *(words_of(metric.name, part) for part in ("", *PARTS))]
    return not text.strip() or any(text.strip().lower() in words.lower() for words in said)


PARTS = ("variant", "definition", "numerator", "denominator", "left_out", "credit")


def _show_family(
    family: str, found: list[Metric], figures: dict[str, Figure], question: Question
) -> None:
    if not found:
        return
    title = word(f"definitions.family.{family}")
    with section(title, word("definitions.version"), key=f"family-{family}"):
        columns = [
            Column("label", word("definitions.column.label"), width=200),
            Column("definition", word("definitions.column.definition"), is_long=True),
            Column("formula", word("definitions.column.formula"), width=250, is_long=True),
            Column("left_out", word("definitions.column.left_out"), width=210, is_long=True),
            Column("credit", word("definitions.column.credit"), width=190, is_long=True),
            Column("now", word("definitions.column.now"), "share", width=120),
        ]
        rows = [_row(metric, figures[metric.name]) for metric in found]
        click = show_table(columns, rows, key=f"definitions-{family}")
        if click:
            open_number(question, click.row)


def _row(metric: Metric, figure: Figure) -> Row:
    variant = words_of(metric.name, "variant")
    better = word(f"definitions.better.{metric.better}")
    label = f"{word(metric.label)} {variant}".strip()
    formula = words_of(metric.name, "numerator")
    return Row(
        metric.name,
        {
            "label": Cell(label, under=f"{metric.name}　{better}", is_bold=True),
            "definition": words_of(metric.name, "definition"),
            "formula": Cell(formula, under=words_of(metric.name, "denominator")),
            "left_out": words_of(metric.name, "left_out"),
            "credit": words_of(metric.name, "credit"),
            "now": Cell(value_text(figure), under=_fraction(figure)),
        },
    )


def _fraction(figure: Figure) -> str:
    return "" if figure.denominator is None else f"{figure.numerator:,}/{figure.denominator:,}"


def _show_rules() -> None:
    with section(word("definitions.rules"), word("definitions.rules_note"), key="rules"):
        minimum = settings().lamps.minimum_base
        rows = [
            Row(
                name,
                {
                    "name": Cell(word(f"definitions.rule.{name}"), is_bold=True),
                    "text": word(f"definitions.rule.{name}.text", minimum=minimum),
                },
            )
            for name in RULES
        ]
        show_table([Column("name", width=170), Column("text")], rows, key="definitions-rules")
