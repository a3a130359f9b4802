"""Loaded by a server under test: writes down every address outside this machine it reaches for."""

import ipaddress
import os
import sys

REPORT = os.environ.get("YIPING_NETWORK_REPORT")
NAMES_OF_THIS_MACHINE = {"localhost", "", None}


def _is_outside(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host in NAMES_OF_THIS_MACHINE:
        return False
    try:
        address = ipaddress.ip_address(str(host).split("%")[0])
    except ValueError:
        return True  # a name to resolve
    return not (address.is_loopback or address.is_unspecified)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path: a local socket
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if _is_outside(host):
        with open(REPORT, "a", encoding="utf-8") as report:
            report.write(f"{event} {host}\n")


if REPORT:
    sys.addaudithook(_watch)
