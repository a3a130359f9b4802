"""The ledger line: numbers joined by their signs, each opens, and both sums at the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.mount import Line, Payload, chosen, heard, line_payload, register

_LEDGER = register("ledger")


@dataclass(frozen=True, slots=True)
class Term:
    """One number of the line; its sign stands before it."""

    key: str
    label: str
    value_text: str
    sign: str = ""


def show_ledger(terms: Sequence[Term], sums: Line, checked: str, key: str) -> str | None:
    """Draw the line; `sums` are lit where they differ. The key of the number chosen."""
    data: Payload = {
        "terms": [
            {"key": t.key, "label": t.label, "value": t.value_text, "sign": t.sign} for t in terms
        ],
        "sums": line_payload(sums),
        "checked": checked,
    }
    result = _LEDGER(data=data, key=key, on_open_change=heard)
    return chosen(result.open, [term.key for term in terms])
