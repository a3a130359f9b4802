"""What other systems' words, headers and columns of persons mean, as words.toml has it."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from data.intake.values.text import folded

_FILE = Path(__file__).with_name("words.toml")
_NEAR = 0.5  # share of letters that are the same, from which a name is worth naming
_NO_WORD = re.compile(r"[\W_]+")


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def word_key(text: str) -> str:
    """A word as it is compared: folded, and no difference of case."""
    return folded(text).casefold()


def header_key(name: str) -> str:
    """A header as it is compared: letters and digits only."""
    return _NO_WORD.sub("", word_key(name))


@cache
def meanings(ours: str) -> dict[str, str]:
    """How the values of one of our columns may be written: their word, as compared: ours."""
    of_column = _words()["values"].get(ours, {})
    return {word_key(theirs): word for word, spelt in of_column.items() for theirs in spelt}


@cache
def spellings(ours: str) -> tuple[str, ...]:
    """Every word for a value of one of our columns, ours and theirs."""
    of_column = _words()["values"].get(ours, {})
    return (*of_column, *(theirs for spelt in of_column.values() for theirs in spelt))


@cache
def header_names(kind: str) -> dict[str, tuple[str, ...]]:
    """For each of our columns the headers it is known by, as compared, the best first."""
    names = dict(_words()["columns"][kind])
    if kind == "events":
        cases = _words()["columns"]["cases"]
        names |= {ours: cases[ours] for ours in ("case_no", "opened_at")}
    return {ours: tuple(map(header_key, (ours, *spelt))) for ours, spelt in names.items()}


def time_formats() -> tuple[str, ...]:
    """The formats of times that other systems write."""
    return tuple(_words()["times"]["formats"])


@cache
def _personal() -> re.Pattern[str]:
    words = _words()["personal"]
    named = "|".join(map(re.escape, words["headers"]))
    return re.compile(f"({named})(?!{'|'.join(map(re.escape, words['unless_followed_by']))})")


def is_personal_header(name: str) -> bool:
    """Whether a column of this name holds names, numbers or homes of persons."""
    return bool(_personal().search(header_key(name)))


def nearest(text: str, names: Iterable[str]) -> str | None:
    """The name most like a text, None where none is near."""
    scorer = Levenshtein.normalized_similarity
    found = process.extractOne(text, names, scorer=scorer, score_cutoff=_NEAR)
    return found[0] if found else None
