"""Addresses nobody would write: U of the catalogue. Each is answered by a sentence."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from data.words import word
from gate.cookie import HEADER, NAME
from tests.client import Socket, open_socket, token_of
from tests.forging import A_LEADER_MAY, a_case, new_person, offered_to
from tests.servers import Server

NOW = datetime.now(UTC).replace(microsecond=0)
YEAR = timedelta(days=365)


def instants(start: datetime, end: datetime, as_of: datetime = NOW) -> str:
    parts = {"from": start, "to": end, "as_of": as_of}
    return "&".join(f"{name}={quote(at.isoformat())}" for name, at in parts.items())


LAST_MONTH = instants(NOW - timedelta(days=31), NOW)


def visited(server: Server, path: str, query: str, role: str = "leader") -> tuple[Socket, str]:
    """A page as a role sees it; never one that broke."""
    with open_socket(server, new_person(server, role).token) as socket:
        told = socket.run(path, query)
        kinds = {element.WhichOneof("type") for element in socket.elements.values()}
        assert "exception" not in kinds and "Traceback" not in told
        return socket, told


def unseen(text: str) -> str:
    """The first words of a sentence, up to what is filled in."""
    return text.split("{")[0]


@pytest.mark.parametrize(
    "number",
    ["' OR 1=1--", "%", "_", "x" * 10_000, "\x00", "𠮷" * 50, "-1", "../../x", "a\r\nb", "１"],
)
def test_u1_a_number_that_no_case_has_is_said_to_have_none(number: str, server: Server) -> None:
    _, told = visited(server, "case", f"no={quote(number)}")
    assert word("case.missing") in told


@pytest.mark.parametrize(
    "query", ["no=%", "no=%zz", "no=%00", "no=%ff%fe", "no", "=&=&&", "no=&no="]
)
def test_u1_what_is_not_even_an_address_asks_for_a_number(query: str, server: Server) -> None:
    visited(server, "case", query)


@pytest.mark.parametrize("path", ["admin", "intake", "audit", "administration", "nowhere", "pages"])
def test_u2_an_unknown_page_and_a_forbidden_one_are_the_same(path: str, server: Server) -> None:
    _, told = visited(server, path, "", "leader")
    assert word("screen.missing") in told


def test_u3_of_a_key_said_twice_the_last_counts(server: Server) -> None:
    case_no = a_case(server)
    for query, is_found in (
        (f"no=nothing&no={case_no}", True),
        (f"no={case_no}&no=nothing", False),
        (f"no[]={case_no}", False),
        (f"no={case_no}&x=1&x=2", True),
    ):
        _, told = visited(server, "case", query)
        assert (word("case.story") in told) == is_found


@pytest.mark.parametrize(
    "query",
    ["role=dispatcher", "login=dispatcher", "embed=true", "actor=dispatcher", "session=x&user=1"],
)
def test_u4_a_right_in_the_address_is_no_right(query: str, server: Server) -> None:
    _, told = visited(server, "intake", query)
    assert word("screen.missing") in told
    socket, _ = visited(server, "case", f"no={a_case(server)}&{query}")
    assert offered_to(socket) == A_LEADER_MAY


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (instants(NOW, NOW - YEAR), "question.turned_round"),
        (instants(NOW, NOW - timedelta(seconds=1)), "question.turned_round"),
        (instants(NOW - 4 * YEAR, NOW), "question.too_long"),
        (instants(datetime(1900, 1, 1, tzinfo=UTC), NOW), "question.too_long"),
        (instants(datetime(1, 1, 1, tzinfo=UTC), NOW), "question.bad_time"),
        ("from=x&to=y&as_of=z", "question.bad_time"),
        ("from=2026-01-01&to=2026-02-01&as_of=2026-02-01", "question.bad_time"),  # no zone
        ("from=2026-02-30T00:00:00Z&to=2026-03-01T00:00:00Z", "question.bad_time"),
        (
            "from=0001-01-01T00:00:00%2B14:00&to=9999-12-31T23:59:59-12:00"
            "&as_of=9999-12-31T23:59:59-12:00",
            "question.bad_time",
        ),
        ("", "question.bad_time"),
    ],
)
def test_u5_a_period_that_is_none_is_refused(question: str, sentence: str, server: Server) -> None:
    _, told = visited(server, "opened", f"metric=backlog_count&{question}")
    assert word("opened.bad") in told and unseen(word(sentence)) in told


@pytest.mark.parametrize(
    "as_of",
    ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "0001-01-01", "x", "2026-13-01"],
)
def test_u5_a_moment_to_look_back_to_may_be_anything(as_of: str, server: Server) -> None:
    visited(server, "", f"as_of={quote(as_of)}")
    edge = quote(as_of)
    visited(server, "opened", f"metric=backlog_count&from={edge}&to={edge}&as_of={edge}")


@pytest.mark.parametrize("name", ["area", "unit", "category", "channel"])
def test_u6_what_the_link_names_and_nobody_knows_is_said(name: str, server: Server) -> None:
    query = f"metric=backlog_count&{LAST_MONTH}&{name}={quote('没有的编码')}"
    _, told = visited(server, "opened", query)
    assert word("opened.bad") in told and "没有的编码" in told


@pytest.mark.parametrize(
    "query", ["metric=nothing", "metric=__class__", "metric=backlog_count&part=x"]
)
def test_u6_a_number_nobody_knows_is_said(query: str, server: Server) -> None:
    _, told = visited(server, "opened", f"{query}&{LAST_MONTH}")
    assert word("opened.bad") in told


@pytest.mark.parametrize("name", [NAME, HEADER, "session", "token", "ticket", "_streamlit_user"])
def test_u7_a_token_in_the_address_lets_nobody_in(name: str, server: Server) -> None:
    """Addresses are written down by every server on the way."""
    token = token_of(server, new_person(server).login)
    with open_socket(server) as socket:
        for path in ("", "case", "overview"):
            told = socket.run(path, f"{name}={token}")
            assert word("sign_in.enter") in told and word("sign_out.leave") not in told
