"""The form that opens a case: filled in, previewed, sent, refused, and what is kept of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Row, func, select, update
from streamlit.testing.v1 import AppTest

from data.calendar import LimitUnit
from data.reports import report
from data.schema import audit_events, case_events, cases, categories, drafts, users
from data.terms import Actor, Role
from data.words import word
from tests import matrix
from tests.house import EARLIER, drawn, on, opened, run, said

LOGIN = "dispatcher.district"
TYPED = {
    "title": "路灯不亮",
    "category": "matter",
    "channel": "hotline",
    "area": "community",
    "address": "和平路 12 号",
    "severity": "yellow",
    "note": "三盏都不亮",
}


@pytest.fixture
def district(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The small district of the matrix, with a limit for its category, and the door open."""
    with opened(sqlite_url, monkeypatch):
        on(sqlite_url, lambda conn: matrix.build(conn, []))
        limit = {"limit_amount": 3, "limit_unit": LimitUnit.WORKING_DAYS}
        on(sqlite_url, lambda conn: conn.execute(update(categories).values(limit)))
        yield sqlite_url


def screen() -> None:
    """The form, read apart from this module."""
    import pages.report

    pages.report.screen()


def press(app: AppTest, name: str) -> None:
    """A button of the form: confirm, or clear."""
    next(button for button in app.button if (button.key or "").endswith(f"-{name}")).click()
    run(app)


def fields_of(app: AppTest) -> dict[str, Any]:
    """The fields of the form by their names."""
    found: list[Any] = [*app.selectbox, *app.text_input, *app.text_area]
    return {field.key.rpartition("-")[2]: field for field in found}


def standing(app: AppTest) -> dict[str, str]:
    """What stands in the form."""
    return {name: field.value for name, field in fields_of(app).items() if field.value}


def fill(app: AppTest, **told: str) -> AppTest:
    for name, text in told.items():
        fields_of(app)[name].set_value(text)
        run(app)
    return app


def written(conn: Connection) -> list[Row[Any]]:
    """Every case, in order."""
    return list(conn.execute(select(cases).order_by(cases.c.case_id)))


def draft_count(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(drafts)).scalar_one()


def test_a_case_is_opened_by_the_form(district: str) -> None:
    app = fill(drawn(screen, district), **TYPED)
    shown = said(app, "tables")
    for told in ("state.reported", "rule.from_report", "rule.counted_in.working_days"):
        assert word(told) in shown  # before it is saved
    press(app, "confirm")

    [row] = on(district, written)
    event = on(district, lambda conn: conn.execute(select(case_events)).one())
    assert (row.title, row.address, row.severity) == ("路灯不亮", "和平路 12 号", "yellow")
    assert (event.note, event.actor, row.version) == ("三盏都不亮", LOGIN, 1)
    assert f"已上报 {row.case_no}，由中心持有，待分流，到期" in said(app, "notices")
    assert (standing(app), on(district, draft_count)) == ({}, 0)


def test_the_next_report_is_another_case(district: str) -> None:
    app = drawn(screen, district)
    for _ in range(2):
        fill(app, **TYPED)
        press(app, "confirm")
    assert [row.case_no[-4:] for row in on(district, written)] == ["0001", "0002"]


def test_what_came_of_the_last_report_is_said_until_the_next_is_begun(district: str) -> None:
    app = fill(drawn(screen, district), **TYPED)
    press(app, "confirm")
    assert word("report.open") in said(run(app), "notices")
    assert word("report.open") not in said(fill(app, title="又一件"), "notices")


def test_a_refused_report_keeps_what_was_typed_until_it_is_mended(district: str) -> None:
    typed = {name: text for name, text in TYPED.items() if name != "area"}
    app = fill(drawn(screen, district), **typed)
    press(app, "confirm")

    assert word("report.no_area") in said(app, "notices")
    assert (standing(app), on(district, written)) == (typed, [])
    fill(app, area="community")
    assert word("report.no_area") not in said(app, "notices")
    press(app, "confirm")
    assert len(on(district, written)) == 1


def test_a_refusal_is_on_record_with_its_reason(district: str) -> None:
    press(fill(drawn(screen, district), title="路灯不亮"), "confirm")
    query = select(audit_events).where(audit_events.c.kind == "refused")
    row = on(district, lambda conn: conn.execute(query).one())
    assert (row.actor, row.object) == (LOGIN, None)
    told = {"what": "data.reports.report", "reason": "report.no_category", "role": "dispatcher"}
    assert row.details == told


def test_a_draft_is_laid_out_again_in_another_session(district: str) -> None:
    fill(drawn(screen, district), **TYPED)
    again = drawn(screen, district)
    assert standing(again) == TYPED
    assert standing(drawn(screen, district, "dispatcher.town")) == {}
    press(again, "confirm")
    assert (len(on(district, written)), on(district, draft_count)) == (1, 0)


def test_sent_again_from_a_draft_it_is_the_same_case(district: str) -> None:
    """The case was saved, but its answer was lost with the server."""
    fill(drawn(screen, district), **TYPED)
    told = on(district, lambda conn: conn.execute(select(drafts.c.fields)).scalar_one())
    asker, ask = Actor(LOGIN, "", Role.DISPATCHER), matrix.report_request(told["report.key"])
    on(district, lambda conn: report(conn, ask, asker, EARLIER))

    again = drawn(screen, district)
    press(again, "confirm")
    [row] = on(district, written)
    assert f"已上报 {row.case_no}" in said(again, "notices")


def test_a_key_that_was_used_is_renewed_and_the_text_stays(district: str) -> None:
    fill(drawn(screen, district), **TYPED)
    told = on(district, lambda conn: conn.execute(select(drafts.c.fields)).scalar_one())
    other, ask = Actor("other", "", Role.DISPATCHER), matrix.report_request(told["report.key"])
    on(district, lambda conn: report(conn, ask, other, EARLIER))

    again = drawn(screen, district)
    press(again, "confirm")
    assert word("report.used_key") in said(again, "notices")
    assert standing(again) == TYPED
    press(again, "confirm")
    assert len(on(district, written)) == 2


def test_clearing_forgets_what_was_typed(district: str) -> None:
    app = fill(drawn(screen, district), **TYPED)
    press(app, "clear")
    assert (standing(app), on(district, draft_count)) == ({}, 0)


def test_a_right_taken_away_meanwhile_saves_nothing(district: str) -> None:
    app = fill(drawn(screen, district), **TYPED)
    taken = update(users).where(users.c.login == LOGIN).values(role="leader")
    on(district, lambda conn: conn.execute(taken))
    press(app, "confirm")
    assert on(district, written) == []


@pytest.mark.parametrize(
    ("login", "areas"), [("dispatcher.town", ["town", "community"]), ("operator.district", None)]
)
def test_the_form_offers_what_its_reporter_may_name(
    district: str, login: str, areas: list[str] | None
) -> None:
    app = drawn(screen, district, login)
    if areas is None:
        assert word("report.no_unit") in said(app, "notices") and not app.selectbox
        return
    assert len(fields_of(app)["area"].options) == len(areas)
    press(fill(app, **TYPED), "confirm")
    assert len(on(district, written)) == 1


def test_a_unit_is_told_before_that_it_goes_on_seeing_the_case(district: str) -> None:
    app = fill(drawn(screen, district, "operator.unit"), **TYPED)
    assert word("rule.reporter_sees") in said(app, "tables")
