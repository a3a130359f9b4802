"""Definitions to read, to find and to print: chapters of entries, with their list at the left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from components.mount import Bit, Line, Payload, chosen, heard, line_payload, register
from data.words import word

_GLOSSARY = register("glossary")
Row: TypeAlias = tuple[str, Line]  # its label, empty where the row above goes on


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing defined. What is empty is not drawn.

    `words` and `numbers` are what is divided by what: one for a count, two for a fraction.
    """

    key: str
    name: str
    text: str
    variant: str = ""
    code: str = ""  # its name in commands and files
    notes: Sequence[str] = ()
    words: Sequence[str] = ()
    numbers: Sequence[Bit] = ()  # those with a key open
    value: Bit | None = None
    figures: Sequence[Row] = ()  # other numbers, under the formula
    rows: Sequence[Row] = ()  # words, beside it


@dataclass(frozen=True, slots=True)
class Chapter:
    """Entries under one heading."""

    key: str
    title: str
    note: str
    entries: Sequence[Entry]


def show_glossary(chapters: Sequence[Chapter], key: str) -> str | None:
    """Draw definitions; the key of the number chosen in this run."""
    words = {name: word(f"glossary.{name}") for name in ("list", "print")}
    data: Payload = {"words": words, "chapters": [_chapter_payload(one) for one in chapters]}
    result = _GLOSSARY(data=data, key=key, on_open_change=heard)
    return chosen(result.open, _keys(chapters))


def _keys(chapters: Sequence[Chapter]) -> set[str]:
    """Every key that opens something."""
    entries = [entry for chapter in chapters for entry in chapter.entries]
    rows = [row for entry in entries for row in (*entry.figures, *entry.rows)]
    lines = [line for _, line in rows if not isinstance(line, str)]
    lines += [[*entry.numbers, entry.value] for entry in entries if entry.value]
    return {bit.key for line in lines for bit in line if bit.key}


def _chapter_payload(chapter: Chapter) -> Payload:
    return {
        "key": chapter.key,
        "title": chapter.title,
        "note": chapter.note,
        "entries": [_entry_payload(entry) for entry in chapter.entries],
    }


def _entry_payload(entry: Entry) -> Payload:
    return {
        "key": entry.key,
        "name": entry.name,
        "variant": entry.variant,
        "code": entry.code,
        "notes": list(entry.notes),
        "text": entry.text,
        "words": list(entry.words),
        "numbers": line_payload(entry.numbers),
        "value": line_payload([entry.value] if entry.value else ""),
        "figures": _rows_payload(entry.figures),
        "rows": _rows_payload(entry.rows),
    }


def _rows_payload(rows: Sequence[Row]) -> list[Payload]:
    return [{"label": label, "line": line_payload(line)} for label, line in rows if line]
