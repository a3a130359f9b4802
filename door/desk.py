"""Desks: what each person uploaded, filled in and asked for on the intake screen.

A desk outlives the browser's page, nobody else sees it, and it is gone with the server.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import IO, Any

from data.access import Permission
from data.terms import Actor, Refused
from door.refusals import allowed

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
class Room:
    """All desks of this process."""

    lock: Lock = field(default_factory=Lock)
    desks: dict[str, Desk] = field(default_factory=dict)


room = Room()


@contextmanager
def cleared_room() -> Iterator[None]:
    """Nothing lies on any desk afterwards: a server that is told to end runs no finalizers."""
    try:
        yield
    finally:
        with room.lock:
            for desk in room.desks.values():
                desk.folder.cleanup()
            room.desks.clear()


def my_desk() -> Desk:
    """The desk of whoever asks. Raises ActionRefused for somebody who may not import."""
    asker = keeper()
    with room.lock:
        if asker.login not in room.desks:
            folder = TemporaryDirectory(prefix="yiping-desk-", ignore_cleanup_errors=True)  # 0700
            room.desks[asker.login] = Desk(folder)
        return room.desks[asker.login]


def keeper() -> Actor:
    """Whoever asks, if they may import. Raises ActionRefused."""
    return allowed(Permission.KEEP_RULES, "import")


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
    clear(desk)


def clear(desk: Desk) -> None:
    """Forget the file of a desk and what was found in it."""
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
