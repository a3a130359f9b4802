"""Commands that answer with numbers: `metrics`, and `cases`, the very cases behind one."""

from collections.abc import Callable
from datetime import datetime

import click

from data import metrics
from data.commands import Answer, Prompt, command
from data.config import settings
from data.db import reading
from data.metrics.figure import By
from data.metrics.groups import GROUPS
from data.metrics.measure import Part
from data.terms import Refused
from data.words import word


def register(cli: click.Group) -> None:
    """Add the family to the command line."""
    command(cli, "metrics")(show_metrics)
    command(cli, "cases")(show_cases)


def read_instant(text: str) -> datetime:
    """An ISO 8601 time; without an offset in the centre's zone, without a time at midnight."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("command.bad_time", value=text) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=settings().zone)


def _question(now: datetime, options: dict[str, str | None]) -> metrics.Question:
    start, end = (read_instant(options[name] or "") for name in ("from_", "to"))
    if end <= start:
        raise Refused("command.empty_window", start=start.isoformat(), end=end.isoformat())
    as_of = read_instant(options["as_of"]) if options["as_of"] else now
    filters = {name: options[name] for name in ("area", "unit", "category", "channel")}
    return metrics.Question(start, end, as_of, **filters)  # type: ignore[arg-type]


def _window_options(function: Callable[..., Answer]) -> Callable[..., Answer]:
    for name in ("channel", "category", "unit", "area"):
        function = click.option(f"--{name}", metavar="CODE")(function)
    function = click.option("--as-of", metavar="TIME", help="Default: now.")(function)
    function = click.option("--to", required=True, metavar="TIME", help="Exclusive.")(function)
    return click.option("--from", "from_", required=True, metavar="TIME")(function)


@_window_options
@click.option("--by", type=click.Choice(list(GROUPS)))
@click.option("--names", metavar="A,B", help="Default: all.")
def show_metrics(prompt: Prompt, by: By | None, names: str | None, **options: str | None) -> Answer:
    """The numbers of a window."""
    question = _question(prompt.now, options)
    chosen = names.split(",") if names else None
    with reading(prompt.engine).connect() as conn:
        whole = metrics.measure(conn, metrics.known(conn, question))
        groups = metrics.measure_by(conn, question, by, chosen) if by else {}
    shown = {name: whole[name] for name in chosen or whole if name in whole}
    if chosen and len(shown) < len(chosen):
        raise Refused("metrics.unknown", name=names, known=", ".join(metrics.METRICS))
    return Answer(_as_json(question, whole, shown, by, groups), _as_text(shown, groups))


def _as_json(
    question: metrics.Question,
    whole: dict[str, metrics.Figure],
    shown: dict[str, metrics.Figure],
    by: By | None,
    groups: dict[str, dict[str, metrics.Figure]],
) -> dict[str, object]:
    zone = settings().zone
    answer: dict[str, object] = {
        "from": question.start.astimezone(zone).isoformat(),
        "to": question.end.astimezone(zone).isoformat(),
        "as_of": question.as_of.astimezone(zone).isoformat(),
        "time_zone": settings().time_zone,
        "ledger_balanced": metrics.ledger_balanced(whole),
        "metrics": _figures_as_json(shown),
    }
    if by:
        answer["by"] = {by: {code: _figures_as_json(f) for code, f in groups.items()}}
    return answer


def _figures_as_json(figures: dict[str, metrics.Figure]) -> dict[str, object]:
    return {name: _figure_as_json(figure) for name, figure in figures.items()}


def _figure_as_json(figure: metrics.Figure) -> dict[str, object]:
    value = figure.value
    is_whole = figure.metric.unit in ("cases", "times") and value is not None
    entry: dict[str, object] = {"value": int(value) if is_whole and value is not None else value}
    if figure.denominator is not None:
        entry |= {"numerator": figure.numerator, "denominator": figure.denominator}
    if figure.count is not None:
        entry["count"] = figure.count
    if figure.is_immature:
        entry["immature"] = True
    return entry | {"text": figure.text, "unit": figure.metric.unit}


def _as_text(shown: dict[str, metrics.Figure], groups: dict[str, dict[str, metrics.Figure]]) -> str:
    blocks = [_table(shown)]
    blocks += [f"\n{code or '—'}\n{_table(figures)}" for code, figures in groups.items()]
    return "\n".join(blocks)


def _words(figure: metrics.Figure) -> str:
    label = word(figure.metric.label)
    return word("number.immature", value=label) if figure.is_immature else label


def _table(figures: dict[str, metrics.Figure]) -> str:
    lines, width = [], max(map(len, figures), default=0) + 1
    for name, figure in figures.items():
        base = "" if figure.denominator is None else f"{figure.numerator:,}/{figure.denominator:,}"
        if figure.count is not None:
            base = f"{figure.count:,}"
        lines.append(f"{name:<{width}}{figure.text:>12}  {base:<16}{_words(figure)}")
    return "\n".join(lines)


@_window_options
@click.option("--metric", required=True)
@click.option("--part", required=True, type=click.Choice(["numerator", "denominator"]))
def show_cases(prompt: Prompt, metric: str, part: Part, **options: str | None) -> Answer:
    """The very cases behind a number, one entry for each counted thing."""
    question = _question(prompt.now, options)
    with reading(prompt.engine).connect() as conn:
        numbers = metrics.listed(conn, metrics.known(conn, question), metric, part)
    count = len(numbers)
    return Answer({"cases": numbers, "count": count}, "\n".join([*numbers, str(count)]))
