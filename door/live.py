"""Staying live: parts of a screen that follow the data by themselves and outlive the database."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeAlias, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

from components.notices import Notice, show_notice
from data.config import settings
from data.terms import Actor, Lamp, Refused
from data.words import word
from door.database import NOT_ANSWERING, reading
from door.identity import SignedOut, actor, actor_of, one_drawing
from door.version import (
    current_version,
    is_silent,
    last_good,
    note_answer,
    note_silence,
    now,
)

Drawn = ParamSpec("Drawn")
Read = TypeVar("Read")
Seen: TypeAlias = tuple[Actor, int, datetime]  # who is signed in, version, clock step
_PART, _PULSE = "followed", "pulse"  # the part of a page that follows the data, and what looks
_SILENT = "silent"  # whether the pulse of the page says that the database does not answer

_pulses = set[str]()  # the same in all sessions: one for each page


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
            _say_outage_once(failure, place)
            return
        note_answer()

    @wraps(draw)
    def started(*args: Drawn.args, **kwargs: Drawn.kwargs) -> None:
        _follow(checked, each_tick, *args, **kwargs)

    return started


def each_tick(draw: Callable[Drawn, None]) -> Callable[Drawn, None]:
    """Live, and drawn again at each tick."""
    return live(draw, each_tick=True)


def _follow(
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
        st.session_state[_SILENT] = False
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
        _show_outage(note_silence(failure), last_good(), "outage pulse")
        st.session_state[_SILENT] = True
        return
    if here is None or (seen is not None and here[0] != seen[0]):
        st.rerun()  # the frame of the page is another's
    if here != seen or st.session_state.get(_SILENT):
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
                _say_outage_once(failure, place)

        @wraps(draw)
        def started() -> None:
            if is_live:
                _follow(checked, each_tick=False)
            else:
                st.session_state[_SILENT] = False
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
            _say_outage_once(failure, place)
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
        _show_outage(note_silence(failure), last_good(), f"outage {place}")
        return False
    note_answer()
    return True


def _say_outage_once(failure: Exception, place: str) -> None:
    """Show it, if the pulse over it has not."""
    if not st.session_state.get(_SILENT):
        _show_outage(note_silence(failure), last_good(), f"outage {place}")


def _show_outage(since: datetime, good: datetime | None, key: str) -> None:
    zone = settings().zone
    if good:
        reason = word("door.silent.reason", good=good.astimezone(zone))
    else:
        reason = word("door.silent_from_start.reason")
    headline = word("door.silent", since=since.astimezone(zone))
    show_notice(Notice(Lamp.RED, headline, reason), key)
