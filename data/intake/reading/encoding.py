"""Which encoding a text is in, and which of its lines are damaged."""

import codecs
import io
from dataclasses import dataclass, field
from functools import partial

from data.intake.reading.files import PIECE, File, refuse_explosion, unpacked
from data.terms import ImportRefused

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
ENOUGH_WIDE_BYTES = 60  # valid UTF-8 so far: no other encoding looks like that by chance
FEW_WIDE_BYTES = {"utf-8": 24, "gb18030": 16}  # eight characters: under that, chance decides
MOST_DAMAGED = 0.01  # share of the lines
LONGEST_LINE = 8 * PIECE
_ASCII = bytes(range(128))


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a text. `damage` is line: offset of its first wrong byte in the file."""

    name: str
    is_uncertain: bool = False  # so little of the text tells that a person should look
    damage: dict[int, int] = field(default_factory=dict)


def find_encoding(file: File, named: str) -> Encoding:
    """A byte order mark, else strict UTF-8, else strict GB18030; or the named one, checked."""
    with unpacked(file) as (stream, _):
        head = stream.read(512)
    if named != "auto":
        return _checked(file, _codec(named, head))
    for mark, name in BOMS.items():
        if head.startswith(mark):
            return _checked(file, name)
    if 4 * head.count(0) > len(head):
        side = "be" if head[::2].count(0) > head[1::2].count(0) else "le"
        raise ImportRefused("intake.encoding.utf16", file=file.path.name, encoding=f"utf-16-{side}")
    return _detected(file)


def _codec(named: str, head: bytes) -> str:
    try:
        "".encode(named)  # a codec of bytes is no encoding of text
        name = codecs.lookup(named).name
    except (LookupError, UnicodeError, ValueError) as error:
        raise ImportRefused("intake.encoding.unknown_name", name=named) from error
    return "utf-8-sig" if name == "utf-8" and head.startswith(codecs.BOM_UTF8) else name


def _checked(file: File, name: str) -> Encoding:
    """A named encoding, or one that a byte order mark told."""
    found = _scan(file, name)
    if name.startswith(("utf-16", "utf-32")):
        if found.fault is not None:
            raise _bad_byte(file, name, found.fault)
        return Encoding(name)
    return Encoding(name, damage={} if found.is_sound else _damage_within_limit(file, [name])[1])


def _detected(file: File) -> Encoding:
    utf8 = _scan(file, "utf-8")
    is_utf8 = utf8.fault is None or utf8.wide >= ENOUGH_WIDE_BYTES
    is_rare = 0 < utf8.wide < FEW_WIDE_BYTES["utf-8"]
    chinese = None if is_utf8 and not is_rare else _scan(file, "gb18030")
    if utf8.is_sound:
        return Encoding("utf-8", is_rare and chinese is not None and chinese.is_sound)
    if chinese and chinese.is_sound:
        return Encoding("gb18030", chinese.wide < FEW_WIDE_BYTES["gb18030"])
    name, damage = _damage_within_limit(file, ["utf-8"] if is_utf8 else ["utf-8", "gb18030"])
    return Encoding(name, damage=damage)


@dataclass(frozen=True, slots=True)
class _Scan:
    """What a strict reading found."""

    fault: int | None  # where the first wrong byte lies
    wide: int  # bytes beyond ASCII before it
    has_nul: bool

    @property
    def is_sound(self) -> bool:
        return self.fault is None and not self.has_nul


def _scan(file: File, encoding: str) -> _Scan:
    """Decode a whole file, keeping nothing. Refuses what is no text: endless lines, explosions."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = wide = since_line = 0
    has_nul = False
    with unpacked(file) as (stream, _):
        while True:
            piece = stream.read(PIECE)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                good = piece[: max(0, error.start - held)]
                wide += len(good.translate(None, _ASCII))
                return _Scan(offset - held + error.start, wide, has_nul)
            if not piece:
                return _Scan(None, wide, has_nul)
            offset, wide = offset + len(piece), wide + len(piece.translate(None, _ASCII))
            has_nul = has_nul or 0 in piece
            since_line = _since_line(piece, since_line)
            if since_line > LONGEST_LINE and file.kind == "csv":
                raise _endless(file, offset - since_line)
            refuse_explosion(file, offset)


def _endless(file: File, offset: int) -> ImportRefused:
    return ImportRefused("intake.file.endless_line", file=file.path.name, offset=offset)


def _since_line(piece: bytes, before: int) -> int:
    """Bytes since the last line ended."""
    last = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
    return before + len(piece) if last < 0 else len(piece) - last - 1


def _damage_within_limit(file: File, names: list[str]) -> tuple[str, dict[int, int]]:
    """The encoding that most lines are in, and the others. Refuses a file with too many others."""
    told = [(name, *_damage(file, name)) for name in names]
    name, damage, lines = min(told, key=lambda one: len(one[1]))
    if len(damage) > MOST_DAMAGED * lines or file.kind != "csv":
        if len(names) > 1 and 2 * len(damage) > lines:
            raise ImportRefused("intake.encoding.not_found", file=file.path.name)
        raise _bad_byte(file, name, min(damage.values(), default=0))
    return name, damage


def _bad_byte(file: File, encoding: str, offset: int) -> ImportRefused:
    return ImportRefused(
        "intake.encoding.bad_byte", file=file.path.name, encoding=encoding.upper(), offset=offset
    )


def _damage(file: File, encoding: str) -> tuple[dict[int, int], int]:
    """The damaged lines, and how many lines there are. A NUL is damage too."""
    damage: dict[int, int] = {}
    offset = number = 0
    codec = "utf-8" if encoding == "utf-8-sig" else encoding
    with unpacked(file) as (stream, _):
        text = io.TextIOWrapper(stream, encoding="latin-1", newline="")  # bytes, as lines
        for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE), ""), start=1):
            if len(line) == LONGEST_LINE:
                raise _endless(file, offset)
            place = _wrong_byte(line.encode("latin-1"), codec)
            if place is not None:
                damage[number] = offset + place
            offset += len(line)
            refuse_explosion(file, offset)
    return damage, number


def _wrong_byte(line: bytes, encoding: str) -> int | None:
    try:
        line.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return line.find(b"\0") if b"\0" in line else None
