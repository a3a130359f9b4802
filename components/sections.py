"""A section of a page: a hairline, a bold title with its note, and what stands under it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

import streamlit as st

from components.mount import Line, Payload, chosen, heard, line_payload, register

_HEADING = register("heading")
Width: TypeAlias = Literal["stretch", "content"]


@contextmanager
def section(title: Line, note: Line = "", *, key: str) -> Iterator[str | None]:
    """Everything made inside stands under this title; `key` is the section's own on its page.

    Gives the key of the bit chosen in the title or its note.
    """
    with st.container(key=f"section-{key}", gap="xsmall"):
        yield heading(title, note, key=key)


def heading(title: Line, note: Line = "", *, key: str, width: Width = "stretch") -> str | None:
    """A bold title with its note, as every section begins; the key of the bit chosen in them."""
    data: Payload = {"title": line_payload(title), "note": line_payload(note)}
    result = _HEADING(data=data, key=f"heading-{key}", width=width, on_open_change=heard)
    bits = [bit for line in (title, note) if not isinstance(line, str) for bit in line]
    return chosen(result.open, [bit.key for bit in bits if bit.key])
