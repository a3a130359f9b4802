"""A page that follows the data never draws over what a person asked for, nor cuts it short."""

from collections.abc import Callable

import pytest
from sqlalchemy import update
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data.schema import users
from tests.builders import add_case
from tests.client import Socket, open_socket, parsed, token_of
from tests.house import on
from tests.servers import Server


def test_a_tick_of_the_page_just_left_is_dropped(server: Server) -> None:
    with open_socket(server, token_of(server, "leader")) as socket:
        socket.run()
        late = socket.rerun(fragment=socket.pulse)
        late.rerun_script.is_auto_rerun = True
        socket.fragments.clear()
        socket.path = "cases"
        socket.send(socket.rerun())
        socket.send(late)
        socket.read_run()

        begun = len(socket.frames)
        socket.tick()
        told = [parsed(frame) for frame in socket.frames[begun:]]
    drawn = [message.delta.fragment_id for message in told if message.HasField("delta")]
    assert drawn == [socket.pulse]  # the next that is drawn is asked of the new page


def test_what_a_person_asked_for_is_drawn_though_a_new_minute_begins_meanwhile(
    cold_server: Callable[..., Server],
) -> None:
    """Here they begin all the time; the click would be lost with the run that it began."""
    server = cold_server(YIPING_REFRESH__CLOCK_STEP_SECONDS="0.000001")
    with open_socket(server, token_of(server, "leader")) as socket:
        socket.send(socket.rerun())
        told = (one for one in socket.messages() if one.WhichOneof("type") == "script_finished")
        assert next(told).script_finished == ForwardMsg.FINISHED_SUCCESSFULLY


def test_news_draws_the_part_that_follows_it_and_never_the_page_around_it(
    cold_server: Callable[..., Server],
) -> None:
    """After a run of the whole page Streamlit's browser side forgets what it was not sent in time.

    A click meanwhile begins a run of the part, which drops what was not sent: the choice just made
    would be gone with it.
    """
    server = cold_server(YIPING_REFRESH__CLOCK_STEP_SECONDS="0.000001")
    with open_socket(server, token_of(server, "leader")) as socket:
        socket.run()
        part, begun = socket.part, len(socket.frames)
        socket.tick()
        told = [parsed(frame) for frame in socket.frames[begun:]]
    drawn = [list(one.metadata.run.fragment_ids) for one in told if one.HasField("new_session")]
    assert drawn[-1] == [part] and all(drawn)


@pytest.fixture
def quiet_server(cold_server: Callable[..., Server]) -> Server:
    """Looks at each tick; minutes do not begin."""
    return cold_server(
        YIPING_REFRESH__TICK_SECONDS="0.000001", YIPING_REFRESH__CLOCK_STEP_SECONDS="3600"
    )


def _runs_since(socket: Socket, begun: int) -> list[list[str]]:
    """The parts that each run was of."""
    told = [parsed(frame) for frame in socket.frames[begun:]]
    return [list(one.metadata.run.fragment_ids) for one in told if one.HasField("new_session")]


def test_a_page_that_knows_of_no_news_is_not_told_so_again(quiet_server: Server) -> None:
    """Until there is some: of the data, or of who may see them."""
    with open_socket(quiet_server, token_of(quiet_server, "leader")) as socket:
        socket.run()
        pulse, part = socket.pulse, socket.part
        socket.tick()  # nothing new
        begun = len(socket.frames)
        for _ in range(3):
            socket.send_tick()
        socket.place_for("taken.csv")
        on(quiet_server.database_url, lambda conn: add_case(conn, "YC-NEWS"))
        socket.tick()
        assert _runs_since(socket, begun) == [[pulse], [part]]

        begun = len(socket.frames)
        socket.send_tick()
        socket.place_for("taken.csv")
        leader = update(users).where(users.c.login == "leader")
        on(quiet_server.database_url, lambda conn: conn.execute(leader.values(is_active=False)))
        socket.tick()
        assert _runs_since(socket, begun) == [[pulse], []]  # the page, to sign in


def test_a_tick_after_something_was_done_is_answered(quiet_server: Server) -> None:
    """What was done may have drawn another part alone."""
    with open_socket(quiet_server, token_of(quiet_server, "leader")) as socket:
        socket.run()
        pulse = socket.pulse
        socket.tick()
        socket.run()
        begun = len(socket.frames)
        socket.tick()
        assert _runs_since(socket, begun) == [[pulse]]


def test_a_page_is_sent_whole_whatever_the_browser_says_that_it_holds(server: Server) -> None:
    """It may have let go of that meanwhile; it then breaks off with a message of its own."""
    with open_socket(server, token_of(server, "leader")) as socket:
        first = socket.run()
        message = socket.rerun()
        message.rerun_script.cached_message_hashes.extend(
            [one.hash for one in map(parsed, socket.frames) if one.hash]
        )
        begun = len(socket.frames)
        socket.send(message)
        assert len(socket.read_run()) > len(first) / 2
        assert not any(parsed(frame).HasField("ref_hash") for frame in socket.frames[begun:])
