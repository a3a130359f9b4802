"""The rows of a sheet as lines of a table: as wide as the header, each flaw under its name."""

from collections.abc import Collection, Iterable, Iterator

from data.intake.reading.workbooks import SheetRow
from data.intake.values.rows import BadRow, Line
from data.terms import ImportRefused

MOST_ROWS = 100_000


def sheet_lines(
    rows: Iterable[SheetRow], header: list[str], names: Collection[str], file: str
) -> Iterator[Line]:
    """Lines of the rows under a header. Flaws count in the named columns only; no names: in all."""
    wanted = {place: name for place, name in enumerate(header) if not names or name in names}
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise ImportRefused("intake.sheet.too_long", file=file, most=f"{MOST_ROWS:,}")
        fault = next(
            (
                BadRow(flaw.rule, wanted[flaw.place], flaw.value)
                for flaw in row.flaws
                if flaw.place in wanted
            ),
            None,
        )
        yield Line(row.number, _fitted(row.texts, len(header)), fault)


def _fitted(texts: list[str], width: int) -> list[str]:
    """The texts, blanks added or cut off at the end until they are as many as the names."""
    if len(texts) <= width:
        return texts + [""] * (width - len(texts))
    used = max(place for place, text in enumerate(texts, start=1) if text)
    return texts[: max(width, used)]
