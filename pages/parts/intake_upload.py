"""The file as it was understood: format, encoding, first rows, what a draft is unsure of."""

from collections.abc import Mapping as Dictionary
from typing import Any

import streamlit as st

from components.formats import format_bytes
from components.mount import Notice
from components.notices import show_notice
from components.tables import Column, Row, show_table
from data.intake.checking.guard import ignored
from data.intake.mapping.map import parse_mapping
from data.intake.mapping.saved import LONGEST_NAME
from data.terms import ImportRefused, Lamp
from data.words import word
from door.desk import Desk, Upload, Work, put_away, receive
from door.importing import start
from pages.parts.common import draw_again
from pages.parts.intake_fields import (
    DRAFT,
    FIELDS,
    apply_choice,
    as_chosen,
    key_of,
    laid,
    mapping_name,
    put,
    typed,
)

ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16")


def ask_file(desk: Desk) -> None:
    """Ask for a file; what belonged to the one before is forgotten."""
    file = st.file_uploader(
        word("intake.file"), key=f"intake-file-{desk.upload_count}", label_visibility="collapsed"
    )
    if file is None:
        return
    receive(file.name, file)
    of_the_file = ["encoding", "sheet", "declared"]
    if typed("mapping") == DRAFT:
        of_the_file += ["text", "name"]
    for name in of_the_file:
        put(desk, name, FIELDS[name])
    desk.form.pop("looked", None)
    draw_again()


def look_again(desk: Desk, upload: Upload) -> None:
    """Look at the file whenever it, or how it is to be read, was chosen anew."""
    wanted = (upload.number, *(typed(name) for name in ("kind", "sheet", "encoding")))
    if desk.form.get("looked") == wanted:
        return
    desk.form["looked"] = wanted
    _, kind, sheet, encoding = wanted
    start("look", upload.name, kind=kind, file=str(upload.path), sheet=sheet, encoding=encoding)


def take_draft(desk: Desk, upload: Upload) -> None:
    """Put a draft where the mapping is typed, once, if a draft is what was asked for."""
    look, looked = desk.look, desk.form.get("looked")
    if look is None or look.state != "done" or desk.form.get("drafted") == looked:
        return
    desk.form["drafted"] = looked
    if typed("declared") is None:
        put(desk, "declared", look.answer["preview"]["declared_rows"])
    if typed("mapping") == DRAFT and look.answer["draft"]["text"]:
        put(desk, "text", as_chosen(look.answer["draft"]["text"]))
        put(desk, "name", typed("name") or upload.path.stem[:LONGEST_NAME])


def show_upload(desk: Desk, upload: Upload) -> None:
    """The file, and what a look at it found."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(word("intake.file.held", name=upload.name, size=format_bytes(upload.size)))
        st.space("stretch")
        if st.button(word("intake.file.other"), key="intake-other-file"):
            put_away()
            draw_again()
    look = desk.look
    if look is None or look.is_running:
        st.skeleton(height=240)
    elif look.state == "refused":
        key = look.refusal.key if look.refusal else ""
        _ask_encoding(desk, is_asked=key.startswith("intake.encoding"))
        reason = str(look.refusal)
        show_notice(Notice(Lamp.NONE, word("intake.refused.look"), reason), key="intake-look")
    elif look.state == "crashed":
        reason = word(f"intake.crashed.{look.why}")
        show_notice(Notice(Lamp.RED, word("intake.crashed.look"), reason), key="intake-look")
    else:
        _show_preview(desk, look.answer["preview"])
        _show_unsure(look)


def _show_preview(desk: Desk, seen: Dictionary[str, Any]) -> None:
    st.text(_how_understood(seen))
    left, right = st.columns(2)
    with left:
        _ask_encoding(desk, is_asked=bool(seen["is_uncertain"]))
    with right:
        _ask_sheet(desk, seen["sheets"])
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
        mapping = parse_mapping(mapping_name(), typed("text"), typed("kind"))
    except ImportRefused:
        return ""
    unread = ignored(mapping, header)
    if not unread:
        return word("intake.all_read")
    return word("intake.unread", count=len(unread), names="、".join(unread))


def _ask_encoding(desk: Desk, is_asked: bool) -> None:
    if not is_asked and not typed("encoding"):
        return
    choices = ("", *ENCODINGS)
    st.selectbox(
        word("intake.encoding"),
        choices,
        index=choices.index(laid("encoding")),
        format_func=lambda name: name or word("intake.encoding.auto"),
        key=key_of("encoding"),
        on_change=apply_choice,
        args=(desk,),
    )


def _ask_sheet(desk: Desk, sheets: list[str]) -> None:
    if len(sheets) > 1:
        choices = ("", *sheets)
        st.selectbox(
            word("intake.sheet"),
            choices,
            index=choices.index(laid("sheet")) if laid("sheet") in choices else 0,
            format_func=lambda name: name or word("intake.sheet.first"),
            key=key_of("sheet"),
            on_change=apply_choice,
            args=(desk,),
        )


def _show_unsure(look: Work) -> None:
    unsure = look.answer["draft"]["unsure"]
    if unsure and typed("mapping") == DRAFT:
        reason = "\n".join(unsure)
        notice = Notice(Lamp.NONE, word("intake.unsure", count=len(unsure)), reason)
        show_notice(notice, key="intake-unsure")
