"""The tables of 工单流转: hands, pairs, repeats, streaks, doubts, channels."""

from components.facts import Fact
from components.formats import format_count, format_day, format_hours
from components.mount import Bit
from components.tables import Cell, Column, Row
from data.config import settings
from data.ticket_flow import OF_CHANNELS, TicketFlow
from data.ticket_flow.closures import Doubt
from data.ticket_flow.transfers import Moved
from data.words import word

TOTAL = "*"  # no code has it
ARROW = " › "


def handed_facts(answer: TicketFlow) -> list[Fact]:
    """Dispatches, returns and their rate, transfers, units a case went to."""
    rate = answer.figures["return_rate"]
    share = [Bit(rate.text, is_bold=True)]
    parts = (("denominator", rate.denominator), ("numerator", rate.numerator))
    facts = [
        Fact(word(f"flow.handed.{part}"), format_count(count), f"return_rate {part}")
        for part, count in parts
    ]
    facts.append(Fact(word("metric.return_rate"), share, "return_rate "))
    for name in ("transfer_count", "units_visited_mean"):
        text = answer.figures[name].text
        facts.append(Fact(word(f"flow.handed.{name}"), text, f"{name} "))
    return facts


def moved_columns() -> list[Column]:
    """Number, matter, way, returns, hours unsigned."""
    return [
        Column("case_no", word("flow.column.case_no"), "link"),
        Column("title", word("flow.column.title")),
        Column("path", word("flow.column.path")),
        Column("returns", word("flow.column.returns"), "number"),
        Column("unsigned", word("flow.column.unsigned"), "number"),
    ]


def moved_rows(answer: TicketFlow) -> list[Row]:
    """One row a case, the most moved first."""
    return [_moved_row(one) for one in answer.moved]


def _moved_row(one: Moved) -> Row:
    way = ARROW.join(one.path)
    hours = format_hours(one.unsigned_hours)
    cells: dict[str, Cell | str] = {
        "case_no": one.case_no,
        "title": one.title or word("case.untitled"),
        "path": word("flow.ping_pong", path=way) if one.is_ping_pong else way,
        "returns": Cell(format_count(one.returns), is_bold=one.returns > 1),
        "unsigned": word("flow.still", hours=hours) if one.is_unsigned else hours,
    }
    return Row(one.case_no, cells)


def pair_columns() -> list[Column]:
    """From, to, how often."""
    return [
        Column("giver", word("flow.column.giver")),
        Column("taker", word("flow.column.taker")),
        Column("count", word("flow.column.times"), "link"),
    ]


def pair_rows(answer: TicketFlow) -> list[Row]:
    """Who hands to whom, the busiest way first."""
    return [
        Row(
            pair.codes,
            {"giver": pair.giver, "taker": pair.taker, "count": format_count(pair.count)},
        )
        for pair in answer.pairs
    ]


def again_columns() -> list[Column]:
    """Matter, place, how often, the newest."""
    return [
        Column("category", word("flow.column.category")),
        Column("place", word("flow.column.place")),
        Column("count", word("flow.column.repeats"), "number"),
        Column("newest", word("flow.column.newest"), "link"),
    ]


def again_rows(answer: TicketFlow) -> list[Row]:
    """The places and matters that came again most."""
    return [
        Row(
            one.newest_no,
            {
                "category": one.category or word("flow.no_category"),
                "place": one.place,
                "count": Cell(format_count(one.count), is_open=True),
                "newest": one.newest_no,
            },
        )
        for one in answer.repeats.groups
    ]


def streak_facts(answer: TicketFlow) -> list[Fact]:
    """Kinds of matter that have not come for the most days."""
    return [
        Fact(streak.name, word("flow.days_without", days=streak.days.text), streak.code)
        for streak in answer.repeats.streaks
    ]


def doubt_columns() -> list[Column]:
    """The rule, and how many cases it names."""
    return [
        Column("rule", word("flow.column.rule")),
        Column("count", word("flow.column.cases"), "number"),
    ]


def doubt_rows(answer: TicketFlow) -> list[Row]:
    """Three rules, each with its threshold."""
    flow = settings().flow
    minutes = f"{flow.closed_within_minutes:g}"
    counts = answer.doubtful.counts
    return [
        Row(
            doubt,
            {
                "rule": word(f"flow.rule.{doubt}", minutes=minutes, count=flow.closed_together),
                "count": Cell(format_count(counts[doubt]), is_open=counts[doubt] > 0),
            },
        )
        for doubt in Doubt
    ]


def channel_columns() -> list[Column]:
    """Channel, and what came, went, is left and was handed on by it."""
    numbers = [Column(name, word(f"flow.term.{name}"), "number") for name in OF_CHANNELS]
    return [Column("name", word("number.by.channel")), *numbers]


def channel_rows(answer: TicketFlow) -> list[Row]:
    """One row a channel, and the total under its split."""
    rows = [
        Row(
            line.code,
            {name: Cell(line.figures[name].text, is_open=True) for name in OF_CHANNELS}
            | {"name": line.name or word("flow.no_channel")},
        )
        for line in answer.by_channel
    ]
    total = {name: Cell(answer.figures[name].text, is_open=True) for name in OF_CHANNELS}
    cells: dict[str, Cell | str] = {**total, "name": word("groups.total")}
    return [*rows, Row(TOTAL, cells, is_total=True)]


def since_text(answer: TicketFlow) -> str:
    """From which day the window runs."""
    return format_day(answer.window.start, answer.window.as_of)
