"""The form of every action: filled in, previewed, sent, refused, and what is kept of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select, update
from streamlit.testing.v1 import AppTest

from data.access import ACT
from data.actions.doing import act
from data.actions.offers import at_hand, offered
from data.config import settings
from data.requests import FORMS, CaseRequest
from data.schema import case_events, cases, drafts, units, users
from data.terms import Actor, Kind, Role, State
from data.words import word
from door.version import look_again
from pages.parts.bulk_act import _counted
from tests import matrix
from tests.house import EARLIER, drawn, on, opened, run, said, session_for

LOGIN = "dispatcher.district"
OTHER = Actor("dispatcher.town", "dispatcher.town的岗位", Role.DISPATCHER)
KINDS = sorted(FORMS)
READ = "form-here-in_progress"


@pytest.fixture
def district(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The small district of the matrix, with a case ready for every action, and the door open."""
    with opened(sqlite_url, monkeypatch):
        actions = [f"{ACT}.{kind}" for kind in FORMS]
        on(sqlite_url, lambda conn: matrix.build(conn, ["form"], actions))
        yield sqlite_url


def ready_for(kind: Kind) -> str:
    """The case from which an action may start."""
    state = matrix.TABLE["case_actions"][kind]["states"][0]
    return f"form-here-{state}-{ACT}.{kind}"


def screen() -> None:
    """The page of a case, or of many, read apart from this module."""
    import streamlit as st

    import pages.bulk
    import pages.case

    pages.bulk.screen() if "kind" in st.query_params else pages.case.screen()


def test_a_number_that_is_not_there_is_asked_for_once(
    district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The field keeps what was typed; that must not lead to the same page again and again."""
    asked: list[str] = []
    monkeypatch.setattr("pages.case.open_case", asked.append)
    app = drawn(screen, district, no="no-such-case")
    app.text_input(key="case-no").set_value("no-such-case")
    run(app)
    assert asked == []
    app.text_input(key="case-no").set_value(READ)
    run(app)
    assert asked == [READ]


def actions_on(app: AppTest) -> Any:
    """The control that offers the actions; None where none is offered."""
    return next(iter(app.get("button_group")), None)


def choose(app: AppTest, kind: Kind) -> None:
    actions_on(app).set_value(kind)
    run(app)


def offered_on(app: AppTest) -> list[str]:
    control = actions_on(app)
    return control.options if control else []


def press(app: AppTest, name: str) -> None:
    """A button of the form: confirm, or leave."""
    next(button for button in app.button if (button.key or "").endswith(f"-{name}")).click()
    run(app)


def fields_of(app: AppTest) -> dict[str, Any]:
    """The fields of the form by their names."""
    kinds = ("selectbox", "text_area", "text_input", "date_time_input")
    found: list[Any] = [field for kind in kinds for field in app.get(kind)]
    return {field.key.rpartition("-")[2]: field for field in found if field.key.startswith("act-")}


def fill(app: AppTest, ask: CaseRequest) -> None:
    """Fill the form in as a request says, one field after another."""
    for name in fields_of(app):
        told = getattr(ask, name)
        if told in (None, ""):
            continue
        if isinstance(told, datetime):
            told = told.astimezone(settings().zone).replace(tzinfo=None)
        fields_of(app)[name].set_value(str(told) if isinstance(told, int) else told)
        run(app)


def request_for(kind: Kind, url: str, case_no: str) -> CaseRequest:
    """A request with all its kind needs; a form says times to the minute."""
    ask: CaseRequest = on(url, lambda conn: matrix.case_request(conn, kind, case_no))
    until_at = ask.until_at and ask.until_at.replace(second=0, microsecond=0)
    return replace(ask, until_at=until_at)


def events_of(case_no: str) -> Any:
    """What is written down of a case, in order."""

    def read(conn: Connection) -> list[Row[Any]]:
        query = select(case_events).join(cases, cases.c.case_id == case_events.c.case_id)
        rows = conn.execute(query.where(cases.c.case_no == case_no).order_by("event_id"))
        return list(rows)

    return read


def draft_count(conn: Connection) -> int:
    return len(conn.execute(select(drafts)).all())


@pytest.mark.parametrize("kind", KINDS)
def test_every_action_is_done_by_its_form(district: str, kind: Kind) -> None:
    case_no = ready_for(kind)
    ask = request_for(kind, district, case_no)
    app = drawn(screen, district, no=case_no)
    choose(app, kind)
    fill(app, ask)
    assert said(app, "tables").count(word("preview.after")) == 1  # shown before it is saved
    press(app, "confirm")

    last = on(district, events_of(case_no))[-1]
    assert (last.kind, last.actor, last.to_unit_id or ask.to_unit_id) == (
        kind,
        LOGIN,
        ask.to_unit_id or last.to_unit_id,
    )
    assert (last.reason or "", last.note or "") == (ask.reason, ask.note)
    assert last.until_at == ask.until_at or kind == Kind.APPROVE_EXTENSION  # as it was asked for
    assert word("act.done.reason") in said(app, "notices")
    assert not actions_on(app) or actions_on(app).value is None
    assert on(district, draft_count) == 0


def test_what_is_offered_is_what_the_case_and_the_role_allow(district: str) -> None:
    for state in State:
        case_no = f"form-here-{state}"
        hand = on(district, lambda conn: at_hand(conn, case_no))  # noqa: B023
        wanted = [word(f"kind.{kind}") for kind in offered(OTHER, hand)]
        assert offered_on(drawn(screen, district, no=case_no)) == wanted


@pytest.mark.parametrize(
    ("login", "case_no", "why"),
    [
        ("auditor.district", READ, "case.read_only"),
        ("operator.unit", "form-handed_on-in_progress", "case.held_elsewhere"),
        ("operator.unit", "form-here-closed", "case.ended"),
        ("leader.district", "form-here-rejected", "case.ended"),
    ],
)
def test_where_nothing_is_offered_one_sentence_says_why(
    district: str, login: str, case_no: str, why: str
) -> None:
    app = drawn(screen, district, login, no=case_no)
    assert offered_on(app) == []
    values = {"unit": "there", "state": word("state.closed")}
    if case_no.endswith("rejected"):
        values["state"] = word("state.rejected")
    assert word(why, **values) in said(app, "notices")


def typed(district: str, kind: Kind, note: str) -> AppTest:
    """The page with a form begun and its note written."""
    app = drawn(screen, district, no=READ)
    choose(app, kind)
    fields_of(app)["note"].set_value(note)
    run(app)
    return app


def another_acts(district: str, kind: Kind) -> None:
    """Somebody else is first."""
    ask = request_for(kind, district, READ)
    on(district, lambda conn: act(conn, ask, OTHER, EARLIER))
    look_again()


def test_a_refused_form_keeps_what_was_typed(district: str) -> None:
    app = typed(district, Kind.PAUSE, "还没选理由")
    press(app, "confirm")

    assert word("action.no_reason", kind=word("kind.pause")) in said(app, "notices")
    assert fields_of(app)["note"].value == "还没选理由"
    assert len(on(district, events_of(READ))) == 3


def test_who_is_second_keeps_the_text_and_reads_who_was_first(district: str) -> None:
    app = typed(district, Kind.FEED_BACK, "我写了很久")
    another_acts(district, Kind.RESOLVE)
    press(app, "confirm")

    told = said(app, "notices")
    assert OTHER.name in told and word("kind.resolve") in told
    assert fields_of(app)["note"].value == "我写了很久"


def test_a_form_begun_stays_when_somebody_ends_the_case(district: str) -> None:
    app = typed(district, Kind.PAUSE, "等材料")
    another_acts(district, Kind.WITHDRAW)
    run(app)

    assert fields_of(app)["note"].value == "等材料"
    press(app, "confirm")
    assert fields_of(app)["note"].value == "等材料"
    assert len(on(district, events_of(READ))) == 4


def test_what_is_typed_into_one_form_is_there_after_a_look_at_another(district: str) -> None:
    app = typed(district, Kind.FEED_BACK, "写了一半")
    choose(app, Kind.RETURN)
    assert fields_of(app)["note"].value == ""
    choose(app, Kind.FEED_BACK)
    assert fields_of(app)["note"].value == "写了一半"


def test_a_draft_is_laid_out_again_in_another_session(district: str) -> None:
    kind = Kind.REASSIGN
    ask = request_for(kind, district, READ)
    app = drawn(screen, district, no=READ)
    choose(app, kind)
    fill(app, ask)
    fields_of(app)["note"].set_value("说明写了很长")
    run(app)

    again = drawn(screen, district, no=READ)
    assert actions_on(again).value == kind
    assert {name: field.value for name, field in fields_of(again).items()} == {
        "to_unit_id": str(ask.to_unit_id),
        "reason": ask.reason,
        "note": "说明写了很长",
    }
    press(again, "confirm")
    assert on(district, draft_count) == 0


def test_nobody_sees_somebody_elses_draft(district: str) -> None:
    app = drawn(screen, district, no=READ)
    choose(app, Kind.FEED_BACK)
    fields_of(app)["note"].set_value("只给自己看")
    run(app)

    other = drawn(screen, district, "dispatcher.town", no=READ)
    assert actions_on(other).value is None
    choose(other, Kind.FEED_BACK)
    assert fields_of(other)["note"].value == ""


def test_sent_again_from_a_draft_it_is_the_same_request(district: str) -> None:
    """The action was saved, but its answer was lost with the server."""
    app = drawn(screen, district, no=READ)
    choose(app, Kind.FEED_BACK)
    fields_of(app)["note"].set_value("已到场")
    run(app)
    told = on(district, lambda conn: conn.execute(select(drafts.c.fields)).scalar_one())
    ask = CaseRequest(Kind.FEED_BACK, READ, 3, told["feed_back.key"], note="已到场")
    asker = Actor(LOGIN, "", Role.DISPATCHER)
    on(district, lambda conn: act(conn, ask, asker, EARLIER))

    again = drawn(screen, district, no=READ)
    press(again, "confirm")
    assert word("act.done.feed_back") in said(again, "notices")
    assert [row.note for row in on(district, events_of(READ))].count("已到场") == 1


def test_leaving_a_form_forgets_it(district: str) -> None:
    app = drawn(screen, district, no=READ)
    choose(app, Kind.FEED_BACK)
    fields_of(app)["note"].set_value("不要了")
    run(app)
    press(app, "leave")

    assert on(district, draft_count) == 0
    assert actions_on(app).value is None
    choose(app, Kind.FEED_BACK)
    assert fields_of(app)["note"].value == ""


def test_a_unit_switched_off_meanwhile_is_refused_and_the_form_stays(district: str) -> None:
    app = drawn(screen, district, no=READ)
    choose(app, Kind.REASSIGN)
    fill(app, request_for(Kind.REASSIGN, district, READ))
    off = update(units).where(units.c.code == "department").values(is_active=False)
    on(district, lambda conn: conn.execute(off))
    press(app, "confirm")

    assert word("action.inactive_unit", unit="department") in said(app, "notices")
    assert fields_of(app)["to_unit_id"].value is not None


def test_a_role_taken_away_meanwhile_saves_nothing(district: str) -> None:
    app = drawn(screen, district, no=READ)
    choose(app, Kind.FEED_BACK)
    fields_of(app)["note"].set_value("还在写")
    run(app)
    taken = update(users).where(users.c.login == LOGIN).values(role="auditor")
    on(district, lambda conn: conn.execute(taken))
    press(app, "confirm")

    assert offered_on(app) == []
    assert len(on(district, events_of(READ))) == 3


# Many at once


def drawn_for_many(url: str, kind: Kind, *case_nos: str) -> AppTest:
    """The page for many cases, ticked in this session."""
    app = AppTest.from_function(screen, default_timeout=60)
    app.user = {"session": session_for(url, LOGIN)}
    app.query_params["kind"] = str(kind)
    app.session_state["cases-chosen"] = case_nos
    return run(app)


def states_of(*case_nos: str) -> Any:
    def read(conn: Connection) -> list[str]:
        query = select(cases.c.state).where(cases.c.case_no.in_(case_nos))
        return list(conn.execute(query.order_by(cases.c.case_no)).scalars())

    return read


ABLE = "form-here-dispatched", "form-here-in_progress", "form-here-paused"


def test_many_are_reassigned_at_once(district: str) -> None:
    app = drawn_for_many(district, Kind.REASSIGN, *ABLE)
    fill(app, request_for(Kind.REASSIGN, district, READ))
    assert said(app, "tables").count(word("preview.after")) == 1
    press(app, "confirm")

    assert on(district, states_of(*ABLE)) == ["dispatched"] * 3
    assert word("bulk.done.reassign", count="3") in said(app, "notices")
    assert (on(district, draft_count), app.session_state["cases-chosen"]) == (0, ())


@pytest.mark.parametrize(
    ("units_held", "told"),
    [
        ("", ""),
        ("aab", "a 2，b 1"),
        ("abcd", "a 1，b 1，c 1，d 1"),
        ("aabbcdef", "a 2，b 2，c 1，其余 3"),
    ],
)
def test_the_parts_of_a_sum_are_all_of_it(units_held: str, told: str) -> None:
    assert _counted(units_held) == told


def test_where_one_forbids_it_nothing_is_done_until_it_is_left_out(district: str) -> None:
    chosen = (*ABLE, "form-here-closed", "form-there-in_progress", "no-such-case")
    app = drawn_for_many(district, Kind.REASSIGN, *chosen)
    fill(app, request_for(Kind.REASSIGN, district, READ))
    before = on(district, states_of(*chosen))
    shown = said(app, "tables") + said(app, "notices")
    assert word("bulk.forbidden", count=2) in shown
    assert word("action.unknown_case", case_no="no-such-case") in shown
    press(app, "confirm")

    assert on(district, states_of(*chosen)) == before
    assert word("action.some_refused", count=6, refused=2) in said(app, "notices")
    assert fields_of(app)["reason"].value  # what was filled in is still there


def test_what_many_were_to_have_is_laid_out_again_in_another_session(district: str) -> None:
    app = drawn_for_many(district, Kind.SUPERVISE, *ABLE)
    fields_of(app)["note"].set_value("限期回复，写了一半")
    run(app)

    again = drawn_for_many(district, Kind.SUPERVISE)
    assert fields_of(again)["note"].value == "限期回复，写了一半"
    assert again.session_state["cases-chosen"] == ABLE


def test_nothing_is_done_to_many_that_somebody_changed_meanwhile(district: str) -> None:
    app = drawn_for_many(district, Kind.REASSIGN, *ABLE)
    fill(app, request_for(Kind.REASSIGN, district, READ))
    ask = request_for(Kind.FEED_BACK, district, READ)
    on(district, lambda conn: act(conn, ask, OTHER, EARLIER))
    press(app, "confirm")

    assert on(district, states_of(*ABLE)) == ["dispatched", "in_progress", "paused"]
    assert OTHER.name in said(app, "notices")
