"""What a file holds, to be looked at before anything is imported."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from data.intake.checking.guard import quoted
from data.intake.mapping.map import Mapping
from data.intake.reading.read import open_table, survey

ROWS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """How a file was understood, and its first rows; personal numbers are replaced."""

    file: str
    kind: str  # csv | xlsx | json | geojson
    member: str  # of an archive
    encoding: str
    is_uncertain: bool  # the encoding was guessed from too little text
    delimiter: str
    sheet: str
    sheets: tuple[str, ...]
    header_row: int  # 0: the file has none of its own
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    declared_rows: int | None


def preview(
    file: str | Path, mapping: Mapping | None = None, sheet: str = "", encoding: str = "auto"
) -> Preview:
    """Look at a file as an import by this mapping would. Raises ImportRefused."""
    if mapping is None:
        found, names = survey(Path(file), encoding, sheet=sheet), frozenset[str]()
    else:
        asked = sheet or mapping.sheet
        found = survey(Path(file), mapping.encoding, mapping.format, asked, mapping.delimiter)
        names = mapping.their_names
    table = open_table(found, names)
    first = islice(table.lines(), ROWS_SHOWN)
    return Preview(
        file=found.path.name,
        kind=found.kind,
        member=found.file.member,
        encoding=found.encoding,
        is_uncertain=found.text.is_uncertain,
        delimiter=found.delimiter,
        sheet=found.sheet,
        sheets=found.book.sheets,
        header_row=table.header_row,
        header=tuple(table.header),
        rows=tuple(tuple(map(quoted, line.fields)) for line in first),
        declared_rows=found.declared_rows,
    )
