"""Changes of the schema, in order; `migrate` brings a database to the newest."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection

from data.terms import Refused

FOLDER = Path(__file__).parent


def migrate(conn: Connection, to: str = "head") -> None:
    """Create or migrate the schema in one transaction; safe to repeat.

    Raises Refused for a database that a newer program made.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, to)
    except CommandError as failure:
        raise Refused("database.newer", revision=revision(conn) or to) from failure


def revision(conn: Connection) -> str:
    """The schema a database is at; empty for none."""
    return MigrationContext.configure(conn).get_current_revision() or ""
