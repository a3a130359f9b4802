"""Staying live: parts of a screen that follow the data by themselves and outlive the database."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from components.notices import Notice, show_notice
from data.config import settings
from data.terms import Lamp, Refused
from data.words import word
from door.database import NOT_ANSWERING
from door.identity import SignedOut, actor
from door.version import last_good, note_answer, note_silence

Drawn = ParamSpec("Drawn")
Seen = TypeVar("Seen")


def live(draw: Callable[Drawn, None]) -> Callable[Drawn, None]:
    """Draw again each tick, for whoever is signed in at that moment.

    While the database does not answer, says so in the same place; so it does to whoever may not
    see this any more. Whoever was signed out meanwhile is led to the sign-in.
    """

    place = f"{draw.__module__}.{draw.__qualname__}"

    @wraps(draw)
    def checked(*args: Drawn.args, **kwargs: Drawn.kwargs) -> None:
        def draw_for_actor() -> None:
            actor()
            draw(*args, **kwargs)

        drawn(lambda: _allowed(draw_for_actor, place), place)

    @wraps(draw)
    def started(*args: Drawn.args, **kwargs: Drawn.kwargs) -> None:
        st.fragment(checked, run_every=settings().refresh.tick_seconds)(*args, **kwargs)

    return started


def lasting(
    see: Callable[[], Seen], is_live: bool = True
) -> Callable[[Callable[[Seen, bool], None]], Callable[[], None]]:
    """Live; but while the database does not answer, what was last seen stays, with what was typed.

    `see` reads all that the screen shows; draw(seen, is_silent) draws it, and reads nothing more
    that it could not do without. One that is not live is drawn again when somebody does something.
    """

    def over(draw: Callable[[Seen, bool], None]) -> Callable[[], None]:
        place = f"{draw.__module__}.{draw.__qualname__}"

        def checked() -> None:
            try:
                _allowed(lambda: _draw_seen(see, draw, place), place)
            except NOT_ANSWERING as failure:
                _show_outage(note_silence(failure), last_good(), f"outage {place}")

        @wraps(draw)
        def started() -> None:
            st.fragment(checked, run_every=settings().refresh.tick_seconds if is_live else None)()

        return started

    return over


def _draw_seen(see: Callable[[], Seen], draw: Callable[[Seen, bool], None], place: str) -> None:
    """What is seen now; or the notice, and under it what this address last showed here."""
    address, above = st.query_params.to_dict(), st.container()
    try:
        actor()
        seen = see()
    except NOT_ANSWERING as failure:
        kept = st.session_state.get(place)
        if kept is None or kept[0] != address:
            raise
        with above:
            _show_outage(note_silence(failure), last_good(), f"outage {place}")
        draw(kept[1], True)
        return
    st.session_state[place] = address, seen
    draw(seen, False)
    note_answer()


def _allowed(draw: Callable[[], None], place: str) -> None:
    """Draw; for whoever was signed out, the sign-in; for whoever may not, the sentence."""
    try:
        draw()
    except SignedOut:
        st.rerun()
    except Refused as refusal:
        notice = Notice(Lamp.NONE, word("door.refused"), str(refusal))
        show_notice(notice, f"refused {place}")


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
