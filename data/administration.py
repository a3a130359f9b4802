"""What the accounts screen shows: every account with its lock and sessions, and what to choose."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from data.accounts import Account, accounts
from data.directory import Unit, takers
from data.schema import areas
from data.sessions import OpenSession, open_sessions
from data.sign_ins import locked_until
from data.terms import AreaLevel


@dataclass(frozen=True, slots=True)
class Town:
    """A town that an account can be limited to."""

    area_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """An account, until when it is locked, and how many sessions it has open."""

    account: Account
    locked_until: datetime | None
    session_count: int


@dataclass(frozen=True, slots=True)
class Administration:
    """The accounts, the open sessions, and the towns and units of the district."""

    lines: tuple[Line, ...]
    sessions: tuple[OpenSession, ...]
    towns: tuple[Town, ...]
    units: tuple[Unit, ...]


def administration(conn: Connection, now: datetime) -> Administration:
    """Everything at one moment."""
    sessions, locked = open_sessions(conn, now), locked_until(conn, now)
    logins = [session.login for session in sessions]
    lines = tuple(
        Line(account, locked.get(account.login), logins.count(account.login))
        for account in accounts(conn)
    )
    return Administration(lines, sessions, _towns(conn), takers(conn))


def _towns(conn: Connection) -> tuple[Town, ...]:
    query = select(areas.c.area_id, areas.c.name).where(areas.c.level == AreaLevel.TOWN)
    return tuple(Town(*row) for row in conn.execute(query.order_by(areas.c.code)))
