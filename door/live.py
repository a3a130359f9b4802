"""Staying live: parts of a screen that follow the data by themselves and outlive the database."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec

import streamlit as st

from components.notices import Notice, show_notice
from data.config import settings
from data.terms import Lamp, Refused
from data.words import word
from door.database import NOT_ANSWERING
from door.identity import SignedOut, actor
from door.version import last_good, note_answer, note_silence

Drawn = ParamSpec("Drawn")


def live(draw: Callable[Drawn, None]) -> Callable[Drawn, None]:
    """Draw again each tick, for whoever is signed in at that moment.

    While the database does not answer, says so in the same place; so it does to whoever may not
    see this any more. Whoever was signed out meanwhile is led to the sign-in.
    """

    place = f"{draw.__module__}.{draw.__qualname__}"

    @wraps(draw)
    def checked(*args: Drawn.args, **kwargs: Drawn.kwargs) -> None:
        def draw_for_actor() -> None:
            try:
                actor()
                draw(*args, **kwargs)
            except SignedOut:
                st.rerun()
            except Refused as refusal:
                notice = Notice(Lamp.NONE, word("door.refused"), str(refusal))
                show_notice(notice, f"refused {place}")

        drawn(draw_for_actor, place)

    @wraps(draw)
    def started(*args: Drawn.args, **kwargs: Drawn.kwargs) -> None:
        st.fragment(checked, run_every=settings().refresh.tick_seconds)(*args, **kwargs)

    return started


def drawn(draw: Callable[[], None], place: str) -> bool:
    """Draw, or show a notice in its place because the database does not answer: then False."""
    try:
        draw()
    except NOT_ANSWERING as failure:
        _show_outage(note_silence(failure), last_good(), f"outage {place}")
        return False
    note_answer()
    return True


def _show_outage(since: datetime, good: datetime | None, key: str) -> None:
    zone = settings().zone
    if good:
        reason = word("door.silent.reason", good=good.astimezone(zone))
    else:
        reason = word("door.silent_from_start.reason")
    headline = word("door.silent", since=since.astimezone(zone))
    show_notice(Notice(Lamp.RED, headline, reason), key)
