"""The bars of 工单流转: who has not accepted, open cases by age, and what its chart shows."""

from collections.abc import Sequence
from typing import Any

from components.bars import BarRow
from components.facts import Fact
from components.formats import format_count, format_share
from components.mount import Bit
from data.config import settings
from data.ticket_flow import TicketFlow
from data.ticket_flow.days import Span
from data.ticket_flow.stages import REST, WAITING_SHOWN, Waiting
from data.words import word


def waiting_rows(answer: TicketFlow) -> list[BarRow]:
    """The units with the most waiting, and all others together."""
    shown, rest = answer.waiting[:WAITING_SHOWN], answer.waiting[WAITING_SHOWN:]
    rows = [_waiting_row(line, str(place)) for place, line in enumerate(shown)]
    if rest:
        count, over = (sum(getattr(line, name) for line in rest) for name in ("count", "over"))
        name = word("flow.other_units", count=len(rest))
        rows.append(BarRow("rest", name, count, over, _waits(count, over, REST)))
    return rows


def _waiting_row(line: Waiting, key: str) -> BarRow:
    value = _waits(line.count, line.over, line.code)
    note = [Bit(word("flow.oldest")), Bit(line.oldest_no, key=f"case {line.oldest_no}")]
    name = line.name or word("case.nobody")
    return BarRow(key, name, line.count, line.over, value, note, line.oldest_since)


def _waits(count: int, over: int, code: str) -> list[Bit]:
    said = word("flow.waits", count=format_count(count))
    late = Bit(word("flow.waits_over", count=format_count(over)), key=f"over {code}" * bool(over))
    return [Bit(said, key=f"unit {code}"), late]


def band_rows(answer: TicketFlow) -> list[BarRow]:
    """Open cases by age; together all of them."""
    return [_band_row(place, count, answer.open_count) for place, count in enumerate(answer.bands)]


def _band_row(place: int, count: int, whole: int) -> BarRow:
    key = f"age.{place}"
    opened = Bit(word("flow.waits", count=format_count(count)), key=key if count else "")
    share = Bit(word("flow.share", share=format_share(count, whole)))
    return BarRow(key, word(f"flow.age.{place}"), count, count, [opened, share])


def open_facts(answer: TicketFlow) -> list[Fact]:
    """All open cases, under their ages; they open, if there are any."""
    count = answer.open_count
    text = word("flow.waits", count=format_count(count))
    return [Fact(word("flow.bands_whole"), text, "open" if count else "")]


def spans_table(spans: Sequence[Span], is_by_day: bool) -> dict[str, list[Any]]:
    """What came and went as its chart wants it."""
    zone = settings().zone
    starts = [span.start.astimezone(zone) for span in spans]
    days = [f"{at:%Y-%m-%d}" if is_by_day else str(at.hour) for at in starts]
    fields = ("opened", "closed", "usual_opened", "usual_closed", "is_partial")
    return {"day": days} | {field: [getattr(span, field) for span in spans] for field in fields}
