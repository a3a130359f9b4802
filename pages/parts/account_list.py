"""The accounts and the sessions of the district, one row each."""

import streamlit as st

from components.formats import format_count, format_instant
from components.mount import Action, Notice
from components.notices import show_notice
from components.sections import section
from components.tables import Cell, Column, Row, show_table
from data.account_changes import EndSessions, end_sessions
from data.administration import Administration, Line
from data.sessions import IDLE, PER_ACCOUNT, SESSION_LENGTH, OpenSession
from data.terms import ActionRefused, Lamp
from data.words import word
from door import change, now
from pages.parts.account_draft import choose, draft
from pages.parts.common import draw_again
from pages.parts.outcome import drop_outcome, keep_outcome, show_outcome

END = "account-session"  # the session that a person is asked about


def show_accounts(found: Administration) -> None:
    """Those in use first; a click chooses one."""
    active = sum(line.account.is_active for line in found.lines)
    note = word("account.list.note", count=format_count(len(found.lines)), active=active)
    with section(word("account.list"), note, key="accounts"):
        columns = [
            Column("login", word("account.column.login")),
            Column("role", word("account.column.role")),
            Column("state", word("account.column.state")),
            Column("signed_in", word("account.column.signed_in"), is_muted=True),
            Column("sessions", word("account.column.sessions"), "number"),
        ]
        click = show_table(columns, [_row(line) for line in found.lines], key="account-list")
        if click:
            choose(next(line.account for line in found.lines if line.account.login == click.row))
            draw_again()
        if draft().login and st.button(word("account.new"), key="account-new-one"):
            choose(None)
            draw_again()


def _row(line: Line) -> Row:
    account = line.account
    chosen = draft().login == account.login
    return Row(
        account.login,
        {
            "login": Cell(account.login, under=account.name, is_bold=chosen),
            "role": Cell(account.role_words, under=scope_text(line)),
            "state": _state(line),
            "signed_in": format_instant(account.signed_in_at, now()),
            "sessions": format_count(line.session_count),
        },
        is_open=True,
    )


def scope_text(line: Line) -> str:
    """How far the rights of an account reach, in words."""
    return line.account.unit or line.account.area or word("accounts.district")


def _state(line: Line) -> Cell:
    if not line.account.is_active:
        return Cell(word("accounts.state.disabled"))
    if line.locked_until:
        until = word("account.until", at=format_instant(line.locked_until, now()))
        return Cell(word("accounts.state.locked"), under=until, lamp=Lamp.YELLOW)
    key = "new" if line.account.must_change_password else "active"
    return Cell(word(f"accounts.state.{key}"))


def show_sessions(found: Administration) -> None:
    """The latest visited first; the last column ends one."""
    note = word(
        "account.sessions.note",
        idle=int(IDLE.total_seconds() // 60),
        hours=int(SESSION_LENGTH.total_seconds() // 3600),
        most=PER_ACCOUNT,
    )
    with section(word("account.sessions"), note, key="sessions"):
        show_outcome(END)
        _ask_to_end(found)
        click = show_table(
            session_columns(), [session_row(one) for one in found.sessions], "session-list"
        )
        if click:
            st.session_state[END] = int(click.row)
            draw_again()


def session_columns() -> list[Column]:
    """What a list of sessions tells."""
    names = ("who", "address", "opened", "seen", "expires")
    columns = [Column(name, word(f"account.column.{name}")) for name in names]
    return [*columns, Column("end", "", "link", is_right=True)]


def session_row(one: OpenSession) -> Row:
    """A session, and the way to end it."""
    here = word("account.this") if one.is_this else ""
    return Row(
        str(one.session_id),
        {
            "who": Cell(one.login, under=here or one.name),
            "address": one.address,
            "opened": format_instant(one.opened_at, now()),
            "seen": format_instant(one.last_seen_at, now()),
            "expires": format_instant(one.expires_at, now()),
            "end": word("account.end"),
        },
    )


def _ask_to_end(found: Administration) -> None:
    """Confirm first: whose session would end."""
    asked = st.session_state.get(END)
    one = next((one for one in found.sessions if one.session_id == asked), None)
    if one is None:
        return
    ways = [
        Action("end", word("account.end.confirm"), is_primary=True),
        Action("leave", word("account.leave")),
    ]
    about = word("account.end.sure", login=one.login, address=one.address)
    notice = Notice(Lamp.YELLOW, about, word("account.end.sure.reason"), ways)
    chosen = show_notice(notice, key="account-end-ask")
    if not chosen:
        return
    del st.session_state[END]
    drop_outcome(END)
    try:
        if chosen == "end":
            change(end_sessions, EndSessions(one.login, one.session_id))
    except ActionRefused as refusal:
        keep_outcome(END, refusal)
    draw_again()
