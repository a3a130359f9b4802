"""The files of a backup: written beside their place, named when whole, known by their SHA-256."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.terms import Refused

CHUNK = 1 << 20


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """A file of nobody else's beside a target, gone at the end unless it was renamed.

    Raises Refused where the folder takes no file.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as failure:
        raise Refused("backup.unwritable", path=part.parent, why=failure.strerror) from failure
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def place(part: Path, target: Path) -> None:
    """Give a finished file its name, so that it outlives a loss of power."""
    sync(part)
    os.replace(part, target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Have a file or folder written through to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file. Raises Refused for one that cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as failure:
        raise Refused("backup.unreadable", path=path, why=failure.strerror) from failure


def sum_file(path: Path) -> Path:
    """Where the SHA-256 of a file stands; `sha256sum -c` reads it too."""
    return path.with_name(f"{path.name}.sha256")


def write_sum(path: Path, sha256: str) -> None:
    """Write down the SHA-256 of a file."""
    with unfinished(sum_file(path)) as part:
        part.write_text(f"{sha256}  {path.name}\n", "utf-8")
        place(part, sum_file(path))


def read_sum(path: Path) -> str:
    """The SHA-256 written down for a file. Raises Refused where there is none."""
    try:
        said, _, name = sum_file(path).read_text("utf-8").strip().partition("  ")
    except (OSError, UnicodeDecodeError):
        said, name = "", ""
    if len(said) != 64 or name != path.name:
        raise Refused("backup.no_sum", path=sum_file(path))
    return said
