"""Where the numbers of 工单流转 lead that are no metrics: the case list, or a list of the page."""

from collections.abc import Sequence

from data.case_list.address import as_address
from data.metrics.figure import Question
from data.terms import State
from data.ticket_flow import TicketFlow
from data.ticket_flow.listed import AGAIN, FlowList, flow_cases
from data.ticket_flow.stages import REST
from data.words import word
from door import go, read
from pages.parts.behind import open_list, show_behind
from pages.parts.flow_tables import ARROW

BY_DUE = (State.IN_PROGRESS, State.RESOLVED)  # past their limit is past their due time


def open_stage(answer: TicketFlow, state: State, is_past: bool, unit: str | None = None) -> None:
    """The open cases of a stage, where they can be worked on; of the past, as they were."""
    if is_past and unit is None:
        open_list(f"stage.{state}")
    go("cases", **as_address(answer.listed(state, unit)))


def open_late(answer: TicketFlow, state: State, is_past: bool) -> None:
    """Those of them that are past their limit."""
    if is_past or state not in BY_DUE:
        open_list(f"late.{state}")
    go("cases", **as_address(answer.listed(state, is_late=True)))


def show_flow_list(question: Question, name: str) -> None:
    """The cases behind a number, and the way back."""

    def find() -> tuple[str, FlowList]:
        found = read(flow_cases, question, name)
        return title_of(name, found.units), found

    show_behind(find, "flow.back")


def title_of(name: str, units: Sequence[str]) -> str:
    """What a list is called; of some units, with their names."""
    family, _, value = name.partition(".")
    if family == "open":
        return word("flow.list.open")
    if family == AGAIN:
        return word("flow.list.again", what=value)
    if units:
        rest = word("flow.rest") if value == REST else word("case.nobody")
        return word(f"flow.list.{family}", what=ARROW.join(name or rest for name in units))
    about = {
        "age": lambda: word(f"flow.age.{value}"),
        "doubt": lambda: word(f"flow.doubt.{value}"),
    }
    said = about.get(family, lambda: word(f"state.{value}"))()
    return word(f"flow.list.{family}", what=said)
