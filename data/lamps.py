"""Which lamp a rule lights: the lines are settings, printed on the screen beside the number."""

from data.config import Lines, settings
from data.terms import Lamp

SEVERITY = (Lamp.NONE, Lamp.UNKNOWN, Lamp.BLUE, Lamp.YELLOW, Lamp.ORANGE, Lamp.RED)
_WORST_FIRST = (Lamp.RED, Lamp.ORANGE, Lamp.YELLOW, Lamp.BLUE)


def lamp_below(lines: Lines, numerator: int | None, denominator: int | None) -> Lamp:
    """The lamp of a share that should be high; none on too small a base."""
    return _lamp(lines, numerator, denominator, sign=1)


def lamp_above(lines: Lines, numerator: int | None, denominator: int | None) -> Lamp:
    """The lamp of a share that should be low; none on too small a base."""
    return _lamp(lines, numerator, denominator, sign=-1)


def unaccepted_lamp(over: int, waiting: int) -> Lamp:
    """The lamp of what waits too long to be accepted, of all that waits to be."""
    return lamp_above(settings().lamps.unaccepted_share, over, waiting)


def _lamp(lines: Lines, numerator: int | None, denominator: int | None, sign: int) -> Lamp:
    if numerator is None or not denominator or denominator < settings().lamps.minimum_base:
        return Lamp.NONE
    percent = 100 * numerator / denominator
    for lamp in _WORST_FIRST:
        if sign * percent < sign * getattr(lines, lamp.value):
            return lamp
    return Lamp.NONE


def worst(lamps: list[Lamp]) -> Lamp:
    """The most severe of several lamps."""
    return max(lamps, key=SEVERITY.index, default=Lamp.NONE)
