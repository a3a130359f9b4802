"""All that the form of a report needs, read at once."""

from dataclasses import dataclass
from datetime import datetime

from components.head import Source
from data.config import settings
from data.report_choices import ReportChoices, report_choices
from data.reports import may_report
from data.terms import ActionRefused, Actor, Kind
from door import actor, now, read
from pages.parts.case_draft import NEW, Begun, Desk, begun, desk_of, recall
from pages.parts.common import case_source


@dataclass(frozen=True, slots=True)
class ReportView:
    """What may be named in a report, and who reports."""

    at: datetime
    asker: Actor
    source: Source
    offered: ReportChoices

    @property
    def desk(self) -> Desk:
        """What they are at."""
        return desk_of(NEW)

    @property
    def form(self) -> Begun:
        """The form being filled; its key is the report's own until it is saved."""
        return begun(self.desk, Kind.REPORT, 0)

    @property
    def key(self) -> str:
        """How the keys of its widgets begin."""
        return f"report-{self.desk.turn}"


def see_report() -> ReportView:
    """The form as whoever asks may fill it. Raises ActionRefused for who would not see the case."""
    asker, at, source = actor(), now(), case_source()
    offered = read(report_choices, at.astimezone(settings().zone).date())
    if not may_report(asker):
        raise ActionRefused("report.no_unit")
    recall(NEW)
    return ReportView(at, asker, source, offered)
