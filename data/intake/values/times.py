"""Times as files write them, read as UTC."""

# ruff: noqa: DTZ001, DTZ007 - naive times are what this module is about

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

EXCEL, EXCEL_1904 = "excel", "excel 1904"  # serial days since the end of 1899, or since 1904
_EXCEL_DAYS = range(1, 2_958_466)
_EXCEL_EPOCH = datetime(1899, 12, 30)
_DAYS_TO_1904 = timedelta(days=1462)
_DAY = timedelta(days=1)

PLAUSIBLE_YEARS = range(1970, 2101)
AMBIGUOUS, SKIPPED = "ambiguous_time", "skipped_time"  # marks of a local time

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SERIAL = re.compile(r"\d+(\.\d+)?", re.ASCII)
_TOUCHING = re.compile("%[YmdHIMS]%[mdHIMS]")
_PARTS = {
    "%Y": r"(?P<Y>\d{4})",
    "%m": r"(?P<m>\d{1,2})",
    "%d": r"(?P<d>\d{1,2})",
    "%H": r"(?P<H>\d{1,2})",
    "%I": r"(?P<I>\d{1,2})",
    "%M": r"(?P<M>\d{1,2})",
    "%S": r"(?P<S>\d{1,2})",
    "%p": r"(?P<p>[AP]M)",
}

Parse = Callable[[str], datetime]
Mark = Callable[[str], None]  # told of what a row says that is not quite as it was read


def unmarked(mark: str) -> None:
    """Nobody wants to know."""


def time_reader(formats: tuple[str, ...], zone: ZoneInfo, mark: Mark = unmarked) -> Parse:
    """A function text -> UTC that tries the formats in order; ISO 8601 is always understood.

    It raises ValueError. A naive time is the zone's: of an ambiguous one the first, of a skipped
    one the first that exists; either is marked.
    """
    parse = local_reader(formats)
    localise = _localiser(zone, mark)

    def read(text: str) -> datetime:
        told = parse(text)
        return localise(told) if told.tzinfo is None else told.astimezone(UTC)

    return read


def local_reader(formats: tuple[str, ...]) -> Parse:
    """A function text -> time as it is written, mostly without a zone. It raises ValueError."""
    parses = [_parser(form) for form in formats]
    parse = _any_of([*parses, _iso_day]) if formats else _iso
    return lambda text: parse(_halves(text))


@cache
def is_read_by(form: str) -> Callable[[str], bool]:
    """A function: whether one format reads a text as a plausible time."""
    parse = _parser(form)

    def reads(text: str) -> bool:
        try:
            return parse(_halves(text)).year in PLAUSIBLE_YEARS
        except (ValueError, OverflowError):
            return False

    return reads


def is_iso(text: str) -> bool:
    """Whether a text is a plausible time in ISO 8601, which needs no format."""
    try:
        return _iso_day(text).year in PLAUSIBLE_YEARS
    except ValueError:
        return False


def _halves(text: str) -> str:
    """The halves of the day by their English names."""
    return text if text.isascii() else text.replace("上午", "AM").replace("下午", "PM")


def _iso(text: str) -> datetime:
    if "24:" in text[9:14]:  # newer versions of Python take it for the next midnight
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _iso_day(text: str) -> datetime:
    """ISO 8601 beside other formats: only where nobody can mistake it."""
    if not _ISO_DAY.match(text):
        raise ValueError(text)
    return _iso(text)


def _any_of(parses: list[Parse]) -> Parse:
    """The first that can read a text reads it."""

    def parse(text: str) -> datetime:
        for one in parses:
            try:
                return one(text)
            except ValueError:
                continue
        raise ValueError(text)

    return parse


def _parser(form: str) -> Parse:
    """A quick parser where the format has plain parts only, else strptime."""
    if form == EXCEL:
        return _excel
    if form == EXCEL_1904:
        return lambda text: _excel(text) + _DAYS_TO_1904
    pieces = re.split(r"(%.)", form)
    if any(piece.startswith("%") and piece not in _PARTS for piece in pieces):
        return lambda text: datetime.strptime(text, form)
    pattern = "".join(_PARTS.get(piece) or _literal(piece) for piece in pieces)
    if _TOUCHING.search(form):  # nothing but their width tells such parts apart
        pattern = pattern.replace("{1,2}", "{2}")
    return _by_pattern(re.compile(pattern, re.IGNORECASE | re.ASCII))


def _literal(text: str) -> str:
    return re.escape(text).replace(r"\ ", r"\s+")


def _by_pattern(pattern: re.Pattern[str]) -> Parse:
    places = pattern.groupindex
    blanks = (1900, 1, 1, 0, 0, 0)
    numerals = [
        (max(places.get(name, 0) for name in names) - 1, blank)
        for names, blank in zip(("Y", "m", "d", "HI", "M", "S"), blanks, strict=True)
    ]
    is_of_twelve, half_place = "I" in places, places.get("p", 0) - 1

    def parse(text: str) -> datetime:
        match = pattern.fullmatch(text)
        if match is None:
            raise ValueError(text)
        told = match.groups()
        numbers = [int(told[place]) if place >= 0 else blank for place, blank in numerals]
        if is_of_twelve:
            numbers[3] = _hours(numbers[3], told[half_place] if half_place >= 0 else "AM")
        elif half_place >= 0 and numbers[3] <= 12:  # 下午 3 by a clock of 24 hours
            numbers[3] = _hours(numbers[3] or 12, told[half_place])
        return datetime(*numbers)  # type: ignore[arg-type]  # six of them

    return parse


def _hours(hour: int, half: str) -> int:
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half.upper() == "PM" else 0)


def _excel(text: str) -> datetime:
    if not _SERIAL.fullmatch(text) or int(days := float(text)) not in _EXCEL_DAYS:
        raise ValueError(text)
    return _EXCEL_EPOCH + timedelta(seconds=round(days * 86400))


def _localiser(zone: ZoneInfo, mark: Mark) -> Callable[[datetime], datetime]:
    """A function naive -> UTC that remembers the offset of days without a change of the clock."""
    offsets: dict[date, timedelta | None] = {}

    def localise(naive: datetime) -> datetime:
        day = naive.date()
        if day not in offsets:
            offsets[day] = _offset_of(day, zone)
        offset = offsets[day]
        if offset is None:
            return _across_a_change(naive, zone, mark)
        return (naive - offset).replace(tzinfo=UTC)

    return localise


def _offset_of(day: date, zone: ZoneInfo) -> timedelta | None:
    """The offset all through a day, None where it may change."""
    if not 1 < day.year < 9999:
        raise ValueError(day)
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    offsets = {(midnight + _DAY * n).utcoffset() for n in (-1, 0, 1, 2)}
    return offsets.pop() if len(offsets) == 1 else None


def _across_a_change(naive: datetime, zone: ZoneInfo, mark: Mark) -> datetime:
    instant = naive.replace(tzinfo=zone).astimezone(UTC)  # fold=0: the first of two
    if instant.astimezone(zone).replace(tzinfo=None) == naive:
        if naive.replace(tzinfo=zone, fold=1).astimezone(UTC) != instant:
            mark(AMBIGUOUS)
        return instant
    mark(SKIPPED)
    # Skipped. The clock jumps between the readings by the offset after and the offset before.
    early = int(naive.replace(tzinfo=zone, fold=1).timestamp())
    late = int(instant.timestamp()) + 1
    before = datetime.fromtimestamp(early, zone).utcoffset()
    while late - early > 1:
        middle = (early + late) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return datetime.fromtimestamp(late, UTC)
