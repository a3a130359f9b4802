"""What several screens do alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st
from streamlit.errors import StreamlitAPIException

from components.formats import format_stamp
from components.head import Source
from components.mount import Action
from components.notices import show_empty, show_stale
from data.config import settings
from data.deadlines import guessed_years
from data.directory import newest_event_at
from data.metrics import METRICS
from data.metrics.figure import Question
from data.questions import as_text, readable
from data.words import word
from door import go, now, read


def open_number(question: Question, metric: str, part: str = "") -> None:
    """Leave for the cases behind a number; without a part, for its whole base."""
    part = part or ("denominator" if METRICS[metric].unit == "share" else "numerator")
    go("opened", metric=metric, part=part, **as_text(question))


def open_case(case_no: str) -> None:
    """Leave for one case."""
    go("case", no=case_no)


def draw_again() -> None:
    """Draw this part of the screen anew; the whole, where the whole is being drawn."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:  # a click that came late, with the first run after a reconnect
        st.rerun()


def case_source() -> Source:
    """The age of the newest case event, and when it turns yellow and red."""
    stale = settings().stale
    newest = read(newest_event_at)
    return Source(word("source.cases"), newest, stale.yellow_minutes, stale.red_minutes)


def show_guessed_calendar() -> None:
    """Say that due times of a coming year stand on a guessed calendar, if they do."""
    with st.container():
        years = read(guessed_years, now())
        if years:
            show_stale("calendar.guessed", years="、".join(map(str, years)))


@contextmanager
def grey_while_reading(name: str, height: int) -> Iterator[None]:
    """A grey shape where figures will stand, the first time a person waits for them.

    Later answers replace the figures in place, so that nothing blinks. The place is kept in every
    run: what stands below must not move when the shape is gone.
    """
    seen, place = f"seen-{name}", st.empty()
    if seen not in st.session_state:
        place.skeleton(height=height)
    try:
        yield
    finally:
        place.empty()
    st.session_state[seen] = True


@dataclass(frozen=True, slots=True)
class Moment:
    """The time a screen shows: now, or one that the address asks for."""

    instant: datetime
    is_past: bool = False
    unreadable: str = ""


def moment() -> Moment:
    """Now; or `as_of` of the address, to look back. What cannot be read is said, not guessed."""
    asked = st.query_params.get("as_of", "")
    if not asked:
        return Moment(now())
    instant = readable(asked)
    if instant is None:
        return Moment(now(), unreadable=asked)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=settings().zone)
    return Moment(min(instant.astimezone(UTC), now()), is_past=True)


def show_looking_back(at: Moment) -> None:
    """Say that this is the past, or that a time could not be read, and the way to now."""
    if not at.is_past and not at.unreadable:
        return
    prefix = "looking_back" if at.is_past else "looking_back.unreadable"
    ways = [Action("now", word("looking_back.to_now"))]
    values = {"at": format_stamp(at.instant), "value": at.unreadable}
    if show_empty(prefix, ways, **values) == "now":
        del st.query_params["as_of"]
        st.rerun()
