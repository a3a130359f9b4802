"""What a file is, whatever its name says, and its bytes unpacked."""

import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, cast

from data.intake.reading.archives import (
    MOST_TIMES_LARGER,
    open_archive,
    open_member,
    refuse_too_many_bytes,
)
from data.terms import ImportRefused
from data.words import word

PIECE = 1 << 20
LINE_SUFFIXES = (".jsonl", ".ndjson")  # of an object a line
_HEAD = 4096
_LEAST_LIMIT = 64 * 1024 * 1024  # what any packed file may unpack to
_FOREIGN = {
    b"%PDF": "pdf",
    b"{\\rtf": "rtf",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"PAR1": "parquet",
    b"SQLite format 3": "sqlite",
}
_ZIP, _GZIP, _OLE = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"
_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|table|head|body|meta|style)", re.I)
_XML = re.compile(rb"(\xef\xbb\xbf)?\s*<\?xml")
_JSON = re.compile(rb"(\xef\xbb\xbf)?\s*(\{\s*[\"}]|\[\s*[\[{\]])")
_PARTS = {  # a part of an office document: what the document is
    "xl/workbook.xml": "xlsx",
    "xl/workbook.bin": "xlsb",
    "word/document.xml": "docx",
    "ppt/presentation.xml": "pptx",
    "content.xml": "ods",
}
_NOT_MEMBERS = ("__MACOSX/", ".")  # what some systems add to an archive


@dataclass(frozen=True, slots=True)
class File:
    """A file, how it is packed, and what it holds."""

    path: Path
    packing: str  # "" | gz | zip
    member: str  # its name in the archive
    kind: str  # csv | xlsx | json | geojson

    @property
    def name(self) -> str:
        """What it is called unpacked, in small letters."""
        return (self.member or self.path.name).lower().removesuffix(".gz")


def identify(path: Path, kind: str = "auto") -> File:
    """What a file is. Raises ImportRefused for what cannot be read, telling what it really is."""
    with path.open("rb") as raw:
        head = raw.read(_HEAD)
    packing = member = ""
    if head.startswith(_GZIP) or path.suffix.lower() == ".gz":
        packing = "gz"
    elif head.startswith(_ZIP) and not (office := _office_kind(path, path.name)):
        packing, member = "zip", _only_member(path)
    elif head.startswith(_ZIP):
        return _workbook(File(path, "", "", office))
    file = File(path, packing, member, "csv")
    if packing:
        with unpacked(file) as (stream, _):
            head = stream.read(_HEAD)
    return _identified(file, head, kind)


def _identified(file: File, head: bytes, kind: str) -> File:
    if head.startswith(_ZIP):
        with seekable(file) as path:
            kind = _office_kind(path, file.path.name) or "zip"
        return _workbook(File(file.path, file.packing, file.member, kind))
    if head.startswith(_OLE):
        with seekable(file) as path:
            raise other_kind(file.path, "encrypted" if _is_encrypted(path) else "xls")
    for mark, foreign in _FOREIGN.items():
        if head.startswith(mark):
            raise other_kind(file.path, foreign)
    if _MARKUP.match(head) or (_XML.match(head) and b"<html" in head.lower()):
        raise other_kind(file.path, "html")
    if _XML.match(head):
        raise other_kind(file.path, "xml")
    if kind == "xlsx" or file.name.endswith((".xlsx", ".xlsm", ".xls")):
        raise other_kind(file.path, "text" if head else "empty")
    found = kind if kind != "auto" else _kind_by(file.name, head)
    return File(file.path, file.packing, file.member, found)


def _kind_by(name: str, head: bytes) -> str:
    if name.endswith(".geojson"):
        return "geojson"
    is_json = name.endswith((".json", *LINE_SUFFIXES)) or _JSON.match(head)
    return "json" if is_json else "csv"


def _workbook(file: File) -> File:
    if file.kind != "xlsx":
        raise other_kind(file.path, file.kind)
    return file


def other_kind(path: Path, kind: str) -> ImportRefused:
    """A refusal that says what the file really is, and how to save it."""
    return ImportRefused(
        "intake.file.other_kind",
        file=path.name,
        what=word(f"intake.kind.{kind}"),
        mend=word(f"intake.save_as.{kind}"),
    )


def _office_kind(path: Path, name: str) -> str:
    """What an archive is as an office document; "" for a plain archive."""
    with open_archive(path, name) as archive:
        names = set(archive.namelist())
        size = sum(entry.file_size for entry in archive.infolist())
    kind = next((kind for part, kind in _PARTS.items() if part in names), "")
    if kind == "xlsx":
        refuse_too_many_bytes(name, size)
    return kind


def _only_member(path: Path) -> str:
    with open_archive(path, path.name) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
    members = [name for name in names if not name.startswith(_NOT_MEMBERS)]
    if len(members) != 1:
        raise ImportRefused(
            "intake.archive.members",
            file=path.name,
            count=len(members),
            names="、".join(sorted(members)[:5]) or "—",
        )
    return members[0]


def _is_encrypted(path: Path) -> bool:
    mark = "EncryptedPackage".encode("utf-16-le")
    with path.open("rb") as file:
        last = b""
        while piece := file.read(PIECE):
            if mark in last + piece:
                return True
            last = piece[-len(mark) :]
    return False


@contextmanager
def unpacked(file: File) -> Iterator[tuple[IO[bytes], Callable[[], float]]]:
    """The bytes of a file, and a function that tells the share of it read so far."""
    name = file.path.name
    if file.packing == "zip":
        with (
            open_archive(file.path, name) as archive,
            open_member(archive, file.member, name) as member,
        ):
            size = max(1, archive.getinfo(file.member).file_size)
            yield member, lambda: member.tell() / size
        return
    with file.path.open("rb") as raw:
        size = max(1, file.path.stat().st_size)
        stream = gzip.GzipFile(fileobj=raw) if file.packing == "gz" else raw
        yield cast(IO[bytes], stream), lambda: raw.tell() / size


@contextmanager
def seekable(file: File) -> Iterator[Path]:
    """A workbook as a file of its own; a packed one is copied to a private temporary file."""
    if not file.packing:
        yield file.path
        return
    with unpacked(file) as (stream, _), NamedTemporaryFile(prefix="yiping-") as copy:
        size = 0
        while piece := stream.read(PIECE):
            size += copy.write(piece)
            refuse_explosion(file, size)
            refuse_too_many_bytes(file.path.name, size)
        copy.flush()
        yield Path(copy.name)


def refuse_explosion(file: File, size: int) -> None:
    """Refuse a packed file that has unpacked to far more than a table would."""
    if file.packing and size > max(_LEAST_LIMIT, MOST_TIMES_LARGER * file.path.stat().st_size):
        raise ImportRefused("intake.archive.explodes", file=file.path.name, most=MOST_TIMES_LARGER)
