"""A number's definition card: what it divides by what, over which period, as of when."""

from collections.abc import Mapping, Sequence

from components.definition_card import Definition
from components.formats import (
    format_compared,
    format_count,
    format_instant,
    format_long_instant,
    format_range,
)
from components.mount import Action, Bit, Line
from data import metrics
from data.cases import Opened
from data.comparisons import Compared
from data.config import settings
from data.directory import names_of, newest_event_at
from data.metrics.closure import due_cases
from data.metrics.figure import Figure, Question
from data.metrics.groups import GROUPS
from data.words import catalogue, word
from door import read

OTHER_BASES = {
    "closure_rate_due": ("closure_rate_cohort", "throughput_ratio"),
    "closure_rate_cohort": ("closure_rate_due", "throughput_ratio"),
    "throughput_ratio": ("closure_rate_due", "closure_rate_cohort"),
    "on_time_rate": ("closure_rate_due",),
    "overdue_rate": ("on_time_rate",),
}
JOINED = "\N{NO-BREAK SPACE}"  # a name and its number stay on one line
WITHOUT_WINDOW = ("overdue_now_count", "days_since_last")


def definition_of(opened: Opened, question: Question, compared: Sequence[Compared]) -> Definition:
    """Everything a person may ask about one number, with its other bases and its channel split."""
    figure, name = opened.figure, opened.figure.metric.name
    return Definition(
        variant=words_of(name, "definition"),
        numerator_words=words_of(name, "numerator"),
        denominator_words=words_of(name, "denominator"),
        numerator_text=_part_text(figure.numerator),
        denominator_text=_part_text(figure.denominator),
        value_text=value_text(figure),
        period=_period(question, name),
        as_of=word(
            "number.as_of",
            at=format_long_instant(question.as_of),
            newest=format_long_instant(read(newest_event_at)),
        ),
        left_out=words_of(name, "left_out"),
        clock=word("number.clock"),
        rounding=word(f"number.rounding.{figure.metric.unit}"),
        comparisons=[_compared(one) for one in compared],
        variants=_numbers(question, OTHER_BASES.get(name, ())),
        beside=_numbers(question, metrics.BESIDE.get(name, ())),
        channels=_channels(question, figure),
        figure_count=opened.part_count,
        list_count=opened.count,
        actions=_ways(figure),
    )


def value_text(figure: Figure) -> str:
    """The number with its unit; a dash says why."""
    if figure.value is None:
        is_due = metrics.MEASURES[figure.metric.name].base is due_cases
        return word("number.no_value" if is_due else "number.no_base")
    if figure.is_immature:
        return word("number.immature", value=figure.text)
    if figure.denominator is not None:
        return figure.text
    return f"{figure.text} {word(f'definitions.unit.{figure.metric.unit}')}"


def words_of(name: str, part: str) -> str:
    """The words of a metric's part ("" is its label), or nothing where it has none."""
    key = f"metric.{name}.{part}" if part else f"metric.{name}"
    return word(key) if key in catalogue(settings().language) else ""


def _part_text(count: int | None) -> str:
    return "" if count is None else format_count(count)


def _period(question: Question, name: str) -> str:
    if name in WITHOUT_WINDOW:
        text = word("number.no_period")
    else:
        start, end = (format_instant(at, question.as_of) for at in (question.start, question.end))
        text = word("number.period", start=start, end=end)
    return "，".join([text, *_filters(question)])


def _filters(question: Question) -> list[str]:
    found = []
    for by in GROUPS:
        code = getattr(question, by)
        if code is not None:
            name = read(names_of, by).get(code, code) or word("case.nobody")
            found.append(word(f"number.filter.{by}", name=name))
    return found


def _compared(one: Compared) -> Line:
    """环比 96.20% of which days, what changed, and whether that is better."""
    asked = one.question
    span = format_range(asked.start, min(asked.end, asked.as_of), asked.as_of)
    is_better, text = one.change.is_better, format_compared(one.change)
    if is_better is not None:
        text += " " + word("comparison.better" if is_better else "comparison.worse")
    return [
        Bit(f"{word(f'comparison.{one.against}')} "),
        Bit(value_text(one.figure), key=one.against),
        Bit(f"（{span}）"),
        Bit(text, is_bold=is_better is True, is_worse=is_better is False),
    ]


def _numbers(question: Question, names: Sequence[str]) -> list[Line]:
    figures = read(metrics.measure, question, names) if names else {}
    return [other_line(figures[name]) for name in names]


def other_line(figure: Figure) -> Line:
    """Another number: its name, its value, which opens, and what it divides by what."""
    name = figure.metric.name
    label = f"{word(figure.metric.label)} {variant_text(name)} "
    return [Bit(label), Bit(value_text(figure), key=name), Bit(fraction_text(figure))]


def variant_text(name: str) -> str:
    """Which variant a number is: 应办结 R2."""
    return " ".join(part for part in (words_of(name, "variant"), words_of(name, "mark")) if part)


def fraction_text(figure: Figure) -> str:
    """What a number divides by what, in brackets; nothing of a count."""
    if figure.denominator is None:
        return ""
    return f"（{_part_text(figure.numerator)}/{_part_text(figure.denominator)}）"


def _channels(question: Question, figure: Figure) -> Line:
    """A combined rate is never shown without its channels."""
    if figure.denominator is None or question.channel is not None:
        return ""
    name = figure.metric.name
    return channel_line(name, read(metrics.measure_by, question, "channel", (name,)))


def channel_line(name: str, groups: Mapping[str, Mapping[str, Figure]]) -> Line:
    """A number of every channel that has a base."""
    names = read(names_of, "channel")
    shown = {code: figures[name] for code, figures in groups.items() if figures[name].denominator}
    return "　".join(
        f"{names.get(code, word('case.nobody'))}{JOINED}{figure.text}"
        for code, figure in shown.items()
    )


def _ways(figure: Figure) -> list[Action]:
    """One button a part that opens; what is missing first, since that is what can be mended."""
    if figure.denominator is None:
        return []
    name = figure.metric.name
    ways = [Action("denominator", _way("denominator", figure.denominator))]
    if figure.metric.unit != "share":
        return [Action("numerator", _way("numerator", figure.numerator)), *ways]
    missing = word(f"number.open_missing.{name}", count=format_count(figure.missing))
    return [Action("missing", missing, is_primary=True), *ways]


def _way(part: str, count: int | None) -> str:
    return word(f"number.open_{part}", count=format_count(count))
