"""`import cases|events|areas` and `quarantine`."""

import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import click
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from data.commands import Answer, Prompt, command
from data.commands.look import preview_lines
from data.db import reading
from data.intake.loading.alone import importing
from data.intake.loading.batch import Result
from data.intake.loading.kept import COLUMNS, Kept, kept_rows, write_kept
from data.intake.loading.load import import_file
from data.intake.loading.undo import take_back
from data.intake.mapping.map import Mapping, read_mapping
from data.intake.reading.preview import preview
from data.intake.reading.read import Progress
from data.intake.source import newest_held, rows_as_file
from data.intake.values.rows import MOST_ROWS
from data.journal import audit
from data.terms import ImportRefused
from data.words import word

FROM_DATABASES = ("cases", "events")
FROM_DATABASE = """

    With --from-url and --query the rows come from another system's database; the query is run as it
    is, read-only. It may name :since, the newest time held from this mapping (1970 before the
    first), as in WHERE updated_at >= :since. Safe to repeat: what is held counts as a duplicate.
    """
_FROM_URL = click.option(
    "--from-url",
    envvar="YIPING_SOURCE_URL",
    metavar="URL",
    help="Another system's database, instead of FILE. Or set YIPING_SOURCE_URL.",
)
_QUERY = click.option("--query", type=click.Path(), help="A file with the query to run there.")
SECONDS_WITHOUT_A_BAR = 1
STEPS = 1000  # of the bar


def register(cli: click.Group) -> None:
    """Add the commands of this family."""
    group = click.Group(
        "import", help="Load a file of cases, events or areas: all of it or nothing."
    )
    cli.add_command(group)
    for kind in ("cases", "events", "areas"):
        _register_import(group, kind)
    command(group, "undo")(undo)
    _register_quarantine(cli)


def _register_import(group: click.Group, kind: str) -> None:
    @click.argument("file", type=click.Path(), required=kind not in FROM_DATABASES)
    @click.option(
        "--mapping", required=True, help="A mapping file, or the name of a kept or shipped one."
    )
    @click.option("--dry-run", is_flag=True, help="Check everything, store nothing.")
    @click.option(
        "--declared-rows",
        type=click.IntRange(0, MOST_ROWS),
        help="How many rows the source itself says that there are.",
    )
    def run(
        prompt: Prompt,
        file: str | None,
        mapping: str,
        dry_run: bool,
        declared_rows: int | None,
        query: str | None = None,
        from_url: str | None = None,
    ) -> Answer:
        if file and not query:
            return _import(prompt, kind, file, mapping, dry_run, declared_rows)
        if file or not (query and from_url):
            raise click.UsageError("Give a FILE, or --from-url and --query.")
        with reading(prompt.engine).connect() as conn:
            read = read_mapping(mapping, kind, conn)
            since = newest_held(conn, kind, read)
        with rows_as_file(from_url, Path(query), read, since) as (path, read):
            return _import(prompt, kind, str(path), read, dry_run, declared_rows)

    run.__doc__ = f"Load a file of {kind}."
    if kind in FROM_DATABASES:
        run.__doc__ += FROM_DATABASE
        for option in (_QUERY, _FROM_URL):
            run = option(run)
    command(group, kind)(run)


def _import(
    prompt: Prompt,
    kind: str,
    file: str,
    mapping: str | Mapping,
    dry_run: bool,
    declared_rows: int | None,
) -> Answer:
    started = perf_counter()
    with ExitStack() as bar, importing(prompt.engine) as conn:
        progress = _progress(bar, started)
        result = import_file(
            conn, kind, file, mapping, prompt.actor, prompt.now, progress, declared_rows
        )
        if dry_run:
            conn.rollback()
            looked = preview(file, read_mapping(mapping, kind, conn))
    answer = _answer(result, Path(file).name, perf_counter() - started, dry_run)
    if not dry_run:
        return answer
    shown = "\n".join(preview_lines(looked))
    return Answer({**answer.json, "preview": asdict(looked)}, f"{shown}\n{answer.text}")


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
        "notices": dict(result.notices),
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
    if result.adjusted:
        lines.append(word("intake.answer.adjusted", count=f"{result.adjusted:,}"))
    for kind, notice in result.notices.items():
        name, rows = word(f"intake.notice.{kind}"), "、".join(map(str, notice["rows"]))
        lines.append(
            word("intake.answer.notice", notice=name, count=f"{notice['count']:,}", rows=rows)
        )
    if result.ignored:
        names = "、".join(result.ignored)
        lines.append(word("intake.answer.ignored", count=len(result.ignored), names=names))
    return lines


@click.argument("batch", type=int)
def undo(prompt: Prompt, batch: int) -> Answer:
    """Take a batch back: its cases count nowhere, cases that it changed are as before."""
    with importing(prompt.engine) as conn:
        undone = take_back(conn, batch, prompt.actor, prompt.now)
    return Answer(asdict(undone), word("intake.undo.done", **asdict(undone)))


def _register_quarantine(cli: click.Group) -> None:
    @click.option("--batch", type=int, help="Only the rows of one import.")
    @click.option("--out", type=click.Path(dir_okay=False), help="Save as CSV instead.")
    def run(prompt: Prompt, batch: int | None, out: str | None) -> Answer:
        """List the rows kept aside, and how to mend each.

        A file saved with --out holds their columns, then ours. Mend it and import it again with the
        same mapping.
        """
        if out:
            count = save_kept(prompt, out, batch)
            return Answer({"count": count, "out": out}, word("intake.saved", count=count, out=out))
        with reading(prompt.engine).connect() as conn:
            kept = [_shown(row) for row in kept_rows(conn, batch)]
        return Answer({"count": len(kept), "rows": kept}, _table(kept))

    command(cli, "quarantine")(run)


def _shown(kept: Kept) -> dict[str, object]:
    return {name: getattr(kept, name) for name in COLUMNS}


def _table(kept: list[dict[str, object]]) -> str:
    if not kept:
        return word("intake.quarantine.empty")
    lines = [[word(f"intake.kept.{name}") for name in COLUMNS]]
    lines += [["" if one[name] is None else str(one[name]) for name in COLUMNS] for one in kept]
    return "\n".join(" | ".join(line) for line in lines)


def save_kept(prompt: Prompt, out: str, batch: int | None) -> int:
    """Write the file and put that on record; without a record no file stays."""
    subject = "batches" if batch is None else f"batch {batch}"
    try:
        with prompt.engine.begin() as conn:
            count = _written(conn, out, batch)
            audit(conn, prompt.actor, "export", prompt.now, subject, {"rows": count})
            return count
    except DBAPIError:
        Path(out).unlink(missing_ok=True)
        raise


def _written(conn: Connection, out: str, batch: int | None) -> int:
    try:
        with open(out, "w", encoding="utf-8-sig", newline="") as file:
            return write_kept(conn, file, batch)
    except OSError as error:
        raise ImportRefused("intake.out_unwritable", out=out) from error
