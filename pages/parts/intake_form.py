"""A new import: the file as it was understood, the mapping that reads it, dry run and import."""

from collections.abc import Mapping as Dictionary
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.formats import format_bytes
from components.mount import Notice
from components.notices import show_notice, show_refusal
from components.sections import section
from components.tables import Column, Row, show_table
from data.intake.guard import ignored
from data.intake.map import COLUMNS, parse_mapping
from data.intake.offered import Offered, with_source
from data.intake.saved import LONGEST_NAME, save_mapping
from data.terms import ImportRefused, Lamp, Refused, SaveMapping
from data.words import word
from door import change
from door.importing import (
    Desk,
    Upload,
    Work,
    offered_mappings,
    others_work,
    put_away,
    receive,
    start,
    write_mapping,
)

KINDS = tuple(COLUMNS)
DRAFT = ""  # the choice of a mapping drafted from the file's own header
ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16")
LONGEST_TEXT = 20_000
FIELDS = ("kind", "mapping", "text", "name", "declared", "encoding", "sheet")


def show_new_import(desk: Desk, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Left the file, right how to read it and what to do."""
    _remember(desk)
    if desk.upload:
        _look_again(desk, desk.upload)
        _take_draft(desk, desk.upload)
    with left, section(word("intake.new"), word("intake.new.note"), key="new"):
        if desk.upload is None:
            _ask_file(desk)
        else:
            _show_upload(desk, desk.upload)
            _show_right(desk, right)


def _show_right(desk: Desk, right: DeltaGenerator) -> None:
    with right, section(word("intake.reading"), word("intake.reading.note"), key="reading"):
        _ask_reading(desk)
        _show_buttons(desk)


def _key(field: str) -> str:
    return f"intake-{field}"


def _remember(desk: Desk) -> None:
    """What was typed outlives the page: a new page begins with it."""
    defaults = {"kind": "cases", "mapping": DRAFT, "encoding": "", "sheet": "", "declared": None}
    for field in FIELDS:
        if _key(field) in st.session_state:
            desk.form[field] = st.session_state[_key(field)]
        else:
            st.session_state[_key(field)] = desk.form.get(field, defaults.get(field, ""))


def _ask_file(desk: Desk) -> None:
    file = st.file_uploader(
        word("intake.file"), key=f"intake-file-{desk.upload_count}", label_visibility="collapsed"
    )
    if file is None:
        return
    receive(file.name, file)
    of_the_file = ["encoding", "sheet", "declared"]
    if st.session_state[_key("mapping")] == DRAFT:
        of_the_file += ["text", "name"]
    for field in of_the_file:
        desk.form.pop(field, None)
        st.session_state.pop(_key(field), None)
    desk.form.pop("looked", None)
    st.rerun(scope="fragment")


def _look_again(desk: Desk, upload: Upload) -> None:
    """Look at the file whenever it, or how it is to be read, was chosen anew."""
    state = st.session_state
    wanted = (upload.number, *(state[_key(name)] for name in ("kind", "sheet", "encoding")))
    if desk.form.get("looked") == wanted:
        return
    desk.form["looked"] = wanted
    _, kind, sheet, encoding = wanted
    start("look", upload.name, kind=kind, file=str(upload.path), sheet=sheet, encoding=encoding)


def _take_draft(desk: Desk, upload: Upload) -> None:
    """Put a draft where the mapping is typed, once, if a draft is what was asked for."""
    look, looked = desk.look, desk.form.get("looked")
    if look is None or look.state != "done" or desk.form.get("drafted") == looked:
        return
    desk.form["drafted"] = looked
    state = st.session_state
    if state[_key("declared")] is None:
        state[_key("declared")] = look.answer["preview"]["declared_rows"]
    if state[_key("mapping")] == DRAFT and look.answer["draft"]["text"]:
        state[_key("text")] = _as_chosen(look.answer["draft"]["text"])
        state[_key("name")] = state[_key("name")] or upload.path.stem[:LONGEST_NAME]


def _as_chosen(text: str) -> str:
    """The text of a mapping with the encoding and the sheet that were chosen."""
    for field in ("encoding", "sheet"):
        if value := st.session_state[_key(field)]:
            text = with_source(text, field, value)
    return text


def _show_upload(desk: Desk, upload: Upload) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(word("intake.file.held", name=upload.name, size=format_bytes(upload.size)))
        st.space("stretch")
        if st.button(word("intake.file.other"), key="intake-other-file"):
            put_away()
            st.rerun(scope="fragment")
    look = desk.look
    if look is None or look.is_running:
        st.skeleton(height=240)
    elif look.state == "refused":
        _ask_encoding(is_asked=True)
        reason = str(look.refusal)
        show_notice(Notice(Lamp.NONE, word("intake.refused.look"), reason), key="intake-look")
    elif look.state == "crashed":
        reason = word(f"intake.crashed.{look.why}")
        show_notice(Notice(Lamp.RED, word("intake.crashed.look"), reason), key="intake-look")
    else:
        _show_preview(look.answer["preview"])
        _show_unsure(look)


def _show_preview(seen: Dictionary[str, Any]) -> None:
    st.caption(_how_understood(seen))
    left, right = st.columns(2)
    with left:
        _ask_encoding(is_asked=bool(seen["is_uncertain"]))
    with right:
        _ask_sheet(seen["sheets"])
    if seen["is_uncertain"]:
        reason = word("intake.uncertain.reason", encoding=seen["encoding"])
        show_notice(Notice(Lamp.NONE, word("intake.uncertain"), reason), key="intake-uncertain")
    columns = [Column(str(place), name) for place, name in enumerate(seen["header"])]
    rows = [
        Row(str(number), {str(place): text for place, text in enumerate(fields)})
        for number, fields in enumerate(seen["rows"])
    ]
    if columns:
        show_table(columns, rows, key="intake-preview", footnote=_unread(seen["header"]))


def _how_understood(seen: Dictionary[str, Any]) -> str:
    parts = [
        word(f"intake.format.{seen['kind']}"),
        word("intake.understood.member", name=seen["member"]) if seen["member"] else "",
        word("intake.understood.encoding", name=seen["encoding"]) if seen["delimiter"] else "",
        word("intake.understood.delimiter", sign=_sign(seen["delimiter"]))
        if seen["delimiter"]
        else "",
        word("intake.understood.sheet", name=seen["sheet"]) if seen["sheet"] else "",
        word("intake.understood.header", row=seen["header_row"]) if seen["header_row"] else "",
        word("intake.understood.columns", count=len(seen["header"])),
    ]
    return "　".join(part for part in parts if part)


def _sign(delimiter: str) -> str:
    return word("intake.tab") if delimiter == "\t" else delimiter


def _unread(header: list[str]) -> str:
    """The columns that the mapping as it is typed reads nothing from."""
    try:
        kind = st.session_state[_key("kind")]
        mapping = parse_mapping(_name(), st.session_state[_key("text")], kind)
    except ImportRefused:
        return ""
    unread = ignored(mapping, header)
    if not unread:
        return word("intake.all_read")
    return word("intake.unread", count=len(unread), names="、".join(unread))


def _name() -> str:
    return str(st.session_state[_key("name")]).strip() or "draft"


def _ask_encoding(is_asked: bool) -> None:
    if not is_asked and not st.session_state[_key("encoding")]:
        return
    st.selectbox(
        word("intake.encoding"),
        ("", *ENCODINGS),
        format_func=lambda name: name or word("intake.encoding.auto"),
        key=_key("encoding"),
        on_change=_apply_choice,
    )


def _ask_sheet(sheets: list[str]) -> None:
    if len(sheets) > 1:
        st.selectbox(
            word("intake.sheet"),
            ("", *sheets),
            format_func=lambda name: name or word("intake.sheet.first"),
            key=_key("sheet"),
            on_change=_apply_choice,
        )


def _apply_choice() -> None:
    st.session_state[_key("text")] = _as_chosen(st.session_state[_key("text")])


def _ask_reading(desk: Desk) -> None:
    left, right = st.columns(2)
    kind = left.selectbox(
        word("intake.kind"),
        KINDS,
        format_func=lambda name: word(f"intake.kind_of_import.{name}"),
        key=_key("kind"),
        on_change=_choose_draft,
    )
    offers = {one.name: one for one in offered_mappings(kind)}
    if st.session_state[_key("mapping")] not in (DRAFT, *offers):
        st.session_state[_key("mapping")] = DRAFT
    right.selectbox(
        word("intake.mapping"),
        (DRAFT, *offers),
        format_func=lambda name: _mapping_label(offers.get(name)),
        key=_key("mapping"),
        on_change=_choose_mapping,
        args=(desk, offers),
    )
    st.text_area(word("intake.mapping.text"), key=_key("text"), max_chars=LONGEST_TEXT, height=260)
    left, right = st.columns(2)
    left.text_input(word("intake.mapping.name"), key=_key("name"), max_chars=LONGEST_NAME)
    right.number_input(
        word("intake.declared"),
        min_value=0,
        step=1,
        key=_key("declared"),
        placeholder=word("intake.declared.hint"),
    )


def _mapping_label(offer: Offered | None) -> str:
    if offer is None:
        return word("intake.mapping.draft")
    return word(
        "intake.mapping.kept" if offer.is_kept else "intake.mapping.shipped", name=offer.name
    )


def _choose_draft() -> None:
    st.session_state[_key("mapping")] = DRAFT


def _choose_mapping(desk: Desk, offers: Dictionary[str, Offered]) -> None:
    """Put the chosen mapping where it is typed; a draft comes from the look at the file."""
    chosen = offers.get(st.session_state[_key("mapping")])
    desk.form.pop("drafted", None)
    if chosen:
        st.session_state[_key("text")] = _as_chosen(chosen.text)
        st.session_state[_key("name")] = chosen.name


def _show_unsure(look: Work) -> None:
    unsure = look.answer["draft"]["unsure"]
    if unsure and st.session_state[_key("mapping")] == DRAFT:
        reason = "\n".join(unsure)
        notice = Notice(Lamp.NONE, word("intake.unsure", count=len(unsure)), reason)
        show_notice(notice, key="intake-unsure")


def _show_buttons(desk: Desk) -> None:
    is_busy = bool(others_work() or (desk.work and desk.work.is_running))
    cannot = desk.upload is None or is_busy
    with st.container(horizontal=True, vertical_alignment="center"):
        tried = st.button(word("intake.try"), disabled=cannot, key="intake-try")
        loaded = st.button(word("intake.load"), type="primary", disabled=cannot, key="intake-load")
        st.space("stretch")
        kept = st.button(word("intake.keep"), key="intake-keep")
    state = st.session_state
    try:
        if tried or loaded:
            _start(desk, "try" if tried else "import")
            state.pop("intake-not-started", None)
            st.rerun(scope="fragment")
        if kept:
            ask = SaveMapping(state[_key("name")], state[_key("kind")], state[_key("text")])
            change(save_mapping, ask)
            state["intake-not-started"] = None
            st.toast(word("intake.keep.done", name=ask.name))
    except Refused as refusal:
        state["intake-not-started"] = refusal
    if refusal_held := state.get("intake-not-started"):
        show_refusal(refusal_held, key="intake-not-started-notice")


def _start(desk: Desk, task: str) -> None:
    """Begin with what is on the screen. Raises Refused."""
    state = st.session_state
    if desk.upload is None:
        return
    kind, text = state[_key("kind")], state[_key("text")]
    parse_mapping(_name(), text, kind)
    start(
        task,
        desk.upload.name,
        kind=kind,
        file=str(desk.upload.path),
        mapping=str(write_mapping(_name(), text)),
        declared_rows=state[_key("declared")],
    )
