"""What a person chooses to look at; kept in the address, so that it can be shared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlsplit

import streamlit as st

from data.words import word

_UNREAD = "filters-unread"
_DAYS = "days"


def ask_period(names: Sequence[str], default: str) -> str:
    """The name of the chosen period."""
    told = st.query_params.get("period")
    chosen = st.selectbox(
        word("period.pick"),
        names,
        index=names.index(default),
        format_func=lambda name: word(f"period.{name}"),
        key="period",
        bind="query-params",
        label_visibility="collapsed",
        width=140,
    )
    _note("period", told, word(f"period.{chosen}"), is_chosen=chosen != default)
    return chosen


def ask_days(first: date, last: date) -> tuple[date, date]:
    """The first and the last day chosen; while only one is, that day."""
    told = "、".join(st.query_params.get_all(_DAYS)).replace("/", "-")
    chosen = st.date_input(
        word("period.days"),
        (first, last),
        max_value=last,
        format="YYYY-MM-DD",
        key=_DAYS,
        bind="query-params",
        label_visibility="collapsed",
        width=215,
    )
    found = chosen if isinstance(chosen, tuple) else (chosen,)
    is_chosen = found != (first, last)  # what cannot be read leaves the days that were offered
    _note(_DAYS, None if is_chosen else told or None, f"{first}、{last}", is_chosen)
    return (min(found), max(found)) if found else (first, last)


def forget_days() -> None:
    """No days are asked for: what the address said of them needs no mention."""
    st.session_state.get(_UNREAD, {}).pop((_path(), _DAYS), None)


def ask_one(by: str, names: Mapping[str, str], width: int) -> str | None:
    """The code of the chosen unit, area, category or channel; None for all of them.

    The address keeps what is read; so that it is one of them, equal names are told with their code.
    There it is `only_unit` and so on: a name that a widget holds cannot be set in the address of
    another screen, and those of numbers and lists say `unit`.
    """
    held = Counter(names.values())
    texts = {code: f"{name} {code}" if held[name] > 1 else name for code, name in names.items()}
    key = f"only_{by}"
    told = st.query_params.get(key)
    chosen = st.selectbox(
        word(f"number.by.{by}"),
        list(names),
        index=None,
        format_func=lambda code: texts.get(code, code),
        placeholder=word(f"filter.all.{by}"),
        key=key,
        bind="query-params",
        label_visibility="collapsed",
        width=width,
    )
    _note(key, told, texts.get(chosen or ""), is_chosen=chosen is not None)
    return chosen


def _note(key: str, told: str | None, text: str | None, is_chosen: bool) -> None:
    """Remember what the address of a screen says and nobody knows, until something is chosen."""
    unread = st.session_state.setdefault(_UNREAD, {})
    if told is not None and told != text:
        unread[_path(), key] = told
    elif told is not None or is_chosen:
        unread.pop((_path(), key), None)


def unread() -> tuple[str, ...]:
    """What the address of this screen names and nobody knows: it is not looked at."""
    noted = st.session_state.get(_UNREAD, {})
    return tuple(told for (path, _), told in noted.items() if path == _path())


def _path() -> str:
    return urlsplit(st.context.url or "").path


def asked_step(names: Sequence[str], default: str) -> str:
    """Day by day or hour by hour, before it is asked: what is drawn above may depend on it."""
    told = st.session_state.get("step") or st.query_params.get("step")
    return next((name for name in names if told in (name, word(f"step.{name}"))), default)


def ask_way(name: str, ways: Sequence[str], default: str, prefix: str) -> str:
    """One of a few ways to look at a table; its words are `<prefix>.<way>` of the catalogue."""
    chosen = st.segmented_control(
        word(prefix),
        ways,
        default=default,
        required=True,
        format_func=lambda way: word(f"{prefix}.{way}"),
        key=name,
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen if isinstance(chosen, str) else default
