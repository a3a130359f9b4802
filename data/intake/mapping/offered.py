"""The mappings that a person may choose for a file, and small changes to the text of one."""

import re
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, select

from data.intake.mapping.map import SHIPPED, parse_mapping
from data.schema import mappings
from data.terms import ImportRefused

_HEADER = re.compile(r"(?m)^\[source\][^\n]*\n?")
_NEXT_HEADER = re.compile(r"(?m)^\[")


@dataclass(frozen=True, slots=True)
class Offered:
    """A mapping by its name; a kept one hides a shipped one of its name."""

    name: str
    is_kept: bool
    text: str


def offered(conn: Connection, kind: str) -> tuple[Offered, ...]:
    """The mappings for one kind of import: kept ones first, each by name."""
    query = select(mappings.c.name, mappings.c.text).where(mappings.c.kind == kind)
    kept = [Offered(name, True, text) for name, text in conn.execute(query.order_by("name"))]
    names = {one.name for one in kept}
    return (*kept, *(one for one in _shipped(kind) if one.name not in names))


@cache
def _shipped(kind: str) -> tuple[Offered, ...]:
    texts = [(path.stem, path.read_text("utf-8-sig")) for path in sorted(SHIPPED.glob("*.toml"))]
    return tuple(Offered(name, False, text) for name, text in texts if _reads(name, text, kind))


def _reads(name: str, text: str, kind: str) -> bool:
    try:
        parse_mapping(name, text, kind)
    except ImportRefused:
        return False
    return True


def with_source(text: str, key: str, value: str) -> str:
    """The text of a mapping with one line of its [source] set; the rest stays as it was typed."""
    line = f'{key} = "{value}"\n'
    header = _HEADER.search(text)
    if header is None:
        return f"[source]\n{line}\n{text}"
    following = _NEXT_HEADER.search(text, header.end())
    end = following.start() if following else len(text)
    section = re.sub(rf"(?m)^\s*{key}\s*=.*\n?", "", text[header.end() : end])
    return text[: header.start()] + "[source]\n" + line + section + text[end:]
