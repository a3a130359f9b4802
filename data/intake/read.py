"""Open a file: what it is, how it is encoded, and its rows one by one."""

import codecs
import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import IO, cast

from data.intake.rows import Line, Sheet
from data.intake.text import clean
from data.terms import ImportRefused

Progress = Callable[[float], None]  # told the share done, 0.0-1.0

MOST_COLUMNS = 200
LONGEST_FIELD = 32 * 1024
DELIMITERS = (",", ";", "\t", "，")
OTHER_KINDS = {b"PK\x03\x04": "zip", b"\xd0\xcf\x11\xe0": "xls", b"%PDF": "pdf"}
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
ENOUGH_WIDE_BYTES = 60  # valid UTF-8 so far: no other encoding looks like that by chance
_PIECE = 1 << 20
_ASCII = bytes(range(128))
_ROWS_PER_REPORT = 1000


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first look at a file found."""

    path: Path
    sha256: str
    encoding: str
    is_geojson: bool


def survey(path: Path, encoding: str = "auto", kind: str = "auto") -> Survey:
    """Look through a file once. Raises ImportRefused if it is missing, or not text."""
    try:
        with path.open("rb") as raw:
            sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
        with _plain(path) as file:
            head = file.read(512)
        _refuse_other_kinds(path, head)
        found = _named(encoding, head) if encoding != "auto" else _detected(path, head)
    except OSError as error:
        raise _unreadable(path, error) from error
    except (EOFError, zlib.error) as error:
        raise ImportRefused("intake.file.broken", file=path.name) from error
    suffixes = {suffix.lower() for suffix in path.suffixes}
    is_geojson = kind == "geojson" or (kind == "auto" and bool(suffixes & {".geojson", ".json"}))
    return Survey(path, sha256, found, is_geojson)


def _unreadable(path: Path, error: OSError) -> ImportRefused:
    if isinstance(error, gzip.BadGzipFile):
        return ImportRefused("intake.file.broken", file=path.name)
    return ImportRefused("intake.file.unreadable", file=path)


def _plain(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked."""
    return cast(IO[bytes], gzip.open(path)) if _is_packed(path) else path.open("rb")


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    for mark, kind in OTHER_KINDS.items():
        if head.startswith(mark):
            raise ImportRefused("intake.file.other_kind", file=path.name, kind=kind)
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<table")):
        raise ImportRefused("intake.file.other_kind", file=path.name, kind="html")


def _named(encoding: str, head: bytes) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise ImportRefused("intake.encoding.unknown_name", name=encoding) from error
    return "utf-8-sig" if name == "utf-8" and head.startswith(codecs.BOM_UTF8) else name


def _detected(path: Path, head: bytes) -> str:
    """A byte order mark, else strict UTF-8, else strict GB18030."""
    for mark, name in BOMS.items():
        if head.startswith(mark):
            return name
    fault, wide = _first_fault(path, "utf-8")
    if fault is None:
        return "utf-8"
    if wide >= ENOUGH_WIDE_BYTES:
        raise ImportRefused(
            "intake.encoding.bad_byte", file=path.name, encoding="UTF-8", offset=fault
        )
    if _first_fault(path, "gb18030")[0] is None:
        return "gb18030"
    raise ImportRefused("intake.encoding.not_found", file=path.name)


def _first_fault(path: Path, encoding: str) -> tuple[int | None, int]:
    """Where the first wrong byte lies (None: nowhere); bytes beyond ASCII before it."""
    decoder, offset, wide = codecs.getincrementaldecoder(encoding)(), 0, 0
    with _plain(path) as file:
        while True:
            piece = file.read(_PIECE)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                good = piece[: max(0, error.start - held)]
                return offset - held + error.start, wide + len(good.translate(None, _ASCII))
            if not piece:
                return None, wide
            offset, wide = offset + len(piece), wide + len(piece.translate(None, _ASCII))


def read_sheet(found: Survey, delimiter: str = "auto", progress: Progress | None = None) -> Sheet:
    """The header and the rows of a surveyed file. Reading on may raise ImportRefused."""
    lines = (
        partial(_features, found)
        if found.is_geojson
        else partial(_records, found, delimiter, progress)
    )
    header = [clean(name) for name in next(lines(), Line(0, [])).fields]
    if len(header) > MOST_COLUMNS:
        raise ImportRefused(
            "intake.file.too_wide", file=found.path.name, count=len(header), most=MOST_COLUMNS
        )
    return Sheet(header, lambda: islice(lines(), 1, None))


def _records(found: Survey, delimiter: str, progress: Progress | None) -> Iterator[Line]:
    csv.field_size_limit(LONGEST_FIELD)
    size = found.path.stat().st_size
    line = 0
    raw = found.path.open("rb")  # its position tells how far one has read
    file = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if _is_packed(found.path) else raw
    with raw, io.TextIOWrapper(file, encoding=found.encoding, newline="") as text:
        try:
            sign = _sniffed(text) if delimiter == "auto" else delimiter
            reader = csv.reader(text, delimiter=sign, strict=True)
            for number, fields in enumerate(reader, start=1):
                line = reader.line_num
                if any(fields):
                    yield Line(number, fields)
                if progress and number % _ROWS_PER_REPORT == 0:
                    progress(raw.tell() / size)
        except UnicodeDecodeError as error:
            raise ImportRefused(
                "intake.encoding.bad_line",
                file=found.path.name,
                encoding=found.encoding,
                line=line + 1,
            ) from error
        except csv.Error as error:
            raise ImportRefused(
                "intake.file.bad_quote", file=found.path.name, line=line + 1
            ) from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ImportRefused("intake.file.broken", file=found.path.name) from error


def _sniffed(text: io.TextIOWrapper) -> str:
    """The delimiter seen most often in the first line."""
    line = text.readline(LONGEST_FIELD)
    text.seek(0)
    return max(DELIMITERS, key=line.count)


def _features(found: Survey) -> Iterator[Line]:
    """GeoJSON as a table: its properties as columns, the outline as text in `geometry`."""
    try:
        with _plain(found.path) as file:
            features = json.loads(file.read().decode(found.encoding))["features"]
        properties = [feature["properties"] or {} for feature in features]
        outlines = [feature.get("geometry") for feature in features]
        names = list(dict.fromkeys(name for one in properties for name in one))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImportRefused("intake.file.bad_geojson", file=found.path.name) from error
    yield Line(0, [*names, "geometry"])
    for number, one, outline in zip(count(1), properties, outlines, strict=False):
        plain = ["" if one.get(name) is None else str(one[name]) for name in names]
        yield Line(number, [*plain, json.dumps(outline) if outline else ""])
