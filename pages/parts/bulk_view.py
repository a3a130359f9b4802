"""All that the page for many cases shows, read at once."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from components.head import Source
from data.access import CASE_ACTIONS, require
from data.actions.many import OneOfMany, each_of
from data.directory import takers
from data.requests import IN_BULK
from data.terms import Actor, Kind
from door import actor, now, read
from pages.parts.case_draft import CASES, MANY, Desk, begun, desk_of, recall
from pages.parts.case_fields import Filling, request_of
from pages.parts.chosen import choose, chosen
from pages.parts.common import case_source


@dataclass(frozen=True, slots=True)
class BulkView:
    """The cases ticked as they stand, and what is about to be done to them."""

    at: datetime
    source: Source
    asker: Actor
    kind: Kind
    filling: Filling
    each: tuple[OneOfMany, ...]
    done: str

    @property
    def forbidding(self) -> list[OneOfMany]:
        """The cases that forbid it."""
        return [one for one in self.each if one.why_not]


def see_all() -> BulkView:
    """What the address asks to do, on the cases ticked; or on those of a draft, after a restart.

    Raises ActionRefused for whoever may not.
    """
    asker, at, source = actor(), now(), case_source()
    asked = st.query_params.get("kind", "")
    kind = Kind(asked) if asked in IN_BULK else IN_BULK[0]
    require(asker, CASE_ACTIONS[kind])
    recall(MANY)
    desk = desk_of(MANY)
    filling = Filling(
        kind=kind,
        begun=begun(desk, kind, 0),
        key=f"act-many-{desk.turn}-{kind}",
        at=at,
        case_no="",
        takers=read(takers),
    )
    numbers = _numbers(desk, kind)
    plain = replace(request_of(filling), idempotency_key="", reason="", note="")
    each = read(each_of, plain, numbers, at) if numbers else ()
    desk.done = "" if each else desk.done
    return BulkView(at, source, asker, kind, filling, _as_seen(desk, kind, each), desk.done)


def _numbers(desk: Desk, kind: Kind) -> tuple[str, ...]:
    """The cases ticked; where none are, those of the draft."""
    if not chosen():
        choose(_versions(desk, kind))
    return chosen()


def _versions(desk: Desk, kind: Kind) -> dict[str, int]:
    """The version at which each case was seen here first."""
    told: dict[str, int] = json.loads(desk.forms[kind].fields.get(CASES) or "{}")
    return told


def _as_seen(desk: Desk, kind: Kind, each: tuple[OneOfMany, ...]) -> tuple[OneOfMany, ...]:
    """The same cases at the versions at which this person first saw them here."""
    told = _versions(desk, kind)
    seen = tuple(replace(one, version=told.get(one.case_no, one.version)) for one in each)
    desk.forms[kind].fields[CASES] = json.dumps({one.case_no: one.version for one in seen})
    return seen


def look_anew(view: BulkView) -> None:
    """Take the cases as they stand now for what was seen."""
    view.filling.begun.fields[CASES] = ""
