"""How a file was understood, as lines for a person at a prompt."""

from data.intake.reading.preview import Preview
from data.words import word

_MOST_SHOWN = 12  # columns, and characters of each


def preview_lines(found: Preview) -> list[str]:
    """Encoding, delimiter, sheet, where the header stands, and the first rows."""
    lines = [word("intake.preview.kind", file=found.file, kind=found.kind)]
    if found.member:
        lines.append(word("intake.preview.member", member=found.member))
    if found.delimiter:
        sign = word("intake.preview.tab") if found.delimiter == "\t" else found.delimiter
        lines.append(word("intake.preview.text", encoding=found.encoding, delimiter=sign))
    if found.is_uncertain:
        lines.append(word("intake.preview.uncertain", encoding=found.encoding))
    if found.sheet:
        sheets = "、".join(found.sheets)
        lines.append(word("intake.preview.sheet", sheet=found.sheet, sheets=sheets))
    if found.header_row:
        lines.append(word("intake.preview.header", row=found.header_row))
    return [*lines, *(f"    {_joined(row)}" for row in (found.header, *found.rows))]


def _joined(row: tuple[str, ...]) -> str:
    shown = [text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…" for text in row]
    return " | ".join(shown[:_MOST_SHOWN] + ["…"] * (len(row) > _MOST_SHOWN))
