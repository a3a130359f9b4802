"""Where cases lie: what it means that two of them are at the same place."""

import math
import re
from unicodedata import normalize

SAME_PLACE_METRES = 50
METRES_OF_A_DEGREE = 111_195  # of latitude, on a sphere of 6,371 km
CELL_DEGREES_LAT = SAME_PLACE_METRES / METRES_OF_A_DEGREE
CELL_DEGREES_LON = 2 * CELL_DEGREES_LAT  # wide enough up to 60 degrees of latitude
_NOT_SAID = re.compile(r"[\W_]+")
_BETWEEN_NUMBERS = re.compile(r"(?<=\d)[\W_]+(?=\d)")


def place_columns(
    lon: float | None, lat: float | None, address: str | None
) -> dict[str, int | str | None]:
    """The columns cell_x, cell_y and address_key of a case.

    Two cases within 50 m lie in the same cell or in neighbouring ones.
    """
    has_point = lon is not None and lat is not None
    return {
        "cell_x": math.floor(lon / CELL_DEGREES_LON) if has_point else None,  # type: ignore[operator]
        "cell_y": math.floor(lat / CELL_DEGREES_LAT) if has_point else None,  # type: ignore[operator]
        "address_key": address_key(address),
    }


def address_key(address: str | None) -> str | None:
    """An address without what writers differ in: width, case, spaces, punctuation.

    What parts two numbers stays, as one sign: 12-3 is not 1-23.
    """
    if not address:
        return None
    told = _BETWEEN_NUMBERS.sub("x", normalize("NFKC", address).casefold())
    return _NOT_SAID.sub("", told) or None
