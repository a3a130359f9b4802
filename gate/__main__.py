"""`python -m gate`: a database if there is none, then the dashboard on this machine."""

import socket
import subprocess
import sys
from itertools import count

import click
import uvicorn
from sqlalchemy import select

from data.config import PROJECT, settings
from data.db import connect
from data.demo.accounts import ACCOUNTS, PASSWORD
from data.schema import cases, users
from data.serving import serving_alone
from data.terms import Refused
from data.words import word
from gate.web import check_settings

HOST = "127.0.0.1"
LARGEST_FRAME = 2 * 1024 * 1024  # bytes; screens send a hundredth of it


@click.command()
@click.option("--port", default=8501, show_default=True)
def serve(port: int) -> None:
    """Serve app:app; the demo district if the database holds nothing."""
    _command("init")
    is_demo = settings().gate.mode == "demo"
    if is_demo and _is_empty():
        click.echo(word("serve.filling"))
        _command("demo")
    free = next(number for number in count(port) if _is_free(number))
    if free != port:
        click.echo(word("serve.port_taken", port=port, free=free))
    click.echo(word("serve.address", address=f"http://{HOST}:{free}"))
    if is_demo:
        _print_demo_accounts()
    _refuse_what_the_server_would()
    uvicorn.run(
        "app:app",
        host=HOST,
        port=free,
        log_level="warning",
        app_dir=str(PROJECT),
        server_header=False,
        ws_max_size=LARGEST_FRAME,
    )


def _refuse_what_the_server_would() -> None:
    """Say why in sentences; the server itself would say it in many lines."""
    try:
        check_settings()
        with serving_alone(settings().database_url):
            pass
    except Refused as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)


def _command(name: str) -> None:
    done = subprocess.run([sys.executable, "-m", "data", name], cwd=PROJECT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _is_empty() -> bool:
    """Whether nobody could sign in and there is no case to lose."""
    engine = connect(settings().database_url)
    with engine.connect() as conn:
        found = [conn.execute(select(table).limit(1)).first() for table in (users, cases)]
    engine.dispose()
    return not any(found)


def _print_demo_accounts() -> None:
    """The demo accounts that are in the database, with the password they were made with."""
    engine = connect(settings().database_url)
    with engine.connect() as conn:
        held = conn.execute(select(users).where(users.c.login.in_(ACCOUNTS))).all()
    engine.dispose()
    for one in sorted(held, key=lambda one: list(ACCOUNTS).index(one.login)):
        click.echo(word("serve.account", login=one.login, password=PASSWORD, name=one.name))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex((HOST, port)) != 0


if __name__ == "__main__":
    serve()
