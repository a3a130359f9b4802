"""The page that every browser loads: Streamlit's, with our name, told where its server is.

Left alone it looks for the server below the address of each screen first, is refused, and waits a
tenth of a second before it looks at the root.
"""

import re
from functools import cache
from html import escape
from pathlib import Path

import streamlit

from data.config import settings
from data.words import word

STREAMLITS = Path(streamlit.__file__).with_name("static") / "index.html"
HERE = '<script>window.__streamlit={BACKEND_BASE_URL:location.origin+"/"}</script>'
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def page() -> str:
    """The page, as HTML."""
    language = settings().language.replace("_", "-")
    ours = {
        '<html lang="en">': f'<html lang="{escape(language)}">',
        "<title>Streamlit</title>": f"<title>{escape(word('bar.product'))}</title>{HERE}",
    }
    text = STREAMLITS.read_text("utf-8")
    for theirs, mine in ours.items():
        text = text.replace(theirs, mine)
    return text


def inline_scripts() -> list[str]:
    """What is written into the page and runs."""
    return INLINE_SCRIPT.findall(page())
