"""The cases that one action is to be done to, those that forbid it first."""

from components.formats import format_count, format_instant
from components.mount import Bit
from components.sections import section
from components.tables import Cell, Column, Row, show_table
from data.actions.many import OneOfMany
from data.terms import Lamp
from data.words import word
from pages.parts.bulk_view import BulkView
from pages.parts.common import open_case

SHOWN = 100


def show_each(view: BulkView) -> None:
    """Draw the cases; a number opens its case."""
    columns = [
        Column("case_no", word("around.case_no"), "link"),
        Column("title", word("around.title")),
        Column("unit", word("hands.unit"), is_muted=True),
        Column("state", word("around.state"), is_muted=True),
        Column("due", word("bulk.due"), is_right=True, is_muted=True),
    ]
    ordered = [*view.forbidding, *(one for one in view.each if not one.why_not)]
    rows = [_row(view, one) for one in ordered[:SHOWN]]
    note = word("bulk.each.note", count=format_count(len(ordered)), forbidding=len(view.forbidding))
    with section(word("bulk.each"), note, key="bulk-each"):
        more = len(ordered) - len(rows)
        footnote = word("bulk.more", count=more) if more else ""
        click = show_table(columns, rows, key="bulk-rows", footnote=footnote)
    if click is not None:
        open_case(click.row)


def _row(view: BulkView, one: OneOfMany) -> Row:
    line = one.line
    if line is None:
        return Row(one.case_no, {"case_no": Cell(one.case_no, is_open=False), "title": one.why_not})
    due = format_instant(line.due_at, view.at)
    return Row(
        one.case_no,
        {
            "case_no": one.case_no,
            "title": Cell(line.title or word("case.untitled"), under=one.why_not),
            "unit": line.unit or word("case.nobody"),
            "state": word(f"state.{line.state}"),
            "due": Cell([Bit(due, lamp=Lamp.RED)] if one.is_late else due),
        },
    )
