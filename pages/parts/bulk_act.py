"""The form for many cases: its fields, what it would change in sum, and what came of it."""

from collections import Counter
from collections.abc import Iterable

import streamlit as st

from components.formats import NOTHING, format_count
from components.forms import PreviewRow, show_preview
from components.mount import Action, Notice
from components.notices import show_notice, show_refusal
from components.typed import commit_what_is_typed
from data.actions.doing import BulkRefused, act_all
from data.requests import BulkRequest, CaseRequest
from data.states import ACTIONS
from data.terms import ActionRefused, Lamp
from data.words import word
from door import change, go
from pages.parts.bulk_view import BulkView, look_anew
from pages.parts.case_draft import MANY, desk_of, keep, start_again
from pages.parts.case_fields import ask_fields, is_complete
from pages.parts.chosen import choose, way_back
from pages.parts.common import draw_again

AGAIN, WITHOUT = "again", "without"
TOLD = 10  # refusals told one by one
NAMED = 4  # parts of a sum; where there are more, the last tells of the others together


def show_acting_on_all(view: BulkView, is_silent: bool) -> None:
    """One form for all of them: all or nothing."""
    filling = view.filling
    with st.container():
        _show_refusal(view)
    ask = ask_fields(filling)
    commit_what_is_typed("act-")
    with st.container():
        _show_forbidding(view)
    with st.container():
        if is_complete(filling):
            _show_sum(view, ask)
        else:
            st.caption(word("act.fill"))
    with st.container(horizontal=True, vertical_alignment="center", key="form-buttons"):
        count = format_count(len(view.each))
        confirmed = st.button(
            word("bulk.confirm", kind=word(f"kind.{view.kind}"), count=count),
            type="primary",
            key=f"{filling.key}-confirm",
            disabled=is_silent,
        )
        left = st.button(word("bulk.back"), key=f"{filling.key}-back")
        st.space("stretch")
        st.caption(word("bulk.all_or_none"), width="content")
    if left:
        go("cases", **way_back())
    if confirmed:
        _save(view, ask)
    if not is_silent:
        keep(MANY, desk_of(MANY))


def _show_forbidding(view: BulkView) -> None:
    """Some of them forbid it: leave those out, or nothing can be saved."""
    if not view.forbidding:
        return
    count = len(view.forbidding)
    ways = [Action(WITHOUT, word("bulk.without", count=count))]
    notice = Notice(
        Lamp.NONE, word("bulk.forbidden", count=count), word("bulk.forbidden.reason"), ways
    )
    if show_notice(notice, key="bulk-forbidden") == WITHOUT:
        choose(one.case_no for one in view.each if not one.why_not)
        draw_again()


def _show_sum(view: BulkView, ask: CaseRequest) -> None:
    """What it would change, counted over those that allow it."""
    able = [one for one in view.each if one.line is not None and not one.why_not]
    lines = [one.line for one in able if one.line is not None]
    to_state = ACTIONS[view.kind].to_state
    rows = []
    if to_state is not None:
        before = _counted(word(f"state.{line.state}") for line in lines)
        after = _counted([word(f"state.{to_state}")] * len(lines))
        rows.append(_row("state", "table", before, after, "turns"))
    if ask.to_unit_id is not None:
        names = {unit.unit_id: unit.name for unit in view.filling.takers}
        before = _counted(line.unit or word("case.nobody") for line in lines)
        after = _counted([names.get(ask.to_unit_id, "")] * len(lines))
        rows.append(_row("holder", "unit_clock", before, after, "changes"))
    moved = sum(one.is_moved for one in able)
    told = word("bulk.moved", count=moved) if moved else word("bulk.none_moved")
    rule, turned = ("ends_pause", "moves") if moved else ("keeps_due", "unchanged")
    rows.append(_row("case_due", rule, NOTHING, told, turned))
    show_preview(rows, "bulk-preview", word("bulk.preview", count=format_count(len(able))))


def _row(effect: str, rule: str, before: str, after: str, change_word: str) -> PreviewRow:
    return PreviewRow(
        word(f"effect.{effect}"),
        word(f"rule.{rule}"),
        before,
        after,
        word(f"change.{change_word}"),
    )


def _counted(names: Iterable[str]) -> str:
    """待签收 3，处置中 10: the most first; together they are all of them."""
    counts = Counter(names).most_common()
    room = NAMED if len(counts) <= NAMED else NAMED - 1
    told = [f"{name} {count}" for name, count in counts[:room]]
    if counts[room:]:
        told.append(word("bulk.others", count=sum(count for _, count in counts[room:])))
    return "，".join(told)


def _save(view: BulkView, ask: CaseRequest) -> None:
    desk, form = desk_of(MANY), view.filling.begun
    cases = tuple((one.case_no, one.version) for one in view.each)
    form.refused = None
    try:
        events = change(act_all, BulkRequest(ask, cases))
    except ActionRefused as refusal:
        form.refused = refusal
    else:
        start_again(desk, view.kind)
        desk.done = word(f"bulk.done.{view.kind}", count=format_count(len(events)))
        keep(MANY, desk)
        choose(())
    draw_again()


def _show_refusal(view: BulkView) -> None:
    """Why nothing was saved; after that the cases are seen as they stand now."""
    form = view.filling.begun
    if form.refused is None:
        return
    ways = [Action(AGAIN, word("bulk.look_anew"))]
    refusal = form.refused
    if isinstance(refusal, BulkRefused):
        told = "\n".join(str(one) for one in refusal.refusals[:TOLD])
        notice = Notice(Lamp.NONE, str(refusal), told, ways)
        pressed = show_notice(notice, key="bulk-refused")
    else:
        pressed = show_refusal(refusal, key="bulk-refused", actions=ways)
    if pressed == AGAIN:
        form.refused = None
        look_anew(view)
        draw_again()
