"""Figure cards: one row of numbers, each with its base, each a button that opens its list."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.mount import (
    Line,
    Notice,
    Payload,
    chosen,
    heard,
    line_payload,
    notice_payload,
    register,
)
from data.terms import Lamp
from data.words import word

_CARDS = register("kpis")


@dataclass(frozen=True, slots=True)
class Card:
    """One number: its name and variant, value and unit, the base under it, one line of change."""

    key: str
    label: str
    variant: str = ""
    value_text: str = "—"
    unit_text: str = ""
    base: Line = ""
    note: Line = ""  # a bit with a key opens it
    lamp: Lamp = Lamp.NONE
    is_stale: bool = False  # drawn at 62 % strength; say until when in `note`
    is_open: bool = True  # can be opened
    message: Notice | None = None
    bar: float | None = None  # a share of 1 drawn under the value, from zero
    mark: float | None = None  # where on the bar its target stands


def show_cards(cards: Sequence[Card], key: str) -> str | None:
    """Draw one row of cards; the key chosen in this run: of a card, a bit, a message's action."""
    data: Payload = {"cards": [_payload(card) for card in cards]}
    result = _CARDS(data=data, key=key, on_open_change=heard)
    return chosen(result.open, _offered(cards))


def _offered(cards: Sequence[Card]) -> list[str]:
    ways = [way.key for card in cards if card.message for way in card.message.actions]
    bits = [bit.key for card in cards if not isinstance(card.note, str) for bit in card.note]
    return [card.key for card in cards if card.is_open] + [key for key in bits if key] + ways


def _payload(card: Card) -> Payload:
    bar: Payload = {} if card.bar is None else {"bar": card.bar, "mark": card.mark}
    return {
        "key": card.key,
        "label": card.label,
        "variant": card.variant,
        "value": card.value_text,
        "unit": card.unit_text,
        "base": line_payload(card.base),
        "note": line_payload(card.note),
        "lamp": card.lamp,
        "lampWord": "" if card.lamp is Lamp.NONE else word(f"lamp.{card.lamp}.short"),
        "stale": card.is_stale,
        "open": card.is_open,
        "message": notice_payload(card.message) if card.message else None,
    } | bar
