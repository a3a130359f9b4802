"""The only way from screens to data: who asks, what time it is, reading, changing, staying live."""

from door.changing import change
from door.clock import now
from door.identity import SignedOut, actor
from door.live import live, outage_shown
from door.reading import read
from door.version import last_good

__all__ = [
    "SignedOut",
    "actor",
    "change",
    "last_good",
    "live",
    "now",
    "outage_shown",
    "read",
]
