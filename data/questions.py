"""A question as text, for the address of a page: what was asked can be asked again, by anybody."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from data.metrics.figure import CODES, Question
from data.terms import Refused

_TIMES = {"from": "start", "to": "end", "as_of": "as_of"}
_EARLIEST, _LATEST = 1900, 2999  # at the very ends of time another zone has no name for it
LONGEST = timedelta(days=3 * 366)


def as_text(question: Question) -> dict[str, str]:
    """The parts of a question by their names in an address; times in ISO 8601 with their offset."""
    text = {name: getattr(question, field).isoformat() for name, field in _TIMES.items()}
    filters = {name: getattr(question, name) for name in CODES}
    return text | {name: code for name, code in filters.items() if code is not None}


def from_text(text: Mapping[str, str]) -> Question:
    """The question of an address. Raises Refused for times that are missing or make no period."""
    times = {field: _instant(name, text.get(name, "")) for name, field in _TIMES.items()}
    if times["end"] < times["start"]:
        raise Refused("question.turned_round", start=text["from"], end=text["to"])
    if times["end"] - times["start"] > LONGEST:
        raise Refused("question.too_long", start=text["from"], end=text["to"])
    filters = {name: text[name] for name in CODES if name in text}
    return Question(**times, **filters)  # type: ignore[arg-type]


def _instant(name: str, text: str) -> datetime:
    instant = readable(text)
    if instant is None or instant.tzinfo is None:
        raise Refused("question.bad_time", name=name, value=text)
    return instant


def readable(text: str) -> datetime | None:
    """The time of an address; None for what is none, or lies at an end of all time."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if _EARLIEST <= instant.year <= _LATEST else None
