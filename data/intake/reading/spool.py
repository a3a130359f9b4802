"""Rows read once from a slow source, kept in a private temporary file, and read from there."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO

from data.intake.values.progress import Progress
from data.intake.values.rows import BadRow, Line, Sheet

_ROWS_PER_REPORT = 1000


@contextmanager
def spooled(
    header: list[str], lines: Iterable[Line], progress: Progress | None = None
) -> Iterator[Sheet]:
    """The rows as a sheet that can be read again and again, by one reader at a time.

    The file has no name from the start, where the system allows that: nobody else can open it,
    and nothing is left of it when the program ends, however it ends.
    """
    with TemporaryFile(prefix="yiping-") as file:
        for line in lines:
            fault = line.fault
            marks = [fault.rule, fault.column, fault.value, fault.hint] if fault else None
            file.write(json.dumps([line.number, line.fields, marks]).encode() + b"\n")
        size = file.tell()
        yield Sheet(header, lambda: _lines(file, size, progress))


def _lines(file: IO[bytes], size: int, progress: Progress | None) -> Iterator[Line]:
    file.seek(0)
    done = 0
    for count, text in enumerate(file, start=1):
        number, fields, marks = json.loads(text)
        yield Line(number, fields, BadRow(*marks) if marks else None)
        done += len(text)
        if progress and count % _ROWS_PER_REPORT == 0:
            progress(done / size)
