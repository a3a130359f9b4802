"""What is kept out: columns of persons are refused, numbers of persons are replaced."""

from collections.abc import Iterable

from data.intake.mapping.map import Mapping
from data.intake.values.rows import Line
from data.intake.values.text import (
    as_stored,
    clean,
    is_identity_number,
    is_personal_number,
    without_numbers,
)
from data.intake.values.words import is_personal_header
from data.terms import ImportRefused

LONGEST_QUOTE = 200  # characters of a value that a person is shown
LONGEST_KEPT = 32 * 1024  # characters of a value in quarantine: what a file may hold at most
NUMBERS = frozenset({"case_no", "repeat_of"})  # stored as they are, or not at all


def refuse_personal_name(name: str, file: str) -> None:
    """Refuse a column whose name says that it is about persons."""
    if is_personal_header(name):
        raise ImportRefused("intake.column.personal", file=file, column=quoted(name))


def refuse_personal(mapping: Mapping, header: list[str], rows: Iterable[Line], file: str) -> None:
    """Refuse a mapping that would store a column of mostly telephone or identity numbers."""
    sample = [row.fields for row in rows if len(row.fields) == len(header)]
    named = mapping.their_names
    for index in [index for index, name in enumerate(header) if name in named]:
        values = [value for fields in sample if (value := clean(fields[index]))]
        if values and 2 * sum(map(is_personal_number, values)) > len(values):
            raise ImportRefused("intake.column.personal", file=file, column=quoted(header[index]))


def ignored(mapping: Mapping, header: list[str]) -> list[str]:
    """Their columns that nothing is read from."""
    named = mapping.their_names
    return [quoted(name) for name in header if name not in named]


def kept_fields(mapping: Mapping, header: list[str], fields: list[str]) -> dict[str, str]:
    """The mapped columns of a row, as quarantine keeps them; never the raw line."""
    row = dict(zip(header, fields, strict=False))
    kept = {}
    for ours, theirs in mapping.columns.items():
        for name in map(clean, theirs):
            if name in row:
                kept[name] = _kept(row[name], ours in NUMBERS)
    return kept


def _kept(value: str, is_number: bool) -> str:
    """A value as it would be stored; the number of a case may look like that of a telephone."""
    text = clean(value)[:LONGEST_KEPT]
    return text if is_number and not is_identity_number(text) else without_numbers(text)


def quoted(value: str) -> str:
    """A value as it may be shown: without personal numbers, not too long."""
    return as_stored(value)[:LONGEST_QUOTE]
