"""Where data come from: one row a source, and the deliveries behind each of its numbers."""

from collections.abc import Sequence

import streamlit as st

from components.formats import (
    NOTHING,
    format_change,
    format_count,
    format_duration,
    format_fraction,
    format_instant,
)
from components.sections import section
from components.tables import Cell, Column, Row, show_table
from data.config import settings
from data.intake.quality import PARTS, Delivery, Part, Quality
from data.terms import Lamp
from data.words import word
from door import now
from pages.parts.common import draw_again

OPENED = "intake-opened"  # which number of which source a person opened
MICROSECONDS_AN_HOUR = 3_600_000_000
Opened = tuple[str, str, str]  # source, kind, column


def show_sources(found: Sequence[Quality]) -> None:
    """One row a source; each number opens."""
    note = word("intake.sources.note", days=_days())
    with section(word("intake.sources"), note, key="sources"):
        columns = [
            Column("source", word("intake.column.source")),
            Column("last", word("intake.column.last"), "link"),
            Column("deliveries", word("intake.column.deliveries"), "link", is_right=True),
            Column("rows", word("intake.column.rows"), "link", is_right=True),
            Column("score", word("quality.score"), "share"),
            *(Column(name, word(f"quality.{name}"), "share") for name in PARTS),
            Column("reconciled", word("intake.column.reconciled"), "share"),
        ]
        rows = [Row(f"{one.kind} {one.source}", _cells(one)) for one in found]
        click = show_table(columns, rows, key="intake-sources")
        if click:
            kind, _, source = click.row.partition(" ")
            st.session_state[OPENED] = (source, kind, click.column)


def _days() -> str:
    return f"{settings().intake.quality_days:g}"


def _cells(one: Quality) -> dict[str, Cell | str]:
    age = word("intake.age", age=format_duration(one.age.total_seconds() / 3600))
    kind = word(f"intake.kind_of_import.{one.kind}")
    lowest = one.lowest
    cells: dict[str, Cell | str] = {
        "source": Cell(one.source, under=kind, is_bold=True),
        "last": Cell(format_instant(one.last_at, now()), under=age, lamp=one.age_lamp),
        "deliveries": format_count(len(one.deliveries)),
        "rows": format_count(one.rows),
        "score": Cell(NOTHING),
        "reconciled": _reconciled(one),
    }
    if lowest:
        why = word("intake.lowest", part=word(f"quality.{lowest.name}"))
        cells["score"] = Cell(lowest.text, under=why, lamp=lowest.lamp)
    return cells | {part.name: Cell(part.text, under=_fraction(part)) for part in one.parts}


def _fraction(part: Part) -> str:
    if not part.denominator:
        return ""
    if part.name != "timely":
        return format_fraction(part.numerator, part.denominator)
    parts = part.numerator, part.denominator
    return "/".join(format_duration(each / MICROSECONDS_AN_HOUR) for each in parts)


def _reconciled(one: Quality) -> Cell:
    if not one.declaring:
        return Cell(NOTHING, is_open=False)
    told = sum(delivery.declared or 0 for delivery in one.declaring)
    came = sum(delivery.rows for delivery in one.declaring)
    wrong = sum(bool(delivery.difference) for delivery in one.declaring)
    if not wrong:
        return Cell(word("intake.equal"), under=format_fraction(came, told))
    text = word("intake.differs", change=format_change(came - told))
    under = word("intake.differs.under", fraction=format_fraction(came, told), count=wrong)
    return Cell(text, under=under, lamp=Lamp.ORANGE)


def show_deliveries(found: Sequence[Quality]) -> None:
    """The definition of the number a person opened, and the deliveries behind it."""
    opened: Opened | None = st.session_state.get(OPENED)
    one = next((one for one in found if opened and (one.source, one.kind) == opened[:2]), None)
    if one is None or opened is None:
        return
    title = word("intake.deliveries", source=one.source, number=_label(opened[2]))
    with section(title, word("quality.counted", days=_days()), key="deliveries"):
        st.text(_definition(one, opened[2]))
        columns, rows = _delivery_columns(), [_delivery(each) for each in one.deliveries[::-1]]
        show_table(columns, rows, key="intake-deliveries", footnote=_sum(one))
        if st.button(word("intake.fold"), key="intake-fold"):
            del st.session_state[OPENED]
            draw_again()


def _label(column: str) -> str:
    is_part = column in ("score", *PARTS)
    return word(f"quality.{column}") if is_part else word(f"intake.column.{column}")


def _definition(one: Quality, column: str) -> str:
    if column in ("last", "deliveries", "rows"):
        return word("intake.deliveries.definition")
    hours = format_duration(one.interval.total_seconds() / 3600)
    text = word(f"quality.{column}.definition", interval=hours, days=_days())
    part = next((part for part in one.parts if part.name == column), None)
    if column == "score":
        part = one.lowest
    if part is None or not part.denominator:
        return text
    return word("intake.definition", text=text, fraction=_fraction(part), share=part.text)


def _delivery_columns() -> list[Column]:
    return [
        Column("batch", word("intake.column.batch"), "number"),
        Column("at", word("intake.column.at")),
        Column("file", word("intake.column.file")),
        Column("rows", word("intake.column.rows"), "number"),
        Column("quarantined", word("intake.column.quarantined"), "number"),
        Column("filled", word("intake.column.filled"), "number", is_muted=True),
        Column("stable", word("quality.stable")),
        Column("declared", word("intake.column.declared"), "number"),
        Column("difference", word("intake.column.difference"), "number"),
    ]


def _delivery(each: Delivery) -> Row:
    difference = each.difference
    lamp = Lamp.ORANGE if difference else Lamp.NONE
    return Row(
        str(each.batch),
        {
            "batch": str(each.batch),
            "at": format_instant(each.at, now()),
            "file": each.file,
            "rows": format_count(each.rows),
            "quarantined": format_count(each.quarantined),
            "filled": format_fraction(each.filled, each.cells),
            "stable": _stable(each),
            "declared": format_count(each.declared),
            "difference": Cell(
                NOTHING if difference is None else format_change(difference), lamp=lamp
            ),
        },
    )


def _stable(each: Delivery) -> str:
    if each.usual_rows is None:
        return word("intake.stable.first")
    if not each.has_same_columns:
        return word("intake.stable.columns")
    key = "intake.stable.yes" if each.is_stable else "intake.stable.rows"
    return word(key, usual=f"{each.usual_rows:,.0f}")


def _sum(one: Quality) -> str:
    filled = sum(each.filled for each in one.deliveries)
    cells = sum(each.cells for each in one.deliveries)
    return word(
        "intake.deliveries.sum",
        count=len(one.deliveries),
        rows=format_count(one.rows),
        quarantined=format_count(sum(each.quarantined for each in one.deliveries)),
        filled=format_fraction(filled, cells),
    )
