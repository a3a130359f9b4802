"""JSON as a table: an array of objects, an object that holds one, or an object a line."""

import codecs
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import IO, Any, cast

import ijson

from data.intake.reading.encoding import Encoding
from data.intake.reading.files import LINE_SUFFIXES, File, unpacked
from data.intake.reading.tables import DAMAGED_FILE, LONGEST_FIELD
from data.intake.values.progress import Progress
from data.intake.values.rows import MOST_ROWS, BadRow, Line
from data.terms import ImportRefused

GEOMETRY = "geometry"
LINES = ""  # the place of objects that stand one after another
_FEATURES = "features.item"
_TOTALS = ("total", "count")  # how a source may say how many rows there are
_ROWS_PER_REPORT = 1000
_MOST_NAMES = 1000  # looked for; a table may have far fewer columns


def find_place(file: File, encoding: Encoding) -> tuple[str, int | None]:
    """Where the objects stand, and how many the file itself says there are."""
    if file.name.endswith(LINE_SUFFIXES):
        return LINES, None
    with _refusing(file), _utf8(file, encoding) as (stream, _):
        place = _first_array(stream)
    if file.kind == "geojson" and place != _FEATURES:
        raise ImportRefused("intake.file.bad_geojson", file=file.path.name)
    if place in ("item", LINES):
        return place, None
    beside = place.removesuffix("item").rstrip(".").rpartition(".")[0]
    names = [f"{beside}.{name}" if beside else name for name in _TOTALS]
    totals = [_total(file, encoding, name) for name in names]
    return place, next((total for total in totals if total is not None), None)


def _first_array(stream: IO[bytes]) -> str:
    """The prefix of the first array of objects that no array holds; else of an empty one."""
    empty, opened, last = LINES, 0, ""
    for prefix, event, _ in ijson.parse(stream, multiple_values=True):
        if event == "start_array":
            opened += 1
        elif event == "end_array":
            opened -= 1
            if last == "start_array" and not opened:
                empty = empty or (f"{prefix}.item" if prefix else "item")
        elif event == "start_map" and opened == 1:
            return str(prefix)
        elif last == "end":
            return LINES
        last = "end" if event == "end_map" and not prefix else event
    return empty


def _total(file: File, encoding: Encoding, name: str) -> int | None:
    with _refusing(file), _utf8(file, encoding) as (stream, _):
        told = next(ijson.items(stream, name), None)
    is_count = isinstance(told, int) and not isinstance(told, bool) and 0 <= told <= MOST_ROWS
    return told if is_count else None


def find_names(file: File, encoding: Encoding, place: str) -> list[str]:
    """The names that any object has, in the order of their first appearance."""
    names: dict[str, None] = {}
    for _, row in _objects(file, encoding, place):
        names.update(dict.fromkeys(row or ()))
        if len(names) > _MOST_NAMES:
            break
    return list(names)


def json_lines(
    file: File,
    encoding: Encoding,
    place: str,
    header: list[str],
    progress: Progress | None = None,
) -> Iterator[Line]:
    """One line an object, numbered from 1."""
    blank = [""] * len(header)
    for number, row in _objects(file, encoding, place, progress):
        if row is None:
            yield Line(number, blank, BadRow("not_a_row", None, str(number)))
            continue
        fields = [row.get(name, "") for name in header]
        long = (
            name for name in header if name != GEOMETRY and len(row.get(name, "")) > LONGEST_FIELD
        )
        name = next(long, None)
        yield Line(number, fields, BadRow("long_value", name, row[name]) if name else None)


def _objects(
    file: File, encoding: Encoding, place: str, progress: Progress | None = None
) -> Iterator[tuple[int, dict[str, str] | None]]:
    """The objects as texts by name, numbered; None for what is no object."""
    with _refusing(file), _utf8(file, encoding) as (stream, share):
        found = ijson.items(stream, place, multiple_values=place == LINES)
        for number, one in enumerate(found, start=1):
            yield number, _row(one, place) if isinstance(one, dict) else None
            if progress and number % _ROWS_PER_REPORT == 0:
                progress(share())


def _row(one: dict[str, Any], place: str) -> dict[str, str]:
    """GeoJSON: its properties, and the outline as text; else the object itself."""
    if place != _FEATURES or not isinstance(one.get("properties"), dict | None):
        return dict(_flat(one))
    outline = one.get(GEOMETRY)
    return dict(_flat(one.get("properties") or {})) | {GEOMETRY: _text(outline) if outline else ""}


def _flat(one: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Objects in objects become names joined by dots."""
    for name, value in one.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=float)


@contextmanager
def _utf8(file: File, encoding: Encoding) -> Iterator[tuple[IO[bytes], Callable[[], float]]]:
    with unpacked(file) as (stream, share):
        if encoding.name == "utf-8":
            yield stream, share
        else:
            yield cast(IO[bytes], codecs.EncodedFile(stream, "utf-8", encoding.name)), share


@contextmanager
def _refusing(file: File) -> Iterator[None]:
    """Turn what a broken file raises into a refusal."""
    try:
        yield
    except DAMAGED_FILE as error:
        raise ImportRefused("intake.file.broken", file=file.path.name) from error
    except (ijson.JSONError, UnicodeError, RecursionError, ArithmeticError, ValueError) as error:
        raise ImportRefused(f"intake.file.bad_{file.kind}", file=file.path.name) from error
