"""The imports that there were: what each brought, its rows kept aside, and the way back."""

from collections.abc import Sequence

import streamlit as st

from components.formats import format_count, format_instant
from components.mount import Action, Notice
from components.notices import show_notice
from components.sections import section
from components.tables import Cell, Column, Row, show_table
from data.intake.batches import SHOWN, BatchLine, batch_of, kept_of
from data.intake.loading.kept import write_kept
from data.terms import ActionRefused, Lamp
from data.words import word
from door import now, read
from door.exporting import export, file_name
from door.importing import start
from pages.parts.common import draw_again
from pages.parts.intake_outcome import BATCH, show_kept
from pages.parts.outcome import drop_outcome, keep_outcome, show_outcome

KEPT_SHOWN = 100
UNDO = "intake-undo"  # the batch that a person is asked about
COUNTS = ("rows", "imported", "updated", "duplicates", "quarantined")


def show_history(history: Sequence[BatchLine]) -> None:
    """Newest first; a number of rows kept aside opens them, the last column takes back."""
    if not history:
        return
    note = word("intake.history.note", shown=len(history), most=SHOWN)
    with section(word("intake.history"), note, key="history"):
        show_outcome(UNDO)
        _ask_to_undo(history)
        click = show_table(_columns(), [_row(line) for line in history], key="intake-history")
        if click and click.column == "quarantined":
            st.session_state[BATCH] = int(click.row)
            draw_again()
        elif click:
            st.session_state[UNDO] = int(click.row)
            draw_again()


def _columns() -> list[Column]:
    counts = [Column(name, word(f"intake.fate.{name}"), "number") for name in COUNTS]
    return [
        Column("batch", word("intake.column.batch"), "number"),
        Column("at", word("intake.column.at")),
        Column("who", word("intake.column.who")),
        Column("file", word("intake.column.file")),
        Column("source", word("intake.column.mapping")),
        *counts,
        Column("seconds", word("intake.column.seconds"), "number", is_muted=True),
        Column("state", word("intake.column.state")),
        Column("undo", "", "link"),
    ]


def _row(line: BatchLine) -> Row:
    cells: dict[str, Cell | str] = {name: format_count(getattr(line, name)) for name in COUNTS}
    kept = Cell(format_count(line.quarantined), is_open=line.quarantined > 0)
    kind = word(f"intake.kind_of_import.{line.kind}")
    state = word("intake.state.undone" if line.undone_at else "intake.state.in_force")
    undone = f"{format_instant(line.undone_at, now())} {line.undone_by}" if line.undone_at else ""
    may_undo = not line.undone_at and line.kind != "areas"
    return Row(
        str(line.batch),
        cells
        | {
            "batch": str(line.batch),
            "at": format_instant(line.at, now()),
            "who": line.who,
            "file": Cell(line.file, under=line.sheet),
            "source": Cell(line.source, under=kind),
            "quarantined": kept,
            "seconds": "" if line.seconds is None else f"{line.seconds:.1f}",
            "state": Cell(state, under=undone),
            "undo": word("intake.undo.ask") if may_undo else "",
        },
    )


def _ask_to_undo(history: Sequence[BatchLine]) -> None:
    """Confirm first: what would be taken back."""
    line = next((one for one in history if one.batch == st.session_state.get(UNDO)), None)
    if line is None or line.undone_at:
        return
    about = {"batch": line.batch, "file": line.file}
    changed = format_count(line.imported + line.updated)
    ways = [
        Action("undo", word("intake.undo.confirm"), is_primary=True),
        Action("leave", word("intake.undo.leave")),
    ]
    reason = word("intake.undo.sure.reason", count=changed)
    notice = Notice(Lamp.YELLOW, word("intake.undo.sure", **about), reason, ways)
    chosen = show_notice(notice, key="intake-undo-ask")
    if not chosen:
        return
    del st.session_state[UNDO]
    drop_outcome(UNDO)
    try:
        if chosen == "undo":
            start("undo", word("intake.undo.subject", **about), batch=line.batch)
    except ActionRefused as refusal:
        keep_outcome(UNDO, refusal)
    draw_again()


def show_kept_batch() -> None:
    """The rows that one import kept aside, to be read, saved and mended."""
    batch_id = st.session_state.get(BATCH)
    line = read(batch_of, batch_id) if isinstance(batch_id, int) else None
    if line is None:
        return
    kept = read(kept_of, line.batch, KEPT_SHOWN)
    count = format_count(line.quarantined)
    note = word("intake.kept.note", file=line.file, shown=len(kept), count=count)
    with section(word("intake.kept.of", batch=line.batch), note, key="kept"):
        show_kept(kept, key=f"intake-kept-{line.batch}")
        st.caption(word("intake.kept.how"))
        with st.container(horizontal=True):
            st.download_button(
                word("intake.kept.save"),
                export(write_kept, f"batch {line.batch}", line.batch),
                file_name=file_name(word("intake.kept.file_name", batch=line.batch)),
                mime="text/csv",
                on_click="ignore",
                key=f"intake-save-{line.batch}",
            )
            if st.button(word("intake.fold"), key="intake-kept-fold"):
                del st.session_state[BATCH]
                draw_again()
