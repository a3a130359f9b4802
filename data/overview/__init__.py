"""总览: everything the screen shows, asked at one instant so that its numbers agree."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from data import metrics
from data.cases import CaseLine
from data.config import settings
from data.lamps import lamp_above, unaccepted_lamp
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
from data.overview.groups import RATES, Groups, groups_of, rate_of
from data.overview.urgent import overdue_hours, urgent_cases
from data.overview.waiting import Unaccepted, unaccepted
from data.periods import period
from data.standings import DUE, ON_TIME, Figures, closure_lamp, on_time_lamp
from data.terms import DISTRICT, Lamp, Scope

TODAY = (*LEFT_SIDE, *RIGHT_SIDE)
OF_PERIOD = (*RATES, "overdue_now_count")
DAY_COUNT = 14


@dataclass(frozen=True, slots=True)
class Overview:
    """One answer for the whole screen."""

    now: datetime
    window: Question
    today: Question
    last_week: Question
    figures: Figures  # of the period
    of_today: Figures
    of_last_week: Figures  # same weekday last week, to the same time of day
    opened_change: Change  # of today against last week
    on_time_change: Change  # against the same span of the period before
    groups: Groups
    days: tuple[DayFlow, ...]
    unaccepted: Unaccepted
    urgent: tuple[CaseLine, ...]
    urgent_count: int

    def of_channel(self, code: str) -> Question:
        """The question of the period for one channel."""
        return replace(self.window, channel=code)

    def of_unit(self, code: str) -> Question:
        """The question of the period for one unit."""
        return replace(self.window, unit=code)

    @property
    def rate(self) -> str:
        """The closure rate of the tables."""
        return rate_of(self.figures)

    @property
    def closure_lamp(self) -> Lamp:
        """The lamp of the closure rate of all of it."""
        return closure_lamp(self.figures[DUE])

    @property
    def on_time_lamp(self) -> Lamp:
        """The lamp of the rate on time."""
        return on_time_lamp(self.figures[ON_TIME])

    @property
    def overdue_lamp(self) -> Lamp:
        """The lamp of what is overdue now."""
        return lamp_above(settings().lamps.overdue_share, *self.overdue_of_backlog)

    @property
    def unaccepted_lamp(self) -> Lamp:
        """The lamp of what waits to be accepted."""
        return unaccepted_lamp(self.unaccepted.over_limit, self.unaccepted.waiting)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every lit lamp, worst first."""
        window, figures = self.window, self.figures
        return lit(
            [
                closure_alert(window, self.closure_lamp, figures[DUE]),
                on_time_alert(window, self.on_time_lamp, figures[ON_TIME]),
                unaccepted_alert(window, self.unaccepted_lamp, self.unaccepted),
                overdue_alert(window, self.overdue_lamp, *self.overdue_of_backlog),
                *channel_alerts(window, self.groups.channels),
                *unit_alerts(window, self.groups.units),
            ]
        )

    @property
    def longest_overdue_hours(self) -> float | None:
        """Hours since the earliest due time of an open case; None if none has passed."""
        return overdue_hours(self.urgent[0], self.now) if self.urgent else None

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
    counting = source or Rows(conn)
    window, before, today, last_week = _questions(conn, period_name, now, scope)
    figures = metrics.measure(conn, window, OF_PERIOD, counting)
    of_today = metrics.measure(conn, today, TODAY, counting)
    of_last_week = metrics.measure(conn, last_week, ("opened_count",), counting)
    urgent, urgent_count = urgent_cases(conn, today, counting)
    return Overview(
        now=now,
        window=window,
        today=today,
        last_week=last_week,
        figures=figures,
        of_today=of_today,
        of_last_week=of_last_week,
        opened_change=_since_last_week(conn, last_week, of_today, of_last_week),
        on_time_change=_since_before(conn, before, figures, counting),
        groups=groups_of(conn, window, before, rate_of(figures), counting),
        days=daily_flow(conn, DAY_COUNT, now, scope, counting),
        unaccepted=unaccepted(today, counting),
        urgent=urgent,
        urgent_count=urgent_count,
    )


def _questions(
    conn: Connection, name: str, now: datetime, scope: Scope
) -> tuple[Question, Question | None, Question, Question]:
    """Of the period; the same span before, if the records reach back to it; today; last week."""
    window = Question(*_span(name, now), as_of=now, within=scope)
    before = earlier(window, Against.PERIOD_BEFORE)
    assert before is not None, "no period of the overview is longer than a year"
    today = Question(*_span("today", now), as_of=now, within=scope)
    week = timedelta(days=7)
    last_week = Question(today.start - week, now - week, now - week, within=scope)
    return window, before if is_known(conn, before) else None, today, last_week


def _span(name: str, now: datetime) -> tuple[datetime, datetime]:
    window = period(name, now)
    return window.start, window.end


def _since_last_week(conn: Connection, week: Question, now: Figures, then: Figures) -> Change:
    """What changed of the openings; nothing where the records do not reach back so far."""
    name = "opened_count"
    return change(now[name], then[name] if is_known(conn, week) else None)


def _since_before(
    conn: Connection, before: Question | None, now: Figures, source: Source
) -> Change:
    """What changed of the rate on time."""
    then = metrics.measure(conn, before, (ON_TIME,), source)[ON_TIME] if before else None
    return change(now[ON_TIME], then)


def _count(figure: Figure) -> int:
    return int(figure.value or 0)
