"""A database that does not answer, said on the screen."""

import streamlit as st

from components.notices import Notice, show_notice
from data.config import settings
from data.terms import Lamp
from data.words import word
from door.version import last_good, note_silence

SILENT = "silent"  # in the session: whether the pulse of the page says so


def say_outage_once(failure: Exception, place: str) -> None:
    """Show it in a place, if the pulse over it has not."""
    if not st.session_state.get(SILENT):
        show_outage(failure, place)


def show_outage(failure: Exception, place: str) -> None:
    """Since when the database does not answer, and of when the last figures are."""
    since, good, zone = note_silence(failure), last_good(), settings().zone
    if good:
        reason = word("door.silent.reason", good=good.astimezone(zone))
    else:
        reason = word("door.silent_from_start.reason")
    headline = word("door.silent", since=since.astimezone(zone))
    show_notice(Notice(Lamp.RED, headline, reason), f"outage {place}")
