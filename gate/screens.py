"""The list of screens: where each lives, what it is called, who may see it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from data.access import Permission, may
from data.terms import Actor

HOME = "home"  # the first screen answers at "/" only; its own name leads there


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen. Without a group it stands alone; hidden ones are reached through a number."""

    module: str
    url_path: str
    title: str  # keys of the catalogue
    group: str = ""
    permission: Permission = Permission.READ_CASES
    is_hidden: bool = False


SCREENS = (
    Screen("pages.overview", "overview", "screen.overview"),
    Screen("pages.ticket_flow", "flow", "screen.flow", "group.running"),
    Screen("pages.closure_rates", "closure", "screen.closure", "group.running"),
    Screen("pages.cases", "cases", "screen.cases", "group.handling"),
    Screen("pages.case", "case", "screen.case", "group.handling"),
    Screen("pages.bulk", "bulk", "screen.bulk", "group.handling", Permission.SUPERVISE, True),
    Screen("pages.report", "report", "screen.report", "group.handling", Permission.REPORT, True),
    Screen("pages.opened", "opened", "screen.opened", "group.handling", is_hidden=True),
    Screen("pages.definitions", "definitions", "screen.definitions", "group.data"),
    Screen("pages.intake", "intake", "screen.intake", "group.data", Permission.KEEP_RULES),
    Screen(
        "pages.administration",
        "administration",
        "screen.administration",
        "group.administration",
        Permission.KEEP_USERS,
    ),
    Screen(
        "pages.calendar",
        "calendar",
        "screen.calendar",
        "group.administration",
        Permission.KEEP_SYSTEM,
    ),
    Screen("pages.audit", "audit", "screen.audit", "group.administration", Permission.AUDIT),
    Screen("pages.account", "account", "screen.account", "", Permission.OWN_ACCOUNT, True),
)


def screens_of(actor: Actor) -> list[Screen]:
    """The screens an actor may see."""
    return [screen for screen in SCREENS if may(actor, screen.permission)]


def draw_of(screen: Screen) -> Callable[[], None]:
    """The function that draws a screen."""
    draw: Callable[[], None] = importlib.import_module(screen.module).screen
    return draw
