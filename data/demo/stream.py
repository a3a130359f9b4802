"""The demo's cases as they come in, one life after the other: numbers, matters, places, repeats."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from random import Random

from data.calendar import WorkingCalendar
from data.config import settings
from data.deadlines import Clock
from data.demo.life import Life, due_from, live
from data.demo.matters import MATTERS
from data.demo.organisation import CHANNELS, Organisation
from data.demo.places import ground
from data.demo.plan import Arrival
from data.demo.rhythm import DAY, arrivals
from data.places import place_columns
from data.states import Standing

REPEATS = {"grid": 0.035, "residents": 0.13, "police": 0.05, "whistle": 0.04, "hotline": 0.10}
DAYS_BETWEEN_REPEATS, REMEMBERED_DAYS = 6, 30
OUT_OF_SEASON = 0.12
SEVERE = 0.10  # of safety hazards; other matters carry no severity
SEVERITIES = ("blue", "yellow", "orange", "red")


def lives(
    organisation: Organisation, cases: int, days: int, seed: int, as_of: datetime
) -> Iterator[Life]:
    """Every case with what had happened to it by `as_of`, which is in the centre's zone."""
    random = Random(f"yunchuan {seed}")
    end, offset = int(as_of.timestamp()), as_of.utcoffset()
    assert offset is not None, "an instant has a zone"
    memory, clocks = _Memory([], cases / days), _clocks()
    numbered = _numberer(offset)
    for opened, channel in arrivals(random, cases, days, as_of):
        case_no, month = numbered(opened)
        arrival = _arrival(random, memory, clocks, case_no, opened, channel, month)
        life = live(random, arrival, organisation, end, offset, clocks[arrival.matter.code])
        memory.keep(arrival, life.standing)
        yield life


def _clocks() -> dict[str, Clock]:
    """The clock of every matter, on one calendar."""
    calendar = WorkingCalendar(settings().zone, settings().calendar.windows)
    return {matter.code: Clock(calendar, matter.limit, matter.acceptance) for matter in MATTERS}


@dataclass(slots=True)
class _Memory:
    """The cases of the last weeks, for repeats."""

    cases: list[tuple[Arrival, Standing]]
    of_a_day: float

    def keep(self, arrival: Arrival, standing: Standing) -> None:
        """Remember a case, and forget the oldest."""
        self.cases.append((arrival, standing))
        kept = int(self.of_a_day * REMEMBERED_DAYS) + 1
        if len(self.cases) > 2 * kept:
            del self.cases[:-kept]

    def some(self, random: Random) -> tuple[Arrival, Standing] | None:
        """A case of the last days, if there was any."""
        back = 1 + int(random.expovariate(1 / (DAYS_BETWEEN_REPEATS * self.of_a_day)))
        return self.cases[-back] if back <= len(self.cases) else None


def _numberer(offset: timedelta) -> Callable[[int], tuple[str, int]]:
    """Gives (case number, month) of an opening; numbers count up within a local day."""
    counts: Counter[int] = Counter()

    @cache
    def date(day: int) -> tuple[str, int]:
        local = datetime.fromtimestamp(day * DAY, UTC)
        return f"YC-{local:%Y%m%d}", local.month

    def number(opened: int) -> tuple[str, int]:
        day = (opened + int(offset.total_seconds())) // DAY
        counts[day] += 1
        prefix, month = date(day)
        return f"{prefix}-{counts[day]:04}", month

    return number


def _arrival(
    random: Random,
    memory: _Memory,
    clocks: dict[str, Clock],
    case_no: str,
    opened: int,
    channel: str,
    month: int,
) -> Arrival:
    before = memory.some(random) if random.random() < REPEATS[channel] else None
    if before is None:
        matter = random.choices(MATTERS, cum_weights=_likely(channel, month))[0]
        due = due_from(clocks[matter.code], opened)
        return Arrival(case_no, opened, channel, matter, ground().choose(random), due)
    earlier, standing = before
    ended = standing.ended_at
    is_open = ended is None or ended.timestamp() > opened + DAY
    parent = earlier.case_no if is_open else None
    due = due_from(clocks[earlier.matter.code], opened)
    return Arrival(case_no, opened, channel, earlier.matter, earlier.place, due, parent)


@cache
def _likely(channel: str, month: int) -> list[float]:
    """How likely each matter is in a month, cumulated."""
    column = tuple(CHANNELS).index(channel)
    return list(
        accumulate(
            matter.weights[column]
            * (1 if not matter.months or month in matter.months else OUT_OF_SEASON)
            for matter in MATTERS
        )
    )


def case_words(random: Random, life: Life) -> dict[str, object]:
    """What a case says of itself: title, address, place, severity."""
    arrival = life.arrival
    is_severe = arrival.matter.code.startswith("21") and random.random() < SEVERE
    return {
        "case_no": arrival.case_no,
        "title": arrival.place.road + random.choice(arrival.matter.phrases),
        "address": arrival.place.address,
        "lon": arrival.place.lon,
        "lat": arrival.place.lat,
        **place_columns(arrival.place.lon, arrival.place.lat, arrival.place.address),
        "severity": random.choices(SEVERITIES, (60, 28, 10, 2))[0] if is_severe else None,
    }
