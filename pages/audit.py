"""审计: who did what when, what was refused, and whether it is sealed."""

import streamlit as st

from components import filters
from components.formats import format_count, format_instant
from components.head import head
from components.notices import show_empty
from components.sections import section
from components.tables import Cell, Column, Row, show_table
from data.audit import (
    GROUPS,
    AuditLine,
    AuditPage,
    AuditQuestion,
    audit_page,
    write_audit,
)
from data.audit_words import said, sentence
from data.periods import PERIODS, period
from data.words import word
from door import each_tick, now, read
from door.exporting import export, file_name

LONGEST = 60  # characters of what is looked for


@each_tick
def screen() -> None:
    """What is looked for above, the newest lines below, all of them in a file."""
    with head(word("screen.audit"), now(), []):
        chosen = filters.ask_period(PERIODS, default="this_week")
    asked = _ask(chosen)
    page = read(audit_page, asked)
    note = word("audit.note", count=format_count(page.count), shown=format_count(len(page.lines)))
    with section(word("audit.lines"), note, key="audit"):
        if not page.lines:
            show_empty("audit.nothing")
            return
        _show(page)
        st.download_button(
            word("audit.save"),
            export(write_audit, _subject(asked), asked, now()),
            file_name=file_name(word("audit.file_name")),
            mime="text/csv",
            on_click="ignore",
            key="audit-save",
        )


def _ask(chosen: str) -> AuditQuestion:
    window = period(chosen, now())
    kind, who, subject = st.columns(3)
    group = kind.selectbox(
        word("audit.group"),
        ("", *GROUPS),
        format_func=lambda name: word(f"audit.group.{name or 'all'}"),
        key="audit-group",
    )
    login = who.text_input(word("audit.actor"), max_chars=LONGEST, key="audit-actor")
    part = subject.text_input(word("audit.subject"), max_chars=LONGEST, key="audit-subject")
    end = min(window.end, now())
    return AuditQuestion(window.start, end, group, login.strip(), part.strip())


def _subject(asked: AuditQuestion) -> str:
    """What the record says that the file holds."""
    parts = [f"{asked.start.isoformat()}/{asked.end.isoformat()}", asked.group, asked.actor]
    return " ".join(part for part in (*parts, asked.subject) if part)


def _show(page: AuditPage) -> None:
    columns = [
        Column("at", word("audit.column.at"), width=130),
        Column("actor", word("audit.column.actor"), width=150),
        Column("kind", word("audit.column.kind"), width=110),
        Column("subject", word("audit.column.subject"), width=170),
        Column("about", word("audit.column.about"), is_long=True),
        Column("seal", word("audit.column.seal"), width=80, is_muted=True),
    ]
    rows = [_row(str(place), line) for place, line in enumerate(page.lines)]
    show_table(columns, rows, key="audit-lines", footnote=word("audit.how"))


def _row(key: str, line: AuditLine) -> Row:
    return Row(
        key,
        {
            "at": format_instant(line.at, now()),
            "actor": Cell(line.name or line.actor, under=line.actor if line.name else ""),
            "kind": Cell(said("kind", line.kind), is_bold=line.kind == "refused"),
            "subject": line.subject,
            "about": sentence(line.about),
            "seal": word("audit.sealed" if line.is_sealed else "audit.not_sealed"),
        },
    )
