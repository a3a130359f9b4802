"""Rows as they leave a file: numbered, their fields as text, and what is wrong with them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

MOST_COLUMNS = 200
MOST_ROWS = 2**31 - 1  # that a source may declare: what a count in `imports` can hold


class BadRow(Exception):
    """A row that cannot be loaded: the rule, their column, the value. It goes to quarantine.

    `hint` completes the sentence that tells how to mend it, where the rule alone cannot.
    """

    def __init__(
        self,
        rule: str,
        column: str | None = None,
        value: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(rule)
        self.rule, self.column, self.value, self.hint = rule, column, value, hint


class Line(NamedTuple):
    """A row of a file, numbered as a person counts in it."""

    number: int
    fields: list[str]
    fault: BadRow | None = None  # what reading it found wrong


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and the rows under it. An empty file has no header and no rows."""

    header: list[str]
    rows: Callable[[], Iterator[Line]]  # from the start each time; may raise ImportRefused
