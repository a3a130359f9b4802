"""All printing of numbers and times. None is a dash; times are in the centre's zone."""

from datetime import datetime
from fractions import Fraction

from data.config import settings
from data.metrics.comparison import Change
from data.metrics.figure import share_text
from data.words import word

NOTHING = "—"
MINUS = "\N{MINUS SIGN}"
DASH = "—"


def format_count(count: int | None) -> str:
    """1,146"""
    return NOTHING if count is None else f"{count:,}".replace("-", MINUS)


def format_share(numerator: int | None, denominator: int | None) -> str:
    """98.41%, rounded from the integers by the rule; a dash when there is no base."""
    if numerator is None or not denominator:
        return NOTHING
    return f"{share_text(numerator, denominator)}%"


def format_fraction(numerator: int | None, denominator: int | None) -> str:
    """443/493; 0/0 says that there was nothing to divide."""
    if numerator is None or denominator is None:
        return NOTHING
    return f"{numerator:,}/{denominator:,}"


def format_points(change: float | Fraction | None) -> str:
    """+0.31 个百分点, from the difference of two shares; 0.00 has no sign."""
    return NOTHING if change is None else word("format.points", number=_points(change))


def format_change(change: int | None) -> str:
    """+12, −3, 0"""
    if change is None:
        return NOTHING
    return "0" if change == 0 else ("+" if change > 0 else MINUS) + f"{abs(change):,}"


def format_compared(change: Change) -> str:
    """+0.31 个百分点 of a share, +12.00% of a count, 上期为 0 where there was none."""
    if change.kind == "from_zero":
        return word("format.from_zero")
    if change.kind == "share" and change.amount is not None:
        return f"{_points(change.amount)}%"
    return format_points(change.amount)


def format_time(at: datetime | None) -> str:
    """15:20"""
    return NOTHING if at is None else f"{at.astimezone(settings().zone):%H:%M}"


def format_day(at: datetime | None, now: datetime) -> str:
    """11-20, with the year when it is not this year."""
    if at is None:
        return NOTHING
    here, today = at.astimezone(settings().zone), now.astimezone(settings().zone)
    return f"{here:%m-%d}" if here.year == today.year else f"{here:%Y-%m-%d}"


def format_instant(at: datetime | None, now: datetime) -> str:
    """11-20 15:20, with the year when it is not this year."""
    return NOTHING if at is None else f"{format_day(at, now)} {format_time(at)}"


def format_stamp(at: datetime | None) -> str:
    """2026-11-20 15:20, for columns that sort."""
    return NOTHING if at is None else f"{at.astimezone(settings().zone):%Y-%m-%d %H:%M}"


def format_long_instant(at: datetime | None) -> str:
    """11月20日 15:20"""
    if at is None:
        return NOTHING
    here = at.astimezone(settings().zone)
    return word("format.long_instant", month=here.month, day=here.day, time=f"{here:%H:%M}")


def format_range(start: datetime, end: datetime, now: datetime) -> str:
    """11-01 00:00—11-20 15:20; the day once when it is one day."""
    first = format_instant(start, now)
    is_one_day = format_day(start, now) == format_day(end, now)
    return first + DASH + (format_time(end) if is_one_day else format_instant(end, now))


def format_duration(hours: float | None) -> str:
    """9 天 4 小时, 5 小时 20 分, 55 分; whole minutes that have passed."""
    if hours is None:
        return NOTHING
    minutes = int(round(abs(hours) * 60, 6))
    text = _long(minutes) if minutes >= 60 else word("format.minutes", minutes=minutes)
    return (MINUS if hours < 0 and minutes else "") + text


def _long(minutes: int) -> str:
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        key = "format.days_hours" if hours else "format.days"
    else:
        key = "format.hours_minutes" if left else "format.hours"
    return word(key, days=days, hours=hours, minutes=left)


def format_hours(hours: float | None) -> str:
    """5.2 时, from a day on 2.8 天: one decimal, for what is compared at a glance."""
    if hours is None:
        return NOTHING
    is_long = abs(hours) >= 24
    number = f"{hours / 24 if is_long else hours:,.1f}".replace("-", MINUS)
    return word("format.in_days" if is_long else "format.in_hours", number=number)


def format_points_short(change: float | Fraction | None) -> str:
    """+0.31, for a column whose head says that it holds points."""
    return NOTHING if change is None else _points(change)


def _points(change: float | Fraction) -> str:
    hundredths = int(abs(Fraction(change)) * 10000 + Fraction(1, 2))
    number = f"{hundredths // 100}.{hundredths % 100:02d}"
    return ("" if hundredths == 0 else "+" if change > 0 else MINUS) + number


def format_bytes(size: int) -> str:
    """640 B, 12.5 KB, 31.0 MB"""
    if size < 1024:
        return f"{size} B"
    kilobytes = size / 1024
    return f"{kilobytes:.1f} KB" if kilobytes < 1024 else f"{kilobytes / 1024:.1f} MB"
