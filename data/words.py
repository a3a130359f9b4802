"""The catalogue of visible words: one look-up for screens, exports and the command line."""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from data.config import settings

CATALOGUES = Path(__file__).parent / "locale"


@cache
def catalogue(language: str) -> dict[str, str]:
    """Every key of a language with its words, from data/locale/<language>/*.po."""
    words: dict[str, str] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    words[str(message.id)] = str(message.string)
    return words


def word(key: str, **values: object) -> str:
    """The words for a key, with values filled in. Raises KeyError for a key nobody wrote."""
    text = catalogue(settings().language)[key]
    return text.format(**values) if values else text
