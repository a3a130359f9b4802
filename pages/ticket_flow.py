"""工单流转: where cases are in the loop, what comes and goes, from hand to hand, and again."""

from dataclasses import replace

import streamlit as st

from components import charts, filters
from components.bars import show_bars
from components.facts import show_facts
from components.formats import format_count, format_share
from components.head import head
from components.mount import Bit, sentence
from components.notices import show_empty
from components.sections import section
from components.tables import show_table
from data.config import settings
from data.terms import State
from data.ticket_flow import TicketFlow, ticket_flow
from data.ticket_flow.days import DAY_COUNT, WEEKS, Step
from data.ticket_flow.listed import AGAIN, LATE, WAITING
from data.ticket_flow.stages import REST
from data.words import word
from door import live, read
from pages.parts import flow_bars as bars
from pages.parts import flow_tables as tables
from pages.parts.behind import list_asked, open_list, opening
from pages.parts.common import (
    Moment,
    case_source,
    grey_while_reading,
    moment,
    open_case,
    open_number,
    show_guessed_calendar,
    show_looking_back,
)
from pages.parts.flow_board import show_flow_ledger, show_flow_stages
from pages.parts.flow_open import open_stage, show_flow_list
from pages.parts.window import Asked, ask_window, show_unread

STEPS: tuple[Step, ...] = ("day", "hour")


@live
def screen() -> None:
    """Ledger and stage board across; left what comes and goes, right in whose hands it is."""
    at, source = moment(), case_source()
    with head(word("screen.flow"), at.instant, [] if at.is_past else [source]):
        asked = ask_window(at, default="this_week")
    with st.container():
        show_looking_back(at)
        show_unread(asked)
    show_guessed_calendar()
    if source.newest_at is None:
        show_empty("overview.empty")
        return
    if list_asked():
        show_flow_list(asked.question, list_asked())
        return
    step = STEPS[filters.asked_step(STEPS, "day") == "hour"]
    with grey_while_reading("flow", height=560):
        answer = read(ticket_flow, asked.question, step)
    _top(answer, asked, at)
    left, right = st.columns([41, 59], gap="medium")
    with left:
        _days(answer, step)
        _bands(answer, at)
        _doubts(answer, asked)
        _channels(answer, asked)
    with right:
        _hands(answer, asked)
        _waiting(answer, at)
        _again(answer, asked)


def _now(at: Moment) -> str:
    return word("overview.then" if at.is_past else "overview.now")


def _top(answer: TicketFlow, asked: Asked, at: Moment) -> None:
    note = word("flow.ledger_note", period=asked.period_text, since=tables.since_text(answer))
    with section(word("flow.ledger"), note, key="flow-ledger"):
        show_flow_ledger(answer)
    least = settings().lamps.minimum_base
    title = sentence("flow.stages", count=opening("open", answer.open_count))
    note = word("flow.stages_note", now=_now(at), minimum=least)
    with section(title, note, key="flow-stages") as opened:
        show_flow_stages(answer, asked, at.is_past)
    if opened:
        open_list(opened)


def _days(answer: TicketFlow, step: Step) -> None:
    note = word(f"flow.days_note.{step}", days=DAY_COUNT, weeks=WEEKS)
    with section(word("flow.days"), note, key="flow-days"):
        filters.ask_way("step", STEPS, "day", "step")
        spans = bars.spans_table(answer.spans, step == "day")
        chosen = charts.show_flow_beside_usual(spans, step == "day", f"flow-{step}")
        if chosen:
            _open_span(answer, spans["day"], *chosen)


def _open_span(answer: TicketFlow, days: list[str], day: str, way: str) -> None:
    """What came or was closed on one day, or in one hour."""
    if day in days:
        span = answer.spans[days.index(day)]
        open_number(replace(answer.window, start=span.start, end=span.end), f"{way}_count")


def _hands(answer: TicketFlow, asked: Asked) -> None:
    note = word("flow.hands_note", period=asked.period_text)
    with section(word("flow.hands"), note, key="flow-hands"):
        chosen = show_facts(tables.handed_facts(answer), "flow-handed")
        if chosen:
            metric, _, part = chosen.partition(" ")
            open_number(answer.window, metric, part)
        if not answer.moved:
            show_empty("flow.none_moved")
            return
        click = show_table(tables.moved_columns(), tables.moved_rows(answer), "flow-moved")
        if click:
            open_case(click.row)
        if answer.pairs:
            click = show_table(tables.pair_columns(), tables.pair_rows(answer), "flow-pairs")
            if click:
                open_list(f"pair.{click.row}")


def _waiting(answer: TicketFlow, at: Moment) -> None:
    waiting, over = (
        sum(getattr(line, name) for line in answer.waiting) for name in ("count", "over")
    )
    title = sentence("flow.waiting", count=opening(WAITING, waiting))
    note = sentence("flow.waiting_note", now=Bit(_now(at)), over=opening(LATE, over))
    with section(title, note, key="flow-waiting") as opened:
        if opened:
            open_list(opened)
        if not answer.waiting:
            show_empty("flow.none_waiting")
            return
        rows = bars.waiting_rows(answer)
        chosen = show_bars(rows, at.instant, not at.is_past, "flow-waiting")
        what, _, name = (chosen or "").partition(" ")
        if what == "case":
            open_case(name)
        elif what == "over" or name == REST or (what and at.is_past):
            open_list(f"{'over' if what == 'over' else 'waits'}.{name}")
        elif what == "unit":
            open_stage(answer, State.DISPATCHED, at.is_past, name)


def _bands(answer: TicketFlow, at: Moment) -> None:
    note = word("flow.bands_note", now=_now(at))
    with section(word("flow.bands"), note, key="flow-bands"):
        chosen = show_bars(bars.band_rows(answer), at.instant, False, "flow-bands")
        whole = show_facts(bars.open_facts(answer), "flow-open")
        if chosen or whole:
            open_list(chosen or whole or "")


def _doubts(answer: TicketFlow, asked: Asked) -> None:
    closed = format_count(answer.doubtful.closed)
    note = word("flow.doubts_note", period=asked.period_text, count=closed)
    with section(word("flow.doubts"), note, key="flow-doubts"):
        click = show_table(tables.doubt_columns(), tables.doubt_rows(answer), "flow-doubts")
        if click:
            open_list(f"doubt.{click.row}")


def _again(answer: TicketFlow, asked: Asked) -> None:
    told = answer.repeats
    cleared = format_share(told.cleared_kinds, told.opened_kinds)
    note = sentence(
        "flow.again_note",
        period=Bit(asked.period_text),
        count=opening("repeats", told.count),
        places=Bit(format_count(told.group_count)),
        cleared=Bit(format_count(told.cleared_kinds)),
        kinds=Bit(format_count(told.opened_kinds)),
        share=Bit(cleared),
    )
    with section(word("flow.again"), note, key="flow-again") as opened:
        if opened:
            open_number(answer.window, "repeat_rate", "numerator")
        if told.groups:
            click = show_table(tables.again_columns(), tables.again_rows(answer), "flow-again")
            if click and click.column == "count":
                open_list(f"{AGAIN}.{click.row}")
            elif click:
                open_case(click.row)
        else:
            show_empty("flow.none_again")
        chosen = show_facts(tables.streak_facts(answer), "flow-streaks")
        if chosen:
            open_number(answer.of_category(chosen), "days_since_last")


def _channels(answer: TicketFlow, asked: Asked) -> None:
    with section(word("flow.channels"), asked.period_text, key="flow-channels"):
        rows = tables.channel_rows(answer)
        click = show_table(tables.channel_columns(), rows, "flow-channels")
        if click:
            is_total = click.row == tables.TOTAL
            question = answer.window if is_total else answer.of_channel(click.row)
            open_number(question, click.column)
