"""The pulse of a page: it looks whether anything is new, and has the part it follows drawn anew."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeAlias

import streamlit as st
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

from data.config import settings
from data.terms import Actor
from door.database import NOT_ANSWERING, reading
from door.identity import SignedOut, actor, actor_of, one_drawing
from door.outage import SILENT, show_outage
from door.version import current_version, is_silent, now

Drawn = ParamSpec("Drawn")
Seen: TypeAlias = tuple[Actor, int, datetime]  # who is signed in, version, clock step
_PART, _PULSE = "followed", "pulse"  # the part of a page that follows the data, and what looks

_pulses = set[str]()  # the same in all sessions: one for each page


def follow(
    draw: Callable[Drawn, None], each_tick: bool, *args: Drawn.args, **kwargs: Drawn.kwargs
) -> None:
    """Draw as a part of its own; on top of it a pulse, which draws the part anew when it must.

    While the database does not answer, the pulse says so and what is drawn stays. It is part of
    what it follows, so that it knows what that has seen.
    """
    seconds = settings().refresh.tick_seconds

    @wraps(draw)
    def pulse(seen: list[Seen | None]) -> None:
        if seen:
            _beat(seen[0])
        else:  # it is drawn along: what a click asked for is not to be cut short by a new minute
            seen.append(_seen_if_it_answers())

    @wraps(draw)
    def followed(*args: Drawn.args, **kwargs: Drawn.kwargs) -> None:
        st.session_state[SILENT] = False
        with one_drawing():
            if not each_tick:
                st.fragment(pulse, run_every=seconds, key=_PULSE)([])
                _note_pulse()
            draw(*args, **kwargs)

    every = seconds if each_tick else None
    st.fragment(followed, run_every=every, key=_PART)(*args, **kwargs)


def _note_pulse() -> None:
    run = get_script_run_ctx()
    if run is not None:
        _pulses.update(run.fragment_storage.resolve_target(_PULSE))


def is_pulse(fragment: str) -> bool:
    """Whether a part of a page only looks for news."""
    return fragment in _pulses


def seen_in(session: str) -> Seen | None:
    """What a page of a session follows, from outside; None where its pulse has something to say."""
    try:
        with reading().connect() as conn:
            who = actor_of(conn, session)
        return None if is_silent() else (who, current_version(), now())
    except (SignedOut, *NOT_ANSWERING):
        return None


def _beat(seen: Seen | None) -> None:
    try:
        here = _seen()
    except NOT_ANSWERING as failure:
        show_outage(failure, _PULSE)
        st.session_state[SILENT] = True
        return
    if here is None or (seen is not None and here[0] != seen[0]):
        st.rerun()  # the frame of the page is another's
    if here != seen or st.session_state.get(SILENT):
        _draw_part_again()


def _draw_part_again() -> None:
    """Draw what is followed anew when this pulse is over, and not the page around it.

    What a person does next is a run of that part, and Streamlit then drops what is drawn of it and
    not sent. After a run of the whole page the browser takes what it so never got for gone, with
    what was chosen in it.
    """
    run = get_script_run_ctx()
    if run is None or run.script_requests is None:
        return
    ask = RerunData(
        query_string=run.query_string,
        page_script_hash=run.page_script_hash,
        fragment_id_queue=run.fragment_storage.resolve_target(_PART),
        is_fragment_scoped_rerun=True,
        cached_message_hashes=run.cached_message_hashes,
        context_info=run.context_info,
    )
    run.script_requests.request_rerun(ask)


def _seen() -> Seen | None:
    """What a screen follows; None for whoever was signed out."""
    try:
        return actor(), current_version(), now()
    except SignedOut:
        return None


def _seen_if_it_answers() -> Seen | None:
    try:
        return _seen()
    except NOT_ANSWERING:
        return None
