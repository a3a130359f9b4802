"""Load a file: all of it or nothing, in the transaction that the caller began."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from data.intake.areas import load_areas
from data.intake.batch import Batch, Result, begin_batch, earlier_import, end_batch, lock
from data.intake.cases import load_cases
from data.intake.columns import ignored, refuse_personal
from data.intake.events import load_events
from data.intake.map import read_mapping
from data.intake.read import Progress, read_sheet, survey

Load = Callable[[Batch, Progress | None], None]

LOADERS: dict[str, Load] = {"cases": load_cases, "events": load_events, "areas": load_areas}
_ROWS_LOOKED_AT = 2000  # before anything is stored, for personal numbers


def import_file(
    conn: Connection,
    kind: str,
    file: str | Path,
    mapping_name: str,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
) -> Result:
    """Import a file of cases, events or areas. Raises ImportRefused; the caller then rolls back."""
    mapping = read_mapping(mapping_name, kind, conn)
    found = survey(Path(file), mapping.encoding, mapping.format)
    lock(conn)
    if earlier := earlier_import(conn, kind, found, mapping):
        return earlier
    sheet = read_sheet(found, mapping.delimiter, progress)
    if sheet.header:
        first = islice(sheet.rows(), _ROWS_LOOKED_AT)
        refuse_personal(mapping, sheet.header, first, found.path.name)
    batch = begin_batch(conn, kind, found, mapping, sheet, actor, now)
    if sheet.header:
        LOADERS[kind](batch, progress)
    return end_batch(batch, found, actor, ignored(mapping, sheet.header))
