"""What waits to be accepted, and for longer than it may."""

from dataclasses import dataclass

from data.metrics.evaluate import Source
from data.metrics.figure import Question
from data.metrics.measure import WHOLE
from data.metrics.pressing import late_to_accept, to_accept


@dataclass(frozen=True, slots=True)
class Unaccepted:
    """Cases waiting to be accepted, and those that wait longer than their category allows."""

    waiting: int
    over_limit: int


def unaccepted(question: Question, source: Source) -> Unaccepted:
    """What waits in 待签收 at a time; a category without a limit is never over it."""
    counted = (source.counts(question, base, None, ()) for base in (to_accept, late_to_accept))
    return Unaccepted(*(told[""][WHOLE] for told in counted))
