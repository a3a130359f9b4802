"""The top of 工单流转: the ledger line, and the stage board with the bottleneck named."""

from components.formats import format_count, format_fraction, format_hours, format_share
from components.ledger import Term, show_ledger
from components.mount import Bit, Line
from components.stages import StageColumn, show_stages
from data.metrics.figure import Figure
from data.terms import Lamp
from data.ticket_flow import TicketFlow
from data.ticket_flow.stages import Stage
from data.words import word
from pages.parts.common import open_number
from pages.parts.flow_open import open_late, open_stage
from pages.parts.window import Asked

CLOSED, MEDIAN, P90, LATE = "closed_count", "handling_hours_median", "handling_hours_p90", "late."


def show_flow_ledger(answer: TicketFlow) -> None:
    """Seven numbers, nine for one unit; red where the two sides are not equal."""
    terms = [_term(answer, name, place) for place, name in enumerate(answer.left)]
    terms += [_term(answer, name, place, word("flow.equals")) for place, name in _right(answer)]
    left, right = format_count(answer.left_sum), format_count(answer.right_sum)
    sums: Line = f"{left} {word('flow.equals')} {right}"
    checked = word("flow.ledger_equal")
    if not answer.is_balanced:
        sums = [Bit(f"{left} {word('flow.unequals')} {right}", lamp=Lamp.RED)]
        checked = word("flow.ledger_gap", count=format_count(answer.gap))
    asked = show_ledger(terms, sums, checked, key="flow-ledger")
    if asked:
        open_number(answer.window, asked)


def _right(answer: TicketFlow) -> list[tuple[int, str]]:
    return list(enumerate(answer.right))


def _term(answer: TicketFlow, name: str, place: int, first_sign: str = "") -> Term:
    sign = word("flow.plus") if place else first_sign
    return Term(name, word(f"flow.term.{name}"), answer.figures[name].text, sign)


def show_flow_stages(answer: TicketFlow, asked: Asked, is_past: bool) -> None:
    """Five stages as of now, and the closings of the window."""
    columns = [_column(answer, stage) for stage in answer.stages]
    columns.append(_closed(answer, asked.period_text))
    chosen = show_stages(columns, key="flow-stages")
    if chosen in (CLOSED, MEDIAN, P90):
        open_number(answer.window, chosen)
    for stage in answer.stages:
        if chosen == stage.state:
            open_stage(answer, stage.state, is_past)
        elif chosen == LATE + stage.state:
            open_late(answer, stage.state, is_past)


def _column(answer: TicketFlow, stage: Stage) -> StageColumn:
    limit, median = stage.limit_hours, stage.median_hours
    has_limit = limit is not None and limit > 0
    reach = None if median is None or limit is None or limit <= 0 else median / limit
    share = format_share(stage.count, answer.open_count)
    return StageColumn(
        key=stage.state,
        name=word(f"state.{stage.state}"),
        count_text=format_count(stage.count),
        unit=word("flow.of_open", share=share),
        lines=[
            (_told("flow.median", median), _limit(stage)),
            (_p90(stage), _over(stage)),
        ],
        reach=reach,
        has_limit=has_limit,
        tag=_tag(stage),
        lamp=stage.lamp,
        is_bottleneck=stage.is_bottleneck,
    )


def _told(key: str, hours: float | None) -> Line:
    return [Bit(word(key)), Bit(format_hours(hours), is_bold=True)]


def _p90(stage: Stage) -> str:
    return word("flow.p90", hours=format_hours(stage.p90_hours)) if stage.count else ""


def _limit(stage: Stage) -> str:
    if stage.limit_hours is None:
        return word("flow.no_limit") if stage.count or not stage.has_own_limits else ""
    key = "flow.own_limits" if stage.has_own_limits else "flow.limit"
    return word(key, hours=format_hours(stage.limit_hours))


def _over(stage: Stage) -> Line:
    """Past the limit, of what its lamp divides by."""
    if not stage.limited:
        return ""
    fraction = format_fraction(stage.over, stage.base)
    opened = LATE + stage.state if stage.over else ""
    return [Bit(word("flow.over")), Bit(fraction, is_bold=True, key=opened)]


def _tag(stage: Stage) -> str:
    if stage.is_bottleneck:
        return word("flow.bottleneck")
    return "" if stage.lamp is Lamp.NONE else word(f"flow.tag.{stage.lamp}")


def _closed(answer: TicketFlow, period: str) -> StageColumn:
    closed = answer.figures[CLOSED]
    return StageColumn(
        key=CLOSED,
        name=word("state.closed"),
        count_text=closed.text,
        unit=word("flow.closed_in", period=period),
        lines=[
            (_opened("flow.handled_median", answer.figures[MEDIAN]), ""),
            (_opened("flow.handled_p90", answer.figures[P90]), ""),
        ],
        is_last=True,
    )


def _opened(key: str, figure: Figure) -> Line:
    is_known = figure.value is not None
    hours = Bit(format_hours(figure.value), True, key=figure.metric.name if is_known else "")
    return [Bit(word(key)), hours]
