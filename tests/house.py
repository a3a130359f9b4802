"""The door opened on a database, and what screens get through it: for tests without a server."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from data.config import settings
from data.db import connect
from data.sessions import open_session, session_of_token
from door import database, reading, rollups, version

# Before each run Streamlit looks through every installed package for components; we ship none so.
manifest_scanner.scan_component_manifests = list

EARLIER = datetime.now(UTC) - timedelta(minutes=1)


@contextmanager
def opened(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The door on this database, looking for changes only when it is told to."""
    monkeypatch.setenv("YIPING_DATABASE_URL", url)
    monkeypatch.setenv("YIPING_REFRESH__TICK_SECONDS", "3600")
    _shut()
    _hurry(database.engine())
    yield url
    if version._watch.connection is not None:
        version._watch.connection.close()
    database.engine().dispose()
    monkeypatch.undo()
    _shut()


def _hurry(engine: Engine) -> None:
    """Nothing is kept beyond the test."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _without_syncing)


def _without_syncing(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def _shut() -> None:
    for kept in (settings, database.engine, database.reading, database.looking):
        kept.cache_clear()
    version._watch = version._Watch()
    reading._snapshots.answers.clear()
    rollups._kept = rollups._Kept()


def session_for(url: str, login: str = "dispatcher") -> str:
    """A session of an account, as a sign-in at this moment would open it."""
    now = datetime.now(UTC)
    return on(url, lambda conn: session_of_token(open_session(conn, login, now)))


def on(url: str, work: Callable[[Connection], Any]) -> Any:
    """What another process does to the database."""
    engine = _engine(url)
    with engine.begin() as conn:
        found = work(conn)
    engine.dispose()
    return found


@lru_cache(maxsize=1)
def _engine(url: str) -> Engine:
    """Kept, though not its connections: it need not write the same statement twice."""
    engine = connect(url)
    _hurry(engine)
    return engine


def as_(session: str | None, work: Callable[[], Any]) -> Any:
    """What a screen gets from the door for whoever holds a session; refusals are returned."""
    got: list[Any] = []

    def script(work, got):  # type: ignore[no-untyped-def]  # read apart from this module
        from data.terms import Refused
        from door import SignedOut

        try:
            got.append(work())
        except (SignedOut, Refused, ZeroDivisionError, TypeError) as answer:
            got.append(answer)

    app = AppTest.from_function(script, args=(work, got), default_timeout=120)
    app.user = {"session": session} if session else {}
    app.run()
    assert not app.exception
    return got[0]


def drawn(
    screen: Callable[[], None], url: str, login: str = "dispatcher.district", **address: Any
) -> AppTest:
    """A screen in a session of its own; a name in its address that Python keeps ends in _."""
    app = AppTest.from_function(screen, default_timeout=60)
    app.user = {"session": session_for(url, login)}
    for name, text in address.items():
        app.query_params[name.rstrip("_")] = text
    return run(app)


def run(app: AppTest) -> AppTest:
    """Draw it, once more."""
    app.run()
    assert not app.exception, app.exception
    return app


def told(app: AppTest, component: str) -> list[Any]:
    """What the components of a kind were told to show, in order."""
    found: list[Any] = [one.proto for one in app.get("bidi_component")]
    return [json.loads(one.bytes) for one in found if one.component_name == f"yiping_{component}"]


def said(app: AppTest, component: str = "") -> str:
    """All that components were told to show, of a kind or of all, as text."""
    found: list[Any] = [one.proto for one in app.get("bidi_component")]
    shown = [one for one in found if one.component_name.endswith(component)]
    return "\n".join(one.bytes.decode() for one in shown)
