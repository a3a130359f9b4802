"""The real sets through the shipped mappings: what an import must give, and every figure twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from data.config import PROJECT
from data.db import connect, refresh_statistics
from data.intake.loading.load import import_file
from data.metrics.figure import Question
from data.rollups.fold import cube_of
from tests import independent
from tests.agreement import GROUPINGS, PARTS, check_figures, check_list, reconcile
from tests.builders import add_centre
from tests.independent import Parts
from tests.scale import REAL_DATA, SIZE

SAMPLES = PROJECT / "tests" / "samples"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NEW_YORK, LOS_ANGELES, TAIPEI = map(
    ZoneInfo, ("America/New_York", "America/Los_Angeles", "Asia/Taipei")
)


@dataclass(frozen=True)
class RealSet:
    """Files as (kind, beginning of the name, mapping), the window they fill, and another."""

    files: tuple[tuple[str, str, str], ...]
    whole: Question
    within: Question


def _window(zone: ZoneInfo, start: str, days: int, seen_after: int) -> Question:
    begin = datetime.fromisoformat(start).replace(tzinfo=zone)
    return Question(begin, begin + timedelta(days=days), begin + timedelta(days=seen_after))


SETS = {
    "new york": RealSet(
        files=(("cases", "nyc_311", "nyc_311"),),
        whole=_window(NEW_YORK, "2013-12-25", 1, seen_after=194),
        within=_window(NEW_YORK, "2013-12-25T09:00", 12, seen_after=9),
    ),
    "los angeles": RealSet(
        files=(("cases", "la_311", "la_311"),),
        whole=_window(LOS_ANGELES, "2018-12-01", 31, seen_after=2500),
        within=_window(LOS_ANGELES, "2018-12-28", 6, seen_after=5),
    ),
    "kaohsiung": RealSet(
        files=(
            ("cases", "kaohsiung_1999_cases", "kaohsiung_1999_cases"),
            ("events", "kaohsiung_1999_events", "kaohsiung_1999_events"),
        ),
        whole=_window(TAIPEI, "2016-09-01", 91, seen_after=120),
        within=_window(TAIPEI, "2016-10-01", 14, seen_after=11),
    ),
}

# Of the whole files: (figure, place in its parts) -> what it must be.
VALUE, NUMERATOR, DENOMINATOR, COUNT = range(4)
MUST_GIVE: dict[str, dict[tuple[str, int], float]] = {
    "new york": {
        ("opened_count", VALUE): 2379,
        ("closure_rate_cohort", NUMERATOR): 2302,
        ("closure_rate_cohort", DENOMINATOR): 2379,
        ("handling_hours_median", VALUE): 48.0,
    },
    "los angeles": {
        ("closure_rate_cohort", NUMERATOR): 9545,
        ("handling_hours_median", VALUE): 70.9775,
        ("handling_hours_median", COUNT): 9545,
    },
    "kaohsiung": {
        ("opened_count", VALUE): 21386,
        ("reopened_count", VALUE): 26,
        ("rework_rate", NUMERATOR): 183,
        ("transfer_count", VALUE): 267,
    },
}


@pytest.mark.parametrize("name", SETS)
def test_a_sample_is_counted_alike_twice(conn: Connection, name: str, chance: Random) -> None:
    _bring_in(conn, SAMPLES, SETS[name])

    _check(conn, SETS[name].whole, chance)
    _check(conn, SETS[name].within, chance)


WHOLE_ONES = list(SETS) if "whole" in SIZE.sizes_of_real_sets else ["new york"]


@pytest.mark.skipif(not REAL_DATA, reason="YIPING_REAL_DATA names no folder")
@pytest.mark.parametrize("name", WHOLE_ONES)
def test_a_whole_set_gives_what_it_must(sqlite_url: str, name: str, chance: Random) -> None:
    with _begun(sqlite_url) as conn:
        _bring_in(conn, Path(REAL_DATA or ""), SETS[name])

        found = _check(conn, SETS[name].whole, chance)
        _check(conn, SETS[name].within, chance)

    told = {(figure, place): found[figure][place] for figure, place in MUST_GIVE[name]}
    assert told == pytest.approx(MUST_GIVE[name])


@contextmanager
def _begun(url: str) -> Iterator[Connection]:
    engine = connect(url)
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def _bring_in(conn: Connection, folder: Path, real: RealSet) -> None:
    add_centre(conn)
    for kind, beginning, mapping in real.files:
        (file,) = folder.glob(f"{beginning}*.csv*")
        import_file(conn, kind, file, mapping, "test", NOW)
    refresh_statistics(conn)


def _check(conn: Connection, question: Question, chance: Random) -> dict[str, Parts]:
    raw = independent.load(conn)
    assert independent.contradictions(raw) == []
    found = check_figures(conn, question, raw)
    count = SIZE.groupings_of_real_sets
    cube = cube_of(conn, question.as_of)
    for narrowed in (question, *independent.narrowings(raw, question, chance, SIZE.narrowings)):
        bys = chance.sample(GROUPINGS, min(count, len(GROUPINGS)))
        reconcile(conn, narrowed, raw, bys, cube)
    for name, part in chance.sample(PARTS, min(10 * count, len(PARTS))):
        check_list(conn, question, raw, name, part)
    return found
