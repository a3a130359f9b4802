"""How a component is registered: files read once; lines, words and lamps made ready to send."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import streamlit as st

from data.terms import Lamp
from data.words import word

HERE = Path(__file__).parent
ROOT = "/components/"  # where browsers find the scripts
# Streamlit takes a text of one line for a path.
LOAD = f"""export default (given) =>
  import(location.origin + "{ROOT}{{file}}").then((script) => script.default(given));
"""
Payload: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Bit:
    """A piece of a line: plain, bold, or coloured by a lamp whose shape follows the text.

    Without text only the shape is drawn. With a key it opens something. What became worse is
    coloured without a lamp: no rule was broken.
    """

    text: str
    is_bold: bool = False
    lamp: Lamp = Lamp.NONE
    key: str = ""
    is_worse: bool = False


Line: TypeAlias = str | Sequence[Bit]


@dataclass(frozen=True, slots=True)
class Action:
    """A button: the key it returns and its words."""

    key: str
    text: str
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A message: one bold sentence, one reason, the ways out."""

    lamp: Lamp
    headline: str
    reason: str = ""
    actions: Sequence[Action] = ()


def register(name: str) -> Callable[..., Any]:
    """The component drawn by <name>.js and <name>.css, with the shared kit before them.

    It is called with `data`, what its script is to show, and what any component may be given. With
    each drawing goes where its script lies; the script itself a browser loads once.
    """
    component = st.components.v2.component(
        f"yiping_{name}", html='<div class="yp"></div>', js=LOAD.format(file=file_of(name))
    )

    def draw(data: Payload, **given: Any) -> Any:
        return component(data=_packed(data), **given)

    return draw


def file_of(name: str) -> str:
    """What the script of a component is called for browsers: another one with each content."""
    return f"{name}-{hashlib.sha256(script_of(name)).hexdigest()[:16]}.js"


def script_in(file: str) -> bytes | None:
    """The script that a browser asks for; None for what is none, or none any more."""
    return next((script_of(name) for name in _names() if file_of(name) == file), None)


@cache
def script_of(name: str) -> bytes:
    """The whole script of a component, with its styles."""
    sheets = [HERE / "kit.css", HERE / f"{name}.css"]
    css = "\n".join(path.read_text("utf-8") for path in sheets if path.exists())
    parts = [f"const STYLES = {json.dumps(css, ensure_ascii=False)};\n"]
    parts += [(HERE / part).read_text("utf-8") for part in ("kit.js", f"{name}.js")]
    return "".join(parts).encode()


@cache
def _names() -> list[str]:
    return [path.stem for path in HERE.glob("*.js") if path.stem != "kit"]


def _packed(data: Payload) -> bytes:
    """As bytes of JSON: an object Streamlit searches for tables and writes out twice."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def heard() -> None:
    """Streamlit names a trigger by its callback; what was asked is read from the result."""


def chosen(asked: object, offered: Iterable[str]) -> str | None:
    """The key a person chose, or None: a browser may send anything."""
    return asked if isinstance(asked, str) and asked in set(offered) else None


def lamp_word(lamp: Lamp) -> str:
    """The colour and word of a lit lamp, 红 告警; nothing for one that is not lit."""
    return "" if lamp is Lamp.NONE else word(f"lamp.{lamp}")


def sentence(key: str, **bits: Bit) -> list[Bit]:
    """A sentence of the catalogue with these bits in their places."""
    pieces = word(key, **{name: f"\0{name}\0" for name in bits}).split("\0")
    return [bits[piece] if place % 2 else Bit(piece) for place, piece in enumerate(pieces)]


def line_payload(line: Line) -> list[Payload]:
    """A line as it is sent to the browser."""
    if isinstance(line, str):
        return [{"text": line}] if line else []
    return [_bit_payload(bit) for bit in line if bit.text or bit.lamp is not Lamp.NONE]


def _bit_payload(bit: Bit) -> Payload:
    marks = marked(bold=bit.is_bold, key=bit.key, worse=bit.is_worse)
    return {"text": bit.text, **lamp_payload(bit.lamp), **marks}


def lamp_payload(lamp: Lamp) -> Payload:
    """A lamp with its word; nothing for one that is not lit."""
    return {} if lamp is Lamp.NONE else {"lamp": lamp, "said": lamp_word(lamp)}


def marked(**marks: object) -> Payload:
    """The marks that are set: most bits and cells are plain text, and what is not is not sent."""
    return {name: value for name, value in marks.items() if value}


def actions_payload(actions: Sequence[Action]) -> list[Payload]:
    """Buttons as they are sent to the browser."""
    return [{"key": a.key, "text": a.text, "primary": a.is_primary} for a in actions]


def notice_payload(notice: Notice) -> Payload:
    """A message as it is sent to the browser."""
    return {
        "lamp": notice.lamp,
        "said": lamp_word(notice.lamp),
        "headline": notice.headline,
        "reason": notice.reason,
        "actions": actions_payload(notice.actions),
    }
