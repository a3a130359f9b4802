"""A mapping drafted from what a file shows, with a word on all that it is unsure of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import tomlkit
from rapidfuzz import fuzz, process

from data.intake.checking.guard import quoted
from data.intake.checking.pickers import WORDS
from data.intake.mapping.map import COLUMNS, REQUIRED
from data.intake.reading.read import open_table, survey
from data.intake.values.text import clean, is_personal_number, without_numbers
from data.intake.values.times import is_iso, is_read_by
from data.intake.values.words import (
    header_key,
    header_names,
    is_personal_header,
    meanings,
    nearest,
    spellings,
    time_formats,
    word_key,
)
from data.terms import Kind, State
from data.words import word

ROWS_LOOKED_AT = 2000
NEAR_HEADER = 80  # of 100, from which a header may be meant
MOST_WORDS = 50  # of a column, to be words and not free text
TIMES = ("opened_at", "closed_at", "due_at", "updated_at", "at", "valid_from", "valid_to")
FIXED: dict[str, tuple[str, ...]] = {"state": tuple(State), "kind": tuple(Kind), **WORDS}


@dataclass(frozen=True, slots=True)
class Draft:
    """A mapping to look through before it is used."""

    text: str  # TOML
    unsure: tuple[str, ...]  # sentences
    columns: dict[str, str]  # ours: theirs


@dataclass(slots=True)
class Sketch:
    """A draft under way: their columns and the values seen in them."""

    kind: str
    values: dict[str, list[str]]  # their column: what it says, blanks aside
    columns: dict[str, str] = field(default_factory=dict)
    drop: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    words: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)

    def doubt(self, key: str, **values: object) -> None:
        """Say what a person should look at."""
        self.unsure.append(word(f"draft.{key}", **values))


def draft_mapping(
    file: str | Path, kind: str = "cases", sheet: str = "", encoding: str = "auto"
) -> Draft:
    """Draft a mapping for a file. Raises ImportRefused for a file that cannot be read."""
    found = survey(Path(file), encoding, sheet=sheet)
    table = open_table(found, ())
    first = [line.fields for line in islice(table.lines(), ROWS_LOOKED_AT)]
    sketch = Sketch(kind, _values(table.header, first))
    if found.text.is_uncertain:
        sketch.doubt("encoding", encoding=found.encoding)
    _set_persons_aside(sketch)
    _find_columns(sketch)
    _find_formats(sketch)
    for ours in FIXED:
        _find_words(sketch, ours)
    source = {
        "encoding": found.encoding if found.text.is_uncertain else "",
        "delimiter": found.delimiter.strip(","),
        "sheet": found.sheet,
    }
    return Draft(_toml(sketch, source), tuple(sketch.unsure), sketch.columns)


def _values(header: list[str], rows: list[list[str]]) -> dict[str, list[str]]:
    """What each column says, of rows as wide as the header. A name must stand once, and be one."""
    rows = [fields for fields in rows if len(fields) == len(header)]
    return {
        name: [text for fields in rows if (text := clean(fields[place]))]
        for place, name in enumerate(header)
        if name and header.count(name) == 1 and without_numbers(name) == name
    }


def _set_persons_aside(sketch: Sketch) -> None:
    for name, values in sketch.values.items():
        numbers = sum(map(is_personal_number, values))
        if is_personal_header(name) or 2 * numbers > len(values) > 0:
            sketch.drop.append(name)
    if sketch.drop:
        sketch.doubt("personal", names="、".join(sketch.drop))


def _find_columns(sketch: Sketch) -> None:
    """Give each of our columns the header it is known by, the best first; then the nearest."""
    free = {header_key(name): name for name in sketch.values if name not in sketch.drop}
    known = header_names(sketch.kind)
    for ours, names in known.items():
        if candidates := [name for name in names if name in free]:
            best = max(candidates, key=lambda name: _understood(ours, sketch.values[free[name]]))
            sketch.columns[ours] = free.pop(best)
    for ours, names in known.items():
        if ours in sketch.columns or not free:
            continue
        near = [process.extractOne(name, list(free), scorer=fuzz.ratio) for name in names]
        best, score, _ = max(near, key=lambda one: one[1])
        if score >= NEAR_HEADER:
            sketch.columns[ours] = free.pop(best)
            sketch.doubt("near", ours=ours, theirs=sketch.columns[ours])
    if "lon" in sketch.columns and "lat" in sketch.columns:
        sketch.columns.pop("location", None)
    if "title" not in sketch.columns and "category" in sketch.columns and sketch.kind == "cases":
        sketch.columns["title"] = sketch.columns["category"]
        sketch.doubt("title", theirs=sketch.columns["category"])
    for ours in REQUIRED[sketch.kind]:
        if ours not in sketch.columns:
            _guess(sketch, ours, free.values())


def _understood(ours: str, values: list[str]) -> float:
    """The share of the values of a column that are known words; 1.0 where any text will do."""
    if ours not in FIXED:
        return 1.0
    known = _known_words(ours)
    return sum(word_key(text) in known for text in values) / max(1, len(values))


def _known_words(ours: str) -> dict[str, str]:
    return meanings(ours) | {word_key(one): str(one) for one in FIXED[ours]}


def _guess(sketch: Sketch, ours: str, free: Iterable[str]) -> None:
    """What must not be missing, by what it looks like: times, or a number of each row's own."""
    for name in free:
        values = sketch.values[name]
        if ours in TIMES:
            fits = all(map(is_iso, values)) or any(
                all(map(is_read_by(form), values)) for form in time_formats()
            )
        else:
            fits = len(set(values)) == len(values)
        if values and fits:
            sketch.columns[ours] = name
            sketch.doubt("near", ours=ours, theirs=name)
            return
    sketch.doubt("missing", ours=ours)


def _find_formats(sketch: Sketch) -> None:
    """The formats that read every value of a column of times; several readings are a doubt."""
    for ours in TIMES:
        values = sketch.values.get(sketch.columns.get(ours, ""), [])
        if not values or all(map(is_iso, values)):
            continue
        reading = [form for form in time_formats() if all(map(is_read_by(form), values))]
        if not reading:
            reading = _formats_together(values)
            sketch.doubt("mixed", ours=ours, formats="、".join(reading) or "—")
        elif len(reading) > 1:
            sketch.doubt("ambiguous", ours=ours, value=values[0], formats="、".join(reading))
            reading = reading[:1]
        sketch.formats += [form for form in reading if form not in sketch.formats]


def _formats_together(values: list[str]) -> list[str]:
    """Formats that each read what those before them leave."""
    chosen, left = [], values
    for form in sorted(time_formats(), key=lambda form: -sum(map(is_read_by(form), values))):
        rest = [value for value in left if not is_read_by(form)(value)]
        if len(rest) < len(left):
            chosen.append(form)
            left = rest
    return chosen


def _find_words(sketch: Sketch, ours: str) -> None:
    """Words that are known already need no line; the others are asked for by the nearest one."""
    if ours not in sketch.columns or ours not in COLUMNS[sketch.kind]:
        return
    seen = list(dict.fromkeys(sketch.values[sketch.columns[ours]]))
    known = _known_words(ours)
    told: dict[str, list[str]] = {}
    strange = []
    for text in seen:
        if meant := known.get(word_key(text)):
            told.setdefault(meant, []).append(text)
        else:
            strange.append(text)
    if len(strange) > MOST_WORDS or (strange and not told and ours != "state"):
        sketch.doubt("no_words", ours=ours, theirs=sketch.columns.pop(ours))
        return
    for text in strange:
        if near := nearest(text, spellings(ours)):
            guess = known[word_key(near)]
            sketch.doubt("word", ours=ours, theirs=quoted(text), guess=guess)
        else:
            sketch.doubt("strange", ours=ours, theirs=quoted(text))
    if told and ours == "state":
        sketch.words[ours] = told
        meant = "；".join(f"{one} = {'、'.join(texts)}" for one, texts in told.items())
        sketch.doubt("states", states=meant)


def _toml(sketch: Sketch, source: dict[str, str]) -> str:
    document = tomlkit.document()
    for sentence in sketch.unsure:
        document.add(tomlkit.comment(sentence))
    sections: dict[str, dict[str, Any]] = {
        "source": {name: value for name, value in source.items() if value},
        "columns": sketch.columns,
        "times": {"formats": sketch.formats} if sketch.formats else {},
        "values": sketch.words,
        "privacy": {"drop": sketch.drop} if sketch.drop else {},
    }
    for name, section in sections.items():
        if section:
            document[name] = section
    return tomlkit.dumps(document)
