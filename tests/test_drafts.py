"""What somebody typed and has not sent: kept for them alone, as it would be stored."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

import door
from data.drafts import LIMIT, Draft, KeepDraft, draft_of, keep_draft
from data.schema import audit_events, drafts
from data.terms import ActionRefused, Actor, Role
from door.drafts import my_draft
from tests.builders import day
from tests.house import as_, on, opened, session_for
from tests.people import add_person

WANG = Actor("wang", "王值班", Role.DISPATCHER)
NOW = day(7)
TYPED = KeepDraft("A-1", "note", (("note", "请三日内"), ("key", "k1"), ("version", "3")))


@pytest.fixture
def people(conn: Connection) -> Connection:
    for login in ("wang", "li"):
        add_person(conn, login)
    return conn


def test_the_newest_text_is_kept(people: Connection) -> None:
    for text in ("请", "请三日内", "请三日内回复"):
        keep_draft(people, KeepDraft("A-1", "note", (("note", text),)), WANG, NOW)
    assert draft_of(people, "wang", "A-1", "note") == Draft((("note", "请三日内回复"),), NOW)
    assert len(people.execute(select(drafts)).all()) == 1


def test_each_person_case_and_form_has_its_own(people: Connection) -> None:
    keep_draft(people, TYPED, WANG, NOW)
    for login, subject, form in (
        ("li", "A-1", "note"),
        ("wang", "A-2", "note"),
        ("wang", "A-1", "reassign"),
    ):
        assert draft_of(people, login, subject, form) is None


def test_what_is_sent_is_forgotten(people: Connection) -> None:
    keep_draft(people, TYPED, WANG, NOW)
    keep_draft(people, KeepDraft("A-1", "note"), WANG, NOW + timedelta(minutes=1))
    assert draft_of(people, "wang", "A-1", "note") is None


def test_what_nobody_sends_goes_after_a_month(people: Connection) -> None:
    keep_draft(people, TYPED, WANG, NOW)
    keep_draft(people, KeepDraft("A-2", "note", (("note", "请"),)), WANG, NOW + timedelta(days=31))
    assert draft_of(people, "wang", "A-1", "note") is None


def test_a_draft_keeps_no_number_of_a_person(people: Connection) -> None:
    text = "电话 13800138000\x00，身份证 11010519491231002X"
    keep_draft(people, KeepDraft("A-1", "note", (("note", text),)), WANG, NOW)
    kept = draft_of(people, "wang", "A-1", "note")
    assert kept is not None
    assert "138001" not in kept.fields[0][1] and "110105" not in kept.fields[0][1]
    assert "\x00" not in kept.fields[0][1]


def test_a_draft_is_no_storehouse(people: Connection) -> None:
    with pytest.raises(ActionRefused):
        keep_draft(people, KeepDraft("A-1", "note", (("note", "长" * LIMIT),)), WANG, NOW)


@pytest.fixture
def house(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Two people before the door."""
    with opened(database_url, monkeypatch):
        for login in ("wang", "li"):
            on(database_url, lambda conn: add_person(conn, login))  # noqa: B023
        yield database_url


def test_everybody_finds_what_they_typed_and_nobody_elses(house: str) -> None:
    here, there = (session_for(house, login) for login in ("wang", "li"))
    as_(here, lambda: door.change(keep_draft, TYPED))
    found = as_(session_for(house, "wang"), lambda: my_draft("A-1", "note"))  # on another screen
    assert found.fields == TYPED.fields
    assert as_(there, lambda: my_draft("A-1", "note")) is None
    assert isinstance(as_(None, lambda: my_draft("A-1", "note")), door.SignedOut)
    assert isinstance(as_(None, lambda: door.change(keep_draft, TYPED)), door.SignedOut)
    kinds = on(house, lambda conn: conn.execute(select(audit_events.c.kind)).scalars().all())
    assert set(kinds) <= {"refused", "sign_in"}
