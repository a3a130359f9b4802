"""The mapping file: which of their columns is which of ours, and how their values read."""

import difflib
import hashlib
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError
from sqlalchemy import Connection, select

from data.config import PROJECT, settings
from data.intake.mapping.document import Document, LocationOrder
from data.intake.values.text import clean
from data.intake.values.times import EXCEL, EXCEL_1904, time_reader
from data.schema import mappings
from data.terms import ImportRefused

SHIPPED = PROJECT / "data" / "mappings"

_CASE_COLUMNS = (
    "case_no opened_at closed_at due_at updated_at state unit area category channel title address"
    " lon lat location severity level repeat_of outcome satisfaction mediation"
)
COLUMNS = {
    "cases": frozenset(_CASE_COLUMNS.split()),
    "events": frozenset(["case_no", "at", "kind", "state", "unit", "order", "opened_at"]),
    "areas": frozenset(
        ["area_code", "name", "parent", "level", "valid_from", "valid_to", "boundary", "datum"]
    ),
}
REQUIRED = {"cases": ("case_no", "opened_at"), "events": ("case_no", "at"), "areas": ("name",)}
CONSTANTS = {"cases": {"level"}, "events": set(), "areas": set()}  # beside the columns


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file, checked for one kind of import."""

    name: str
    fingerprint: str  # of its text and of the zone of naive times
    format: str
    encoding: str
    delimiter: str
    sheet: str  # "": the first
    zone: ZoneInfo
    location_order: LocationOrder
    datum: str | None
    columns: dict[str, tuple[str, ...]]  # ours: theirs, a path
    constants: dict[str, str]
    time_formats: tuple[str, ...]
    values: dict[str, dict[str, str]]  # our column: their word: ours
    missing_values: frozenset[str]
    create_missing: frozenset[str]
    closed_dated_but_open: str
    closed_without_date: str

    @property
    def their_names(self) -> frozenset[str]:
        """Their columns that are read, as a clean header spells them."""
        return frozenset(clean(name) for theirs in self.columns.values() for name in theirs)


def with_1904_base(mapping: Mapping) -> Mapping:
    """The mapping for a workbook that counts its days from 1904."""
    formats = (EXCEL_1904 if form == EXCEL else form for form in mapping.time_formats)
    return replace(mapping, time_formats=tuple(formats))


def read_mapping(name: str | Mapping, kind: str, conn: Connection | None = None) -> Mapping:
    """A mapping by its path, or by its bare name where it is kept or shipped. Raises ImportRefused.

    Kept mappings are those of the table `mappings`; without a connection nobody asks there.
    One that was read already is as it is.
    """
    if isinstance(name, Mapping):
        return name
    if conn is not None and not Path(name).is_file():
        query = select(mappings.c.text).where(mappings.c.name == name, mappings.c.kind == kind)
        if (text := conn.execute(query).scalar()) is not None:
            return parse_mapping(name, text, kind)
    path = _find(name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportRefused("intake.mapping.unreadable", mapping=path) from error
    return parse_mapping(path.name, text, kind)


def parse_mapping(name: str, text: str, kind: str) -> Mapping:
    """The text of a mapping, checked for one kind of import. Raises ImportRefused."""
    try:
        document = Document.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ImportRefused("intake.mapping.not_toml", mapping=name, problem=error) from error
    except ValidationError as error:
        raise _invalid(name, error) from error
    return _mapping(name, text, _without_location_order(document), kind)


def _find(name: str) -> Path:
    if Path(name).is_file():
        return Path(name)
    shipped = {path.stem: path for path in SHIPPED.glob("*.toml")}
    if (stem := name.removesuffix(".toml")) in shipped:
        return shipped[stem]
    raise ImportRefused(
        "intake.mapping.not_found", mapping=name, shipped="、".join(sorted(shipped))
    )


def _invalid(name: str, error: ValidationError) -> ImportRefused:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return ImportRefused("intake.mapping.unknown_key", mapping=name, place=place)
    return ImportRefused(
        "intake.mapping.wrong_value", mapping=name, place=place, value=first["input"]
    )


def _without_location_order(document: Document) -> Document:
    """`location_order` may stand beside the column it speaks of."""
    order = document.columns.pop("location_order", None)
    if order in ("lat, lon", "lon, lat"):
        document.source.location_order = order  # type: ignore[assignment]  # just compared
    return document


def _mapping(name: str, text: str, document: Document, kind: str) -> Mapping:
    source, rules = document.source, document.rules
    zone = _zone(name, source.time_zone)
    dropped = set(document.privacy.drop)
    _refuse_formats(name, document.times.formats, zone)
    columns = {ours: _path(theirs) for ours, theirs in document.columns.items()}
    columns = {ours: theirs for ours, theirs in columns.items() if not dropped.intersection(theirs)}
    _refuse_unknown(name, kind, columns, COLUMNS[kind])
    _refuse_unknown(name, kind, document.constants, COLUMNS[kind] | CONSTANTS[kind])
    for ours in REQUIRED[kind]:
        if ours not in columns:
            raise ImportRefused("intake.mapping.column_needed", mapping=name, column=ours)
    return Mapping(
        name=name.removesuffix(".toml"),
        fingerprint=hashlib.sha256(f"{zone.key}\n{text}".encode()).hexdigest()[:12],
        format=source.format,
        encoding=source.encoding,
        delimiter=source.delimiter,
        sheet=source.sheet,
        zone=zone,
        location_order=source.location_order,
        datum=source.datum,
        columns=columns,
        constants=document.constants,
        time_formats=tuple(document.times.formats),
        values={ours: _turned(words) for ours, words in document.values.items()},
        missing_values=frozenset(rules.missing_values) | {""},
        create_missing=frozenset(rules.create_missing),
        closed_dated_but_open=rules.closed_dated_but_open,
        closed_without_date=rules.closed_without_date,
    )


def _zone(name: str, zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone) if zone else settings().zone
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ImportRefused(
            "intake.mapping.wrong_value", mapping=name, place="source.time_zone", value=zone
        ) from error


def _refuse_formats(name: str, formats: list[str], zone: ZoneInfo) -> None:
    try:
        time_reader(tuple(formats), zone)
    except re.error as error:  # a part named twice
        raise ImportRefused(
            "intake.mapping.wrong_value", mapping=name, place="times.formats", value=formats
        ) from error


def _path(theirs: str | list[str]) -> tuple[str, ...]:
    return (theirs,) if isinstance(theirs, str) else tuple(theirs)


def _turned(words: dict[str, list[str]]) -> dict[str, str]:
    """their word: ours."""
    return {theirs: ours for ours, list_of_theirs in words.items() for theirs in list_of_theirs}


def _refuse_unknown(name: str, kind: str, named: dict, known: frozenset[str]) -> None:
    for ours in named:
        if ours not in known:
            nearest = difflib.get_close_matches(ours, known, n=1, cutoff=0)[0]
            raise ImportRefused(
                "intake.mapping.unknown_column",
                mapping=name,
                column=ours,
                kind=kind,
                nearest=nearest,
            )
