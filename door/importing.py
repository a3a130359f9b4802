"""Imports from the screen: a process of its own for each piece of work."""

import json
import logging
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

from data.config import PROJECT, settings
from data.intake.mapping.offered import Offered, offered
from data.intake.worker import OUT_OF_MEMORY
from data.terms import ActionRefused, Refused
from door.clock import exact_now
from door.database import reading
from door.desk import Desk, Work, clear, keeper, my_desk, room
from door.version import look_again

log = logging.getLogger("yiping.importing")
WRITING_TASKS = ("try", "import", "undo")  # one at a time for everybody


def others_work() -> Work | None:
    """What somebody else imports at this moment."""
    mine = my_desk()
    with room.lock:
        others = [desk.work for desk in room.desks.values() if desk is not mine]
    return next((work for work in others if work and work.is_running), None)


def offered_mappings(kind: str) -> tuple[Offered, ...]:
    """The mappings for one kind of import, as they are at this moment."""
    keeper()
    with reading().connect() as conn:
        return offered(conn, kind)


def start(task: str, subject: str, **about: object) -> None:
    """Begin a piece of work. Raises ActionRefused while somebody imports."""
    desk, asker = my_desk(), keeper()
    work = Work(task, subject, asker, exact_now())
    with room.lock:
        if task in WRITING_TASKS:
            _refuse_while_busy()
            desk.work = work
        else:
            desk.look = work
    Thread(target=_follow, args=(desk, work, _request(work, about)), daemon=True).start()


def _refuse_while_busy() -> None:
    for desk in room.desks.values():
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
    except (BrokenPipeError, ValueError):  # the second where it was stopped before it began
        log.warning("a worker ended before it was told what to do")
    try:
        for line in process.stdout:
            work = _told(work, json.loads(line))
            _keep(desk, work)
        work = _ended(work, process, errors)
        if work.task == "import" and work.state == "done":
            clear(desk)
    finally:  # whatever it told: nobody is to wait for it for ever
        if work.is_running:
            work = replace(work, state="crashed", why="broke")
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
