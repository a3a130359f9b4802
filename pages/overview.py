"""总览: today's flow, closure on its bases, what is overdue, and what needs attention now."""

from dataclasses import replace

import streamlit as st

from components import charts, filters
from components.head import head
from components.kpis import show_cards
from components.notices import show_empty
from components.sections import section
from components.tables import show_table
from data.config import settings
from data.overview import Overview, overview
from data.periods import PERIODS
from data.ticket_flow.listed import LATE, WAITING
from data.words import word
from door import live, read
from pages.parts import overview_tables as tables
from pages.parts import standings
from pages.parts.common import (
    case_source,
    grey_while_reading,
    moment,
    open_case,
    open_number,
    show_guessed_calendar,
    show_looking_back,
)
from pages.parts.overview_cards import overview_cards
from pages.parts.overview_open import open_alert, open_flow_list
from pages.parts.window import show_unread

ALERTS_SHOWN = 6  # the others stand in the tables beside, each with its lamp
LINES_SHOWN = {"others": 12}
OF_TODAY = ("opened_count", "backlog_count")


@live
def screen() -> None:
    """Cards on top; left what is lit, by channel and by day; right who, and which cases."""
    at, source = moment(), case_source()
    with head(word("screen.overview"), at.instant, [] if at.is_past else [source]):
        period = filters.ask_period(PERIODS, default="this_month")
    with st.container():
        show_looking_back(at)
        show_unread()
    show_guessed_calendar()
    if source.newest_at is None:
        show_empty("overview.empty")
        return
    with grey_while_reading("overview", height=560):
        answer = read(overview, period, at.instant)
    _cards(answer, period, source.is_late(at.instant) and not at.is_past, at.is_past)
    left, right = st.columns([41, 59], gap="medium")
    with left:
        _alerts(answer, at.is_past)
        _channels(answer, period)
        _days(answer)
    with right:
        _units("towns", answer, period)
        _urgent(answer)
        _units("departments", answer, period)
        _units("others", answer, period)


def _cards(answer: Overview, period: str, is_stale: bool, is_past: bool) -> None:
    asked = show_cards(overview_cards(answer, period, is_stale, is_past), key="overview-cards")
    if asked in (WAITING, LATE):
        open_flow_list(answer.today, asked, is_past)
    elif asked:
        open_number(answer.today if asked in OF_TODAY else answer.window, asked)


def _alerts(answer: Overview, is_past: bool) -> None:
    shown = answer.alerts[:ALERTS_SHOWN]
    note = word("overview.attention_note", count=len(answer.alerts), shown=len(shown))
    with section(word("overview.attention"), note, key="attention"):
        if not shown:
            lamps = settings().lamps
            is_well = answer.figures["closure_rate_due"].denominator
            prefix = "overview.all_well" if is_well else "overview.nothing_due"
            target = f"{lamps.closure_rate_due.target:g}"
            show_empty(prefix, target=target, minimum=lamps.minimum_base)
            return
        click = show_table(tables.alert_columns(), tables.alert_rows(shown), "alerts")
        if click:
            open_alert(shown[int(click.row)], is_past)


def _channels(answer: Overview, period: str) -> None:
    base = word(f"metric.{answer.rate}.variant")
    note = word("overview.channels_note", base=base, period=word(f"period.{period}"))
    with section(word("overview.channels"), note, key="channels"):
        rows = standings.channel_rows(answer.groups.channels, answer.figures, answer.rate)
        click = show_table(standings.channel_columns(), rows, "channels")
        if click:
            is_total = click.row == standings.TOTAL
            question = answer.window if is_total else answer.of_channel(click.row)
            open_number(question, *standings.opened_by(click.column, answer.rate))


def _days(answer: Overview) -> None:
    note = word("overview.days_note", count=len(answer.days))
    with section(word("overview.days"), note, key="days"):
        chosen = charts.show_daily_flow(tables.days_table(answer), "daily-flow")
        if chosen:
            _open_day(answer, *chosen)


def _open_day(answer: Overview, day: str, way: str) -> None:
    """What came or was closed on one day."""
    for one in answer.days:
        if f"{one.day:%Y-%m-%d}" == day:
            asked = replace(answer.window, start=one.start, end=one.end)
            open_number(asked, f"{way}_count")


def _units(peers: str, answer: Overview, period: str) -> None:
    all_lines, idle = answer.groups.of(peers), answer.groups.idle.get(peers, ())
    lines = all_lines[: LINES_SHOWN.get(peers)]
    if not lines:
        return
    note = word(
        f"overview.{peers}_note",
        base=word(f"metric.{answer.rate}.variant"),
        count=len(lines),
        all=len(all_lines),
        fraction=tables.fraction_of(lines),
        departments=tables.fraction_of(answer.groups.of("departments")),
        others=tables.fraction_of(answer.groups.of("others")),
    )
    with section(word(f"overview.{peers}"), note, key=peers):
        columns = standings.group_columns("unit", word(f"period.before.{period}"), lines)
        footnote = standings.apart_text(all_lines, idle)
        click = show_table(columns, standings.group_rows(lines), peers, footnote)
        if click:
            opened = standings.opened_by(click.column, answer.rate)
            open_number(answer.of_unit(click.row), *opened)


def _urgent(answer: Overview) -> None:
    note = word("overview.urgent_note", shown=len(answer.urgent), count=answer.urgent_count)
    with section(word("overview.urgent"), note, key="urgent"):
        if not answer.urgent:
            show_empty("overview.no_urgent")
            return
        rows = tables.urgent_rows(answer.urgent, answer)
        click = show_table(tables.urgent_columns(), rows, "urgent")
        if click:
            open_case(click.row)
