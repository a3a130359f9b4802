"""What the audit keeps as keys, in the words of the catalogue."""

from typing import TypeAlias

from data.config import settings
from data.words import catalogue, word

About: TypeAlias = tuple[tuple[str, str], ...]  # what is told, and what it says of that


def sentence(about: About) -> str:
    """The particulars of a line in one sentence."""
    return "；".join(f"{said('about', key)} {said(key, value)}" for key, value in about)


def said(family: str, value: str) -> str:
    """The word for a value of the audit, or the value itself where there is none."""
    known = catalogue(settings().language)
    if family == "what":
        value = value.rpartition(".")[2]
    if f"audit.{family}.{value}" in known:
        return word(f"audit.{family}.{value}")
    family = "kind" if family == "what" else family  # an action on cases is called by its kind
    return word(f"{family}.{value}") if f"{family}.{value}" in known else value
