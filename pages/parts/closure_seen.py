"""What the screen of closure rates shows, handed to each of its sections."""

from dataclasses import dataclass

from data.closure_rates import ClosureRates
from data.words import word
from pages.parts.window import Asked


@dataclass(frozen=True, slots=True)
class Seen:
    """What the screen shows: the answer, what was asked, and whether it is late or of the past."""

    answer: ClosureRates
    asked: Asked
    is_stale: bool
    is_past: bool

    @property
    def before(self) -> str:
        """What the period before is called."""
        return word(f"period.before.{self.asked.period}")
