"""Everything the overview shows, asked at one instant so that its numbers agree with each other."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection, and_, func, select

from data import metrics
from data.cases import CaseLine, case_lines
from data.config import settings
from data.db import MICROSECOND
from data.directory import names_of, takers
from data.flow import DayFlow, Unaccepted, daily_flow, unaccepted
from data.lamps import SEVERITY, lamp_above, lamp_below
from data.metrics.comparison import Against, Change, change, earlier, is_known
from data.metrics.figure import By, Figure, Question
from data.metrics.ledger import LEFT_SIDE, RIGHT_SIDE
from data.metrics.standing import is_waiting, standing
from data.periods import period
from data.schema import live_cases, units
from data.scope import credited_within
from data.terms import DISTRICT, Lamp, Scope, UnitKind

Figures = dict[str, Figure]
RATES = ("closure_rate_due", "closure_rate_cohort", "on_time_rate")
TODAY = (*LEFT_SIDE, *RIGHT_SIDE)
HEADLINES = ("closure_rate_due", "closure_rate_cohort", "on_time_rate", "throughput_ratio")
OF_PERIOD = (*HEADLINES, "overdue_now_count")
NEAR_DUE = timedelta(hours=24)
DAY_COUNT = 14
URGENT_COUNT = 6


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One unit or channel: its rates, the same span before, and the lamp a rule lit."""

    code: str
    name: str
    figures: Figures
    change: Fraction | None  # of the closure rate of the tables
    lamp: Lamp


@dataclass(frozen=True, slots=True)
class Alert:
    """One lit lamp in a sentence: key and values of the catalogue, and the number it opens."""

    lamp: Lamp
    key: str
    values: dict[str, object]
    metric: str
    part: metrics.Part
    question: Question


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
    conn: Connection, period_name: str, now: datetime, scope: Scope = DISTRICT
) -> Overview:
    """The overview of a period as of `now`, of what lies in a scope."""
    window, before = _windows(period_name, now, scope)
    today = Question(*_span("today", now), as_of=now, within=scope)
    week = timedelta(days=7)
    last_week = Question(today.start - week, now - week, now - week, within=scope)
    figures = metrics.measure(conn, window, OF_PERIOD)
    figures_before = metrics.measure(conn, before, HEADLINES)
    of_last_week = metrics.measure(conn, last_week, ("opened_count",))
    urgent, urgent_count = _urgent(conn, now, scope)
    rate = "closure_rate_due" if figures["closure_rate_due"].denominator else "closure_rate_cohort"
    of_today = metrics.measure(conn, today, TODAY)
    waiting = unaccepted(conn, now, scope)
    kinds = dict(conn.execute(select(units.c.code, units.c.kind)).all())
    lines = _group_lines(conn, window, before, "unit", rate)
    channels = _group_lines(conn, window, before, "channel", rate)
    answer = Overview(
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
        longest_overdue_hours=_longest_overdue(urgent, now),
        rate=rate,
        closure_lamp=_closure_lamp(figures),
        on_time_lamp=lamp_below(settings().lamps.on_time_rate, *_parts(figures["on_time_rate"])),
        by_channel=channels,
        by_town=_of_kind(lines, kinds, {UnitKind.TOWN}),
        by_department=_of_kind(lines, kinds, {UnitKind.DEPARTMENT}),
        by_other=_of_kind(lines, kinds, set(UnitKind) - {UnitKind.TOWN, UnitKind.DEPARTMENT}),
        idle_towns=_idle(conn, lines, scope, UnitKind.TOWN),
        idle_departments=_idle(conn, lines, scope, UnitKind.DEPARTMENT),
        days=daily_flow(conn, DAY_COUNT, now, scope),
        unaccepted=waiting,
        overdue_lamp=lamp_above(
            settings().lamps.overdue_share,
            _count(figures["overdue_now_count"]),
            _count(of_today["backlog_count"]),
        ),
        unaccepted_lamp=lamp_above(
            settings().lamps.unaccepted_share, waiting.over_limit, waiting.waiting
        ),
        alerts=(),
        urgent=urgent,
        urgent_count=urgent_count,
    )
    return replace(answer, alerts=_alerts(answer))


def _count(figure: Figure) -> int:
    return int(figure.value or 0)


def _parts(figure: Figure) -> tuple[int | None, int | None]:
    return figure.numerator, figure.denominator


def _since(conn: Connection, before: Question, now: Figures, then: Figures, name: str) -> Change:
    """What changed since an earlier window; nothing where the records do not reach back to it."""
    return change(now[name], then[name] if is_known(conn, before) else None)


def _longest_overdue(urgent: tuple[CaseLine, ...], now: datetime) -> float | None:
    """Hours since the earliest due time that has passed; `urgent` starts with it."""
    due_at = urgent[0].due_at if urgent else None
    if due_at is None or due_at >= now:
        return None
    return (now - due_at).total_seconds() / 3600


def _span(name: str, now: datetime) -> tuple[datetime, datetime]:
    window = period(name, now)
    return window.start, window.end


def _windows(name: str, now: datetime, scope: Scope) -> tuple[Question, Question]:
    window = Question(*_span(name, now), as_of=now, within=scope)
    before = earlier(window, Against.PERIOD_BEFORE)
    assert before is not None, "no period of the overview is longer than a year"
    return window, before


def _group_lines(
    conn: Connection, window: Question, before: Question, by: By, rate: str
) -> tuple[GroupLine, ...]:
    """Groups with a base, worst first; small ones after, by code."""
    names = names_of(conn, by)
    now_figures = metrics.measure_by(conn, window, by, RATES)
    then = metrics.measure_by(conn, before, by, (rate,)) if is_known(conn, before) else {}
    lines = [
        GroupLine(
            code,
            names.get(code, ""),
            figures,
            change(figures[rate], then.get(code, {}).get(rate)).amount,
            _closure_lamp(figures),
        )
        for code, figures in now_figures.items()
        if figures[rate].denominator
    ]
    return tuple(sorted(lines, key=lambda line: _worst_first(line.figures[rate], line.code)))


def _closure_lamp(figures: Figures) -> Lamp:
    return lamp_below(settings().lamps.closure_rate_due, *_parts(figures["closure_rate_due"]))


def _worst_first(rate: Figure, code: str) -> tuple[bool, float, str]:
    is_small = (rate.denominator or 0) < settings().lamps.minimum_base
    return is_small, rate.value or 0.0, code


def _of_kind(
    lines: tuple[GroupLine, ...], kinds: dict[str, str], wanted: set[UnitKind]
) -> tuple[GroupLine, ...]:
    return tuple(line for line in lines if kinds.get(line.code, UnitKind.OTHER) in wanted)


def _idle(
    conn: Connection, lines: tuple[GroupLine, ...], scope: Scope, kind: UnitKind
) -> tuple[str, ...]:
    """The active units of a kind that no line tells of."""
    if scope != DISTRICT:
        return ()
    told = {line.code for line in lines}
    return tuple(u.name for u in takers(conn) if u.kind is kind and u.code not in told)


def _urgent(conn: Connection, now: datetime, scope: Scope) -> tuple[tuple[CaseLine, ...], int]:
    """Open cases past due or due soon, the oldest due time first, and how many there are."""
    rows = standing(
        now + MICROSECOND, lambda c: and_(c.c.ended_at.is_(None), c.c.due_at < now + NEAR_DUE)
    )
    lines = (
        case_lines()
        .join(rows, rows.c.case_id == live_cases.c.case_id)
        .where(~is_waiting(rows), *credited_within(rows, scope))
    )
    count = conn.execute(select(func.count()).select_from(lines.subquery())).scalar_one()
    first = lines.order_by(rows.c.due_at, live_cases.c.case_no).limit(URGENT_COUNT)
    return tuple(CaseLine(*row) for row in conn.execute(first)), count


def _alerts(answer: Overview) -> tuple[Alert, ...]:
    """Every lit lamp as one sentence, worst first."""
    found = [_rate_alert(line, answer.of_channel(line.code)) for line in answer.by_channel]
    found += [
        _rate_alert(line, answer.of_unit(line.code))
        for line in (*answer.by_town, *answer.by_department)
    ]
    found.append(
        Alert(
            answer.overdue_lamp,
            "alert.overdue_now",
            {
                "count": _count(answer.figures["overdue_now_count"]),
                "backlog": _count(answer.of_today["backlog_count"]),
            },
            "overdue_now_count",
            "numerator",
            answer.window,
        )
    )
    lit = [alert for alert in found if alert.lamp is not Lamp.NONE]
    return tuple(sorted(lit, key=lambda alert: -SEVERITY.index(alert.lamp)))


def _rate_alert(line: GroupLine, question: Question) -> Alert:
    rate = line.figures["closure_rate_due"]
    values: dict[str, object] = {
        "name": line.name,
        "rate": rate.text,
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "target": settings().lamps.closure_rate_due.target,
    }
    return Alert(line.lamp, "alert.closure_rate_due", values, rate.metric.name, "missing", question)
