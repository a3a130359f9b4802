"""One line of a preview."""

from dataclasses import dataclass
from datetime import datetime

from data.terms import Lamp


@dataclass(frozen=True, slots=True)
class Effect:
    """One line of a preview: keys of the catalogue, and values before and after."""

    effect: str
    rule: str
    before: datetime | str | int | None
    after: datetime | str | int | None
    change: str
    lamp: Lamp = Lamp.NONE
