"""The sections of the closure rates, each with what a click in it opens."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import streamlit as st

from components import filters
from components.facts import show_facts
from components.formats import format_points_short
from components.notices import show_empty
from components.sections import heading, section
from components.tables import Column, show_table
from components.trend_chart import show_trend
from data.closure_rates import ClosureRates
from data.closure_rates.rates import DONE_WELL, IN_TIME
from data.closure_rates.weeks import Week
from data.config import settings
from data.metrics.comparison import NOTHING
from data.metrics.figure import CODES, By
from data.standings import DUE, PEERS, GroupLine
from data.words import word
from pages.parts import closure_lists as lists
from pages.parts import closure_tables as tables
from pages.parts import standings
from pages.parts.closure_seen import Seen
from pages.parts.common import open_number

LINES_SHOWN = 30


@contextmanager
def groups_section() -> Iterator[tuple[By, str]]:
    """A section that asks by what to group, and for units beside which peers."""
    with st.container(key="section-groups", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", key="closure-ways"):
            title, note = st.container(width="content"), word("closure.groups_note")
            st.space("stretch")
            room = st.container(width="content")
            by = cast(By, filters.ask_way("by", CODES, "unit", "closure.by"))
            peers = ""
            if by == "unit":
                with room:
                    peers = filters.ask_way("peers", list(PEERS), "towns", "closure.peers")
            with title:
                heading(word(f"closure.groups.{by}"), note, key="groups", width="content")
        yield by, peers


def show_groups(seen: Seen, peers: str) -> None:
    """Units, areas, categories or channels, worst first; units only beside their peers."""
    answer = seen.answer
    lines = [line for line in answer.lines if line.peers == peers]
    idle = answer.idle.get(peers, ())
    if not lines:
        names = standings.apart_text(lines, idle)
        show_empty("closure.nothing_due", names=names or word("closure.no_group"))
        return
    _show_lines(seen, lines, idle)


def _show_lines(seen: Seen, lines: Sequence[GroupLine], idle: Sequence[str]) -> None:
    answer, shown = seen.answer, lines[:LINES_SHOWN]
    footnote = standings.apart_text(lines, idle)
    if len(lines) > len(shown):
        footnote = word("closure.more", count=len(lines) - len(shown)) + "　" + footnote
    columns = standings.group_columns(answer.by, seen.before, shown)
    click = show_table(columns, standings.group_rows(shown), "groups", footnote)
    if click:
        open_number(answer.of(answer.by, click.row), *standings.opened_by(click.column, DUE))


def show_channels(seen: Seen) -> None:
    """The channel split, without which no rate of all together is read."""
    answer = seen.answer
    with section(word("closure.channels"), word("closure.channels_note"), key="channels"):
        if not answer.channels:
            show_empty("closure.no_channel")
            return
        rows = standings.channel_rows(answer.channels, answer.figures, DUE)
        click = show_table(standings.channel_columns(), rows, "channels")
        if click:
            is_total = click.row == standings.TOTAL
            question = answer.question if is_total else answer.of("channel", click.row)
            open_number(question, *standings.opened_by(click.column, DUE))


def show_weeks(seen: Seen) -> None:
    """The last weeks, and this one against the last to the same hour."""
    trend = seen.answer.trend
    known = trend.this_week.value is not None and trend.change != NOTHING
    to_date = word(
        "closure.week_to_date" if known else "closure.week_alone",
        rate=trend.this_week.text,
        change=format_points_short(trend.change.amount),
    )
    target = settings().lamps.closure_rate_due.target
    note = word("closure.weeks_note", target=f"{target:g}") + "；" + to_date
    with section(word("closure.weeks"), note, key="weeks"):
        if not any(week.due for week in trend.weeks):
            show_empty("closure.no_week")
            return
        chosen = show_trend(*lists.trend_lines(trend), target, "weekly-trend")
        if chosen:
            key, is_channel = chosen
            _open_week(seen, trend.weeks[int(key)], is_channel)


def _open_week(seen: Seen, week: Week, is_channel: bool) -> None:
    """The cases due in one week, of all or of the channel drawn beside."""
    answer, channel = seen.answer, seen.answer.trend.channel
    asked = answer.of("channel", channel.code) if is_channel and channel else answer.question
    open_number(replace(asked, start=week.start, end=week.end), DUE)


def show_rates(seen: Seen) -> None:
    """All other rates: how soon, and how well."""
    columns = tables.rate_columns(seen.before, seen.answer.knows_year)
    left, right = st.columns(2, gap="medium")
    with left, section(word("closure.in_time"), word("closure.rates_note"), key="in-time"):
        _show_rates(seen.answer, columns, IN_TIME, "in-time", word("closure.medians"))
        _show_beside(seen.answer)
    with right, section(word("closure.done_well"), word("closure.rates_note"), key="done-well"):
        _show_rates(seen.answer, columns, DONE_WELL, "done-well")


def _show_beside(answer: ClosureRates) -> None:
    chosen = show_facts(tables.beside_facts(answer), "closure-beside")
    if chosen:
        open_number(answer.question, chosen)


def _show_rates(
    answer: ClosureRates,
    columns: Sequence[Column],
    names: Sequence[str],
    key: str,
    footnote: str = "",
) -> None:
    click = show_table(columns, tables.rate_rows(answer, names), key, footnote)
    if not click:
        return
    worst = answer.rates[click.row].worst
    if click.column == "worst" and worst:
        open_number(answer.of("channel", worst.code), click.row)
    open_number(answer.question, click.row)
