"""The daily heads of the seals in a second place, which whoever owns the database does not own.

Seals show a change of what they seal. Whoever may drop triggers could write the seals anew as
well; against a head that stands elsewhere they could not.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Row, select

from data.config import settings
from data.journal import JOURNALS
from data.schema import seals
from data.terms import Refused


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal of a journal on a day."""

    day: str  # of the centre
    journal: str
    seal_id: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.day} {self.journal} {self.seal_id} {self.sha256}"


def write_heads(conn: Connection, place: Path, now: datetime) -> int:
    """Add the head of each journal, once a day. Returns how many were added.

    Raises Refused for a place that cannot be read or written.
    """
    day = now.astimezone(settings().zone).date().isoformat()
    written = {(head.day, head.journal) for head in heads(place)}
    newest = [_newest(conn, journal.name) for journal in JOURNALS]
    found = [
        Head(day, seal.journal, seal.seal_id, seal.sha256)
        for seal in newest
        if seal is not None and (day, seal.journal) not in written
    ]
    if found:
        _add(place, found)
    return len(found)


def heads(place: Path) -> list[Head]:
    """What stands in the second place; nothing before the first. Raises Refused."""
    try:
        lines = place.read_text("utf-8").splitlines() if place.exists() else []
        parts = [line.split(" ") for line in lines]
        return [Head(day, journal, int(seal), sha256) for day, journal, seal, sha256 in parts]
    except (OSError, ValueError) as failure:
        raise Refused("heads.unreadable", place=place, why=failure) from failure


def broken_head(conn: Connection, place: Path) -> str | None:
    """The first head that no seal bears out, as `2026-11-22 case_events`, or None."""
    for head in heads(place):
        query = select(seals.c.sha256).where(
            seals.c.seal_id == head.seal_id, seals.c.journal == head.journal
        )
        if conn.execute(query).scalar() != head.sha256:
            return f"{head.day} {head.journal}"
    return None


def _newest(conn: Connection, journal: str) -> Row[tuple] | None:
    query = select(seals).where(seals.c.journal == journal).order_by(seals.c.seal_id.desc())
    return conn.execute(query).first()


def _add(place: Path, found: list[Head]) -> None:
    try:
        with place.open("a", encoding="utf-8") as file:
            file.writelines(f"{head}\n" for head in found)
            file.flush()
            os.fsync(file.fileno())
    except OSError as failure:
        raise Refused("heads.unwritable", place=place, why=failure) from failure
