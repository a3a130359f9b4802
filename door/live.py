"""Staying live: parts of a screen that follow the data by themselves and outlive the database."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from components.notices import Notice, show_notice
from data.terms import Lamp, Refused
from data.words import word
from door.database import NOT_ANSWERING
from door.identity import SignedOut, actor, one_drawing
from door.outage import SILENT, say_outage_once, show_outage
from door.pulse import follow
from door.version import note_answer

Drawn = ParamSpec("Drawn")
Read = TypeVar("Read")


def live(draw: Callable[Drawn, None], each_tick: bool = False) -> Callable[Drawn, None]:
    """Draw again once the data, the clock step or the rights of whoever is signed in are others.

    While nothing is, a tick costs a look at the version. What shows more than the data tells, as
    work that goes on, is drawn at each tick.

    While the database does not answer, says so in the same place; so it does to whoever may not
    see this any more. Whoever was signed out meanwhile is led to the sign-in.
    """

    place = f"{draw.__module__}.{draw.__qualname__}"

    @wraps(draw)
    def checked(*args: Drawn.args, **kwargs: Drawn.kwargs) -> None:
        def draw_for_actor() -> None:
            actor()
            draw(*args, **kwargs)

        try:
            _allowed(draw_for_actor, place)
        except NOT_ANSWERING as failure:
            say_outage_once(failure, place)
            return
        note_answer()

    @wraps(draw)
    def started(*args: Drawn.args, **kwargs: Drawn.kwargs) -> None:
        follow(checked, each_tick, *args, **kwargs)

    return started


def each_tick(draw: Callable[Drawn, None]) -> Callable[Drawn, None]:
    """Live, and drawn again at each tick."""
    return live(draw, each_tick=True)


def lasting(
    see: Callable[[], Read], is_live: bool = True
) -> Callable[[Callable[[Read, bool], None]], Callable[[], None]]:
    """Live; but while the database does not answer, what was last seen stays, with what was typed.

    `see` reads all that the screen shows; draw(seen, is_silent) draws it, and reads nothing more
    that it could not do without. One that is not live is drawn again when somebody does something.
    """

    def over(draw: Callable[[Read, bool], None]) -> Callable[[], None]:
        place = f"{draw.__module__}.{draw.__qualname__}"

        @wraps(draw)
        def checked() -> None:
            try:
                _allowed(lambda: _draw_seen(see, draw, place), place)
            except NOT_ANSWERING as failure:
                say_outage_once(failure, place)

        @wraps(draw)
        def started() -> None:
            if is_live:
                follow(checked, each_tick=False)
            else:
                st.session_state[SILENT] = False
                st.fragment(checked)()

        return started

    return over


def _draw_seen(see: Callable[[], Read], draw: Callable[[Read, bool], None], place: str) -> None:
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
            say_outage_once(failure, place)
        draw(kept[1], True)
        return
    st.session_state[place] = address, seen
    draw(seen, False)
    note_answer()


def _allowed(draw: Callable[[], None], place: str) -> None:
    """Draw; for whoever was signed out, the sign-in; for whoever may not, the sentence."""
    try:
        with one_drawing():
            draw()
    except SignedOut:
        st.rerun()
    except Refused as refusal:
        notice = Notice(Lamp.NONE, word("door.refused"), str(refusal))
        show_notice(notice, f"refused {place}")


def drawn(draw: Callable[[], None], place: str) -> bool:
    """Draw, or show a notice in its place because the database does not answer: then False."""
    try:
        with one_drawing():
            draw()
    except NOT_ANSWERING as failure:
        show_outage(failure, place)
        return False
    note_answer()
    return True
