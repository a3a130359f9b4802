"""Text that a spreadsheet would take for a formula, and the sign that keeps it from doing so."""

import re

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
_SHIELDED = re.compile(r"'+[=+\-@＝＋－＠\t\r\n]")


def shielded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def bare(text: str) -> str:
    """The text that was shielded."""
    return text[1:] if _SHIELDED.match(text) else text
