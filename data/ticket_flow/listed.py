"""The very cases behind a number that is no metric and that the case list cannot find."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from data import metrics
from data.cases import LIST_LIMIT, CaseLine, lines_of
from data.directory import names_of
from data.metrics.figure import Question
from data.terms import Refused, State
from data.ticket_flow.again import repeated_with
from data.ticket_flow.closures import Doubt, doubtful
from data.ticket_flow.open_cases import BANDS, STAGES, OpenCase, open_cases
from data.ticket_flow.stages import REST, waiting_by_unit, waiting_of
from data.ticket_flow.transfers import BETWEEN, handed_over

# All open cases, those of a stage, past its limit, of an age; doubtful closures.
NAMES = (
    "open",
    *(f"stage.{state}" for state in STAGES),
    *(f"late.{state}" for state in STAGES),
    *(f"age.{place}" for place in range(len(BANDS) + 1)),
    *(f"doubt.{doubt}" for doubt in Doubt),
)
WAITING, LATE = f"stage.{State.DISPATCHED}", f"late.{State.DISPATCHED}"  # to be accepted
# Waiting to be accepted by a unit (its code; REST for those behind the first), or past its limit;
# handed from one unit to another (BETWEEN their codes).
OF_UNITS = ("waits", "over", "pair")
AGAIN = "again"  # repeats of one kind at one place, by the newest of them


@dataclass(frozen=True, slots=True)
class FlowList:
    """How many cases there are, and the first of them; the names of the units it is of."""

    count: int
    lines: tuple[CaseLine, ...]
    units: tuple[str, ...] = ()


def flow_cases(conn: Connection, question: Question, name: str) -> FlowList:
    """The cases behind a number, as they stand now; one line for each time a case counts.

    Raises Refused for a name that is none.
    """
    family, _, value = name.partition(".")
    codes = tuple(value.split(BETWEEN)) if family in OF_UNITS else ()
    names = names_of(conn, "unit") | {REST: "", "": ""}
    is_pair = family == "pair"
    if codes and not (len(codes) == 1 + is_pair and names.keys() >= set(codes)):
        raise Refused("behind.no_such_list", name=name)
    if not codes and family != AGAIN and name not in NAMES:
        raise Refused("behind.no_such_list", name=name)
    keys = _keys(conn, metrics.known(conn, question), family, value)
    if family == AGAIN and not keys:
        raise Refused("behind.no_such_list", name=name)
    lines = lines_of(conn, keys[:LIST_LIMIT])
    return FlowList(len(keys), lines, tuple(names[code] for code in codes))


def _keys(conn: Connection, question: Question, family: str, value: str) -> list[int]:
    if family == "doubt":
        return list(doubtful(conn, question).cases[Doubt(value)])
    if family == AGAIN:
        return repeated_with(conn, question, value)
    if family == "pair":
        return handed_over(conn, question, *value.split(BETWEEN))
    found = open_cases(conn, question)
    if family in OF_UNITS:
        lines = waiting_of(waiting_by_unit(conn, found), value)
        cases = [one for line in lines for one in line.cases]
        return [one.case_id for one in cases if family == "waits" or one.is_late]
    belongs: dict[str, Callable[[OpenCase], bool]] = {
        "open": lambda one: True,
        "stage": lambda one: one.state == value,
        "late": lambda one: one.state == value and one.is_late,
        "age": lambda one: one.band == int(value),
    }
    return [one.case_id for one in found if belongs[family](one)]
