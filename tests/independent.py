"""A second computation of every figure, from the raw rows alone, to hold the first one against.

Nothing is shared with `data.metrics` but the question. What a case was at an instant is replayed
from its events; of its row only what no event tells is used. Plain before quick.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from operator import itemgetter
from random import Random
from typing import NamedTuple

from sqlalchemy import Connection, Row, Table, select

from data.metrics.figure import Question
from data.schema import (
    areas,
    calendar_days,
    categories,
    channels,
    live_cases,
    live_events,
    units,
)
from tests.independent_rules import Place, is_same_place, normalised, working_hours

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
    "cohort_left_out_count": "left_out",
    "acceptance_running_count": "dispatch_running",
    "acceptance_without_limit_count": "dispatch_without_limit",
    "unanswered_count": "unanswered",
    "unplaced_count": "unplaced",
    "repeat_before_closure_count": "repeat_while_open",
    "repeat_after_closure_count": "repeat_once_closed",
}
RATES = {  # name: (numerator, denominator)
    "closure_rate_cohort": ("cohort_closed", "cohort"),
    "closure_rate_due": ("due_closed", "due"),
    "throughput_ratio": ("closed", "opened"),
    "on_time_rate": ("on_time", "due"),
    "overdue_rate": ("overdue", "due"),
    "rework_rate": ("failed_check", "check"),
    "acceptance_rate": ("accepted", "dispatch"),
    "timely_acceptance_rate": ("accepted_in_time", "dispatch_with_limit"),
    "return_rate": ("returned", "dispatch"),
    "reopen_rate": ("closing_reopened", "closing"),
    "extension_rate": ("extended", "due"),
    "escalation_rate": ("escalated", "cohort"),
    "repeat_rate": ("repeat", "placed"),
    "resolution_rate": ("resolved", "outcome"),
    "resolution_valid_rate": ("outcome", "outcome_asked"),
    "satisfaction_rate": ("satisfied", "satisfaction"),
    "satisfaction_valid_rate": ("satisfaction", "satisfaction_asked"),
    "on_time_raw_rate": ("on_time_raw", "due"),
    "units_visited_mean": ("unit_visited", "case_dispatched"),
    "mediation_success_rate": ("agreed", "mediation"),
}
HOURS = {  # name: (of what, the share of it below the figure)
    "handling_hours_median": ("cohort_closed", 0.5),
    "handling_hours_p90": ("cohort_closed", 0.9),
    "first_response_hours_median": ("answered", 0.5),
}
DAYS_SINCE = "days_since_last"  # of "last": every opening so far, with the hours since
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
VALID = {  # answers that count, and whether they are good ones
    "outcome": {"resolved": True, "partly": False, "unresolved": False},
    "satisfaction": {"satisfied": True, "mostly": True, "not": False},
    "mediation": {"agreed": True, "failed": False},
}
GOOD = {"outcome": "resolved", "satisfaction": "satisfied", "mediation": "agreed"}
THIRTY_DAYS = timedelta(hours=720)
GRID_LEVELS = ("grid4", "grid3", "grid2", "grid1")  # the lowest first
HANDED = ("handed_in", "handed_out")
BYS = ("unit", "area", "category", "channel")


class EventRow(NamedTuple):
    """What of an event matters here."""

    at: datetime
    kind: str
    to_state: str | None
    from_unit_id: int | None
    to_unit_id: int | None
    due_at: datetime | None
    is_transfer: bool
    accept_due_at: datetime | None
    outcome: str | None
    satisfaction: str | None
    mediation: str | None


class Opening(NamedTuple):
    """When and where a case was opened, and what became of it by as-of."""

    at: datetime
    place: Place
    case_no: str
    known: list[EventRow]


class CaseRow(NamedTuple):
    """What of a case no event tells, and who holds it now; codes, "" for blank."""

    case_id: int
    case_no: str
    area: str
    category: str
    channel: str
    unit_id: int | None
    place: Place
    repeat_of: str | None


@dataclass(frozen=True, eq=False)
class Raw:
    """The rows of the tables, ids turned into codes ("" for blank), events grouped and in order."""

    case_rows: Sequence[CaseRow]  # in order of case_id
    events: dict[int, list[EventRow]]
    unit_codes: dict[int | None, str]
    centre_id: int | None
    area_parents: dict[str, str]
    category_parents: dict[str, str]
    on_working_time: set[str]  # categories
    said_days: dict[date, bool]  # the day table


def load(conn: Connection) -> Raw:
    """Everything that the figures stand on, in one reading."""
    area_codes, area_parents = _tree(conn, areas)
    category_codes, category_parents = _tree(conn, categories)
    channel_rows = conn.execute(select(channels.c.channel_id, channels.c.code)).all()
    channel_codes = {row.channel_id: row.code for row in channel_rows}
    unit_rows = conn.execute(select(units.c.unit_id, units.c.code, units.c.kind)).all()
    grids = _lowest_grids(conn)
    return Raw(
        case_rows=[
            CaseRow(
                row.case_id,
                row.case_no,
                area_codes[row.area_id],
                category_codes[row.category_id],
                channel_codes.get(row.channel_id, ""),
                row.unit_id,
                _place(row, area_codes[row.area_id], grids),
                row.repeat_of,
            )
            for row in conn.execute(select(live_cases).order_by(live_cases.c.case_id)).all()
        ],
        events=_events(conn),
        unit_codes={None: "", **{row.unit_id: row.code for row in unit_rows}},
        centre_id=next((row.unit_id for row in unit_rows if row.kind == "centre"), None),
        area_parents=area_parents,
        category_parents=category_parents,
        on_working_time=_on_working_time(conn),
        said_days={row.day: row.is_worked for row in conn.execute(select(calendar_days))},
    )


def _place(row: Row[tuple], area: str, grids: set[str]) -> Place:
    return Place(row.lon, row.lat, normalised(row.address), area if area in grids else "")


def _lowest_grids(conn: Connection) -> set[str]:
    """The areas of the lowest grid level that there is."""
    rows = conn.execute(select(areas.c.code, areas.c.level)).all()
    there = [level for level in GRID_LEVELS if any(row.level == level for row in rows)]
    return {row.code for row in rows if row.level in there[:1]}


def _on_working_time(conn: Connection) -> set[str]:
    """Categories whose limit is counted in working time."""
    rows = conn.execute(select(categories.c.code, categories.c.limit_unit))
    return {row.code for row in rows if row.limit_unit in ("working_hours", "working_days")}


def _tree(conn: Connection, table: Table) -> tuple[dict[int | None, str], dict[str, str]]:
    """Codes by id, and each code's parent ("" at the top)."""
    key = next(iter(table.primary_key))
    rows = conn.execute(select(key, table.c.code, table.c.parent_id)).all()
    codes: dict[int | None, str] = {None: "", **{number: code for number, code, _ in rows}}
    return codes, {code: codes[parent] for _, code, parent in rows}


def _events(conn: Connection) -> dict[int, list[EventRow]]:
    columns = (
        live_events.c[name] for name in ("case_id", "source_order", "event_id", *EventRow._fields)
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


def closer_or_holder(events: Sequence[EventRow]) -> int | None:
    """Who had a closed case when it was closed, else who holds it."""
    closed = last_at(events, "close")
    if state(events) != "closed" or closed is None:
        return holder(events)
    return holder([event for event in events if event.at <= closed])


def due_at(events: Sequence[EventRow]) -> datetime | None:
    """The net due time in force."""
    return next((event.due_at for event in reversed(events) if event.due_at is not None), None)


def last_at(events: Sequence[EventRow], kind: str) -> datetime | None:
    """When something last happened."""
    return next((event.at for event in reversed(events) if event.kind == kind), None)


def opened_at(events: Sequence[EventRow]) -> datetime:
    """When the case was opened."""
    opened = last_at(events, "report")
    assert opened is not None, "without its report"
    return opened


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


class Counted(NamedTuple):
    """One counted thing: its term, its case, the unit it is credited to."""

    term: str
    case: CaseRow
    unit: str
    hours: float | None = None

    def code(self, by: str) -> str:
        """The code it has as one of a unit, area, category or channel."""
        return self.unit if by == "unit" else str(getattr(self.case, by))


@lru_cache(maxsize=2)
def _facts(raw: Raw, start: datetime, end: datetime, as_of: datetime) -> list[Counted]:
    """Every counted thing of a window, the cases in order of case_id."""
    stories = _stories(raw, as_of)
    earlier = _openings(stories)
    by_number = {case.case_no: known for case, known in stories}
    counted = [
        Counted("left_out", case, raw.unit_codes[holder(known)])
        for case, known in _told(raw, as_of)
        if _is_left_out(known, start, end)
    ]
    for case, known in stories:
        found = [
            *_case_facts(known, start, end, as_of, raw.centre_id),
            *_dispatches(known, start, end, as_of, _clock(raw, case.category)),
            *_units_visited(known, start, end, raw.centre_id),
            *_repeats(case, known, start, end, earlier[case.category]),
            *_earlier_state(case, known, start, end, earlier[case.category], by_number),
            ("last", holder(known), _hours(opened_at(known), as_of)),
        ]
        counted += [Counted(t, case, raw.unit_codes[unit_id], hours) for t, unit_id, hours in found]
    return counted


Fact = tuple[str, int | None, float | None]
Story = tuple[CaseRow, list[EventRow]]
Clock = Callable[[datetime, datetime], float]


def _told(raw: Raw, as_of: datetime) -> Iterator[Story]:
    """Each case with all that happened to it by as-of."""
    for case in raw.case_rows:
        known = [event for event in raw.events.get(case.case_id, ()) if event.at <= as_of]
        if known:
            yield case, known


def _stories(raw: Raw, as_of: datetime) -> list[Story]:
    """Each case not rejected by as-of, with all that happened to it by then."""
    return [story for story in _told(raw, as_of) if state(story[1]) != "rejected"]


def _openings(stories: list[Story]) -> dict[str, list[Opening]]:
    """The openings of each category in order; those of one instant in order of case_id."""
    found = defaultdict(list)
    for case, known in stories:
        found[case.category].append(Opening(opened_at(known), case.place, case.case_no, known))
    return {category: sorted(some, key=itemgetter(0)) for category, some in found.items()}


def _clock(raw: Raw, category: str) -> Clock:
    """Hours between two instants as a category counts them."""
    if category in raw.on_working_time:
        return partial(working_hours, said=raw.said_days)
    return _hours


def _hours(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 3600


def _case_facts(
    known: list[EventRow], start: datetime, end: datetime, as_of: datetime, centre_id: int | None
) -> Iterator[Fact]:
    """What one case, not rejected, adds to the window; `known` is all that happened by as-of."""
    yield from _ledger(known, start, end)
    yield from _cohort(known, start, end)
    yield from _due(known, start, min(end, as_of))
    yield from _overdue_now(known, as_of)
    yield from _answers(known, start, end)
    for position, event in enumerate(known):
        if start <= event.at < end:
            yield from _moves_and_checks(event, holder(known[: position + 1]), centre_id)
            yield from _closing(known, position)


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
    if not _is_of_cohort(known, start, end):
        return
    yield "cohort", closer_or_holder(known), None
    if last_at(known, "escalate"):
        yield "escalated", closer_or_holder(known), None
    if state(known) == "closed":
        closed = last_at(known, "close")
        assert closed is not None, "closed without a closing"
        yield "cohort_closed", closer_or_holder(known), _hours(opened_at(known), closed)


def _is_of_cohort(known: list[EventRow], start: datetime, end: datetime) -> bool:
    return start <= opened_at(known) < end and state(known) not in ("withdrawn", "merged")


def _is_left_out(known: list[EventRow], start: datetime, end: datetime) -> bool:
    """Opened in the window, and no case of ours any more."""
    gone = ("rejected", "withdrawn", "merged")
    return start <= opened_at(known) < end and state(known) in gone


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
    if any(_extends(known, position) for position in range(len(known))):
        yield "extended", unit, None
    if closed is not None:
        yield "due_closed", unit, None
    if closed is not None and closed <= (_raw_due(known) or due):
        yield "on_time_raw", unit, None
    if closed is not None and closed <= due:
        yield "on_time", unit, None
        return
    yield "overdue", unit, None
    yield "overdue_open" if closed is None else "overdue_closed", unit, None


def _raw_due(known: list[EventRow]) -> datetime | None:
    """The due time without what pauses, their ends and extensions made of it."""
    due = None
    for position, event in enumerate(known):
        was_paused = state(known[:position]) == "paused"
        ends_a_pause = was_paused and event.to_state not in (None, "paused")
        if event.kind not in ("pause", "resume", "approve_extension") and not ends_a_pause:
            due = event.due_at or due
    return due


def _extends(known: list[EventRow], position: int) -> bool:
    """An extension approved at or before the due time then in force, which a pause moves on."""
    event, due = known[position], due_at(known[:position])
    if event.kind != "approve_extension" or due is None:
        return False
    return event.at <= due or clock_stands(known[:position], due)


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


def _closing(known: list[EventRow], position: int) -> Iterator[Fact]:
    """A closing, and whether what next crossed the line was a reopening within thirty days."""
    if known[position].kind != "close":
        return
    unit = holder(known[: position + 1])
    yield "closing", unit, None
    crossings = (e for e in known[position + 1 :] if e.kind in CROSSED_BY or e.kind == "reject")
    following = next(crossings, None)
    if following is None or following.kind != "reopen":
        return
    if following.at - known[position].at <= THIRTY_DAYS:
        yield "closing_reopened", unit, None


def _answers(known: list[EventRow], start: datetime, end: datetime) -> Iterator[Fact]:
    """The last call-back of each kind in the window; those that reached nobody are left out."""
    for asked, valid in VALID.items():
        told = [
            position
            for position, event in enumerate(known)
            if start <= event.at < end and getattr(event, asked)
        ]
        if not told:
            continue
        answer, unit = getattr(known[told[-1]], asked), holder(known[: told[-1] + 1])
        yield f"{asked}_asked", unit, None
        if answer in valid:
            yield asked, unit, None
        if valid.get(answer):
            yield GOOD[asked], unit, None


def _dispatches(
    known: list[EventRow], start: datetime, end: datetime, as_of: datetime, clock: Clock
) -> Iterator[Fact]:
    """Every dispatch of the window, credited to the unit dispatched to, and what became of it."""
    for position, event in enumerate(known):
        if not start <= event.at < end or not _is_dispatch(event, state(known[:position])):
            continue
        unit, later = holder(known[: position + 1]), known[position + 1 :]
        yield "dispatch", unit, None
        if _came_to(later, "reported", ("reported", "dispatched")):
            yield "returned", unit, None
        accepted = _came_to(later, "in_progress", None)
        if accepted:
            yield "accepted", unit, None
        limit = event.accept_due_at
        if limit is None:
            yield "dispatch_without_limit", unit, None
        elif not accepted and limit > as_of:
            yield "dispatch_running", unit, None
        else:
            yield "dispatch_with_limit", unit, None
            if accepted and accepted.at <= limit:
                yield "accepted_in_time", unit, None
        answer = _answer(later)
        if answer:
            yield "answered", unit, clock(event.at, answer.at)
        else:
            yield "unanswered", unit, None


def _units_visited(
    known: list[EventRow], start: datetime, end: datetime, centre_id: int | None
) -> Iterator[Fact]:
    """A case dispatched in the window, and each unit it has been with by now.

    All of it is of the unit that it was dispatched to last.
    """
    dispatched_to = [
        holder(known[: position + 1])
        for position, event in enumerate(known)
        if start <= event.at < end and _is_dispatch(event, state(known[:position]))
    ]
    if not dispatched_to:
        return
    yield "case_dispatched", dispatched_to[-1], None
    for _ in {event.to_unit_id for event in known} - {None, centre_id}:
        yield "unit_visited", dispatched_to[-1], None


def _is_dispatch(event: EventRow, state_before: str | None) -> bool:
    if event.to_state != "dispatched":
        return False
    is_told_so = event.kind in ("dispatch", "reassign", "escalate") or event.is_transfer
    return is_told_so or state_before != "dispatched"


def _came_to(later: list[EventRow], wanted: str, among: tuple[str, ...] | None) -> EventRow | None:
    """The next event that tells one of these states (None: any), if it tells the one wanted."""
    telling = (e for e in later if e.to_state and (among is None or e.to_state in among))
    following = next(telling, None)
    return following if following is not None and following.to_state == wanted else None


def _answer(later: list[EventRow]) -> EventRow | None:
    """The first response of the unit dispatched to: none once the case is with another."""
    for event in later:
        is_return = event.kind == "return" or event.to_state == "reported"
        if event.to_state == "dispatched" or (event.is_transfer and not is_return):
            return None
        if event.kind in ("accept", "feed_back", "return", "resolve"):
            return event
        if event.to_state in ("in_progress", "resolved", "reported"):
            return event
    return None


def _repeats(
    case: CaseRow,
    known: list[EventRow],
    start: datetime,
    end: datetime,
    openings: list[Opening],
) -> Iterator[Fact]:
    """Of R1's base: a case whose place is known, or that its source calls a repeat."""
    is_flagged = bool(case.repeat_of)
    if not _is_of_cohort(known, start, end):
        return
    if not (case.place.is_known or is_flagged):
        yield "unplaced", closer_or_holder(known), None
        return
    yield "placed", closer_or_holder(known), None
    if is_flagged or _latest_there(case, known, openings):
        yield "repeat", closer_or_holder(known), None


def _latest_there(case: CaseRow, known: list[EventRow], openings: list[Opening]) -> Opening | None:
    """The last opening of the category at the place in the thirty days before."""
    opened = opened_at(known)
    first = bisect_left(openings, opened - THIRTY_DAYS, key=itemgetter(0))
    last = bisect_left(openings, opened, key=itemgetter(0))
    before = openings[first:last] if case.category else []
    there = (one for one in reversed(before) if is_same_place(case.place, one.place))
    return next(there, None)


def _earlier_state(
    case: CaseRow,
    known: list[EventRow],
    start: datetime,
    end: datetime,
    openings: list[Opening],
    by_number: dict[str, list[EventRow]],
) -> Iterator[Fact]:
    """A repeat: whether its earlier case was open or closed when it was opened itself."""
    if not _is_of_cohort(known, start, end) or case.repeat_of == case.case_no:
        return
    if case.repeat_of:
        earlier = by_number.get(case.repeat_of, [])
    else:
        latest = _latest_there(case, known, openings)
        earlier = latest.known if latest else []
    by_then = [event for event in earlier if event.at <= opened_at(known)]
    if in_hand(by_then):
        yield "repeat_while_open", closer_or_holder(known), None
    elif state(by_then) == "closed":
        yield "repeat_once_closed", closer_or_holder(known), None


def figures(raw: Raw, question: Question) -> dict[str, Parts]:
    """Every figure of the whole that the question names."""
    return _figures(_by_term(raw, question))


def figures_by(raw: Raw, question: Question, by: str) -> dict[str, dict[str, Parts]]:
    """Every figure of each unit, area, category or channel that has any; "" is the blank one."""
    groups: dict[str, Terms] = defaultdict(lambda: defaultdict(list))
    for one in _asked(raw, question, by):
        groups[one.code(by)][one.term].append(one)
    return {code: _figures(terms) for code, terms in groups.items()}


def narrowings(raw: Raw, question: Question, chance: Random, count: int) -> list[Question]:
    """The same question of one unit, area, category and channel, of two of them, and of the blank.

    So many of these; which, and of what, chance decides among what any case of the question has.
    """
    found = _facts(raw, question.start, question.end, question.as_of)
    if not found:
        return []
    one, other = chance.choice(found), chance.choice(found)
    first, second = chance.sample(BYS, 2)
    asked = [{by: one.code(by)} for by in BYS]
    asked.append({first: other.code(first), second: other.code(second)})
    asked.append({chance.choice(BYS): ""})
    return [replace(question, **codes) for codes in chance.sample(asked, min(count, len(asked)))]


def listed(raw: Raw, question: Question, name: str, part: str) -> list[str]:
    """The case numbers behind a part, one entry per counted thing, sorted.

    `missing` is what the denominator has and the numerator has not.
    """
    if part == "missing":
        whole, counted = (listed(raw, question, name, p) for p in ("denominator", "numerator"))
        return sorted((Counter(whole) - Counter(counted)).elements())
    terms = _by_term(raw, question)
    if name == DAYS_SINCE:
        return [one.case.case_no for one in _newest(terms)]
    if name in RATES:
        term = RATES[name][("numerator", "denominator").index(part)]
    else:
        term = HOURS[name][0] if name in HOURS else COUNTS[name]
    return sorted(one.case.case_no for one in terms.get(term, ()))


Terms = dict[str, list[Counted]]


@lru_cache(maxsize=2)
def _by_term(raw: Raw, question: Question) -> Terms:
    """What the whole counts, by term."""
    terms: Terms = defaultdict(list)
    for one in _asked(raw, question):
        terms[one.term].append(one)
    return dict(terms)


def _newest(terms: Terms) -> list[Counted]:
    """The opening last told of, or none."""
    openings = terms.get("last", [])
    least = min((_hours_of(one) for one in openings), default=None)
    return [one for one in openings if one.hours == least][-1:]


def _hours_of(one: Counted) -> float:
    assert one.hours is not None, one
    return one.hours


def _asked(raw: Raw, question: Question, by: str = "") -> Iterator[Counted]:
    """What the question's filters leave.

    A hand-over is a term of units only: the whole neither hands out nor in.
    """
    hands_over = by == "unit" or question.unit is not None
    within = _with_descendants(raw.area_parents, question.area)
    among = _with_descendants(raw.category_parents, question.category)
    for one in _facts(raw, question.start, question.end, question.as_of):
        if (
            (question.area is None or one.case.area in within)
            and (question.category is None or one.case.category in among)
            and question.unit in (None, one.unit)
            and question.channel in (None, one.case.channel)
            and (hands_over or one.term not in HANDED)
        ):
            yield one


def _with_descendants(parents: dict[str, str], code: str | None) -> set[str | None]:
    """A code and every code below it; below the blank one is nothing."""
    found: set[str | None] = {code}
    while code and (
        more := {child for child, parent in parents.items() if parent in found} - found
    ):
        found |= more
    return found


def _figures(terms: Terms) -> dict[str, Parts]:
    of_term = Counter({term: len(counted) for term, counted in terms.items()})
    found: dict[str, Parts] = {
        name: (of_term[term], None, None, None) for name, term in COUNTS.items()
    }
    for name, (part, whole) in RATES.items():
        numerator, denominator = of_term[part], of_term[whole]
        value = numerator / denominator if denominator else None
        found[name] = (value, numerator, denominator, None)
    for name, (term, share) in HOURS.items():
        hours = sorted(_hours_of(one) for one in terms.get(term, ()))
        found[name] = (_quantile(hours, share), None, None, len(hours))
    found[DAYS_SINCE] = (None, None, None, 0)
    for one in _newest(terms):
        found[DAYS_SINCE] = (_hours_of(one) // 24, None, None, 1)
    came, went = (sum(found[name][0] or 0 for name in side) for side in (COMES_IN, GOES_OUT))
    found[BALANCED] = (came == went, None, None, None)
    return found


def _quantile(hours: list[float], share: float) -> float | None:
    """Between order statistics, type 7."""
    if not hours:
        return None
    place, part = divmod(share * (len(hours) - 1), 1)
    low, high = hours[int(place)], hours[min(int(place) + 1, len(hours) - 1)]
    return low + part * (high - low)


def last_word(raw: Raw) -> datetime:
    """When the last thing happened."""
    return max(event.at for events in raw.events.values() for event in events)


def contradictions(raw: Raw) -> list[str]:
    """Cases whose events tell two stories: crossings against states, moves against holders."""
    found = []
    for case in raw.case_rows:
        events = raw.events.get(case.case_id, [])
        found += [f"{case.case_no}: {fault}" for fault in _faults(events)]
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
