"""`import cases|events|areas` and `quarantine`."""

import csv
import sys
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

import click
from sqlalchemy import Row, select

from data.commands import Answer, Prompt, command
from data.db import reading
from data.intake.batch import Result
from data.intake.load import import_file
from data.intake.read import Progress
from data.schema import imports, quarantine
from data.terms import ImportRefused
from data.words import word

SECONDS_WITHOUT_A_BAR = 1
STEPS = 1000  # of the bar
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
KEPT = ("batch", "file", "row", "column", "value", "rule", "mend")


def register(cli: click.Group) -> None:
    """Add the commands of this family."""
    group = click.Group(
        "import", help="Load a file of cases, events or areas: all of it or nothing."
    )
    cli.add_command(group)
    for kind in ("cases", "events", "areas"):
        _register_import(group, kind)
    _register_quarantine(cli)


def _register_import(group: click.Group, kind: str) -> None:
    @click.argument("file", type=click.Path())
    @click.option("--mapping", required=True, help="A mapping file, or the name of a shipped one.")
    @click.option("--dry-run", is_flag=True, help="Check everything, store nothing.")
    def run(prompt: Prompt, file: str, mapping: str, dry_run: bool) -> Answer:
        return _import(prompt, kind, file, mapping, dry_run)

    run.__doc__ = f"Load a file of {kind}."
    command(group, kind)(run)


def _import(prompt: Prompt, kind: str, file: str, mapping: str, dry_run: bool) -> Answer:
    started = perf_counter()
    with ExitStack() as bar, prompt.engine.connect() as conn, conn.begin() as transaction:
        progress = _progress(bar, started)
        result = import_file(conn, kind, file, mapping, prompt.actor, prompt.now, progress)
        if dry_run:
            transaction.rollback()
    return _answer(result, Path(file).name, perf_counter() - started, dry_run)


def _progress(stack: ExitStack, started: float) -> Progress | None:
    """A bar on a terminal for anything over a second; none beside JSON or in a pipe."""
    if click.get_current_context().params.get("as_json") or not sys.stderr.isatty():
        return None
    bar = click.progressbar(length=STEPS, file=sys.stderr)

    def show(share: float) -> None:
        if perf_counter() - started > SECONDS_WITHOUT_A_BAR:
            if not bar.entered:
                stack.enter_context(bar)
            bar.update(round(share * STEPS) - bar.pos)

    return show


def _answer(result: Result, file: str, seconds: float, dry_run: bool) -> Answer:
    json: dict[str, object] = {
        "batch": None if dry_run and not result.is_repeat else result.batch,
        "rows": result.rows,
        "imported": result.imported,
        "updated": result.updated,
        "duplicates": result.duplicates,
        "quarantined": result.quarantined,
        "reasons": result.reasons,
        "encoding": result.encoding,
        "seconds": round(seconds, 3),
        "adjusted": result.adjusted,
        "unplaced": result.unplaced,
        "ignored": list(result.ignored),
    }
    return Answer(json, "\n".join(_lines(result, file, seconds, dry_run)))


def _lines(result: Result, file: str, seconds: float, dry_run: bool) -> list[str]:
    if result.is_repeat:
        return [word("intake.answer.repeat", file=file, batch=result.batch, rows=result.rows)]
    key = "intake.answer.dry_run" if dry_run else "intake.answer.done"
    about = {"batch": result.batch, "seconds": f"{seconds:.1f}", "encoding": result.encoding}
    lines = [word(key, file=file, **about)]
    for name in ("rows", "imported", "updated", "duplicates", "quarantined"):
        lines.append(word(f"intake.answer.{name}", count=f"{getattr(result, name):,}"))
    for rule, count in result.reasons.items():
        name = word(f"intake.rule.{rule}")
        lines.append(word("intake.answer.reason", rule=name, count=f"{count:,}"))
    for name in ("adjusted", "unplaced"):
        if getattr(result, name):
            lines.append(word(f"intake.answer.{name}", count=f"{getattr(result, name):,}"))
    if result.ignored:
        names = "、".join(result.ignored)
        lines.append(word("intake.answer.ignored", count=len(result.ignored), names=names))
    return lines


def _register_quarantine(cli: click.Group) -> None:
    @click.option("--batch", type=int, help="Only the rows of one import.")
    @click.option("--out", type=click.Path(dir_okay=False), help="Save as CSV instead.")
    def run(prompt: Prompt, batch: int | None, out: str | None) -> Answer:
        """List the rows kept aside, and how to mend each."""
        with reading(prompt.engine).connect() as conn:
            query = select(quarantine, imports.c.file_name).join(imports)
            if batch is not None:
                query = query.where(quarantine.c.batch_id == batch)
            kept = [_kept(row) for row in conn.execute(query.order_by(quarantine.c.quarantine_id))]
        if out:
            _save(out, kept)
            return Answer(
                {"count": len(kept), "out": out}, word("intake.saved", count=len(kept), out=out)
            )
        return Answer({"count": len(kept), "rows": kept}, _table(kept))

    command(cli, "quarantine")(run)


def _kept(row: Row[tuple]) -> dict[str, object]:
    return {
        "batch": row.batch_id,
        "file": row.file_name,
        "row": row.row_number,
        "column": row.column_name,
        "value": row.value,
        "rule": row.rule,
        "mend": word(f"intake.mend.{row.rule}"),
    }


def _table(kept: list[dict[str, object]]) -> str:
    if not kept:
        return word("intake.quarantine.empty")
    lines = [[word(f"intake.kept.{name}") for name in KEPT]]
    lines += [["" if one[name] is None else str(one[name]) for name in KEPT] for one in kept]
    return "\n".join(" | ".join(line) for line in lines)


def _save(out: str, kept: list[dict[str, object]]) -> None:
    try:
        with open(out, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(word(f"intake.kept.{name}") for name in KEPT)
            writer.writerows([_safe(one[name]) for name in KEPT] for one in kept)
    except OSError as error:
        raise ImportRefused("intake.out_unwritable", out=out) from error


def _safe(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else value
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA_SIGNS) else text
