"""`sources`: how good the deliveries of each source are, and whether their rows agree."""

import click

from data.commands import Answer, Prompt, command
from data.config import settings
from data.db import reading
from data.intake.quality import Part, Quality, sources
from data.words import word


def register(cli: click.Group) -> None:
    """Add the command."""
    command(cli, "sources")(list_sources)


def list_sources(prompt: Prompt) -> Answer:
    """List every source with its age, its quality and its own totals."""
    with reading(prompt.engine).connect() as conn:
        found = sources(conn, prompt.now)
    days = settings().intake.quality_days
    json: dict[str, object] = {"days": days, "sources": [_json(one) for one in found]}
    if not found:
        return Answer(json, word("intake.sources.empty"))
    lines = [word("intake.sources.head", days=f"{days:g}"), *(_line(one) for one in found)]
    return Answer(json, "\n".join(lines))


def _json(one: Quality) -> dict[str, object]:
    lowest = one.lowest
    return {
        "source": one.source,
        "kind": one.kind,
        "last_at": one.last_at.astimezone(settings().zone).isoformat(),
        "age_hours": one.age.total_seconds() / 3600,
        "interval_hours": one.interval.total_seconds() / 3600,
        "lamp": one.age_lamp,
        "deliveries": len(one.deliveries),
        "rows": one.rows,
        "score": _figure(lowest) if lowest else {"value": None, "text": "—"},
        "lowest": lowest.name if lowest else None,
        "parts": {part.name: _figure(part) for part in one.parts},
        "delivered_rows": sum(delivery.rows for delivery in one.declaring),
        "declared_rows": sum(delivery.declared or 0 for delivery in one.declaring)
        if one.declaring
        else None,
        "differing": [delivery.batch for delivery in one.declaring if delivery.difference],
    }


def _figure(part: Part) -> dict[str, object]:
    return {
        "value": None if part.share is None else float(part.share),
        "text": part.text,
        "numerator": part.numerator,
        "denominator": part.denominator,
        "lamp": part.lamp,
    }


def _line(one: Quality) -> str:
    lowest = one.lowest
    about = {
        "source": one.source,
        "kind": word(f"intake.kind_of_import.{one.kind}"),
        "at": f"{one.last_at.astimezone(settings().zone):%Y-%m-%d %H:%M}",
        "deliveries": len(one.deliveries),
        "rows": f"{one.rows:,}",
        "score": lowest.text if lowest else "—",
        "lowest": word(f"quality.{lowest.name}") if lowest else "—",
        "parts": "，".join(f"{word(f'quality.{part.name}')} {part.text}" for part in one.parts),
    }
    return word("intake.sources.line", **about)
