"""Settings on record: which parts of them changed since they were last written down."""

import hashlib
import json
from datetime import datetime

from sqlalchemy import Connection, select

from data.config import Settings, settings
from data.journal import audit
from data.schema import audit_events

SHOWN = 8  # characters of a digest: enough to tell one from another
SECRET = {"database_url"}  # it may hold a password


def note_settings(conn: Connection, actor: str, now: datetime) -> list[str]:
    """Write down which parts changed since the last time, if any did. Returns their names.

    Only digests are kept, so that no setting has to be told apart from a secret.
    """
    present, before = _digests(settings()), _last(conn)
    changed = sorted(
        name for name in present.keys() | before if present.get(name) != before.get(name)
    )
    if changed:
        about: dict[str, object] = {"changed": "、".join(changed), "digests": present}
        audit(conn, actor, "setting", now, details=about)
    return changed


def _digests(found: Settings) -> dict[str, str]:
    parts = found.model_dump(mode="json", exclude=SECRET)
    return {name: _digest(part) for name, part in parts.items()}


def _digest(part: object) -> str:
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()[:SHOWN]


def _last(conn: Connection) -> dict[str, str]:
    query = select(audit_events.c.details).where(audit_events.c.kind == "setting")
    details = conn.execute(query.order_by(audit_events.c.event_id.desc())).scalars().first()
    return dict(details["digests"]) if details else {}
