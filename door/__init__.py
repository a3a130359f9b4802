"""The only way from screens to data: who asks, what time it is, reading, changing, staying live."""

from door.changing import change
from door.database import NOT_ANSWERING
from door.going import go
from door.identity import SignedOut, actor
from door.live import drawn, each_tick, lasting, live
from door.reading import read
from door.version import answers, last_good, now

__all__ = [
    "NOT_ANSWERING",
    "SignedOut",
    "actor",
    "answers",
    "change",
    "drawn",
    "each_tick",
    "go",
    "last_good",
    "lasting",
    "live",
    "now",
    "read",
]
