"""The form that hands a case to another unit: preview first, then one action."""

import uuid

import streamlit as st

from components.formats import format_time
from components.mount import Action, Notice
from components.notices import show_notice, show_refusal
from data.access import Permission, may
from data.actions.doing import act
from data.actions.previews import preview
from data.case_file import CaseFile
from data.directory import Unit, takers
from data.requests import NOTE_LIMIT, CaseRequest, reason_words, reasons_of
from data.states import can_start
from data.terms import ActionRefused, Actor, Kind, Lamp, Stale, State
from data.words import word
from door import actor, change, now, read
from pages.parts.effects import show_effects

REFILL = "refill"


def show_reassign(case: CaseFile) -> None:
    """The form where state and role allow it; otherwise one sentence that says why not."""
    asker = actor()
    if not may(asker, Permission.REASSIGN):
        _show_why_not("case.read_only", role=word(f"role.{asker.role}"))
        return
    with st.container():  # its place stays, or what stands below would move into it
        _show_outcome(case)
    if not can_start(Kind.REASSIGN, State(case.line.state)):
        key = "case.ended" if not case.is_open else "case.not_yet"
        _show_why_not(key, state=word(f"state.{case.line.state}"))
        return
    _show_form(case, asker)


def _show_why_not(prefix: str, **values: str) -> None:
    reason = word(f"{prefix}.reason", **values)
    show_notice(Notice(Lamp.NONE, word(prefix, **values), reason), key=prefix)


def _draft(case: CaseFile) -> dict[str, object]:
    """What belongs to the form being filled: the version seen, its key, its last refusal.

    It follows the case until a unit is chosen; from then on the version stands still, so that
    somebody else's change cannot slip under what was typed.
    """
    draft = st.session_state.setdefault(
        f"reassign-{case.line.case_no}",
        {
            "version": case.version,
            "key": uuid.uuid4().hex,
            "refused": None,
            "done": None,
            "turn": 0,
        },
    )
    if st.session_state.get(_name(case, draft, "unit")) is None:
        draft["version"] = case.version
    return draft


def _name(case: CaseFile, draft: dict[str, object], field: str) -> str:
    return f"reassign-{case.line.case_no}-{draft['turn']}-{field}"


def _show_form(case: CaseFile, asker: Actor) -> None:
    draft = _draft(case)
    targets = [unit for unit in read(takers) if unit.unit_id != case.unit_id]
    left, right = st.columns(2)
    unit: Unit | None = left.selectbox(
        word("reassign.to"),
        targets,
        index=None,
        format_func=lambda unit: unit.name,
        placeholder=word("reassign.to_hint"),
        key=_name(case, draft, "unit"),
    )
    reason = right.selectbox(
        word("reassign.reason"),
        reasons_of(Kind.REASSIGN),
        index=None,
        format_func=reason_words,
        placeholder=word("reassign.reason_hint"),
        key=_name(case, draft, "reason"),
    )
    note = st.text_area(
        word("reassign.note"), max_chars=NOTE_LIMIT, height=88, key=_name(case, draft, "note")
    )
    if unit is None:
        st.caption(word("reassign.choose"))
        return
    _show_effects(case, unit)
    _show_buttons(case, draft, unit, reason or "", note)


def _show_effects(case: CaseFile, unit: Unit) -> None:
    st.markdown(f"**{word('reassign.preview')}**")
    at = now()
    ask = CaseRequest(Kind.REASSIGN, case.line.case_no, 0, "", to_unit_id=unit.unit_id)
    show_effects(read(preview, ask, at).effects, at, key="reassign-preview")


def _show_buttons(
    case: CaseFile, draft: dict[str, object], unit: Unit, reason: str, note: str
) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        confirmed = st.button(word("reassign.confirm"), type="primary", key="reassign-confirm")
        cancelled = st.button(word("reassign.cancel"), key="reassign-cancel")
        st.space("stretch")
        st.caption(word("reassign.version", version=draft["version"]), width="content")
    if cancelled:
        _start_again(case, draft)
    if confirmed:
        _save(case, draft, unit, reason, note)


def _save(case: CaseFile, draft: dict[str, object], unit: Unit, reason: str, note: str) -> None:
    ask = CaseRequest(
        kind=Kind.REASSIGN,
        case_no=case.line.case_no,
        version=int(str(draft["version"])),
        to_unit_id=unit.unit_id,
        reason=reason,
        note=note,
        idempotency_key=str(draft["key"]),
    )
    try:
        change(act, ask)
    except ActionRefused as refusal:
        draft["refused"] = refusal
    else:
        draft["done"] = (unit.name, now())
        _start_again(case, draft)
    st.rerun(scope="fragment")


def _start_again(case: CaseFile, draft: dict[str, object]) -> None:
    """An empty form with a new key; what was asked before can no longer be asked again."""
    draft.update(turn=int(str(draft["turn"])) + 1, key=uuid.uuid4().hex, refused=None)
    draft["version"] = case.version


def _show_outcome(case: CaseFile) -> None:
    draft = st.session_state.get(f"reassign-{case.line.case_no}")
    if not draft:
        return
    if draft["refused"] is not None:
        _show_refusal(case, draft)
    elif draft["done"] is not None:
        unit, at = draft["done"]
        headline = word("reassign.done", unit=unit, at=format_time(at))
        reason = word("reassign.done.reason", version=case.version)
        show_notice(Notice(Lamp.NONE, headline, reason), key="reassign-done")


def _show_refusal(case: CaseFile, draft: dict[str, object]) -> None:
    refusal = draft["refused"]
    is_stale = isinstance(refusal, Stale)
    ways = [Action(REFILL, word("reassign.refill" if is_stale else "reassign.dismiss"))]
    if show_refusal(refusal, key="reassign-refused", actions=ways) == REFILL:  # type: ignore[arg-type]
        draft.update(refused=None, key=uuid.uuid4().hex, version=case.version)
        st.rerun(scope="fragment")
