"""Metrics and rules as entries of the definitions screen, and which of them a search finds."""

from collections.abc import Iterable, Mapping

from components.glossary import Chapter, Entry, Row
from components.mount import Bit, Line
from data import metrics
from data.config import settings
from data.metrics.figure import PERCENTS, Figure, Metric
from data.metrics.versions import version_of
from data.words import word
from pages.parts.number import (
    OTHER_BASES,
    channel_line,
    other_line,
    value_text,
    variant_text,
    words_of,
)

Figures = Mapping[str, Figure]
RATES = tuple(name for name, metric in metrics.METRICS.items() if metric.unit in PERCENTS)
PARTS = ("variant", "mark", "definition", "numerator", "denominator", "left_out", "credit", "edges")
RULES = {
    "counting": ("window", "as_of", "rejected", "week", "credit", "tree"),
    "comparing": (
        "compare",
        "no_before",
        "festival",
        "better",
        "rank",
        "nothing_due",
        "rounding",
        "nothing",
        "average",
        "channels",
    ),
    "cases": (
        "due",
        "reassigned",
        "reopened",
        "paused",
        "extended",
        "merged",
        "ended",
        "working_time",
        "day_table",
        "clock_set_back",
        "bad_times",
        "reorganised",
    ),
}


def found_metrics(text: str) -> list[Metric]:
    """The metrics whose name or words hold every word of a search."""
    return [
        metric
        for metric in metrics.METRICS.values()
        if _holds([metric.name, *(words_of(metric.name, part) for part in ("", *PARTS))], text)
    ]


def _holds(said: Iterable[str], text: str) -> bool:
    words = "\n".join(said).lower()
    return all(part in words for part in text.lower().split())


def metric_chapters(
    found: Iterable[Metric], figures: Figures, by_channel: Mapping[str, Figures]
) -> list[Chapter]:
    """One chapter a family that has something found; `by_channel` holds the `RATES`."""
    names = {metric.name for metric in found}
    chapters = [
        Chapter(
            family,
            word(f"definitions.family.{family}"),
            "",
            [_metric_entry(name, figures, by_channel) for name in of_family if name in names],
        )
        for family, of_family in metrics.FAMILIES.items()
    ]
    return [chapter for chapter in chapters if chapter.entries]


def rule_chapters(text: str) -> list[Chapter]:
    """The rules that hold for all metrics, as far as they hold every word of a search."""
    chapters = [
        Chapter(
            f"rules-{key}",
            word(f"definitions.rules.{key}"),
            "",
            [entry for name in rules if _holds([(entry := _rule(name)).name, entry.text], text)],
        )
        for key, rules in RULES.items()
    ]
    return [chapter for chapter in chapters if chapter.entries]


def _rule(name: str) -> Entry:
    calendar = settings().calendar
    said = word(
        f"definitions.rule.{name}.text",
        minimum=settings().lamps.minimum_base,
        weekday=word(f"weekday.{calendar.first_weekday}"),
        hours="、".join(calendar.hours),
    )
    return Entry(f"rule-{name}", word(f"definitions.rule.{name}"), said)


def _metric_entry(name: str, figures: Figures, by_channel: Mapping[str, Figures]) -> Entry:
    figure, metric = figures[name], metrics.METRICS[name]
    is_fraction = figure.denominator is not None
    return Entry(
        key=name,
        name=word(metric.label),
        text=words_of(name, "definition"),
        variant=variant_text(name),
        code=name,
        notes=[word(f"definitions.better.{metric.better}"), _version(name)],
        words=[said for part in ("numerator", "denominator") if (said := words_of(name, part))],
        numbers=_numbers(figure) if is_fraction else (),
        value=Bit(value_text(figure), key="" if figure.value is None else name),
        figures=_figures(name, figures, by_channel),
        rows=[_row(part, words_of(name, part)) for part in ("left_out", "credit", "edges")],
    )


def _numbers(figure: Figure) -> list[Bit]:
    name, parts = figure.metric.name, ("numerator", "denominator")
    return [Bit(f"{getattr(figure, part):,}", key=f"{name}/{part}") for part in parts]


def _figures(name: str, figures: Figures, by_channel: Mapping[str, Figures]) -> list[Row]:
    """The other variants, what is read together with it, and its channels."""
    rows = [
        _row("" if place else row, other_line(figures[other]))
        for row, others in (("others", OTHER_BASES), ("beside", metrics.BESIDE))
        for place, other in enumerate(others.get(name, ()))
    ]
    channels = channel_line(name, by_channel) if name in RATES else ""
    return [*rows, _row("channels", channels)]


def _row(name: str, line: Line) -> Row:
    return (word(f"definitions.row.{name}") if name else "", line)


def _version(name: str) -> str:
    version = version_of(name)
    return word("definitions.version", number=version.number, since=version.since.isoformat())
