"""What became of the work a person asked for: progress, the sum of the rows, or why not."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components.formats import format_count, format_time
from components.mount import Action, Notice
from components.notices import show_notice
from components.sections import section
from components.tables import Cell, Column, Row, show_table
from data.intake.loading.kept import Kept
from data.terms import Lamp
from data.words import word
from door.desk import Desk, Work, stop
from door.importing import others_work
from pages.parts.common import draw_again

FATES = ("imported", "updated", "duplicates", "quarantined")
BATCH = "intake-batch"  # whose quarantine a person opened


def show_outcome(desk: Desk) -> None:
    """The state of the work of whoever asks; somebody else's import, if there is one."""
    other, work = others_work(), desk.work
    if other:
        _show_other(other)
    if work is None:
        return
    with section(word(f"intake.outcome.{work.task}"), work.subject, key="outcome"):
        if work.is_running:
            _show_progress(work)
        elif work.state == "refused":
            reason = str(work.refusal)
            _show_end(desk, Notice(Lamp.NONE, word(f"intake.refused.{work.task}"), reason))
        elif work.state == "crashed":
            reason = word(f"intake.crashed.{work.why}")
            _show_end(desk, Notice(Lamp.RED, word(f"intake.crashed.{work.task}"), reason))
        elif "undone" in work.answer:
            _show_end(desk, _undone(work.answer["undone"]))
        else:
            _show_result(desk, work)


def _show_other(other: Work) -> None:
    at = format_time(other.started_at)
    values = {"who": other.who.name, "file": other.subject, "at": at}
    reason = word("intake.other.reason", **values)
    show_notice(Notice(Lamp.NONE, word("intake.other", **values), reason), key="intake-other")


def _show_progress(work: Work) -> None:
    about = {"rows": format_count(work.rows), "at": format_time(work.started_at)}
    st.progress(work.share, text=word(f"intake.running.{work.task}", **about))
    if st.button(word("intake.stop"), key="intake-stop"):
        stop(work.task)


def _show_end(desk: Desk, notice: Notice) -> None:
    ways = [Action("dismiss", word("intake.dismiss"))]
    with_ways = Notice(notice.lamp, notice.headline, notice.reason, ways)
    if show_notice(with_ways, key="intake-end"):
        desk.work = None
        draw_again()


def _undone(undone: Mapping[str, Any]) -> Notice:
    reason = word("intake.undone.reason")
    return Notice(Lamp.NONE, word("intake.undone", **undone), reason)


def _show_result(desk: Desk, work: Work) -> None:
    result = work.answer["result"]
    _show_end(desk, Notice(Lamp.NONE, *_headline(work, result)))
    left, right = st.columns([41, 59], gap="medium")
    with left:
        _show_sum(result, is_kept=work.task == "import")
    with right:
        _show_reasons(result)
    if work.task == "try" and result["quarantined"]:
        kept = [Kept(**row) for row in work.answer["kept"]]
        shown = word("intake.kept.try", shown=len(kept), count=format_count(result["quarantined"]))
        with section(word("intake.kept"), shown, key="kept-try"):
            show_kept(kept, key="intake-kept-try")


def _headline(work: Work, result: Mapping[str, Any]) -> tuple[str, str]:
    if result["is_repeat"]:
        return word("intake.repeat", batch=result["batch"]), word("intake.repeat.reason")
    parts = " ＋ ".join(format_count(result[name]) for name in FATES)
    total = word("intake.sum", rows=format_count(result["rows"]), parts=parts)
    key = "intake.done.try" if work.task == "try" else "intake.done.import"
    return word(key, batch=result["batch"], encoding=result["encoding"]), total


def _show_sum(result: Mapping[str, Any], is_kept: bool) -> None:
    columns = [
        Column("fate", word("intake.column.fate"), width=80),
        Column("count", word("intake.column.rows"), "number", width=90),
        Column("meaning", word("intake.column.meaning"), is_muted=True, is_long=True),
    ]
    rows = [_fate(name, result[name], is_kept) for name in FATES]
    total = {"fate": word("intake.fate.rows"), "count": format_count(result["rows"])}
    rows.append(Row("rows", {**total, "meaning": word("intake.fate.rows.meaning")}, is_total=True))
    if show_table(columns, rows, key="intake-sum"):
        st.session_state[BATCH] = result["batch"]


def _fate(name: str, count: int, is_kept: bool) -> Row:
    opens = is_kept and name == "quarantined" and count > 0
    return Row(
        name,
        {
            "fate": word(f"intake.fate.{name}"),
            "count": Cell(format_count(count), is_bold=True, is_open=opens),
            "meaning": word(f"intake.fate.{name}.meaning"),
        },
    )


def _show_reasons(result: Mapping[str, Any]) -> None:
    rows = [
        Row(rule, {"what": word(f"intake.rule.{rule}"), "count": format_count(count), "rows": ""})
        for rule, count in result["reasons"].items()
    ]
    for kind, notice in result["notices"].items():
        named = "、".join(map(str, notice["rows"]))
        cells = {"count": format_count(notice["count"]), "rows": word("intake.rows", rows=named)}
        rows.append(Row(kind, {"what": word(f"intake.notice.{kind}"), **cells}))
    if result["adjusted"]:
        cells = {"what": word("intake.adjusted"), "count": format_count(result["adjusted"])}
        rows.append(Row("adjusted", cells))
    if result["ignored"]:
        count, names = format_count(len(result["ignored"])), "、".join(result["ignored"])
        cells = {"what": word("intake.ignored"), "count": count, "rows": names}
        rows.append(Row("ignored", cells))
    if rows:
        columns = [
            Column("what", word("intake.column.reason"), width=260),
            Column("count", word("intake.column.count"), "number", width=80),
            Column("rows", word("intake.column.where"), is_muted=True, is_long=True),
        ]
        show_table(columns, rows, key="intake-reasons")


def show_kept(kept: Sequence[Kept], key: str) -> None:
    """Rows kept aside: row, column, value, rule, mend."""
    columns = [
        Column("row", word("intake.kept.row"), "number", width=70),
        Column("column", word("intake.kept.column"), width=150),
        Column("value", word("intake.kept.value"), width=220, is_long=True),
        Column("rule", word("intake.kept.rule"), width=200),
        Column("mend", word("intake.kept.mend"), is_long=True),
    ]
    rows = [
        Row(
            str(place),
            {
                "row": str(one.row),
                "column": one.column or "",
                "value": one.value or "",
                "rule": word(f"intake.rule.{one.rule}"),
                "mend": one.mend,
            },
        )
        for place, one in enumerate(kept)
    ]
    show_table(columns, rows, key)
