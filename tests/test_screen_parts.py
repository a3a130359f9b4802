"""What several screens do alike, drawn without a server: notices, looking back, what waits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection
from streamlit.testing.v1 import AppTest

from data.metrics.figure import Question
from data.questions import as_text
from data.sessions import open_sessions
from data.terms import ActionRefused
from data.words import word
from tests.builders import add_case
from tests.house import EARLIER, drawn, on, opened, run, said, told
from tests.people import add_person

KEEPER = "keeper"
WEEK = Question(EARLIER - timedelta(days=7), EARLIER, EARLIER)


@pytest.fixture
def district(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """One case, a dispatcher and a keeper of the accounts, and the door open."""
    with opened(sqlite_url, monkeypatch):
        on(sqlite_url, _fill)
        yield sqlite_url


def _fill(conn: Connection) -> None:
    add_person(conn, "dispatcher.district", "dispatcher")
    add_person(conn, KEEPER, "security_administrator")
    add_case(conn, "YC-1", EARLIER)


def waiting() -> None:
    """A place for figures; what is read is refused while the session says so."""
    import streamlit as st

    from data.terms import Refused
    from pages.parts.common import grey_while_reading

    try:
        with grey_while_reading("waiting", height=100):
            if st.session_state.get("is_refused", True):
                raise Refused("question.bad_time", name="from", value="")
    except Refused:
        st.text("refused")


def test_no_grey_block_stays_over_a_refusal(district: str) -> None:
    app = drawn(waiting, district)
    assert [one.value for one in app.text] == ["refused"]
    assert app.get("skeleton") == []
    assert "seen-waiting" not in app.session_state  # whoever asks again waits for the first time
    app.session_state["is_refused"] = False
    assert "seen-waiting" in run(app).session_state


def past() -> None:
    """What a screen of figures says of the past, with a filter beside it."""
    from pages.parts.common import moment, show_looking_back
    from pages.parts.window import ask_window

    at = moment()
    ask_window(at, "this_week")
    show_looking_back(at)


def test_back_to_now_is_the_same_screen_with_its_filters(
    district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []
    monkeypatch.setattr("pages.parts.common.go", lambda page, **_: left.append(page))
    address = {"as_of": EARLIER.isoformat(), "period": word("period.last_week")}
    app = drawn(past, district, **address)
    assert word("looking_back.to_now") in said(app)
    monkeypatch.setattr("pages.parts.common.show_empty", lambda *_, **__: "now")
    run(app)
    assert (left, "as_of" in app.query_params) == ([], False)
    assert app.selectbox(key="period").value == "last_week"


def opened_number() -> None:
    """The screen, read apart from this module."""
    import pages.opened

    pages.opened.screen()


def card(url: str, metric: str) -> AppTest:
    return drawn(opened_number, url, metric=metric, part="numerator", **as_text(WEEK))


def test_a_number_of_then_tells_no_age_of_now(district: str) -> None:
    (age,) = told(card(district, "opened_count"), "age")
    assert age["sources"] == []


@pytest.mark.parametrize("metric", ["overdue_now_count", "days_since_last"])
def test_a_number_of_a_moment_tells_no_period(district: str, metric: str) -> None:
    assert word("number.no_period") in said(card(district, metric), "definition_card")


def accounts() -> None:
    """The screen, read apart from this module."""
    import pages.administration

    pages.administration.screen()


def test_what_was_refused_goes_with_the_next_answer(
    district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays through the ticks, and not beside what comes of the action after it."""
    app = drawn(accounts, district, KEEPER)
    (session, *_) = on(district, lambda conn: open_sessions(conn, datetime.now(UTC), KEEPER))
    app.session_state["account-session"] = session.session_id
    app.session_state["outcome-account-session"] = ActionRefused("accounts.unknown", login=KEEPER)
    for _ in range(2):
        assert word("notice.not_saved") in said(run(app))
    monkeypatch.setattr("pages.parts.account_list.show_notice", lambda *_, **__: "leave")
    assert word("notice.not_saved") not in said(run(app))
