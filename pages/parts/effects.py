"""What an action would change, as rows of its preview."""

from collections.abc import Sequence
from datetime import datetime

from components.formats import format_count, format_instant
from components.forms import PreviewRow, show_preview
from data.actions.effects import Effect
from data.words import word


def show_effects(
    effects: Sequence[Effect], at: datetime, key: str, title: str = "", is_new: bool = False
) -> None:
    """Draw the effects of an action, before it is done; of what is new there is no before."""
    rows = [
        PreviewRow(
            word(f"effect.{effect.effect}"),
            word(f"rule.{effect.rule}"),
            "" if is_new else _value(effect.before, at),
            _value(effect.after, at),
            "" if is_new else word(f"change.{effect.change}"),
            effect.lamp,
        )
        for effect in effects
    ]
    show_preview(rows, key, title)


def _value(value: datetime | str | int | None, at: datetime) -> str:
    if isinstance(value, datetime):
        return format_instant(value, at)
    return value if isinstance(value, str) else format_count(value)
