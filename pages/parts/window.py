"""What a screen of figures looks at: a period, and one unit, area, category or channel of it."""

from dataclasses import dataclass
from datetime import timedelta

from components import filters
from components.formats import format_count
from components.notices import show_refused
from data.case_list.choices import choices
from data.config import settings
from data.metrics.figure import Question
from data.periods import PERIODS, days, period
from data.questions import LONGEST
from data.words import word
from door import read
from pages.parts.common import Moment

DAYS = "days"  # the period that a person sets day by day
_WIDTHS = {"area": 140, "unit": 140, "category": 150, "channel": 130}
_FIELDS = {"area": "areas", "unit": "units", "category": "categories", "channel": "channels"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The question of a screen, and the name of its period."""

    period: str
    question: Question
    is_cut: bool = False  # of the days chosen only the last ones are looked at

    @property
    def period_text(self) -> str:
        """The period as people name it."""
        return word(f"period.{self.period}")


def show_unread(asked: Asked | None = None) -> None:
    """Say what of the filters is not looked at: else all of the district would pass for it."""
    if names := filters.unread():
        show_refused("filter.unread", names="、".join(names))
    if asked and asked.is_cut:
        show_refused("filter.cut", days=format_count(LONGEST.days))


def ask_window(at: Moment, default: str) -> Asked:
    """Draw the filters; they stand in the address, so that what is seen can be shared.

    A relative period rolls over at midnight by itself, because it is worked out anew each time.
    """
    name = filters.ask_period((*PERIODS, DAYS), default)
    local = at.instant.astimezone(settings().zone).date()
    is_cut = False
    if name == DAYS:
        first, last = filters.ask_days(local - timedelta(days=6), local)
        earliest = last - LONGEST + timedelta(days=1)
        is_cut, window = first < earliest, days(max(first, earliest), last)
    else:
        filters.forget_days()
        window = period(name, at.instant)
    offered = read(choices)
    codes = {
        by: filters.ask_one(by, dict(getattr(offered, field)), _WIDTHS[by])
        for by, field in _FIELDS.items()
    }
    question = Question(window.start, window.end, at.instant, **codes)  # type: ignore[arg-type]
    return Asked(name, question, is_cut)
