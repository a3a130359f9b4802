"""What may be done with a case: the actions offered, one form, its preview, and what came of it."""

from datetime import datetime

import streamlit as st

from components.formats import format_instant
from components.mount import Notice
from components.notices import show_notice
from components.typed import commit_what_is_typed
from data.access import CASE_ACTIONS, may
from data.actions.doing import act
from data.actions.previews import Preview, preview
from data.requests import CaseRequest
from data.terms import ActionRefused, Event, Kind, Lamp
from data.words import word
from door import NOT_ANSWERING, change, read
from pages.parts.case_clock import unit_name
from pages.parts.case_draft import Begun, Desk, begun, desk_of, keep, start_again
from pages.parts.case_fields import Filling, ask_fields, is_complete
from pages.parts.case_view import CaseView
from pages.parts.common import draw_again
from pages.parts.effects import show_effects
from pages.parts.form_ends import show_recalled, show_why_refused


def show_acting(view: CaseView, is_silent: bool) -> None:
    """The actions that state and role offer, and the form of the one chosen; or why there are none.

    While the database is silent the form stays as it is, and nothing can be sent.
    """
    case_no = view.case.line.case_no
    desk = desk_of(case_no)
    with st.container():  # its place stays, or what stands below would move into it
        _show_done(desk)
    kinds = _kinds(view, desk)
    if not kinds:
        _show_why_not(view)
        return
    kind = _choose(view, desk, kinds)
    with st.container():
        if kind is not None:
            _show_form(view, desk, kind, is_silent)
    if not is_silent:
        keep(case_no, desk)


def _kinds(view: CaseView, desk: Desk) -> tuple[Kind, ...]:
    """What is offered; and a form begun before somebody changed the case, for its text."""
    form = desk.forms.get(desk.chosen)
    is_begun = form is not None and form.is_touched and desk.chosen not in view.offered
    if is_begun and any(may(view.asker, needed) for needed in CASE_ACTIONS.values()):
        return (*view.offered, Kind(desk.chosen))
    return view.offered


def _choose(view: CaseView, desk: Desk, kinds: tuple[Kind, ...]) -> Kind | None:
    key = f"act-{view.case.line.case_no}-{desk.turn}"
    if key not in st.session_state:
        desk.laid = desk.chosen
    chosen: Kind | None = st.segmented_control(
        word("case.act"),
        kinds,
        default=Kind(desk.laid) if desk.laid in kinds else None,
        format_func=lambda kind: word(f"kind.{kind}"),
        key=key,
        label_visibility="collapsed",
        wrap=True,
    )
    desk.chosen = chosen or ""
    if chosen is not None:
        desk.done = ""
    return chosen


def _show_form(view: CaseView, desk: Desk, kind: Kind, is_silent: bool) -> None:
    case_no = view.case.line.case_no
    form = begun(desk, kind, view.case.version)
    filling = Filling(
        kind=kind,
        begun=form,
        key=f"act-{case_no}-{desk.turn}-{kind}",
        at=view.at,
        case_no=case_no,
        takers=view.takers,
        held_by=view.case.unit_id,
        levels=view.hand.levels,
        orders=view.hand.orders,
    )
    with st.container():
        show_why_refused(form, view.case.version)
    ask = ask_fields(filling)
    commit_what_is_typed("act-")
    with st.container():
        _show_preview(filling, ask)
    with st.container(horizontal=True, vertical_alignment="center", key="form-buttons"):
        confirmed = st.button(
            word("act.confirm", kind=word(f"kind.{kind}")),
            type="primary",
            key=f"{filling.key}-confirm",
            disabled=is_silent,
        )
        left = st.button(word("act.leave"), key=f"{filling.key}-leave")
        st.space("stretch")
        st.caption(_version_text(form, view.case.version), width="content")
    if left:
        start_again(desk, kind)
        keep(case_no, desk)
        draw_again()
    if confirmed:
        _save(view, desk, ask)


def _version_text(form: Begun, version: int) -> str:
    key = "act.version" if form.version == version else "act.version_moved"
    return word(key, version=form.version, now=version)


def _show_preview(filling: Filling, ask: CaseRequest) -> None:
    if not is_complete(filling):
        st.caption(word("act.fill"))
        return
    seen = _preview(ask, filling.at)
    if seen is None:
        st.caption(word("act.no_preview"))
    elif seen.why_not:
        show_notice(Notice(Lamp.NONE, word("act.cannot"), seen.why_not), key="act-cannot")
    elif seen.effects:
        show_effects(seen.effects, filling.at, key="act-preview", title=word("act.preview"))
    else:
        st.caption(word("act.no_effect"))


def _preview(ask: CaseRequest, at: datetime) -> Preview | None:
    """What a request would change; None while the database is silent. Words change nothing."""
    plain = CaseRequest(
        kind=ask.kind,
        case_no=ask.case_no,
        version=0,
        idempotency_key="",
        to_unit_id=ask.to_unit_id,
        level=ask.level,
        grade=ask.grade,
        until_at=ask.until_at,
        order_no=ask.order_no,
        parent_no=ask.parent_no,
    )
    try:
        return read(preview, plain, at)
    except NOT_ANSWERING:
        return None
    except ActionRefused as refusal:
        return Preview(why_not=str(refusal))


def _save(view: CaseView, desk: Desk, ask: CaseRequest) -> None:
    """Do it; the case is drawn anew either way, and a refusal leaves everything as it was typed."""
    form = desk.forms[ask.kind]
    try:
        event = change(act, ask)
    except ActionRefused as refusal:
        form.refused = refusal
    else:
        start_again(desk, ask.kind)
        desk.done = _done(view, event)
        keep(ask.case_no, desk)
    draw_again()


def _done(view: CaseView, event: Event) -> str:
    """One sentence that says what happened."""
    units = {unit.unit_id: unit.name for unit in view.takers}
    holder = units.get(event.to_unit_id or 0)
    key = "note_with_number" if event.kind is Kind.NOTE and event.order_no else event.kind
    return word(
        f"act.done.{key}",
        at=format_instant(event.at, view.at),
        unit=holder or word("case.centre"),
        level=word(f"level.{event.level}") if event.level else "",
        until=format_instant(event.until_at, view.at),
        due=format_instant(event.due_at, view.at),
        no=event.order_no or "",
    )


def _show_done(desk: Desk) -> None:
    if desk.done:
        show_notice(Notice(Lamp.NONE, desk.done, word("act.done.reason")), key="act-done")
    else:
        show_recalled(desk)


def _show_why_not(view: CaseView) -> None:
    """Nothing is offered: for want of a right, because others hold it, or because it has ended."""
    asker, case = view.asker, view.case
    held = {
        "role": word(f"role.{asker.role}"),
        "state": word(f"state.{case.line.state}"),
        "unit": unit_name(case.line.unit),
    }
    if not any(may(asker, permission) for permission in CASE_ACTIONS.values()):
        prefix = "case.read_only"
    elif asker.scope.unit_id not in (None, case.unit_id):
        prefix = "case.held_elsewhere"
    else:
        prefix = "case.nothing" if case.is_open else "case.ended"
    notice = Notice(Lamp.NONE, word(prefix, **held), word(f"{prefix}.reason", **held))
    show_notice(notice, key=prefix)
