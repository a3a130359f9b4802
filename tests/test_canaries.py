"""Canaries: texts and addresses that must never be sent to a browser that may not see them.

Twenty values stand in titles, addresses and notes of cases of one town. Every frame that a role
is sent on every page, asked for rightly and wrongly, is searched for them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from data.db import connect
from data.metrics.figure import Question
from data.questions import as_text
from data.schema import units
from data.terms import Kind
from gate.screens import SCREENS
from tests import servers
from tests.builders import add_case, event
from tests.client import open_socket, token_of
from tests.people import add_person
from tests.servers import Server

NOW = datetime.now(UTC).replace(microsecond=0)
SINKS = ("title", "address", "note")
CANARIES = [f"金丝雀{SINKS[n % 3]}{n:02}号" for n in range(20)]
HOME_TOWN, OTHER_TOWN = "nantang", "hewan"  # streets of the demo district
METRICS = ("overdue_now_count", "backlog_count", "opened_count", "transfer_count")


@pytest.fixture(scope="module")
def server(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on the demo district with twenty cases that hold a canary each."""
    folder = tmp_path_factory.mktemp("canaries")
    url = servers.copy_of(demo_url, folder)
    engine = connect(url)
    with engine.begin() as conn:
        _add_canaries(conn)
        _add_people(conn)
    engine.dispose()
    server = servers.start(url, folder)
    yield server
    server.stop()


def _unit(conn: Connection, code: str) -> tuple[int, int]:
    """A street's unit and its area."""
    row = conn.execute(select(units).where(units.c.code == code)).one()
    return row.unit_id, row.area_id


def _add_canaries(conn: Connection) -> None:
    unit, area = _unit(conn, OTHER_TOWN)
    for number, canary in enumerate(CANARIES):
        at = NOW - timedelta(hours=3)
        columns = {"area_id": area, **{s: canary for s in SINKS[:2] if s in canary}}
        steps = [event(Kind.DISPATCH, at + timedelta(minutes=1), to_unit_id=unit)]
        note = canary if "note" in canary else None
        steps.append(event(Kind.SUPERVISE, at + timedelta(minutes=2), note=note))
        due = NOW - timedelta(days=400) + timedelta(minutes=number)  # first among the urgent
        add_case(conn, case_no(number), at, steps, unit_id=unit, due_at=due, **columns)  # type: ignore[arg-type]


def case_no(number: int) -> str:
    return f"CANARY-{number}"


def _add_people(conn: Connection) -> None:
    home_unit, home_area = _unit(conn, HOME_TOWN)
    other_unit, other_area = _unit(conn, OTHER_TOWN)
    for login, role, reach in (
        ("wall", "display", {}),
        ("wall.town", "display", {"area_id": other_area}),
        ("security.one", "security_administrator", {}),
        ("system.one", "system_administrator", {}),
        ("mayor", "mayor", {}),
        ("operator.home", "operator", {"unit_id": home_unit}),
        ("operator.none", "operator", {}),
        ("leader.home", "leader", {"area_id": home_area}),
        ("dispatcher.home", "dispatcher", {"area_id": home_area}),
        ("leader.there", "leader", {"area_id": other_area}),
        ("operator.there", "operator", {"unit_id": other_unit}),
        ("auditor.whole", "auditor", {}),
    ):
        add_person(conn, login, role, **reach)


def addresses() -> Iterator[tuple[str, str]]:
    """Every page, every canary's case, and the lists that hold them."""
    for screen in SCREENS:
        yield screen.url_path, ""
    yield "", ""
    yield "nowhere", ""
    for number in range(len(CANARIES)):
        yield "case", f"no={case_no(number)}"
    question = Question(NOW - timedelta(days=1), NOW + timedelta(days=1), NOW)
    for metric in METRICS:
        asked = as_text(question) | {"metric": metric, "part": "numerator"}
        yield (
            "opened",
            "&".join(f"{key}={value}" for key, value in asked.items()).replace("+", "%2B"),
        )


def seen_by(server: Server, login: str) -> set[str]:
    """The canaries in any frame that an account is sent, on every page."""
    with open_socket(server, token_of(server, login)) as socket:
        for path, query in addresses():
            socket.run(path, query)
        told = socket.text()
    return {canary for canary in CANARIES if canary in told}


@pytest.mark.parametrize(
    "login",
    [
        "wall", "wall.town", "security.one", "system.one", "mayor",
        "operator.home", "operator.none", "leader.home", "dispatcher.home",
    ],
)  # fmt: skip
def test_nobody_is_sent_what_they_may_not_see(server: Server, login: str) -> None:
    assert seen_by(server, login) == set()


@pytest.mark.parametrize("login", ["leader.there", "operator.there", "auditor.whole"])
def test_whoever_may_see_them_is_sent_all_of_them(server: Server, login: str) -> None:
    assert seen_by(server, login) == set(CANARIES)


def test_a_stranger_is_sent_nothing(server: Server) -> None:
    with open_socket(server) as socket:
        for path, query in addresses():
            socket.run(path, query)
        told = socket.text()
    assert not any(canary in told for canary in CANARIES)
