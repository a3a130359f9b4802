"""What every answer carries: what a page may load and run, and who may show it."""

import base64
import hashlib
from functools import cache

from components.mount import ROOT
from gate.page import inline_scripts

# What loads our components arrives as blob: modules; Streamlit styles its elements in place.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' blob: 'wasm-unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "frame-src": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
FOR_A_YEAR = "max-age=31536000; includeSubDomains"
# Named by their content; anything else may be somebody's own.
ASSETS = ("/static/", ROOT)


def answer_headers(path: str, is_under_tls: bool) -> dict[str, str]:
    """The headers of an answer at a path."""
    headers = {"Content-Security-Policy": policy(), **ALWAYS}
    if is_under_tls:
        headers["Strict-Transport-Security"] = FOR_A_YEAR
    if not path.startswith(ASSETS):
        headers["Cache-Control"] = "no-store"
    return headers


@cache
def policy() -> str:
    """The content security policy; a script written into a page runs only if it is the page's."""
    own = [_digest(script) for script in inline_scripts()]
    parts = {**POLICY, "script-src": " ".join([POLICY["script-src"], *own])}
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def _digest(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
