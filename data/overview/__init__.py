"""总览: everything the screen shows, asked at one instant so that its numbers agree."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from data import metrics
from data.cases import CaseLine
from data.config import settings
from data.lamps import lamp_above, lamp_below, unaccepted_lamp
from data.metrics.comparison import Against, Change, change, earlier, is_known
from data.metrics.evaluate import Rows, Source
from data.metrics.figure import Figure, Question
from data.metrics.ledger import LEFT_SIDE, RIGHT_SIDE
from data.overview.alerts import (
    Alert,
    channel_alerts,
    closure_alert,
    lit,
    on_time_alert,
    overdue_alert,
    unaccepted_alert,
    unit_alerts,
)
from data.overview.days import DayFlow, daily_flow
from data.overview.groups import Figures, GroupLine, closure_lamp, group_lines, idle_units, of_kind
from data.overview.urgent import longest_overdue_hours, urgent_cases
from data.overview.waiting import Unaccepted, unaccepted
from data.periods import period
from data.schema import units
from data.terms import DISTRICT, Lamp, Scope, UnitKind

TODAY = (*LEFT_SIDE, *RIGHT_SIDE)
HEADLINES = ("closure_rate_due", "closure_rate_cohort", "on_time_rate", "throughput_ratio")
OF_PERIOD = (*HEADLINES, "overdue_now_count")
DAY_COUNT = 14


@dataclass(frozen=True, slots=True)
class Overview:
    """One answer for the whole screen."""

    now: datetime
    window: Question
    today: Question
    figures: Figures  # of the period
    before: Figures  # same span, the period before
    of_today: Figures
    of_last_week: Figures  # same weekday last week, to the same time of day
    last_week: Question
    opened_change: Change  # of today against last week
    on_time_change: Change  # against the period before
    longest_overdue_hours: float | None
    rate: str  # the closure rate of the tables: by cohort where nothing has a due time
    closure_lamp: Lamp
    on_time_lamp: Lamp
    by_channel: tuple[GroupLine, ...]
    by_town: tuple[GroupLine, ...]
    by_department: tuple[GroupLine, ...]
    by_other: tuple[GroupLine, ...]
    idle_towns: tuple[str, ...]  # the names of those without a base: listed apart, unranked
    idle_departments: tuple[str, ...]
    days: tuple[DayFlow, ...]
    unaccepted: Unaccepted
    overdue_lamp: Lamp
    unaccepted_lamp: Lamp
    alerts: tuple[Alert, ...]
    urgent: tuple[CaseLine, ...]
    urgent_count: int

    def of_channel(self, code: str) -> Question:
        """The question of the period for one channel."""
        return replace(self.window, channel=code)

    def of_unit(self, code: str) -> Question:
        """The question of the period for one unit."""
        return replace(self.window, unit=code)

    @property
    def overdue_of_backlog(self) -> tuple[int, int]:
        """Cases overdue now, of all open cases."""
        return _count(self.figures["overdue_now_count"]), _count(self.of_today["backlog_count"])

    @property
    def came_today(self) -> int:
        """What crossed the line inwards today: opened and reopened."""
        return sum(_count(self.of_today[name]) for name in ("opened_count", "reopened_count"))

    @property
    def went_today(self) -> int:
        """What crossed the line outwards today: closed, withdrawn and merged."""
        names = ("closed_count", "withdrawn_count", "merged_count")
        return sum(_count(self.of_today[name]) for name in names)


def overview(
    conn: Connection,
    period_name: str,
    now: datetime,
    scope: Scope = DISTRICT,
    source: Source | None = None,
) -> Overview:
    """The overview of a period as of `now`, of what lies in a scope."""
    window, before = _windows(period_name, now, scope)
    today = Question(*_span("today", now), as_of=now, within=scope)
    week = timedelta(days=7)
    last_week = Question(today.start - week, now - week, now - week, within=scope)
    figures = metrics.measure(conn, window, OF_PERIOD, source)
    figures_before = metrics.measure(conn, before, HEADLINES, source)
    of_last_week = metrics.measure(conn, last_week, ("opened_count",), source)
    counting = source or Rows(conn)
    urgent, urgent_count = urgent_cases(conn, today, counting)
    rate = "closure_rate_due" if figures["closure_rate_due"].denominator else "closure_rate_cohort"
    of_today = metrics.measure(conn, today, TODAY, source)
    waiting = unaccepted(today, counting)
    kinds = dict(conn.execute(select(units.c.code, units.c.kind)).all())
    lines = group_lines(conn, window, before, "unit", rate, source)
    channels = group_lines(conn, window, before, "channel", rate, source)
    overdue, backlog = _count(figures["overdue_now_count"]), _count(of_today["backlog_count"])
    overdue_lamp = lamp_above(settings().lamps.overdue_share, overdue, backlog)
    lamp_of_closure = closure_lamp(figures)
    on_time_lamp = lamp_below(settings().lamps.on_time_rate, *_parts(figures["on_time_rate"]))
    lamp_of_waiting = unaccepted_lamp(waiting.over_limit, waiting.waiting)
    towns, departments = (
        of_kind(lines, kinds, {kind}) for kind in (UnitKind.TOWN, UnitKind.DEPARTMENT)
    )
    return Overview(
        now=now,
        window=window,
        today=today,
        figures=figures,
        before=figures_before,
        of_today=of_today,
        of_last_week=of_last_week,
        last_week=last_week,
        opened_change=_since(conn, last_week, of_today, of_last_week, "opened_count"),
        on_time_change=_since(conn, before, figures, figures_before, "on_time_rate"),
        longest_overdue_hours=longest_overdue_hours(urgent, now),
        rate=rate,
        closure_lamp=lamp_of_closure,
        on_time_lamp=on_time_lamp,
        by_channel=channels,
        by_town=towns,
        by_department=departments,
        by_other=of_kind(lines, kinds, set(UnitKind) - {UnitKind.TOWN, UnitKind.DEPARTMENT}),
        idle_towns=idle_units(conn, lines, scope, UnitKind.TOWN),
        idle_departments=idle_units(conn, lines, scope, UnitKind.DEPARTMENT),
        days=daily_flow(conn, DAY_COUNT, now, scope, source),
        unaccepted=waiting,
        overdue_lamp=overdue_lamp,
        unaccepted_lamp=lamp_of_waiting,
        alerts=lit(
            [
                closure_alert(window, lamp_of_closure, figures["closure_rate_due"]),
                on_time_alert(window, on_time_lamp, figures["on_time_rate"]),
                unaccepted_alert(window, lamp_of_waiting, waiting),
                overdue_alert(window, overdue_lamp, overdue, backlog),
                *channel_alerts(window, channels),
                *unit_alerts(window, lines),
            ]
        ),
        urgent=urgent,
        urgent_count=urgent_count,
    )


def _count(figure: Figure) -> int:
    return int(figure.value or 0)


def _parts(figure: Figure) -> tuple[int | None, int | None]:
    return figure.numerator, figure.denominator


def _since(conn: Connection, before: Question, now: Figures, then: Figures, name: str) -> Change:
    """What changed since an earlier window; nothing where the records do not reach back to it."""
    return change(now[name], then[name] if is_known(conn, before) else None)


def _span(name: str, now: datetime) -> tuple[datetime, datetime]:
    window = period(name, now)
    return window.start, window.end


def _windows(name: str, now: datetime, scope: Scope) -> tuple[Question, Question]:
    window = Question(*_span(name, now), as_of=now, within=scope)
    before = earlier(window, Against.PERIOD_BEFORE)
    assert before is not None, "no period of the overview is longer than a year"
    return window, before
