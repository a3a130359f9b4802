"""One account or a new one: what is to change, what that would do, and then doing it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from components.formats import format_time
from components.mount import Action, Notice
from components.notices import show_notice, show_refusal
from components.sections import section
from data.account_changes import (
    AddAccount,
    EndSessions,
    ResetPassword,
    SetRights,
    SwitchAccount,
    UnlockAccount,
    add_account,
    end_sessions,
    reset_password,
    set_rights,
    switch_account,
    unlock_account,
)
from data.account_previews import Change, preview_account
from data.accounts import LONGEST_NAME, WITH_AREA, WITH_UNIT
from data.administration import Administration, Line
from data.terms import ActionRefused, Lamp, Role, Stale
from data.words import word
from door import actor, change, now, read
from pages.parts.account_draft import choose, draft, field
from pages.parts.account_list import scope_text
from pages.parts.common import draw_again
from pages.parts.effects import show_effects

LONGEST_LOGIN = 32
DO: dict[type, Callable[..., Any]] = {
    AddAccount: add_account,
    SetRights: set_rights,
    SwitchAccount: switch_account,
    ResetPassword: reset_password,
    UnlockAccount: unlock_account,
    EndSessions: end_sessions,
}


def show_account(found: Administration) -> None:
    """The account chosen in the list; without one, the form for a new one."""
    with st.container():
        _show_outcome()
    line = next((one for one in found.lines if one.account.login == draft().login), None)
    if line is None:
        with section(word("account.new"), word("account.new.note"), key="account-new"):
            _confirm(_ask_new(found), "add")
        return
    with section(line.account.login, line.account.name, key="account-one"):
        if line.account.login == actor().login:
            reason = word("account.own_rights.reason")
            show_notice(Notice(Lamp.NONE, word("account.own_rights"), reason), "account-own")
            return
        _show_change(found, line)


def _show_change(found: Administration, line: Line) -> None:
    chosen = st.segmented_control(
        word("account.change"),
        _offered(line),
        format_func=lambda name: word(f"account.do.{name}"),
        key=field("do"),
        label_visibility="collapsed",
    )
    if chosen is None:
        st.caption(word("account.choose"))
        return
    _confirm(_request(found, line, chosen), chosen)


def _offered(line: Line) -> list[str]:
    """What can be done to an account as it stands."""
    switch = "disable" if line.account.is_active else "enable"
    unlock = ["unlock"] if line.locked_until else []
    sessions = ["sessions"] if line.session_count else []
    return ["rights", switch, "reset", *unlock, *sessions]


def _request(found: Administration, line: Line, chosen: str) -> Change | None:
    login, version = line.account.login, draft().version
    if chosen == "rights":
        return _ask_rights(found, line)
    if chosen in ("disable", "enable"):
        return SwitchAccount(login, version, chosen == "enable")
    if chosen == "reset":
        return ResetPassword(login, version)
    return UnlockAccount(login) if chosen == "unlock" else EndSessions(login)


def _ask_new(found: Administration) -> Change | None:
    left, right = st.columns(2)
    login = left.text_input(
        word("account.login"), max_chars=LONGEST_LOGIN, key=field("login"), autocomplete="off"
    )
    name = right.text_input(
        word("account.name"), max_chars=LONGEST_NAME, key=field("name"), autocomplete="off"
    )
    rights = _ask_role_and_scope(found)
    if not login.strip() or not name.strip() or rights is None:
        st.caption(word("account.new.fill"))
        return None
    return AddAccount(login, name, *rights)


def _ask_rights(found: Administration, line: Line) -> Change | None:
    st.caption(word("account.now", role=line.account.role_words, scope=scope_text(line)))
    rights = _ask_role_and_scope(found)
    if rights is None:
        st.caption(word("account.rights.fill"))
        return None
    return SetRights(line.account.login, draft().version, *rights)


def _ask_role_and_scope(found: Administration) -> tuple[str, int | None, int | None] | None:
    """Role, town and unit; None while something is missing."""
    left, right = st.columns(2)
    role = left.selectbox(
        word("account.role"),
        list(Role),
        index=None,
        format_func=lambda one: word(f"role.{one}"),
        placeholder=word("account.role_hint"),
        key=field("role"),
    )
    if role is None:
        return None
    if role in WITH_UNIT:
        unit = right.selectbox(
            word("account.unit"),
            found.units,
            index=None,
            format_func=lambda one: one.name,
            placeholder=word("account.unit_hint"),
            key=field("unit"),
        )
        return None if unit is None else (role, None, unit.unit_id)
    towns = found.towns if role in WITH_AREA else ()
    town = right.selectbox(
        word("account.scope"),
        (None, *towns),
        format_func=lambda one: one.name if one else word("accounts.district"),
        disabled=not towns,
        key=field(f"area-{bool(towns)}"),
    )
    return role, town.area_id if town else None, None


def _confirm(ask: Change | None, name: str) -> None:
    """What the change would do, and the button that does it."""
    if ask is None:
        return
    st.markdown(f"**{word('account.preview')}**")
    show_effects(read(preview_account, ask, now()), now(), key="account-preview")
    with st.container(horizontal=True, vertical_alignment="center"):
        confirmed = st.button(
            word(f"account.do.{name}.confirm"), type="primary", key=field(f"confirm-{name}")
        )
        cancelled = st.button(word("account.leave"), key=field(f"leave-{name}"))
    if cancelled:
        choose(None)
        draw_again()
    if confirmed:
        _save(ask, name)


def _save(ask: Change, name: str) -> None:
    try:
        answer = change(DO[type(ask)], ask)
    except ActionRefused as refusal:
        draft().refused = refusal
        draw_again()
    login = ask.login.strip().lower()
    about = {"login": login, "at": format_time(now())}
    if isinstance(ask, AddAccount | ResetPassword):
        about["password"] = answer
    choose(None, (name, about))
    draw_again()


def _show_outcome() -> None:
    """What was done, with a password that is told this once; or why nothing was."""
    held = draft()
    if held.refused is not None:
        is_stale = isinstance(held.refused, Stale)
        ways = [Action("again", word("account.again" if is_stale else "account.seen"))]
        if show_refusal(held.refused, key="account-refused", actions=ways):
            held.refused = None
            if is_stale:
                choose(None)
            draw_again()
    elif held.done is not None:
        name, about = held.done
        ways = [Action("seen", word("account.seen"))]
        said = word(f"account.done.{name}", **about)
        notice = Notice(Lamp.NONE, said, word(f"account.done.{name}.reason", **about), ways)
        if show_notice(notice, key="account-done"):
            held.done = None
            draw_again()
