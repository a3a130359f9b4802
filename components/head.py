"""The top of every page: the fixed bar, the page's title and filters, as-of and age of the data."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import streamlit as st

from components.formats import format_long_instant
from components.mount import (
    Action,
    Payload,
    actions_payload,
    chosen,
    heard,
    lamp_word,
    register,
)
from data.terms import Lamp
from data.words import word

_BAR = register("bar")
_TITLE = register("title")
_AGE = register("age")
_PAGE_CSS = (Path(__file__).parent / "page.css").read_text("utf-8")
_AGE_WORDS = ("seconds", "minutes", "hours", "days", "none")


@dataclass(frozen=True, slots=True)
class Source:
    """Where data comes from: when its newest came, and from which age it is yellow and red."""

    name: str
    newest_at: datetime | None
    yellow_minutes: float
    red_minutes: float

    def is_late(self, now: datetime) -> bool:
        """Whether its newest data are older than the yellow limit."""
        limit = timedelta(minutes=self.yellow_minutes)
        return self.newest_at is not None and now - self.newest_at > limit


def page_css() -> None:
    """The few rules that every page needs."""
    st.html(f"<style>{_PAGE_CSS}</style>")


def show_bar(
    district: str,
    person: str = "",
    is_demo: bool = False,
    group: str = "",
    actions: Sequence[Action] = (),
) -> str | None:
    """Draw what stands in the fixed bar beside the navigation; the key of the action chosen.

    The demo mark stands here, where scrolling cannot take it away. `group` is the heading of the
    navigation that holds the open page, to be marked there.
    """
    data: Payload = {
        "product": word("bar.product"),
        "district": district,
        "person": person,
        "demo": word("bar.demo") if is_demo else "",
        "group": group,
        "actions": actions_payload(actions),
    }
    marks = {"top-left": f"{word('bar.product')}　{district}", "top-right": data["demo"]}
    st.html(f"<style>@page{{{''.join(_margin(*mark) for mark in marks.items())}}}</style>")
    with st.container(key="yiping-bar"):
        result = _BAR(data=data, key="yiping-bar-parts", on_open_change=heard)
    return chosen(result.open, [action.key for action in actions])


def _margin(place: str, text: object) -> str:
    """What stands in a margin of every printed page, as a rule of CSS; any text stays text."""
    escaped = "".join(c if c.isalnum() else f"\\{ord(c):x} " for c in str(text))
    return f'@{place}{{content:"{escaped}"}}'


@contextmanager
def head(
    title: str,
    now: datetime,
    sources: Sequence[Source] = (),
    note: str = "",
    lamp: Lamp = Lamp.NONE,
) -> Iterator[None]:
    """Title at the left, as-of and ages at the right; widgets made inside stand between."""
    with st.container(key="yiping-head", horizontal=True, vertical_alignment="center", gap="small"):
        title_data = {"title": title, "note": note, "lamp": lamp, "said": lamp_word(lamp)}
        _TITLE(data=title_data, key="yiping-title", width="content")
        yield
        st.space("stretch")
        _AGE(data=_age_payload(now, sources), key="yiping-age", width="content")


def _age_payload(now: datetime, sources: Sequence[Source]) -> Payload:
    return {
        "asOf": word("head.as_of", at=format_long_instant(now)),
        "now": now.timestamp(),
        "words": {name: word(f"head.age.{name}") for name in _AGE_WORDS},
        "said": {lamp: lamp_word(lamp) for lamp in (Lamp.YELLOW, Lamp.RED, Lamp.UNKNOWN)},
        "sources": [
            {
                "name": source.name,
                "newest": source.newest_at.timestamp() if source.newest_at else None,
                "yellow": source.yellow_minutes * 60,
                "red": source.red_minutes * 60,
            }
            for source in sources
        ],
    }
