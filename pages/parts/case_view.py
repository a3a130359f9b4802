"""All that the page of a case shows, read at once."""

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from components.head import Source
from data.actions.offers import AtHand, at_hand, offered
from data.case_file import CaseFile, case_file
from data.case_file.around import Around, around_case
from data.case_file.ground import Ground, ground_of
from data.directory import Unit, takers
from data.terms import Actor, Kind, Refused
from door import actor, now, read
from pages.parts.case_draft import recall
from pages.parts.common import case_source


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case as somebody sees it at a time, and what they may do with it."""

    at: datetime
    asker: Actor
    case: CaseFile
    around: Around
    ground: Ground
    hand: AtHand
    offered: tuple[Kind, ...]
    takers: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class CasePage:
    """What the address asks for: a case; or why there is none."""

    at: datetime
    source: Source
    view: CaseView | None = None
    why_not: str = ""


def see_case() -> CasePage:
    """The case that the address names, with everything around it."""
    case_no, at, source = st.query_params.get("no", ""), now(), case_source()
    if not case_no:
        return CasePage(at, source)
    try:
        case = read(case_file, case_no)
    except Refused as refusal:
        return CasePage(at, source, why_not=str(refusal))
    asker, hand = actor(), read(at_hand, case_no)
    recall(case_no)
    view = CaseView(
        at=at,
        asker=asker,
        case=case,
        around=read(around_case, case_no),
        ground=read(ground_of, case_no),
        hand=hand,
        offered=offered(asker, hand),
        takers=read(takers),
    )
    return CasePage(at, source, view)
