"""总览: today's flow, closure on its bases, what is overdue, and what needs attention now."""

import streamlit as st

from components import charts, filters
from components.head import head
from components.kpis import show_cards
from components.notices import show_empty
from components.sections import section
from components.tables import show_table
from data.config import settings
from data.overview import GroupLine, Overview, overview
from data.periods import PERIODS
from data.words import word
from door import live, now, read
from pages.parts import overview_tables as tables
from pages.parts.common import case_source, open_case, open_number
from pages.parts.overview_cards import overview_cards

ALERTS_SHOWN = 6  # the others stand in the tables beside, each with its lamp
OF_TODAY = ("opened_count", "backlog_count")


@live
def screen() -> None:
    """Cards on top; left what is lit, by channel and by day; right who, and which cases."""
    source = case_source()
    with head(word("screen.overview"), now(), [source]):
        period = filters.ask_period(PERIODS, default="this_month")
    if source.newest_at is None:
        show_empty("overview.empty")
        return
    answer = read(overview, period, now())
    _cards(answer, period)
    left, right = st.columns([41, 59], gap="medium")
    with left:
        _alerts(answer)
        _channels(answer, period)
        _days(answer)
    with right:
        _units("towns", answer.by_town, answer, period)
        _urgent(answer)
        _units("departments", answer.by_department, answer, period)


def _cards(answer: Overview, period: str) -> None:
    asked = show_cards(overview_cards(answer, period), key="overview-cards")
    if asked:
        open_number(answer.today if asked in OF_TODAY else answer.window, asked)


def _alerts(answer: Overview) -> None:
    shown = answer.alerts[:ALERTS_SHOWN]
    note = word("overview.attention_note", count=len(answer.alerts), shown=len(shown))
    with section(word("overview.attention"), note, key="attention"):
        if not answer.alerts:
            lamps = settings().lamps
            target = f"{lamps.closure_rate_due.target:g}"
            show_empty("overview.all_well", target=target, minimum=lamps.minimum_base)
            return
        click = show_table(tables.alert_columns(), tables.alert_rows(shown), "alerts")
        if click:
            alert = shown[int(click.row)]
            open_number(alert.question, alert.metric, alert.part)


def _channels(answer: Overview, period: str) -> None:
    note = word("overview.channels_note", period=word(f"period.{period}"))
    with section(word("overview.channels"), note, key="channels"):
        click = show_table(tables.channel_columns(), tables.channel_rows(answer), "channels")
        if click:
            is_total = click.row == tables.TOTAL
            question = answer.window if is_total else answer.of_channel(click.row)
            open_number(question, tables.metric_of(click.column))


def _days(answer: Overview) -> None:
    note = word("overview.days_note", count=len(answer.days))
    with section(word("overview.days"), note, key="days"):
        charts.show_daily_flow(tables.days_table(answer), "daily-flow")


def _units(name: str, lines: tuple[GroupLine, ...], answer: Overview, period: str) -> None:
    note = word(
        f"overview.{name}_note",
        count=len(lines),
        fraction=tables.fraction_of(lines),
        departments=tables.fraction_of(answer.by_department),
        others=tables.fraction_of(answer.by_other),
        minimum=settings().lamps.minimum_base,
    )
    with section(word(f"overview.{name}"), note, key=name):
        click = show_table(tables.unit_columns(period), tables.unit_rows(lines), name)
        if click:
            open_number(answer.of_unit(click.row), tables.metric_of(click.column))


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
