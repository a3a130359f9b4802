"""A look at the raw XML of a workbook, before and beside the library that reads it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZipFile

from openpyxl.utils import column_index_from_string

from data.intake.reading.files import other_kind
from data.terms import ImportRefused

_PIECE = 1 << 16
_MOST_RANGES = 100_000
_STRICT = b"http://purl.oclc.org/ooxml/"  # another dialect, which the library reads as empty
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?\bref=[\"']([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)")
_OVERLAP = 200  # bytes: longer than any of these


class Range(NamedTuple):
    """Merged cells."""

    first_row: int
    last_row: int
    first_place: int
    last_place: int
    name: str  # A5:B8


class _Declared(Exception):
    """A document type is declared."""


class _Begun(Exception):
    """The first element is reached; nothing can be declared any more."""


def refuse_declarations(archive: ZipFile, name: str) -> None:
    """Refuse a workbook of which any part declares a document type, and so may declare entities."""
    for entry in archive.infolist():
        with archive.open(entry) as part:
            if _declares(part):
                raise ImportRefused("intake.file.declaration", file=name, part=entry.filename)


def _declares(part: IO[bytes]) -> bool:
    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = _raise_declared
    parser.StartElementHandler = _raise_begun
    try:
        while piece := part.read(_PIECE):
            parser.Parse(piece)
    except _Declared:
        return True
    except (_Begun, ExpatError):
        return False
    return False


def _raise_declared(*_: object) -> None:
    raise _Declared


def _raise_begun(*_: object) -> None:
    raise _Begun


def merged_ranges(archive: ZipFile, part: str, path: Path) -> list[Range]:
    """The merged cells of a sheet by their first row."""
    found: list[Range] = []
    with archive.open(part) as source:
        if _STRICT in source.read(_PIECE):
            raise other_kind(path, "strict")
        source.seek(0)
        for piece in _pieces(source):
            found += [_range(match) for match in _MERGED.finditer(piece)]
            if len(found) > _MOST_RANGES:
                raise ImportRefused("intake.sheet.merged", file=path.name, most=_MOST_RANGES)
    return sorted(set(found))


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    """The bytes in pieces that overlap, so that nothing short is cut in two."""
    last = b""
    while piece := source.read(_PIECE):
        yield last + piece
        last = piece[-_OVERLAP:]


def _range(match: re.Match[bytes]) -> Range:
    left, top, right, bottom = (part.decode() for part in match.groups())
    first, last = column_index_from_string(left) - 1, column_index_from_string(right) - 1
    return Range(int(top), int(bottom), first, last, f"{left}{top}:{right}{bottom}")
