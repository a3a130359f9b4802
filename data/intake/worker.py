"""`python -m data.intake.worker`: one piece of work on a file, in a process of its own.

The request is one line of JSON on stdin, the answers are lines of JSON on stdout. The work ends
when stdin does: then nobody waits for it any more, and nothing of it is kept.
"""

import json
import os
import resource
import signal
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from threading import Thread

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from data.access import Permission, require
from data.accounts import actor_of_login
from data.db import connect
from data.intake.draft import draft_mapping
from data.intake.loading.alone import importing
from data.intake.loading.batch import Result
from data.intake.loading.kept import kept_rows
from data.intake.loading.load import import_file
from data.intake.loading.undo import take_back
from data.intake.mapping.map import parse_mapping
from data.intake.reading.preview import preview
from data.journal import audit
from data.terms import ActionRefused, Actor, Refused

KEPT_SHOWN = 200  # rows of a dry run that are shown before they are gone
REFUSED, OUT_OF_MEMORY = 3, 4  # exit status
_STEPS = 200  # of the progress that is told


@dataclass(frozen=True, slots=True)
class Limits:
    """What the work may take."""

    megabytes: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Request:
    """What to do, and who asks."""

    task: str  # look | try | import | undo
    database_url: str
    login: str
    now: str
    limits: Limits
    kind: str = ""
    file: str = ""
    mapping: str = ""  # a path or a name; empty: look without one, and draft one
    declared_rows: int | None = None
    sheet: str = ""
    encoding: str = ""
    batch: int = 0  # to take back


def main() -> int:
    """Read the request, do it, tell how it went. Returns the exit status."""
    told = json.loads(sys.stdin.readline())
    request = Request(**{**told, "limits": Limits(**told["limits"])})
    Thread(target=_end_with_stdin, daemon=True).start()
    _limit(request.limits)
    try:
        _do(request)
    except ActionRefused as refusal:
        _record(request, refusal)
        _tell_refusal(refusal)
        return REFUSED
    except Refused as refusal:
        _tell_refusal(refusal)
        return REFUSED
    except (OperationalError, InterfaceError, TimeoutError):
        _tell_refusal(Refused("door.unavailable"))
        return REFUSED
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _end_with_stdin() -> None:
    while sys.stdin.readline():
        pass
    os._exit(1)  # the database rolls back what was not committed


def _limit(limits: Limits) -> None:
    most = limits.megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.alarm(limits.seconds)  # unless somebody listens, that ends the process


def _tell(event: str, **values: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
    sys.stdout.flush()


def _tell_refusal(refusal: Refused) -> None:
    values = {name: str(value) for name, value in refusal.values.items()}
    _tell("refused", key=refusal.key, values=values)


def _do(request: Request) -> None:
    if request.task == "look":
        _look(request)
        return
    with importing(connect(request.database_url)) as conn:
        asker = _keeper(conn, request.login)
        if request.task == "undo":
            undone = take_back(conn, request.batch, asker.login, _now(request))
            answer: dict[str, object] = {"undone": asdict(undone)}
        else:
            result = _import(conn, request)
            kept = [asdict(row) for row in islice(kept_rows(conn, result.batch), KEPT_SHOWN)]
            answer = {"result": asdict(result), "kept": kept}
        if request.task == "try":
            conn.rollback()
    _tell("result", **answer)


def _record(request: Request, refusal: ActionRefused) -> None:
    """Somebody who might import when they asked may not when the work began."""
    about: dict[str, object] = {"what": request.task, "reason": refusal.key}
    with connect(request.database_url).begin() as conn:
        audit(conn, request.login, "refused", _now(request), details=about)


def _keeper(conn: Connection, login: str) -> Actor:
    actor = actor_of_login(conn, login)
    if actor is None:
        raise ActionRefused("intake.nobody")
    require(actor, Permission.KEEP_RULES)
    return actor


def _now(request: Request) -> datetime:
    return datetime.fromisoformat(request.now)


def _look(request: Request) -> None:
    """The first rows, and the mapping that the header proposes."""
    if request.mapping:
        text = Path(request.mapping).read_text("utf-8")
        mapping = parse_mapping(Path(request.mapping).name, text, request.kind)
        _tell("result", preview=asdict(preview(request.file, mapping)))
        return
    encoding = request.encoding or "auto"
    seen = preview(request.file, sheet=request.sheet, encoding=encoding)
    draft = draft_mapping(request.file, request.kind, request.sheet, encoding)
    _tell("result", preview=asdict(seen), draft=asdict(draft))


def _import(conn: Connection, request: Request) -> Result:
    told = -1

    def progress(share: float) -> None:
        nonlocal told
        if int(share * _STEPS) > told:
            told = int(share * _STEPS)
            _tell("progress", share=min(share, 1.0))

    return import_file(
        conn,
        request.kind,
        request.file,
        request.mapping,
        request.login,
        _now(request),
        progress,
        request.declared_rows,
        lambda rows: _tell("rows", rows=rows),
    )


if __name__ == "__main__":
    sys.exit(main())
