"""Mappings kept in the database, so that a source is described once for everybody."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from data.intake.mapping.map import parse_mapping
from data.journal import audit
from data.schema import mappings
from data.terms import Actor, ImportRefused, SaveMapping

LONGEST_NAME = 60


def kept_mappings(conn: Connection) -> Sequence[Row[str, str, str, datetime]]:
    """name, kind, saved_by and saved_at of every kept mapping, by name."""
    columns = mappings.c.name, mappings.c.kind, mappings.c.saved_by, mappings.c.saved_at
    return conn.execute(select(*columns).order_by(mappings.c.name)).all()


def save_mapping(conn: Connection, ask: SaveMapping, actor: Actor, now: datetime) -> None:
    """Keep a mapping under a name, in place of an earlier one of that name.

    Raises ImportRefused where it does not read.
    """
    name = ask.name.strip()
    if not 0 < len(name) <= LONGEST_NAME or "/" in name or "\\" in name:
        raise ImportRefused("intake.mapping.bad_name", name=name, most=LONGEST_NAME)
    fingerprint = parse_mapping(name, ask.text, ask.kind).fingerprint
    values = {"kind": ask.kind, "text": ask.text, "saved_by": actor.login, "saved_at": now}
    if not conn.execute(update(mappings).where(mappings.c.name == name).values(values)).rowcount:
        conn.execute(insert(mappings).values(name=name, **values))
    details: dict[str, object] = {"kind": ask.kind, "fingerprint": fingerprint}
    audit(conn, actor.login, "mapping", now, name, details)
