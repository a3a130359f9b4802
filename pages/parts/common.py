"""What several screens do alike."""

from components.head import Source
from data.config import settings
from data.directory import newest_event_at
from data.metrics import METRICS
from data.metrics.figure import Question
from data.questions import as_text
from data.words import word
from door import go, read


def open_number(question: Question, metric: str, part: str = "") -> None:
    """Leave for the cases behind a number; without a part, for its whole base."""
    part = part or ("denominator" if METRICS[metric].unit == "share" else "numerator")
    go("opened", metric=metric, part=part, **as_text(question))


def open_case(case_no: str) -> None:
    """Leave for one case."""
    go("case", no=case_no)


def case_source() -> Source:
    """The age of the newest case event, and when it turns yellow and red."""
    stale = settings().stale
    newest = read(newest_event_at)
    return Source(word("source.cases"), newest, stale.yellow_minutes, stale.red_minutes)
