"""Which of the first rows of a table is its header."""

from collections.abc import Collection, Sequence

from data.intake.values.text import clean

ROWS_LOOKED_AT = 10  # titles may stand above the header


def header_place(rows: Sequence[Sequence[str]], names: Collection[str] = ()) -> int:
    """The row that holds most of the names, counted from 0; else the first as wide as a table."""
    if not rows:
        return 0
    found = [len({clean(text) for text in row}.intersection(names)) for row in rows]
    if max(found):
        return found.index(max(found))
    filled = [sum(1 for text in row if clean(text)) for row in rows]
    return next(place for place, count in enumerate(filled) if 2 * count >= max(filled))


def without_blank_end(header: list[str]) -> list[str]:
    """The names up to the last one that is not blank."""
    used = max((place for place, name in enumerate(header, start=1) if name), default=0)
    return header[:used]
