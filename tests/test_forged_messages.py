"""Messages no browser would send, against a real server: F of the catalogue, row by row.

Whoever forges is signed in; what they gain by it must be nothing.
"""

import asyncio
import json
import platform
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import streamlit
from sqlalchemy import func, select
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest, BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from data.config import PROJECT, settings
from data.db import connect
from data.requests import NOTE_LIMIT
from data.schema import case_events, cases, imports
from data.words import word
from gate.sockets import Sockets, is_needed
from tests import servers
from tests.client import Socket, event, open_socket, parsed, state
from tests.forging import (
    A_LEADER_MAY,
    REVOCATIONS,
    a_case,
    confirm,
    confirming,
    events_of,
    new_person,
    number,
    offered_to,
    open_form,
    serves,
)
from tests.scale import SIZE
from tests.servers import Server

RIGHTS = ("role", "login", "actor", "name", "session", "authentication_status", "is_demo")

# The honest way, so that the forged ones have something to fail at


def test_the_client_does_what_a_browser_does(server: Server) -> None:
    case_no = a_case(server)
    before = events_of(server, case_no)
    with open_socket(server, new_person(server).token) as socket:
        confirm(socket, open_form(socket, case_no))
    assert events_of(server, case_no) == before + 1


# F: values and identities


@pytest.fixture
def desk(server: Server) -> Iterator[Socket]:
    """The import screen of somebody who has just sent a file."""
    who = new_person(server)
    with open_socket(server, who.token) as socket:
        socket.run("intake")
        file = "工单号,标题\r\n1,井盖\r\n".encode()
        socket.tick(socket.upload(server, who.token, "a.csv", file))
        yield socket


def test_f1_a_button_that_is_asleep_cannot_be_pressed(desk: Socket, server: Server) -> None:
    """While the file is tried, nobody may import it."""
    mapping = (PROJECT / "data" / "mappings" / "nyc_311.toml").read_text("utf-8")
    desk.tick(
        state(desk.widget("text_area", word("intake.mapping.text")), string_value=mapping),
        state(desk.widget("text_input", word("intake.mapping.name")), string_value="nyc"),
        state(desk.widget("button", "intake-try"), trigger_value=True),
    )
    asleep = desk.widget("button", "intake-load")
    assert asleep.disabled  # type: ignore[attr-defined]
    told = desk.tick(state(asleep, trigger_value=True))
    assert word("importing.busy").split("{")[0] not in told  # it was not even heard
    assert number(server, select(func.count()).select_from(imports)) == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e308, 1e308])
def test_f4_a_number_that_is_none_harms_its_sender_alone(
    value: float, desk: Socket, server: Server
) -> None:
    field = desk.widget("number_input", word("intake.declared"))
    desk.send(desk.rerun(state(field, double_value=value)))
    desk.read_run()
    assert str(PROJECT) not in desk.text() and "Traceback" not in desk.text()
    with open_socket(server, new_person(server).token) as other:
        other.run("intake")
        assert may_upload(other)
    assert number(server, select(func.count()).select_from(imports)) == 0


def test_f2_an_option_nobody_offered_is_no_choice(server: Server) -> None:
    case_no = a_case(server)
    before = events_of(server, case_no)
    with open_socket(server, new_person(server).token) as socket:
        states = open_form(socket, case_no)
        for value in ("没有的单位", "", "0", "'; DROP TABLE cases; --", "\x00"):
            states[0].string_value = value
            told = socket.tick(*states)
            assert word("act.fill") in told and word("act.preview") not in told
    assert events_of(server, case_no) == before


def test_f3_text_is_cut_and_cleaned_before_it_is_kept(server: Server) -> None:
    case_no = a_case(server)
    forged = "权属\x00已核\u202e\x1b[31m" + "长" * 10_000
    with open_socket(server, new_person(server).token) as socket:
        confirm(socket, open_form(socket, case_no, forged))
    engine = connect(server.database_url)
    with engine.connect() as conn:
        query = select(case_events.c.note).order_by(case_events.c.event_id.desc()).limit(1)
        note = conn.execute(query).scalar_one()
    engine.dispose()
    assert note.startswith("权属已核[31m长") and len(note) <= NOTE_LIMIT
    assert not set(note) & set("\x00\u202e\x1b")


def test_f5_w5_no_screen_has_a_table_to_edit() -> None:
    """Every forged edit of one is taken; so there is none."""
    code = [
        path for room in ("pages", "components", "gate") for path in (PROJECT / room).rglob("*")
    ]
    texts = [path.read_text("utf-8") for path in code if path.suffix == ".py"]
    assert texts and not any("data_editor" in text for text in texts)


@pytest.mark.parametrize(
    "value", ["nowhere", "", -1, 99_999, None, [], {"a": 1}, True, ["opened_count"], "\x00", 1e308]
)
def test_f6_an_event_of_a_component_chooses_among_the_offered(
    value: object, server: Server
) -> None:
    with open_socket(server, new_person(server, "leader").token) as socket:
        socket.run()
        cards = socket.widget("bidi_component", "overview-cards")
        told = socket.tick(event(cards, "open", value))
        assert "opened-definition" not in told
        assert "Traceback" not in told
        assert socket.run("definitions")  # the session goes on


@pytest.fixture(scope="module")
def alarmed(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on which a lamp is lit whatever the demo district is up to."""
    folder = tmp_path_factory.mktemp("alarmed")
    lines = {"YIPING_LAMPS__OVERDUE_SHARE__BLUE": "0", "YIPING_LAMPS__MINIMUM_BASE": "1"}
    server = servers.start(servers.copy_of(demo_url, folder), folder, environment=lines)
    yield server
    server.stop()


@pytest.mark.parametrize("table", ["alerts", "channels", "towns", "urgent"])
def test_f6_a_place_of_a_table_that_is_not_drawn_opens_nothing(table: str, alarmed: Server) -> None:
    places: list[object] = [
        {"row": "99", "column": ""},
        {"row": "-1", "column": ""},
        {"row": "nowhere", "column": "rate"},
        {"row": "0", "column": "__class__"},
        {"row": None},
        {"row": ["0"], "column": {"a": 1}},
        "urgent",
        [],
    ]
    with open_socket(alarmed, new_person(alarmed, "leader").token) as socket:
        for place in places:
            socket.run()
            drawn = socket.widget("bidi_component", table)
            told = socket.tick(event(drawn, "open", place))
            assert "opened-definition" not in told and "case-story" not in told
            kinds = {element.WhichOneof("type") for element in socket.elements.values()}
            assert "exception" not in kinds


@pytest.mark.parametrize("rows", [[999], [-5], [999, -5], ["0"], [1.5], [None], "all"])
def test_f6_a_row_of_a_list_that_is_not_there_opens_nothing(rows: object, server: Server) -> None:
    with open_socket(server, new_person(server, "leader").token) as socket:
        times = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        query = f"metric=backlog_count&from={times}&to={times}&as_of={times}"
        socket.run("opened", query)
        table = socket.widget("dataframe", "opened-list-numerator")
        cells = [[row, "nope"] for row in rows] if isinstance(rows, list) else rows
        selection = json.dumps({"selection": {"rows": rows, "columns": ["nope"], "cells": cells}})
        forged = state(table, string_value=selection)
        socket.tick(forged)
        assert "Traceback" not in socket.text()
        assert word("screen.case") in socket.run("case")  # the session goes on


@pytest.mark.parametrize(
    "chosen",
    [
        [{"day": "2026-01-32", "way": "opened"}],
        [{"day": "2020-01-01", "way": "__class__"}],
        [{}],
        [[]],
        ["opened"],
        {"day": 1},
        "opened",
        None,
    ],
)
def test_f6_a_bar_of_a_chart_that_is_not_there_opens_nothing(
    chosen: object, server: Server
) -> None:
    with open_socket(server, new_person(server, "leader").token) as socket:
        socket.run()
        chart = socket.widget("vega_lite_chart", "daily-flow")
        selection = json.dumps({"selection": {"opened": chosen}})
        told = socket.tick(state(chart, string_value=selection))
        assert "opened-definition" not in told and "Traceback" not in told
        kinds = {element.WhichOneof("type") for element in socket.elements.values()}
        assert "exception" not in kinds


@pytest.mark.parametrize("name", RIGHTS)
def test_f7_a_right_cannot_be_put_into_the_session(name: str, server: Server) -> None:
    case_no = a_case(server)
    values: list[dict[str, object]] = [
        {"string_value": "dispatcher"},
        {"json_value": '"dispatcher"'},
        {"bool_value": True},
        {"int_value": 1},
        {"trigger_value": True},
    ]
    forged = [
        WidgetState(id=prefix + name, **value)  # type: ignore[arg-type]
        for value in values
        for prefix in ("", "$$ID-0-", "$$STREAMLIT_INTERNAL_KEY_$$ID-0-")
    ]
    with open_socket(server, new_person(server, "leader").token) as socket:
        socket.run("case", f"no={case_no}", *forged)
        assert offered_to(socket) == A_LEADER_MAY
        assert word("screen.missing") in socket.run("intake", "", *forged)


def test_f8_a_button_never_drawn_for_this_session_cannot_be_pressed(server: Server) -> None:
    case_no = a_case(server)
    before = events_of(server, case_no)
    with (
        open_socket(server, new_person(server).token) as honest,
        open_socket(server, new_person(server, "leader").token) as forger,
    ):
        states = open_form(honest, case_no)
        pressed = confirming(honest, states)
        forger.run("case", f"no={case_no}", *pressed)
        forger.tick(*pressed)
        fragment = honest.part
        forger.send(forger.rerun(*pressed, fragment=fragment))
        forger.run("case", f"no={case_no}")
    assert events_of(server, case_no) == before


@pytest.mark.parametrize("name", REVOCATIONS)
def test_f9_what_was_taken_away_after_drawing_counts_at_the_click(
    name: str, server: Server
) -> None:
    for _ in range(SIZE.revoked_clicks):
        who, case_no = new_person(server), a_case(server)
        before = events_of(server, case_no)
        with open_socket(server, who.token) as socket:
            states = open_form(socket, case_no)
            REVOCATIONS[name](server, who)
            confirm(socket, states)
        assert events_of(server, case_no) == before


@pytest.mark.parametrize("name", sorted(set(REVOCATIONS) - {"another_role"}))
def test_f10_what_was_taken_away_after_drawing_counts_at_the_next_tick(
    name: str, server: Server
) -> None:
    for _ in range(SIZE.revoked_clicks):
        who, case_no = new_person(server), a_case(server)
        secrets = told_of(server, case_no)
        with open_socket(server, who.token) as socket:
            told = socket.run("case", f"no={case_no}")
            assert [secret for secret in secrets if secret in told] == secrets
            REVOCATIONS[name](server, who)
            told = socket.tick()
            assert [secret for secret in secrets if secret in told] == []


def told_of(server: Server, case_no: str) -> list[str]:
    """What only somebody who may read cases may be told."""
    engine = connect(server.database_url)
    with engine.connect() as conn:
        query = select(cases.c.title, cases.c.address).where(cases.c.case_no == case_no)
        row = conn.execute(query).one()
    engine.dispose()
    return [text for text in row if text]


def test_f11_a_page_of_another_role_is_not_there(server: Server) -> None:
    with (
        open_socket(server, new_person(server).token) as keeper,
        open_socket(server, new_person(server, "leader").token) as forger,
    ):
        keeper.run("intake")
        assert may_upload(keeper)
        for path in ("intake", "pages/intake", "intake.py", "../intake", "Intake", "intake/"):
            forger.run(path)
            assert not may_upload(forger)
        by_hash = forger.rerun()
        by_hash.rerun_script.page_script_hash = keeper.page
        by_hash.rerun_script.page_name = ""
        forger.elements.clear()
        forger.send(by_hash)
        forger.read_run()
        assert not may_upload(forger)


def may_upload(socket: Socket) -> bool:
    return any(
        element.WhichOneof("type") == "file_uploader" for element in socket.elements.values()
    )


def test_f12_a_cold_server_runs_no_page_by_its_name(cold_server: Callable[..., Server]) -> None:
    server = cold_server()
    for path in ("overview", "pages/overview", "intake", "pages/parts/common", "gate/script"):
        with open_socket(server) as socket:  # nobody is signed in
            told = socket.run(path)
            assert word("sign_in.enter") in told
            kinds = {element.WhichOneof("type") for element in socket.elements.values()}
            assert "dataframe" not in kinds and "selectbox" not in kinds
            assert word("screen.intake") not in told


# F: time


@pytest.mark.parametrize("frames", [0, 1, 5, 20])
def test_f13_submitting_three_times_saves_once(frames: int, server: Server) -> None:
    """At once, and again while the first is being answered."""
    with open_socket(server, new_person(server).token) as socket:
        for _ in range(max(1, SIZE.double_submits // 4)):
            case_no = a_case(server)
            before = events_of(server, case_no)
            pressed = confirming(socket, open_form(socket, case_no))
            fragment = socket.part
            message = socket.rerun(*pressed, fragment=fragment)
            for _ in range(3):
                socket.send(message)
                for _ in range(frames):
                    socket.frame()
            socket.read_run()
            socket.run("case", f"no={case_no}")
            assert events_of(server, case_no) == before + 1


def test_f13_submitting_again_after_a_reconnect_saves_once(server: Server) -> None:
    """The connection broke before the answer: on the next one the draft has the same key."""
    who = new_person(server)
    for _ in range(max(1, SIZE.double_submits // 4)):
        case_no = a_case(server)
        before = events_of(server, case_no)
        with open_socket(server, who.token) as socket:
            pressed = confirming(socket, open_form(socket, case_no))
            fragment = socket.part
            socket.send(socket.rerun(*pressed, fragment=fragment))
        with open_socket(server, who.token) as socket:
            told = socket.run("case", f"no={case_no}")
            if word("act.confirm", kind=word("kind.reassign")) in told:  # what was typed is there
                button = socket.widget("button", word("act.confirm", kind=word("kind.reassign")))
                socket.tick(state(button, trigger_value=True))
        assert events_of(server, case_no) == before + 1


@pytest.mark.parametrize("frames", [0, 1, 5, 20])
@pytest.mark.parametrize("end", ["stopped", "gone", "elsewhere"])
def test_f14_an_action_cut_short_is_done_or_not_done(end: str, frames: int, server: Server) -> None:
    """By the stop button, a closed tab, another page; its event and its version never part."""
    case_no = a_case(server)
    before = events_of(server, case_no)
    with open_socket(server, new_person(server).token) as socket:
        pressed = confirming(socket, open_form(socket, case_no))
        fragment = socket.part
        socket.send(socket.rerun(*pressed, fragment=fragment))
        for _ in range(frames):
            socket.frame()
        if end == "stopped":
            socket.send(BackMsg(stop_script=True))
        if end != "gone":
            socket.run("definitions")
    assert events_of(server, case_no) - before in (0, 1)


# F: operations


ALLOWED = {"rerun_script", "stop_script", "file_urls_request", "app_heartbeat"}
ALLOWED_OPERATIONS = {"deferred_file", "dataframe_chunk"}


def message_of(kind: str, operation: str = "") -> BackMsg:
    message = BackMsg()
    if operation:
        getattr(message.backend_operation_request, operation).SetInParent()
    elif isinstance(getattr(message, kind), bool):
        setattr(message, kind, True)
    else:
        getattr(message, kind).SetInParent()
    return message


def test_f15_f16_f17_only_what_screens_need_passes_the_gate() -> None:
    """Whatever Streamlit adds later is shut out until somebody needs it."""
    kinds = {field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields}
    passing = {kind for kind in kinds if is_needed(message_of(kind).SerializeToString())}
    assert passing == ALLOWED and {"clear_cache", "load_git_info"} <= kinds
    asked = BackendOperationRequest.DESCRIPTOR.oneofs_by_name["payload"].fields
    operations = {field.name for field in asked}
    assert "install_skills" in operations
    assert {
        name
        for name in operations
        if is_needed(message_of("backend_operation_request", name).SerializeToString())
    } == ALLOWED_OPERATIONS


def test_f15_what_no_screen_needs_does_not_reach_streamlit() -> None:
    needed = message_of("rerun_script").SerializeToString()
    sent = iter([message_of("clear_cache").SerializeToString(), needed])
    reached = []

    async def streamlit_itself(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append((await receive())["bytes"])

    async def receive() -> Message:
        return {"type": "websocket.receive", "bytes": next(sent)}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    gate = Sockets(streamlit_itself, settings().gate, "script.py")
    asked = gate({"type": "websocket", "headers": []}, receive, send)
    with ThreadPoolExecutor() as thread:  # a browser of this worker has its loop in the first
        thread.submit(asyncio.run, asked).result()
    assert reached == [needed]


@pytest.mark.parametrize(
    ("kind", "operation", "answer"),
    [
        ("load_git_info", "", "git_info_changed"),
        ("backend_operation_request", "install_skills", "backend_operation_response"),
        ("backend_operation_request", "dismiss_skills_nudge", "backend_operation_response"),
        ("debug_shutdown_runtime", "", "parent_message"),
        ("debug_disconnect_websocket", "", "parent_message"),
    ],
)
def test_f15_to_f18_an_operation_is_not_even_answered(
    kind: str, operation: str, answer: str, server: Server
) -> None:
    for token in (None, new_person(server).token):
        with open_socket(server, token) as socket:
            socket.run()
            socket.frames.clear()
            socket.send(message_of(kind, operation))
            socket.run("definitions")
            told = {message.WhichOneof("type") for message in map(parsed, socket.frames)}
            assert answer not in told and "delta" in told
    assert serves(server)


def test_f19_no_browser_learns_what_the_program_runs_on(server: Server) -> None:
    python = ".".join(str(part) for part in sys.version_info[:3])
    secrets = [str(PROJECT), python, streamlit.__version__, platform.system(), "Linux"]
    for token in (None, new_person(server).token):
        with open_socket(server, token) as socket:
            for path in ("", "definitions", "case", "intake", "nowhere"):
                socket.run(path)
            told = [parsed(frame) for frame in socket.frames]
            begun = [message.new_session for message in told if message.HasField("new_session")]
            assert begun and all(new.initialize.session_id for new in begun)
            text = "".join(str(new) for new in begun) + socket.text()
            assert [secret for secret in secrets if secret in text] == []
