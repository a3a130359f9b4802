"""Zip archives: looked at in their directory before anything is unpacked."""

import struct
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from data.terms import ImportRefused

MOST_ENTRIES = 2000
MOST_BYTES = 200 * 1024 * 1024  # of a workbook, unpacked
MOST_TIMES_LARGER = 100  # unpacked than packed; a table of a district stays under 30
_LARGEST_DIRECTORY = 1024 * 1024
_TAIL = 22 + 65535  # where the end of the directory stands
_IS_ENCRYPTED = 0x1
_UNREADABLE = (BadZipFile, struct.error, ValueError, NotImplementedError)  # a version of 6.4, say
_WIDE_END = 76  # bytes of the two records that a large archive has before the end


def open_archive(path: Path, name: str) -> ZipFile:
    """An archive that is safe to unpack. Raises ImportRefused before unpacking anything."""
    _refuse_large_directory(path, name)
    try:
        archive = ZipFile(path)
    except _UNREADABLE as error:
        raise broken(name) from error
    try:
        _refuse_unsafe(name, archive.infolist())
    except ImportRefused:
        archive.close()
        raise
    return archive


def open_member(archive: ZipFile, member: str, name: str) -> IO[bytes]:
    """A member as a stream."""
    try:
        return archive.open(member)
    except _UNREADABLE as error:
        raise broken(name) from error


def broken(name: str) -> ImportRefused:
    """A file that is cut off or damaged."""
    is_workbook = name.lower().endswith((".xlsx", ".xlsm"))
    return ImportRefused("intake.file.bad_xlsx" if is_workbook else "intake.file.broken", file=name)


def refuse_too_many_bytes(name: str, count: int) -> None:
    """The limit of a workbook's parts together."""
    if count > MOST_BYTES:
        raise _unsafe(name, "large", count // 2**20, MOST_BYTES // 2**20)


def _refuse_large_directory(path: Path, name: str) -> None:
    """Reading the directory itself must be cheap: a million entries take seconds."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise broken(name)
    entries, size = struct.unpack_from("<HL", tail, end + 10)
    if end >= _WIDE_END and tail[end - 20 : end - 16] == b"PK\x06\x07":
        entries, size = struct.unpack_from("<QQ", tail, end - _WIDE_END + 32)
    if entries > MOST_ENTRIES or size > _LARGEST_DIRECTORY:
        raise _unsafe(name, "many", entries, MOST_ENTRIES)


def _refuse_unsafe(name: str, entries: list[ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise _unsafe(name, "many", len(entries), MOST_ENTRIES)
    for entry in entries:
        if entry.flag_bits & _IS_ENCRYPTED:
            raise ImportRefused("intake.archive.encrypted", file=name, member=entry.filename)
        if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ImportRefused("intake.archive.method", file=name, member=entry.filename)
        place = entry.orig_filename.replace("\\", "/")
        if place.startswith("/") or ".." in place.split("/") or place[1:2] == ":":
            raise ImportRefused("intake.archive.path", file=name, member=entry.filename)
    packed = max(1, sum(entry.compress_size for entry in entries))
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_TIMES_LARGER * packed:
        raise _unsafe(name, "times", unpacked // packed, MOST_TIMES_LARGER)


def _unsafe(name: str, what: str, count: int, most: int) -> ImportRefused:
    return ImportRefused(f"intake.archive.{what}", file=name, count=count, most=most)
