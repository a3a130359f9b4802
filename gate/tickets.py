"""One-time tickets: how a token gets from the sign-in form into a cookie no script can read.

Kept in this process only: one server process, as Streamlit's own sessions need it too.
"""

import secrets
from dataclasses import dataclass
from threading import Lock
from time import monotonic

SECONDS = 30


@dataclass(frozen=True, slots=True)
class _Ticket:
    token: str
    ends: float  # on the monotonic clock


_lock = Lock()
_tickets: dict[str, _Ticket] = {}


def write_ticket(token: str) -> str:
    """A ticket that is worth the token once, for a short time."""
    ticket, now = secrets.token_urlsafe(32), monotonic()
    with _lock:
        for over in [key for key, kept in _tickets.items() if kept.ends <= now]:
            del _tickets[over]
        _tickets[ticket] = _Ticket(token, now + SECONDS)
    return ticket


def take_token(ticket: str) -> str | None:
    """The token a ticket is worth, the first time only."""
    with _lock:
        kept = _tickets.pop(ticket, None)
    return kept.token if kept and kept.ends > monotonic() else None
