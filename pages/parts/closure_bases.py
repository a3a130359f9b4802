"""The rate on its bases, and the steps from one base to the other; each opens its cases."""

import streamlit as st

from components.kpis import show_cards
from components.mount import Bit, Line, sentence
from components.notices import show_mismatch
from components.sections import heading
from data.closure_rates import ClosureRates
from data.closure_rates.bases import COME, LEAVE
from data.closure_rates.lists import CaseList, step_list
from data.standings import COHORT, DUE
from data.words import word
from door import read
from pages.parts.behind import open_list, opening, show_behind
from pages.parts.closure_cards import closure_cards
from pages.parts.closure_seen import Seen
from pages.parts.common import open_number
from pages.parts.standings import MISSING
from pages.parts.window import Asked


def show_bases(seen: Seen) -> None:
    """The cards, and the steps from one base to the other."""
    answer = seen.answer
    asked = show_cards(closure_cards(answer, seen.is_stale), key="closure-cards")
    _open_base(answer, asked)
    line = _bridge_line(answer)
    _open_base(answer, heading(word("closure.bridge"), line, key="closure-bridge"))
    with st.container():
        if not answer.bridge.is_exact:
            show_mismatch("closure.bridge_broken")


def _open_base(answer: ClosureRates, asked: str | None) -> None:
    """A base, what is missing of it, or a step from one to the other."""
    if asked in (*LEAVE, *COME):
        open_list(asked)
    elif asked == MISSING:
        open_number(answer.question, DUE, asked)
    elif asked:
        open_number(answer.question, asked)


def show_step(asked: Asked, step: str) -> None:
    """The cases of a step from one base to the other, and the way back."""

    def find() -> tuple[str, CaseList]:
        found = read(step_list, asked.question, step)
        return word(f"closure.step.{step}"), found

    show_behind(find, "closure.back")


def _bridge_line(answer: ClosureRates) -> Line:
    """From the cases opened to the cases due, each step opens; steps of nothing are left out."""
    keys = {"opened": COHORT} | {step: step for step in (*LEAVE, *COME)} | {"due": DUE}
    line: list[Bit] = []
    for name, key in keys.items():
        count = getattr(answer.bridge, name)
        if count or key in (COHORT, DUE):
            line += [*sentence(f"closure.bridge.{name}", count=opening(key, count)), Bit(" ")]
    return line
