"""What is unsafe about how this server was set up: all of it at once, before it serves."""

from collections.abc import Callable

import bcrypt
from sqlalchemy import Connection, select
from streamlit import config

from data.config import Gate
from data.demo.accounts import ACCOUNTS, PASSWORD
from data.schema import users
from data.words import word
from gate.cookie import HEADER

LARGEST_UPLOAD_MEGABYTES = 50
LARGEST_MESSAGE_MEGABYTES = 20
Test = Callable[[object], bool]


def _is(wanted: object) -> Test:
    return lambda value: value == wanted


def _at_most(limit: int) -> Test:
    return lambda value: isinstance(value, int | float) and 0 < value <= limit


# Streamlit's options as they stand in .streamlit/config.toml: what is wanted, and the test of it.
OPTIONS: dict[str, tuple[str, Test]] = {
    "browser.gatherUsageStats": ("false", _is(False)),
    "client.allowedOrigins": ("[]", _is([])),
    "client.showErrorDetails": ('"none"', _is("none")),
    "client.showErrorLinks": ("false", lambda value: value in (False, "false")),
    "client.toolbarMode": ('"minimal"', _is("minimal")),
    "global.developmentMode": ("false", _is(False)),
    "server.corsAllowedOrigins": ("[]", _is([])),
    "server.enableAgentApi": ("false", _is(False)),
    "server.enableCORS": ("true", _is(True)),
    "server.enableStaticServing": ("false", _is(False)),
    "server.enableXsrfProtection": ("true", _is(True)),
    "server.fileWatcherType": ('"none"', _is("none")),
    "server.headless": ("true", _is(True)),
    "server.maxMessageSize": ("1–20", _at_most(LARGEST_MESSAGE_MEGABYTES)),
    "server.maxUploadSize": ("1–50", _at_most(LARGEST_UPLOAD_MEGABYTES)),
    "server.maxWidgetStateSize": ("1", _at_most(1)),
    "server.scriptHealthCheckEnabled": ("false", _is(False)),
    "server.trustedUserHeaders": (f'{{"{HEADER}" = "session"}}', _is({HEADER: "session"})),
}


def unsafe(gate: Gate, conn: Connection) -> list[str]:
    """One sentence for each setting that must not be in service; empty when it may serve."""
    return [*unsafe_options(), *_unsafe_gate(gate), *_demo_accounts(conn)]


def unsafe_options() -> list[str]:
    """Streamlit's options that are not as wanted, each with what is wanted."""
    found = ((name, config.get_option(name), *rule) for name, rule in OPTIONS.items())
    return [
        word("unsafe.option", option=name, value=value, wanted=wanted)
        for name, value, wanted, is_safe in found
        if not is_safe(value)
    ]


def _unsafe_gate(gate: Gate) -> list[str]:
    if not gate.origins:
        return [word("unsafe.no_origin")]
    return [] if gate.is_under_tls else [word("unsafe.plain_origin", origins=gate.origins)]


def _demo_accounts(conn: Connection) -> list[str]:
    """Accounts that anybody can enter who has read the demo's password."""
    query = (
        select(users.c.login, users.c.password_hash)
        .where(users.c.login.in_(ACCOUNTS), users.c.is_active)
        .order_by(users.c.login)
    )
    entered = [
        login
        for login, password_hash in conn.execute(query)
        if bcrypt.checkpw(PASSWORD.encode(), password_hash.encode())
    ]
    return [word("unsafe.demo_accounts", logins="、".join(entered))] if entered else []
