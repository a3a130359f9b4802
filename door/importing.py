"""Imports from the screen: one desk a person, and a process of its own for each piece of work.

A desk holds what its person uploaded, filled in and asked for. It outlives the browser's page,
nobody else sees it, and it is gone with the server.
"""

import json
import logging
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from typing import IO, Any

from data.access import Permission, require
from data.config import PROJECT, settings
from data.intake.kept import write_kept
from data.intake.offered import Offered, offered
from data.intake.worker import OUT_OF_MEMORY
from data.journal import audit
from data.terms import ActionRefused, Actor, Refused
from door.clock import exact_now
from door.database import engine, reading
from door.identity import actor
from door.version import look_again

log = logging.getLogger("yiping.importing")

WRITING_TASKS = ("try", "import", "undo")  # one at a time for everybody
LONGEST_NAME = 120
_NO_NAME = re.compile(r"[\x00-\x1f\x7f/\\\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a person handed in."""

    name: str
    path: Path
    size: int
    number: int  # of this desk's uploads


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work and how far it is."""

    task: str  # look | try | import | undo
    subject: str  # the file's name, or the batch
    who: Actor
    started_at: datetime
    state: str = "running"  # running | done | refused | crashed
    share: float = 0.0
    rows: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    refusal: Refused | None = None
    why: str = ""  # it crashed: memory | slow | stopped | broke

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.state == "running"


@dataclass(slots=True)
class Desk:
    """What one person is at."""

    folder: TemporaryDirectory[str]
    form: dict[str, Any] = field(default_factory=dict)  # what was chosen and typed
    upload: Upload | None = None
    look: Work | None = None
    work: Work | None = None
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    upload_count: int = 0


@dataclass(slots=True)
class _Room:
    """All desks of this process."""

    lock: Lock = field(default_factory=Lock)
    desks: dict[str, Desk] = field(default_factory=dict)


_room = _Room()


def my_desk() -> Desk:
    """The desk of whoever asks. Raises ActionRefused for somebody who may not import."""
    asker = _keeper()
    with _room.lock:
        if asker.login not in _room.desks:
            folder = TemporaryDirectory(prefix="yiping-desk-")  # 0700
            _room.desks[asker.login] = Desk(folder)
        return _room.desks[asker.login]


def _keeper() -> Actor:
    asker = actor()
    require(asker, Permission.KEEP_RULES)
    return asker


def others_work() -> Work | None:
    """What somebody else imports at this moment."""
    mine = my_desk()
    with _room.lock:
        others = [desk.work for desk in _room.desks.values() if desk is not mine]
    return next((work for work in others if work and work.is_running), None)


def offered_mappings(kind: str) -> tuple[Offered, ...]:
    """The mappings for one kind of import, as they are at this moment."""
    _keeper()
    with reading().connect() as conn:
        return offered(conn, kind)


def receive(name: str, data: IO[bytes]) -> None:
    """Take in a file, in place of an earlier one."""
    desk = my_desk()
    put_away()
    desk.upload_count += 1
    folder = Path(desk.folder.name) / f"upload{desk.upload_count}"
    folder.mkdir()
    path = folder / plain_name(name)
    with path.open("wb") as file:
        data.seek(0)
        shutil.copyfileobj(data, file)
    desk.upload = Upload(path.name, path, path.stat().st_size, desk.upload_count)


def plain_name(name: str) -> str:
    """A file's name that is a name in one folder, whatever a browser sent."""
    text = _NO_NAME.sub("", name.rpartition("/")[2].rpartition("\\")[2]).strip(" .")
    stem, dot, suffix = text[-LONGEST_NAME:].rpartition(".")
    while len(f"{stem}{dot}{suffix}".encode()) > 2 * LONGEST_NAME:
        stem = stem[1:]
    return f"{stem}{dot}{suffix}" or "file"


def put_away() -> None:
    """Forget the file and what was found in it; a look that is under way ends."""
    desk = my_desk()
    stop("look")
    _clear(desk)


def _clear(desk: Desk) -> None:
    if desk.upload:
        shutil.rmtree(desk.upload.path.parent, ignore_errors=True)
    desk.upload = desk.look = None


def stop(task: str) -> None:
    """End a piece of work; nothing of it is kept."""
    desk = my_desk()
    process = desk.processes.get(task)
    if process and process.stdin:
        process.stdin.close()  # it ends when nobody listens


def write_mapping(name: str, text: str) -> Path:
    """The mapping as it was typed, as a file beside the upload."""
    folder = Path(my_desk().folder.name) / "mapping"
    folder.mkdir(exist_ok=True)
    path = folder / f"{plain_name(name)}.toml"
    path.write_text(text, "utf-8")
    return path


def start(task: str, subject: str, **about: object) -> None:
    """Begin a piece of work. Raises ActionRefused while somebody imports."""
    desk, asker = my_desk(), _keeper()
    work = Work(task, subject, asker, exact_now())
    with _room.lock:
        if task in WRITING_TASKS:
            _refuse_while_busy()
            desk.work = work
        else:
            desk.look = work
    Thread(target=_follow, args=(desk, work, _request(work, about)), daemon=True).start()


def _refuse_while_busy() -> None:
    for desk in _room.desks.values():
        if desk.work and desk.work.is_running:
            values = {"who": desk.work.who.name, "file": desk.work.subject}
            raise ActionRefused("importing.busy", **values)


def _request(work: Work, about: dict[str, object]) -> str:
    intake = settings().intake
    limits = {"megabytes": intake.import_megabytes, "seconds": int(intake.import_minutes * 60)}
    told = {
        "task": work.task,
        "database_url": settings().database_url,
        "login": work.who.login,
        "now": work.started_at.isoformat(),
        "limits": limits,
        **about,
    }
    return json.dumps(told)


def _follow(desk: Desk, work: Work, request: str) -> None:
    """Run the worker and keep what it tells."""
    errors = Path(desk.folder.name) / f"{work.task}.log"
    try:
        process = desk.processes[work.task] = _worker(errors)
    except OSError as failure:
        log.error("no worker could be started: %s", failure)
        _keep(desk, replace(work, state="crashed", why="broke"))
        return
    assert process.stdin and process.stdout
    try:
        process.stdin.write(request + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        log.warning("a worker ended before it was told what to do")
    for line in process.stdout:
        work = _told(work, json.loads(line))
        _keep(desk, work)
    work = _ended(work, process, errors)
    if work.task == "import" and work.state == "done":
        _clear(desk)
    _keep(desk, work)
    look_again()


def _worker(errors: Path) -> subprocess.Popen[str]:
    with errors.open("w") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "data.intake.worker"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )


def _keep(desk: Desk, work: Work) -> None:
    """Show the newest state, unless the work was replaced meanwhile."""
    held = desk.look if work.task == "look" else desk.work
    if held is None or held.started_at != work.started_at:
        return
    if work.task == "look":
        desk.look = work
    else:
        desk.work = work


def _told(work: Work, line: dict[str, Any]) -> Work:
    event = line.pop("event")
    if event == "progress":
        return replace(work, share=line["share"])
    if event == "rows":
        return replace(work, rows=line["rows"])
    if event == "refused":
        return replace(work, state="refused", refusal=Refused(line["key"], **line["values"]))
    return replace(work, answer=line)


def _ended(work: Work, process: subprocess.Popen[str], errors: Path) -> Work:
    status = process.wait()
    was_stopped = process.stdin is not None and process.stdin.closed
    if process.stdin and not was_stopped:
        process.stdin.close()
    if work.answer and status == 0:
        return replace(work, state="done", share=1.0)
    if work.state == "refused":
        return work
    why = "stopped" if was_stopped else _why(status)
    if why == "broke":
        log.error("a worker ended with %s: %s", status, errors.read_text()[-2000:])
    return replace(work, state="crashed", why=why)


def _why(status: int) -> str:
    if status == -signal.SIGALRM:
        return "slow"
    return "memory" if status in (OUT_OF_MEMORY, -signal.SIGKILL) else "broke"


def kept_csv(batch: int) -> bytes:
    """The rows an import kept aside, as a CSV to mend; saving them is audited."""
    asker = _keeper()
    require(asker, Permission.EXPORT)
    with reading().connect() as conn, StringIO(newline="") as file:
        count = write_kept(conn, file, batch)
        text = file.getvalue()
    with engine().begin() as conn:
        audit(conn, asker.login, "export", exact_now(), f"batch {batch}", {"rows": count})
    return text.encode("utf-8-sig")
