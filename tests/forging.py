"""What tests that forge share: somebody new, a case of their own, the form that reassigns it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Select, func, select, update
from streamlit.proto.Common_pb2 import StringArray
from streamlit.proto.WidgetStates_pb2 import WidgetState

from data.db import connect
from data.schema import audit_events, case_events, cases, sessions
from data.terms import Kind, Role, State
from data.words import word
from tests.client import Socket, ask, change_account, cookie_of, state, token_of
from tests.people import add_person
from tests.servers import Server

A_LEADER_MAY = {word(f"kind.{kind}") for kind in (Kind.SUPERVISE, Kind.NOTE)}


@dataclass(frozen=True, slots=True)
class Person:
    """An account made for one test, signed in."""

    login: str
    token: str


def new_person(server: Server, role: str = "dispatcher", **values: object) -> Person:
    """Somebody new of a role, so that no test disturbs another."""
    login = f"p{random.getrandbits(48):x}"
    engine = connect(server.database_url)
    with engine.begin() as conn:
        add_person(conn, login, role, **values)
    engine.dispose()
    return Person(login, token_of(server, login))


def a_case(server: Server) -> str:
    """A case in progress; there are so many that hardly any test meets another's."""
    engine = connect(server.database_url)
    with engine.connect() as conn:
        query = select(cases.c.case_no).where(cases.c.state == State.IN_PROGRESS)
        found = list(conn.execute(query.where(cases.c.address.is_not(None))).scalars())
    engine.dispose()
    return random.choice(found)


def number(server: Server, query: Select[tuple[int]]) -> int:
    """The one number a query finds in the database of a server."""
    engine = connect(server.database_url)
    with engine.connect() as conn:
        found = conn.execute(query).scalar_one()
    engine.dispose()
    return int(found)


def events_of(server: Server, case_no: str) -> int:
    """How many events a case has; its version says the same, always."""
    joined = cases.join(case_events, case_events.c.case_id == cases.c.case_id)
    this = cases.c.case_no == case_no
    count = number(server, select(func.count()).select_from(joined).where(this))
    assert count == number(server, select(cases.c.version).where(this))
    return count


def refusals_of(server: Server, login: str) -> int:
    """How often somebody was refused, on record."""
    mine = (audit_events.c.kind == "refused", audit_events.c.actor == login)
    return number(server, select(func.count()).where(*mine))


def open_form(socket: Socket, case_no: str, note: str = "") -> list[WidgetState]:
    """Draw a case, choose to reassign it, a unit and a reason: the states, ready to confirm."""
    socket.run("case", f"no={case_no}")
    actions = socket.widget("button_group", word("case.act"))
    chosen = state(actions, string_array_value=StringArray(data=[word("kind.reassign")]))
    socket.tick(chosen)
    unit = socket.widget("selectbox", word("act.unit.reassign"))
    reason = socket.widget("selectbox", word("act.reason"))
    states = [
        state(unit, string_value=unit.options[0]),
        state(reason, string_value=reason.options[0]),
        state(socket.widget("text_area", word("act.note")), string_value=note),
        chosen,
    ]
    told = socket.tick(*states)
    assert word("act.preview") in told
    return states


def offered_to(socket: Socket) -> set[str]:
    """The actions that a drawn case offers."""
    return {one.content for one in socket.widget("button_group", word("case.act")).options}


def confirming(socket: Socket, states: list[WidgetState]) -> list[WidgetState]:
    """The states of a form with its button pressed."""
    button = socket.widget("button", word("act.confirm", kind=word("kind.reassign")))
    return [*states, state(button, trigger_value=True)]


def confirm(socket: Socket, states: list[WidgetState]) -> str:
    """Press the button of a form that is drawn. Returns what is shown then."""
    return socket.tick(*confirming(socket, states))


def headers_of(server: Server, token: str | None = None) -> dict[str, str]:
    """The headers of a browser that shows our own page."""
    host = server.url.removeprefix("http://")
    return {"Host": host, "Origin": server.url, **cookie_of(token)}


def serves(server: Server) -> bool:
    """Whether it answers, and its database too."""
    return ask(server, "GET", "/healthz", headers_of(server)).body == b"ok"


# Ways to take a right away from somebody who has a screen open

REVOCATIONS: dict[str, Callable[[Server, Person], None]] = {}


def revocation(change: Callable[[Server, Person], None]) -> Callable[[Server, Person], None]:
    REVOCATIONS[change.__name__] = change
    return change


@revocation
def another_role(server: Server, who: Person) -> None:
    change_account(server, who.login, role=Role.LEADER)


@revocation
def a_role_without_cases(server: Server, who: Person) -> None:
    change_account(server, who.login, role=Role.SECURITY_ADMINISTRATOR)


@revocation
def an_unknown_role(server: Server, who: Person) -> None:
    change_account(server, who.login, role="mayor")


@revocation
def switched_off(server: Server, who: Person) -> None:
    change_account(server, who.login, is_active=False)


@revocation
def signed_out(server: Server, who: Person) -> None:
    """By the gate, in another tab."""
    answer = ask(server, "POST", "/session/close", headers_of(server, who.token))
    assert answer.status == 204


@revocation
def over(server: Server, who: Person) -> None:
    engine = connect(server.database_url)
    with engine.begin() as conn:
        mine = sessions.c.login == who.login
        conn.execute(update(sessions).where(mine).values(expires_at=sessions.c.opened_at))
    engine.dispose()
