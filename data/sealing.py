"""Sealing everything that was written, some rows at a time, and the day's heads elsewhere too."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from time import sleep

from sqlalchemy import Engine

from data import journal
from data.db import reading
from data.heads import write_heads

LETS_IN = 0.2  # seconds: SQLite asks again for its turn every tenth of one


def seal_all(engine: Engine, now: datetime, heads_place: Path | None) -> dict[str, int]:
    """Fold, part by part, what was written before. Returns rows sealed, by journal.

    Raises Refused for a place of the heads that cannot be read or written; the rows are sealed.
    """
    sealed: Counter[str] = Counter()
    while True:
        with engine.begin() as conn:
            some = journal.fold(conn, now)
        sealed.update(some)
        if all(count < journal.SEALED_AT_A_TIME for count in some.values()):
            break
        sleep(LETS_IN)  # whoever waits to write does so between two parts
    if heads_place is not None:
        with reading(engine).connect() as conn:
            write_heads(conn, heads_place, now)
    return dict(sealed)
