"""A question as text, for the address of a page: what was asked can be asked again, by anybody."""

from collections.abc import Mapping
from datetime import datetime

from data.metrics.figure import Question
from data.terms import Refused

_TIMES = {"from": "start", "to": "end", "as_of": "as_of"}
FILTERS = ("area", "unit", "category", "channel")


def as_text(question: Question) -> dict[str, str]:
    """The parts of a question by their names in an address; times in ISO 8601 with their offset."""
    text = {name: getattr(question, field).isoformat() for name, field in _TIMES.items()}
    filters = {name: getattr(question, name) for name in FILTERS}
    return text | {name: code for name, code in filters.items() if code is not None}


def from_text(text: Mapping[str, str]) -> Question:
    """The question of an address. Raises Refused for a time that is missing or cannot be read."""
    times = {field: _instant(name, text.get(name, "")) for name, field in _TIMES.items()}
    filters = {name: text[name] for name in FILTERS if name in text}
    return Question(**times, **filters)  # type: ignore[arg-type]


def _instant(name: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("question.bad_time", name=name, value=text) from None
    if instant.tzinfo is None:
        raise Refused("question.bad_time", name=name, value=text)
    return instant
