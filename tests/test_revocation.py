"""A right taken away between drawing and clicking: refused in every place, and on record."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, select, update
from streamlit.testing.v1 import AppTest

import door
from data.access import ACT
from data.actions.doing import act
from data.audit import AuditQuestion, write_audit
from data.case_file import case_file
from data.schema import areas, users
from data.sessions import close_session
from data.terms import Refused
from door.exporting import export
from tests import matrix
from tests.house import EARLIER, on, opened, session_for
from tests.matrix import HOLDERS
from tests.scale import SIZE

CASE = "read-here-in_progress"
DISPATCHER = next(holder for holder in HOLDERS if holder.login == "dispatcher.town")
AUDITOR = next(holder for holder in HOLDERS if holder.login == "auditor.district")


def set_account(**values: object) -> Callable[[Connection, str, str], None]:
    """What an administrator does to an account."""

    def change(conn: Connection, login: str, _: str) -> None:
        conn.execute(update(users).where(users.c.login == login).values(**values))

    return change


def move_away(conn: Connection, login: str, _: str) -> None:
    """Another town from now on."""
    town = conn.execute(select(areas.c.area_id).where(areas.c.code == "other")).scalar_one()
    set_account(area_id=town)(conn, login, "")


WAYS: dict[str, Callable[[Connection, str, str], None]] = {
    "signed_out": lambda conn, _, session: close_session(conn, session, EARLIER),
    "switched_off": set_account(is_active=False),
    "another_role": set_account(role="display"),
    "no_role": set_account(role="mayor"),
    "must_change_password": set_account(must_change_password=True),
    "another_town": move_away,
}


@pytest.fixture
def district(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The small district of the matrix, with the door open."""
    with opened(sqlite_url, monkeypatch):
        on(sqlite_url, lambda conn: matrix.build(conn, ["read"]))
        yield sqlite_url


def screen(act, got):  # type: ignore[no-untyped-def]  # read apart from this module
    """A screen that lets the same thing be asked for in its body, a fragment and a callback."""
    import streamlit as st

    from data.terms import Refused
    from door import SignedOut

    def ask(place):  # type: ignore[no-untyped-def]
        try:
            got[place] = act()
        except (SignedOut, Refused) as refusal:
            got[place] = refusal

    if st.button("body"):
        ask("body")
    st.button("callback", on_click=ask, args=("callback",))

    @st.fragment
    def part() -> None:
        if st.button("fragment"):
            ask("fragment")

    part()


def drawn(session: str, act: Callable[[], Any], got: dict[str, Any]) -> AppTest:
    app = AppTest.from_function(screen, args=(act, got), default_timeout=60)
    app.user = {"session": session}
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, place: str) -> None:
    next(button for button in app.button if button.label == place).click().run()
    assert not app.exception


@pytest.mark.parametrize("place", ["body", "callback", "fragment"])
@pytest.mark.parametrize("way", WAYS)
def test_what_was_drawn_before_is_refused_at_the_click(district: str, way: str, place: str) -> None:
    for _ in range(SIZE.revoked_clicks):
        session, got = session_for(district, DISPATCHER.login), {}
        ask = on(district, lambda conn: matrix.REQUESTS[ACTION](conn, DISPATCHER, CASE))
        app = drawn(session, lambda: door.change(act, ask), got)  # noqa: B023
        before = on(district, case_rows)
        written = on(district, lambda conn: matrix.refusals(conn, DISPATCHER.login))
        on(district, lambda conn: WAYS[way](conn, DISPATCHER.login, session))  # noqa: B023
        press(app, place)
        assert isinstance(got[place], door.SignedOut | Refused)
        assert on(district, case_rows) == before
        now = on(district, lambda conn: matrix.refusals(conn, DISPATCHER.login))
        assert len(now) == len(written) + 1 and now[-1][::2] == (ACTION, CASE)
        on(district, lambda conn: restore(conn))


@pytest.mark.parametrize("place", ["body", "callback", "fragment"])
@pytest.mark.parametrize("way", WAYS)
def test_what_could_be_read_before_is_not_told_at_the_click(
    district: str, way: str, place: str
) -> None:
    session, got = session_for(district, DISPATCHER.login), {}
    app = drawn(session, lambda: door.read(case_file, CASE), got)
    press(app, place)
    assert got[place].line.case_no == CASE
    on(district, lambda conn: WAYS[way](conn, DISPATCHER.login, session))
    press(app, place)
    assert isinstance(got[place], door.SignedOut | Refused)


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"another_town"}))
def test_a_file_offered_before_is_refused_at_the_click(district: str, way: str) -> None:
    session, made = session_for(district, AUDITOR.login), {}
    asked = AuditQuestion(matrix.OPENED_AT, EARLIER)
    app = drawn(session, lambda: export(write_audit, "x", asked, EARLIER), made)
    press(app, "body")
    assert made["body"]().startswith("\ufeff".encode())
    on(district, lambda conn: WAYS[way](conn, AUDITOR.login, session))
    with pytest.raises((door.SignedOut, Refused)):
        made["body"]()
    [(what, _, subject)] = on(district, lambda conn: matrix.refusals(conn, AUDITOR.login))
    assert (what, subject) == ("data.audit.write_audit", "x")


ACTION = f"{ACT}.reassign"


def case_rows(conn: Connection) -> Any:
    everything = matrix.everything(conn)
    return everything["cases"], everything["case_events"]


def restore(conn: Connection) -> None:
    """The account as it was, for the next round."""
    town = conn.execute(select(areas.c.area_id).where(areas.c.code == "town")).scalar_one()
    values = {"role": DISPATCHER.role, "is_active": True, "must_change_password": False}
    set_account(area_id=town, **values)(conn, DISPATCHER.login, "")
