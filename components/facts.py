"""The row of facts under a case's title: stage, holder, category, place, channel and so on."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.mount import Line, chosen, heard, line_payload, register

_FACTS = register("facts")


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what it says; with a key it opens something."""

    label: str
    line: Line
    key: str = ""


def show_facts(facts: Sequence[Fact], key: str) -> str | None:
    """Draw facts in one row that wraps; the key of the fact chosen in this run."""
    rows = [{"label": f.label, "line": line_payload(f.line), "key": f.key} for f in facts]
    result = _FACTS(data={"facts": rows}, key=key, on_open_change=heard)
    return chosen(result.open, [fact.key for fact in facts if fact.key])
