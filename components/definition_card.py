"""The definition card of a number: formula in words, in numbers, as a rate; what counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.mount import (
    Action,
    Line,
    Payload,
    actions_payload,
    chosen,
    heard,
    lamp_word,
    line_payload,
    register,
)
from data.terms import Lamp
from data.words import word

_DEFINITION = register("definition_card")


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything a person may ask about one number. Empty rows are left out.

    Without `denominator_words` the number is no fraction: words = value.
    """

    variant: str
    numerator_words: str
    value_text: str
    denominator_words: str = ""
    numerator_text: str = ""
    denominator_text: str = ""
    period: Line = ""
    as_of: Line = ""
    left_out: Line = ""
    clock: Line = ""
    rounding: Line = ""
    comparisons: Sequence[Line] = ()
    variants: Sequence[Line] = ()
    beside: Sequence[Line] = ()  # what stands beside the number
    channels: Line = ""
    figure_count: int | None = None  # what the number counts …
    list_count: int | None = None  # … and what its list holds
    actions: Sequence[Action] = ()


_OF_SEVERAL_LINES = ("comparisons", "variants", "beside")
_ROWS = ("period", "as_of", "left_out", "clock", "rounding", *_OF_SEVERAL_LINES, "channels")


def show_definition(card: Definition, key: str) -> str | None:
    """Draw a definition card; the key of the button or of the number chosen in this run."""
    result = _DEFINITION(data=_payload(card), key=key, on_open_change=heard)
    lines = [line for _, line in _lines(card) if not isinstance(line, str)]
    keys = [bit.key for line in lines for bit in line if bit.key]
    return chosen(result.open, [*keys, *(action.key for action in card.actions)])


def _payload(card: Definition) -> Payload:
    return {
        "variant": card.variant,
        "words": [card.numerator_words, card.denominator_words],
        "numbers": [card.numerator_text, card.denominator_text],
        "value": card.value_text,
        "rows": [{"label": label, "line": line_payload(line)} for label, line in _lines(card)],
        "actions": actions_payload(card.actions),
        "check": _check(card.figure_count, card.list_count),
    }


def _lines(card: Definition) -> list[tuple[str, Line]]:
    """The filled rows with their labels; a row of several lines is labelled once."""
    found: list[tuple[str, Line]] = []
    for name in _ROWS:
        said = getattr(card, name)
        lines = said if name in _OF_SEVERAL_LINES else [said] if said else []
        label = word(f"definition.{name}")
        found += [("" if place else label, line) for place, line in enumerate(lines)]
    return found


def _check(figure_count: int | None, list_count: int | None) -> Payload | None:
    """The number against its list: equal, or red with the difference."""
    if figure_count is None or list_count is None:
        return None
    is_equal = figure_count == list_count
    key = "definition.check_equal" if is_equal else "definition.check_differs"
    gap = f"{abs(figure_count - list_count):,}"
    text = word(key, figure=f"{figure_count:,}", list=f"{list_count:,}", gap=gap)
    lamp = Lamp.NONE if is_equal else Lamp.RED
    return {"text": text, "lamp": lamp, "said": lamp_word(lamp)}
