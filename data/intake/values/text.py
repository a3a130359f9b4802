"""Text as it is stored: clean, and with telephone and identity numbers replaced."""

import re
from functools import cache
from html import unescape
from unicodedata import is_normalized, normalize

from data.words import word

# Control characters, lone surrogates, zero-width and direction marks; the joiner of emoji stays.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200b\u200e\u200f\u2060\ufeff"
    "\u202a-\u202e\u2066-\u2069]"
)
# Joiners that may be meant in a text, but not in a code.
_JOINERS = re.compile("[\u200c\u200d\u00ad\ufe0e\ufe0f\u180e]")
# What `clean` has to look at more closely: the above, spaces, entities, and fullwidth letters.
_ODD = re.compile(_UNSEEN.pattern[:-1] + "&\t\n\v\f\r０-９Ａ-Ｚａ-ｚ]")
_SPACES = re.compile(r"[\t\n\v\f\r]+")
_FULLWIDTH = {
    wide: wide - 0xFEE0
    for start, end in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
    for wide in range(ord(start), ord(end) + 1)
}

_MANY_DIGITS = re.compile(r"\d(?:[\s-]?\d){8}")
_IDENTITY = re.compile(r"(?<![\d.])[1-9]\d{5}(?:18|19|20)\d{9}[\dXx](?!\d)")
_PHONE = re.compile(
    r"(?<![\d.])(?:(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}"  # mobile
    r"|09\d{2}-?\d{3}-?\d{3}"  # mobile, Taiwan
    r"|0\d{2,3}-\d{7,8})(?!\d)"  # with an area code
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


def clean(text: str) -> str:
    """The text without what nobody sees: entities decoded, composed, fullwidth letters narrowed."""
    if text.isascii() and "&" not in text and text.isprintable():
        return text.strip()
    if not _ODD.search(text) and is_normalized("NFC", text):
        return text.strip()
    return as_written(text).translate(_FULLWIDTH).strip()


def as_written(text: str) -> str:
    """The text without what nobody sees, its letters as wide as they were written."""
    if text.isascii() and "&" not in text and text.isprintable():
        return text.strip()
    return normalize("NFC", _UNSEEN.sub("", _SPACES.sub(" ", unescape(text)))).strip()


def folded(text: str) -> str:
    """A code as it is compared: narrow letters, nothing invisible, single blanks."""
    text = as_written(text)
    if not text.isascii():
        text = normalize("NFKC", _JOINERS.sub("", text))
    return " ".join(text.split())


def without_numbers(text: str) -> str:
    """Free text with telephone numbers and valid identity numbers replaced by a word."""
    if not _MANY_DIGITS.search(text):
        return text
    phone, identity = _replacements()
    text = _IDENTITY.sub(lambda m: identity if is_identity_number(m[0]) else m[0], text)
    return _PHONE.sub(phone, text)


def as_stored(text: str) -> str:
    """What somebody typed, as it is stored and shown: cleaned, and without personal numbers."""
    return without_numbers(clean(text))


@cache
def _replacements() -> tuple[str, str]:
    return word("intake.replaced.phone"), word("intake.replaced.identity")


def is_identity_number(text: str) -> bool:
    """Whether this is an 18-digit identity number: a day of birth and the right check digit."""
    if not _IDENTITY.fullmatch(text) or not ("01" <= text[10:12] <= "12"):
        return False
    if not "01" <= text[12:14] <= "31":
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
    return _CHECK_DIGITS[total % 11] == text[17].upper()


def is_personal_number(text: str) -> bool:
    """Whether the whole text is one telephone or identity number."""
    return bool(_PHONE.fullmatch(text)) or is_identity_number(text)
