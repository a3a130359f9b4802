"""The one cookie that says who comes, and the header that hands it on inside."""

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from data.config import settings
from data.sessions import SESSION_LENGTH, session_of_token

NAME = "yiping_session"
HEADER = "x-yiping-session"  # server.trustedUserHeaders hands it to scripts as st.user
XSRF = "_streamlit_xsrf"  # Streamlit compares it with a header of the same browser


def name() -> str:
    """Under TLS the prefix keeps other names of the same domain from setting it."""
    return f"__Host-{NAME}" if settings().gate.is_under_tls else NAME


def session_in(headers: Headers) -> str | None:
    """The session that the cookie of a request opens; whether it lives is asked elsewhere."""
    for line in headers.getlist("cookie"):
        token = cookie_parser(line).get(name())
        if token:
            return session_of_token(token)
    return None


def put(response: Response, token: str) -> None:
    """Give a browser its token, out of reach of scripts."""
    response.set_cookie(
        name(),
        token,
        max_age=int(SESSION_LENGTH.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings().gate.is_under_tls,
    )


def clear(response: Response) -> None:
    """Take the token away from a browser."""
    response.delete_cookie(
        name(), httponly=True, samesite="lax", secure=settings().gate.is_under_tls
    )


def handed_on(raw: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of a request with our session in them, and neither a token nor a foreign claim.

    Streamlit's own sign-in cookies are left out: nobody is signed in by them.
    """
    headers = Headers(raw=raw)
    kept = [pair for pair in raw if pair[0].lower() not in (b"cookie", HEADER.encode())]
    for line in headers.getlist("cookie"):
        if XSRF in cookie_parser(line):
            kept.append((b"cookie", f"{XSRF}={cookie_parser(line)[XSRF]}".encode("latin-1")))
    session = session_in(headers)
    if session:
        kept.append((HEADER.encode(), session.encode()))
    return kept
