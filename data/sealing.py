"""Sealing everything that was written, some rows at a time, and the day's heads elsewhere too."""

from collections import Counter
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from data.db import reading
from data.heads import write_heads
from data.journal import fold


def seal_all(engine: Engine, now: datetime, heads_place: Path | None) -> dict[str, int]:
    """Fold until nothing is left. Returns rows sealed, by journal.

    Raises Refused for a place of the heads that cannot be read or written; the rows are sealed.
    """
    sealed: Counter[str] = Counter()
    while True:
        with engine.begin() as conn:
            some = fold(conn, now)
        sealed.update(some)
        if not sum(some.values()):
            break
    if heads_place is not None:
        with reading(engine).connect() as conn:
            write_heads(conn, heads_place, now)
    return dict(sealed)
