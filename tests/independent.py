"""A second computation of every figure, from the raw rows alone, to hold the first one against.

Nothing is shared with `data.metrics` but the question. What a case was at an instant is replayed
from its events; of its row only number, area, category and channel are used. Plain before quick.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Connection, Table, select

from data.metrics.figure import Question
from data.schema import areas, case_events, cases, categories, channels, units

# (value, numerator, denominator, count), None where there is nothing to say.
Parts = tuple[float | None, int | None, int | None, int | None]

COUNTS = {  # name: what it counts
    "opened_count": "opened",
    "closed_count": "closed",
    "reopened_count": "reopened",
    "withdrawn_count": "withdrawn",
    "merged_count": "merged",
    "carried_in_count": "carried_in",
    "backlog_count": "backlog",
    "handed_in_count": "handed_in",
    "handed_out_count": "handed_out",
    "overdue_open_count": "overdue_open",
    "overdue_closed_count": "overdue_closed",
    "overdue_now_count": "overdue_now",
    "transfer_count": "transfer",
}
RATES = {  # name: (numerator, denominator)
    "closure_rate_cohort": ("cohort_closed", "cohort"),
    "closure_rate_due": ("due_closed", "due"),
    "throughput_ratio": ("closed", "opened"),
    "on_time_rate": ("on_time", "due"),
    "overdue_rate": ("overdue", "due"),
    "rework_rate": ("failed_check", "check"),
}
HOURS = {"handling_hours_median": 0.5, "handling_hours_p90": 0.9}  # of "cohort_closed"
COMES_IN = ("carried_in_count", "opened_count", "reopened_count", "handed_in_count")
GOES_OUT = ("closed_count", "withdrawn_count", "merged_count", "handed_out_count", "backlog_count")
BALANCED = "ledger_balanced"
CROSSED_BY = {
    "report": "opened",
    "reopen": "reopened",
    "close": "closed",
    "withdraw": "withdrawn",
    "merge": "merged",
}
FACT_COLUMNS = ["term", "case_no", "unit", "area", "category", "channel", "hours"]


class EventRow(NamedTuple):
    """What of an event matters here."""

    at: datetime
    kind: str
    to_state: str | None
    from_unit_id: int | None
    to_unit_id: int | None
    due_at: datetime | None


@dataclass(frozen=True, eq=False)
class Raw:
    """The rows of the tables, ids turned into codes ("" for blank), events grouped and in order."""

    case_rows: Sequence[tuple[int, str, str, str, str]]  # id, number, area, category, channel
    events: dict[int, list[EventRow]]
    unit_codes: dict[int | None, str]
    centre_id: int | None
    area_parents: dict[str, str]
    category_parents: dict[str, str]


def load(conn: Connection) -> Raw:
    """Everything that the figures stand on, in one reading."""
    area_codes, area_parents = _tree(conn, areas)
    category_codes, category_parents = _tree(conn, categories)
    channel_rows = conn.execute(select(channels.c.channel_id, channels.c.code)).all()
    channel_codes = {row.channel_id: row.code for row in channel_rows}
    unit_rows = conn.execute(select(units.c.unit_id, units.c.code, units.c.kind)).all()
    case_query = select(
        cases.c.case_id, cases.c.case_no, cases.c.area_id, cases.c.category_id, cases.c.channel_id
    ).where(cases.c.undone_at.is_(None))
    return Raw(
        case_rows=[
            (
                case_id,
                case_no,
                area_codes[area],
                category_codes[category],
                channel_codes.get(channel, ""),
            )
            for case_id, case_no, area, category, channel in conn.execute(case_query)
        ],
        events=_events(conn),
        unit_codes={None: "", **{row.unit_id: row.code for row in unit_rows}},
        centre_id=next((row.unit_id for row in unit_rows if row.kind == "centre"), None),
        area_parents=area_parents,
        category_parents=category_parents,
    )


def _tree(conn: Connection, table: Table) -> tuple[dict[int | None, str], dict[str, str]]:
    """Codes by id, and each code's parent ("" at the top)."""
    key = next(iter(table.primary_key))
    rows = conn.execute(select(key, table.c.code, table.c.parent_id)).all()
    codes: dict[int | None, str] = {None: "", **{number: code for number, code, _ in rows}}
    return codes, {code: codes[parent] for _, code, parent in rows}


def _events(conn: Connection) -> dict[int, list[EventRow]]:
    columns = (
        case_events.c[name] for name in ("case_id", "source_order", "event_id", *EventRow._fields)
    )
    rows_by_case = defaultdict(list)
    for case_id, source_order, event_id, *row in conn.execute(select(*columns)):
        event = EventRow(*row)
        rows_by_case[case_id].append((event.at, source_order, event_id, event))
    return {
        case_id: [event for *_, event in sorted(_alive(rows), key=lambda row: row[:3])]
        for case_id, rows in rows_by_case.items()
    }


def _alive(rows: list[tuple]) -> Iterator[tuple]:
    """What became known of a case after the last time that it was undone."""
    ended = max((number for _, _, number, event in rows if event.kind == "undone"), default=0)
    return (row for row in rows if row[2] > ended)


def is_open(events: Sequence[EventRow]) -> bool:
    """Whether the last crossing of the line led in."""
    for event in reversed(events):
        if event.kind in ("report", "reopen"):
            return True
        if event.kind in ("close", "reject", "withdraw", "merge"):
            return False
    return False


def in_hand(events: Sequence[EventRow]) -> bool:
    """Open, of a case not rejected by as-of: a rejection that was taken back never was."""
    return is_open([event for event in events if event.kind != "reject"])


def state(events: Sequence[EventRow]) -> str | None:
    """The last state that was told."""
    return next((event.to_state for event in reversed(events) if event.to_state), None)


def holder(events: Sequence[EventRow]) -> int | None:
    """The last unit that was told; an event without one says nothing about it."""
    return next((e.to_unit_id for e in reversed(events) if e.to_unit_id is not None), None)


def due_at(events: Sequence[EventRow]) -> datetime | None:
    """The net due time in force."""
    return next((event.due_at for event in reversed(events) if event.due_at is not None), None)


def last_at(events: Sequence[EventRow], kind: str) -> datetime | None:
    """When something last happened."""
    return next((event.at for event in reversed(events) if event.kind == kind), None)


def paused_since(events: Sequence[EventRow]) -> datetime | None:
    """When the pause now running began: told twice, it began at the first telling."""
    since = None
    for event in events:
        if event.to_state == "paused":
            since = since or event.at
        elif event.to_state:
            since = None
    return since


def clock_stands(events: Sequence[EventRow], due: datetime) -> bool:
    """Whether a pause keeps it from being due: not one that began at the due time or after."""
    since = paused_since(events)
    return since is not None and due > since


@lru_cache(maxsize=4)
def _facts(raw: Raw, start: datetime, end: datetime, as_of: datetime) -> pd.DataFrame:
    """Every counted thing of a window: its term, its case, the unit it is credited to."""
    rows = []
    for case_id, case_no, *codes in raw.case_rows:
        known = [event for event in raw.events.get(case_id, ()) if event.at <= as_of]
        if not known or state(known) == "rejected":
            continue
        for term, unit_id, hours in _case_facts(known, start, end, as_of, raw.centre_id):
            rows.append((term, case_no, raw.unit_codes[unit_id], *codes, hours))
    return pd.DataFrame(rows, columns=FACT_COLUMNS)


Fact = tuple[str, int | None, float | None]


def _case_facts(
    known: list[EventRow], start: datetime, end: datetime, as_of: datetime, centre_id: int | None
) -> Iterator[Fact]:
    """What one case, not rejected, adds to the window; `known` is all that happened by as-of."""
    yield from _ledger(known, start, end)
    yield from _cohort(known, start, end)
    yield from _due(known, start, min(end, as_of))
    yield from _overdue_now(known, as_of)
    for position, event in enumerate(known):
        if start <= event.at < end:
            yield from _moves_and_checks(event, holder(known[: position + 1]), centre_id)


def _ledger(known: list[EventRow], start: datetime, end: datetime) -> Iterator[Fact]:
    """Crossings of the line between open and not open, hand-overs, who held it at both ends."""
    carried_in = [event for event in known if event.at < start]
    carried_out = [event for event in known if event.at < end]
    if in_hand(carried_in):
        yield "carried_in", holder(carried_in), None
    if in_hand(carried_out):
        yield "backlog", holder(carried_out), None
    for position in range(len(carried_in), len(carried_out)):
        event, before = known[position], known[:position]
        now_with = holder(known[: position + 1])
        if in_hand(before) and holder(before) != now_with:
            yield "handed_out", holder(before), None
            yield "handed_in", now_with, None
        if event.kind in CROSSED_BY and in_hand(before) != in_hand([*before, event]):
            yield CROSSED_BY[event.kind], now_with, None


def _cohort(known: list[EventRow], start: datetime, end: datetime) -> Iterator[Fact]:
    """R1: opened in the window, still a case of ours; closed in its state, with its hours."""
    opened = last_at(known, "report")
    if opened is None or not start <= opened < end or state(known) in ("withdrawn", "merged"):
        return
    yield "cohort", holder(known), None
    if state(known) == "closed":
        closed = last_at(known, "close")
        assert closed is not None, "closed without a closing"
        yield "cohort_closed", holder(known), (closed - opened).total_seconds() / 3600


def _due(known: list[EventRow], start: datetime, due_before: datetime) -> Iterator[Fact]:
    """D: due in the window and before as-of, credited to who held the case when it fell due."""
    due, now = due_at(known), state(known)
    if due is None or not start <= due < due_before or now == "merged" or clock_stands(known, due):
        return
    withdrawn = last_at(known, "withdraw")
    if now == "withdrawn" and withdrawn is not None and withdrawn < due:
        return
    unit = holder([event for event in known if event.at <= due])
    closed = last_at(known, "close") if now == "closed" else None
    yield "due", unit, None
    if closed is not None:
        yield "due_closed", unit, None
    if closed is not None and closed <= due:
        yield "on_time", unit, None
        return
    yield "overdue", unit, None
    yield "overdue_open" if closed is None else "overdue_closed", unit, None


def _overdue_now(known: list[EventRow], as_of: datetime) -> Iterator[Fact]:
    due = due_at(known)
    if is_open(known) and due is not None and due < as_of and not clock_stands(known, due):
        yield "overdue_now", holder(known), None


def _moves_and_checks(
    event: EventRow, held_by: int | None, centre_id: int | None
) -> Iterator[Fact]:
    """A move between two known units, neither the centre; a verification, and whether it failed."""
    moved_from, moved_to = event.from_unit_id, event.to_unit_id
    named = {moved_from, moved_to} - {None, centre_id}
    if event.kind != "report" and len(named) == 2:
        yield "transfer", moved_from, None
    if event.kind in ("pass_check", "fail_check"):
        yield "check", held_by, None
    if event.kind == "fail_check":
        yield "failed_check", held_by, None


def figures(raw: Raw, question: Question) -> dict[str, Parts]:
    """Every figure of the whole that the question names."""
    facts = _asked(raw, question)
    return _figures(facts if question.unit is not None else _without_handing(facts))


def figures_by(raw: Raw, question: Question, by: str) -> dict[str, dict[str, Parts]]:
    """Every figure of each unit, area, category or channel that has any; "" is the blank one."""
    facts = _asked(raw, question)
    if by != "unit" and question.unit is None:
        facts = _without_handing(facts)
    return {str(code): _figures(group) for code, group in facts.groupby(by)}


def listed(raw: Raw, question: Question, name: str, part: str) -> list[str]:
    """The case numbers behind a part, one entry per counted thing, sorted.

    `missing` is what the denominator has and the numerator has not.
    """
    if part == "missing":
        whole, counted = (listed(raw, question, name, p) for p in ("denominator", "numerator"))
        return sorted((Counter(whole) - Counter(counted)).elements())
    facts = _asked(raw, question)
    if question.unit is None:
        facts = _without_handing(facts)
    if name in RATES:
        term = RATES[name][("numerator", "denominator").index(part)]
    else:
        term = COUNTS.get(name, "cohort_closed")
    return sorted(facts.case_no[facts.term == term])


def _asked(raw: Raw, question: Question) -> pd.DataFrame:
    """The facts that the question's filters leave."""
    facts = _facts(raw, question.start, question.end, question.as_of)
    if question.area is not None:
        facts = facts[facts.area.isin(_with_descendants(raw.area_parents, question.area))]
    if question.category is not None:
        facts = facts[
            facts.category.isin(_with_descendants(raw.category_parents, question.category))
        ]
    if question.unit is not None:
        facts = facts[facts.unit == question.unit]
    if question.channel is not None:
        facts = facts[facts.channel == question.channel]
    return facts


def _with_descendants(parents: dict[str, str], code: str) -> set[str]:
    """A code and every code below it; below the blank one is nothing."""
    found = {code}
    while code and (
        more := {child for child, parent in parents.items() if parent in found} - found
    ):
        found |= more
    return found


def _without_handing(facts: pd.DataFrame) -> pd.DataFrame:
    """A hand-over is a term of units only: the whole neither hands out nor in."""
    return facts[~facts.term.isin(["handed_in", "handed_out"])]


def _figures(facts: pd.DataFrame) -> dict[str, Parts]:
    of_term = facts.term.value_counts().to_dict()
    found: dict[str, Parts] = {
        name: (of_term.get(term, 0), None, None, None) for name, term in COUNTS.items()
    }
    for name, (part, whole) in RATES.items():
        numerator, denominator = of_term.get(part, 0), of_term.get(whole, 0)
        value = numerator / denominator if denominator else None
        found[name] = (value, numerator, denominator, None)
    hours = facts.hours[facts.term == "cohort_closed"].astype(float)
    for name, share in HOURS.items():
        # pandas interpolates between order statistics: type 7.
        value = float(hours.quantile(share)) if len(hours) else None
        found[name] = (value, None, None, len(hours))
    came, went = (sum(found[name][0] or 0 for name in side) for side in (COMES_IN, GOES_OUT))
    found[BALANCED] = (came == went, None, None, None)
    return found


def last_word(raw: Raw) -> datetime:
    """When the last thing happened."""
    return max(event.at for events in raw.events.values() for event in events)


def contradictions(raw: Raw) -> list[str]:
    """Cases whose events tell two stories: crossings against states, moves against holders."""
    found = []
    for case_id, case_no, *_ in raw.case_rows:
        events = raw.events.get(case_id, [])
        found += [f"{case_no}: {fault}" for fault in _faults(events)]
    return found


def _faults(events: list[EventRow]) -> Iterator[str]:
    if not events or events[0].kind != "report":
        yield "does not begin with its report"
    open_states = ("reported", "dispatched", "in_progress", "paused", "resolved")
    for position, event in enumerate(events):
        before, after = events[:position], events[: position + 1]
        crosses = event.kind in CROSSED_BY or event.kind == "reject"
        if crosses and is_open(before) == is_open(after):
            yield f"{event.kind} at {event.at} crosses no line"
        if (state(after) in open_states) != is_open(after):
            yield f"is {state(after)} after {event.kind} at {event.at}"
        if event.from_unit_id not in (None, holder(before)):
            yield f"{event.kind} at {event.at} comes from a unit that did not hold it"
