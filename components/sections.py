"""A section of a page: a hairline, a bold title with its note, and what stands under it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

import streamlit as st

from components.mount import register

_HEADING = register("heading")
Width: TypeAlias = Literal["stretch", "content"]


@contextmanager
def section(title: str, note: str = "", *, key: str) -> Iterator[None]:
    """Everything made inside stands under this title; `key` is the section's own on its page."""
    with st.container(key=f"section-{key}", gap="xsmall"):
        heading(title, note, key=key)
        yield


def heading(title: str, note: str = "", *, key: str, width: Width = "stretch") -> None:
    """A bold title with its note, as every section begins."""
    _HEADING(data={"title": title, "note": note}, key=f"heading-{key}", width=width)
