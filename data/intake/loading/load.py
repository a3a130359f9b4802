"""Load a file: all of it or nothing, in the transaction that the caller began."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path
from time import perf_counter

from sqlalchemy import Connection

from data.intake.checking.conflicts import without_conflicts
from data.intake.checking.guard import ignored, refuse_personal
from data.intake.loading.areas import load_areas
from data.intake.loading.batch import Batch, Result, begin_batch, earlier_import, end_batch, lock
from data.intake.loading.cases import load_cases
from data.intake.loading.events import load_events
from data.intake.loading.kept import as_kept, as_saved
from data.intake.mapping.map import Mapping, read_mapping, with_1904_base
from data.intake.reading.read import read_sheet, survey
from data.intake.values.progress import Progress, Stages

Load = Callable[[Batch, Progress | None], None]

LOADERS: dict[str, Load] = {"cases": load_cases, "events": load_events, "areas": load_areas}
_ROWS_LOOKED_AT = 2000  # before anything is stored, for personal numbers
_SPOOLED, _COMPARED = 0.5, 0.1  # shares of the time, about: reading a workbook, comparing rows


def import_file(
    conn: Connection,
    kind: str,
    file: str | Path,
    mapping_name: str | Mapping,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
    declared_rows: int | None = None,
    told_rows: Callable[[int], None] | None = None,
) -> Result:
    """Import a file of cases, events or areas. Raises ImportRefused; the caller then rolls back.

    `declared_rows` is how many rows the source itself says that there are.
    """
    started = perf_counter()
    mapping = as_saved(read_mapping(mapping_name, kind, conn), Path(file))
    found = survey(Path(file), mapping.encoding, mapping.format, mapping.sheet, mapping.delimiter)
    lock(conn)
    if earlier := earlier_import(conn, kind, found, mapping):
        return earlier
    if found.book.is_1904:
        mapping = with_1904_base(mapping)
    stages = Stages(progress)
    stages.begin(0.0 if found.kind == "csv" else _SPOOLED)
    with read_sheet(found, mapping.their_names, stages) as told:
        sheet = as_kept(told)
        if sheet.header:
            first = islice(sheet.rows(), _ROWS_LOOKED_AT)
            refuse_personal(mapping, sheet.header, first, found.path.name)
        batch = begin_batch(conn, kind, found, mapping, sheet, actor, now)
        batch.told_rows = told_rows
        if sheet.header:
            _load(batch, kind, stages)
        unread = ignored(mapping, sheet.header)
        seconds = perf_counter() - started
        return end_batch(batch, found, actor, unread, declared_rows, seconds)


def _load(batch: Batch, kind: str, stages: Stages) -> None:
    if kind == "cases":
        stages.begin(stages.end + _COMPARED)
        batch.sheet = without_conflicts(batch.sheet, batch.mapping, batch.places)
    stages.begin(1.0)
    LOADERS[kind](batch, stages)
