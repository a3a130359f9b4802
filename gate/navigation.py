"""Which pages there are at which paths, for whoever asks."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import streamlit as st
from streamlit.navigation.page import Page

from components.notices import show_empty, show_refused
from data.terms import Actor
from data.words import word
from gate.screens import HOME, SCREENS, Screen, draw_of, screens_of

PLAIN_PATH = re.compile(r"[\w-]+")


def page_for_anybody(draw: Callable[[], None]) -> Page:
    """The page asked for, whichever it is, drawn by one function and called by no name.

    Every path is known, so that an address with its question survives the sign-in.
    """
    paths = {screen.url_path for screen in SCREENS} | _asked_path()
    pages = [_hidden(draw, path) for path in sorted(paths - {HOME})]
    first = st.Page(draw, title=word("app.name"), url_path=HOME, default=True)
    return st.navigation([first, *pages], position="hidden")


def page_for(actor: Actor) -> Page:
    """The page asked for, among the screens an actor may see."""
    screens = screens_of(actor)
    home = _home(screens)
    sections: dict[str, list[Page]] = {"": [home]}
    for screen in screens[1:]:
        section = word(screen.group) if screen.group else ""
        sections.setdefault(section, []).append(_page(screen))
    known = {HOME} | {screen.url_path for screen in screens[1:]}
    for path in sorted(_asked_path() - known):
        is_home = bool(screens) and path == screens[0].url_path
        sections[""].append(_hidden(_to_home if is_home else _missing, path))
    return st.navigation(sections, position="top")


def group_of(page: Page) -> str:
    """The heading of the navigation that holds a page; empty for one that stands alone."""
    groups = {screen.url_path: screen.group for screen in SCREENS}
    key = groups.get(page.url_path, "")
    return word(key) if key else ""


def _home(screens: list[Screen]) -> Page:
    if not screens:
        return st.Page(_none, title=word("app.name"), url_path=HOME, default=True)
    title = word(screens[0].title)
    return st.Page(draw_of(screens[0]), title=title, url_path=HOME, default=True)


def _page(screen: Screen) -> Page:
    return st.Page(
        draw_of(screen),
        title=word(screen.title),
        url_path=screen.url_path,
        visibility="hidden" if screen.is_hidden else "visible",
    )


def _hidden(draw: Callable[[], None], path: str) -> Page:
    return st.Page(draw, title=word("app.name"), url_path=path, visibility="hidden")


def _asked_path() -> set[str]:
    """The path in the address bar; an unknown one needs a page too, or a dialog blocks the form."""
    path = urlsplit(st.context.url or "").path.strip("/")
    return {path} if PLAIN_PATH.fullmatch(path) else set()


def _to_home() -> None:
    st.switch_page(st.Page(_none, url_path=HOME), query_params=st.query_params.to_dict())


def _missing() -> None:
    show_empty("screen.missing")


def _none() -> None:
    show_refused("screen.none")
