"""What comes again, by hand: repeats at the same place, days since the last case of a kind."""

from datetime import datetime, timedelta
from typing import TypedDict

import pytest
from sqlalchemy import Connection

from data.metrics import listed
from data.metrics.figure import Question
from data.terms import AreaLevel, Kind
from tests.agreement import check
from tests.builders import add_area, add_case, add_category, add_unit, day, event
from tests.by_hand import (
    INSTANT,
    NEXT_MONTH,
    T,
    closed,
    january,
    moved,
    numbers,
    share,
    shares_of_units,
)

LON, LAT = 121.5, 31.2
DEGREES_OF_A_METRE = 1 / 111_195  # of latitude
ROAD = "12 Xinhua Road"
THIRTY_DAYS = timedelta(hours=30 * 24)


class Place(TypedDict, total=False):
    """What a case says of where it lies."""

    lon: float
    lat: float
    address: str


@pytest.fixture
def roads(conn: Connection) -> int:
    return add_category(conn, "roads")


def point(metres_north: float = 0) -> Place:
    """A place so far north of the first."""
    return {"lon": LON, "lat": LAT + metres_north * DEGREES_OF_A_METRE}


def repeats(conn: Connection, roads: int, first: Place, second: Place) -> object:
    """The rate of two cases of one category, opened one after the other."""
    add_case(conn, opened_at=day(5), category_id=roads, **first)
    add_case(conn, opened_at=day(6), category_id=roads, **second)
    return share(conn, "repeat_rate")


@pytest.mark.parametrize(("metres", "counted"), [(0, 1), (49.9, 1), (50.1, 0), (-49.9, 1)])
def test_the_same_place_is_within_fifty_metres(
    conn: Connection, roads: int, metres: float, counted: int
) -> None:
    assert repeats(conn, roads, point(), point(metres)) == (counted, 2)


@pytest.mark.parametrize(
    ("one", "other", "counted"),
    [
        ("新华路 12号", "新华路１２号。", 1),  # width, spaces and punctuation say nothing
        ("新华路12号", "新华路13号", 0),
        ("12-3 Main Str.", "MAIN STR 12-3", 0),
        ("12-3 Main Str.", "12 3 MAIN STR", 1),
        ("12-3", "1-23", 0),
    ],
)
def test_without_coordinates_the_normalised_address_tells(
    conn: Connection, roads: int, one: str, other: str, counted: int
) -> None:
    assert repeats(conn, roads, {"address": one}, {"address": other}) == (counted, 2)


def test_where_both_have_coordinates_the_address_says_nothing(conn: Connection, roads: int) -> None:
    here: Place = {**point(), "address": ROAD}
    far: Place = {**point(60), "address": ROAD}
    near: Place = {**point(20), "address": "13 Xinhua Road"}

    assert repeats(conn, roads, here, far) == (0, 2)
    add_case(conn, opened_at=day(7), category_id=roads, **near)
    assert share(conn, "repeat_rate") == (1, 3)


def test_where_only_one_has_coordinates_the_address_tells(conn: Connection, roads: int) -> None:
    one: Place = {**point(), "address": ROAD}
    assert repeats(conn, roads, one, {"address": ROAD}) == (1, 2)


def test_without_both_the_grid_of_the_lowest_level_tells(conn: Connection, roads: int) -> None:
    community = add_area(conn, "community", level=AreaLevel.COMMUNITY)
    wide = add_area(conn, "wide", community, AreaLevel.GRID1)
    grid = add_area(conn, "grid", wide, AreaLevel.GRID2)
    add_case(conn, opened_at=day(6), category_id=roads, area_id=community)  # no grid:
    add_case(conn, opened_at=day(7), category_id=roads, area_id=community)  # in neither part
    add_case(conn, opened_at=day(6), category_id=roads, area_id=wide)  # a grid, not the lowest:
    add_case(conn, opened_at=day(7), category_id=roads, area_id=wide)  # in neither part

    assert share(conn, "repeat_rate") == (0, 0)
    add_case(conn, opened_at=day(8), category_id=roads, area_id=grid, address=ROAD)
    add_case(conn, opened_at=day(9), category_id=roads, area_id=grid, **point())
    assert share(conn, "repeat_rate") == (1, 2)  # an address here, a point there: the grid tells
    add_case(conn, opened_at=day(10), category_id=roads, area_id=grid, address="13 Xinhua Road")
    # Nor the same address as on the 8th, but no address on the 9th: the grid tells again.
    assert share(conn, "repeat_rate") == (2, 3)


def test_a_case_without_a_place_is_in_neither_part(conn: Connection, roads: int) -> None:
    assert repeats(conn, roads, {}, {"address": " 。"}) == (0, 0)
    assert numbers(conn, january(), "repeat_rate", "opened_count") == [None, 2]


@pytest.mark.parametrize(
    ("before", "counted"),
    [(THIRTY_DAYS, 1), (THIRTY_DAYS + INSTANT, 0), (INSTANT, 1), (timedelta(0), 0)],
    ids=["720 hours", "an instant more", "an instant", "at once"],
)
def test_it_looks_back_thirty_days(
    conn: Connection, roads: int, before: timedelta, counted: int
) -> None:
    """The earlier case need not be of the window."""
    add_case(conn, opened_at=day(6), category_id=roads, **point())
    add_case(conn, opened_at=day(6) - before, category_id=roads, **point())
    whole = 2 if before < timedelta(days=5) else 1

    assert share(conn, "repeat_rate") == (counted, whole)


def test_only_the_same_leaf_category_repeats(conn: Connection, roads: int) -> None:
    potholes, lamps = (add_category(conn, code, roads) for code in ("potholes", "lamps"))
    for number, category_id in enumerate((potholes, lamps, roads, None, None), start=5):
        add_case(conn, opened_at=day(number), category_id=category_id, **point())

    assert share(conn, "repeat_rate") == (0, 5)
    add_case(conn, opened_at=day(11), category_id=lamps, **point())
    assert share(conn, "repeat_rate") == (1, 6)
    assert share(conn, "repeat_rate", january(category="roads")) == (1, 4)
    assert share(conn, "repeat_rate", january(category="lamps")) == (1, 2)


def test_the_unit_is_not_in_the_key_and_whoever_holds_it_is_credited(
    conn: Connection, roads: int
) -> None:
    first, second = add_unit(conn, "first"), add_unit(conn, "second")
    handed_on = [moved(Kind.REASSIGN, day(9), second)]
    add_case(conn, opened_at=day(5), unit_id=first, category_id=roads, **point())
    add_case(conn, opened_at=day(6), unit_id=first, events=handed_on, category_id=roads, **point())

    assert shares_of_units(conn, "repeat_rate") == {"first": (0, 1), "second": (1, 1)}
    assert shares_of_units(conn, "repeat_rate", january(day(8))) == {"first": (1, 2)}


def test_three_at_one_place_are_two_repeats(conn: Connection, roads: int) -> None:
    numbers_of = [
        add_case(conn, opened_at=day(number), category_id=roads, **point()) for number in (5, 6, 7)
    ]

    assert share(conn, "repeat_rate") == (2, 3)
    assert share(conn, "repeat_rate", january(day(6))) == (1, 2)  # the third is not known yet
    assert listed(conn, january(), "repeat_rate", "numerator") == numbers_of[1:]


def test_the_flag_of_the_source_wins(conn: Connection, roads: int) -> None:
    add_case(conn, opened_at=day(5), category_id=roads, repeat_of="Z9", **point())
    add_case(conn, opened_at=day(6), repeat_of="Z9")  # without a place or a category

    assert share(conn, "repeat_rate") == (2, 2)


@pytest.mark.parametrize(
    ("kind", "counted"),
    [(Kind.CLOSE, 1), (Kind.WITHDRAW, 1), (Kind.MERGE, 1), (Kind.REJECT, 0)],
)
def test_what_became_of_the_earlier_case_matters_only_if_it_was_rejected(
    conn: Connection, roads: int, kind: Kind, counted: int
) -> None:
    december = day(1) - timedelta(days=3)
    steps = [event(kind, day(2))]
    add_case(conn, opened_at=december, events=steps, category_id=roads, **point())
    add_case(conn, opened_at=day(5), category_id=roads, **point())

    assert share(conn, "repeat_rate") == (counted, 1)


def test_a_repeat_that_was_merged_is_of_no_base(conn: Connection, roads: int) -> None:
    add_case(conn, opened_at=day(5), category_id=roads, **point())
    for kind in (Kind.MERGE, Kind.WITHDRAW, Kind.REJECT):
        steps = [event(kind, day(9))]
        add_case(conn, opened_at=day(6), events=steps, category_id=roads, **point())

    assert share(conn, "repeat_rate") == (0, 1)
    assert share(conn, "repeat_rate", january(day(8))) == (3, 4)


def test_no_repeats_is_zero_and_no_cases_is_nothing(conn: Connection, roads: int) -> None:
    assert numbers(conn, january(), "repeat_rate") == [None]
    add_case(conn, category_id=roads, **point())
    assert numbers(conn, january(), "repeat_rate", "opened_count") == [0, 1]


@pytest.mark.parametrize(
    ("as_of", "days"),
    [
        (day(5), 0),
        (day(6) - INSTANT, 0),
        (day(6), 1),
        (T, 41),  # 26 days to the end of January, 15 since
        (day(5) - INSTANT, None),
    ],
)
def test_days_since_the_last_case_are_whole_days(
    conn: Connection, as_of: datetime, days: int | None
) -> None:
    add_case(conn, opened_at=day(5))
    name = "days_since_last"

    assert check(conn, january(as_of), name)[name] == (
        days,
        None,
        None,
        0 if days is None else 1,
    )


def test_the_last_case_counts_whatever_the_window(conn: Connection) -> None:
    december = day(1) - timedelta(days=10)
    add_case(conn, opened_at=december - timedelta(days=30))
    last = add_case(conn, opened_at=december, events=[closed(day(3))])
    february = Question(NEXT_MONTH, day(1, month=3), day(11))

    assert numbers(conn, february, "days_since_last") == [20]
    assert listed(conn, february, "days_since_last", "numerator") == [last]


def test_days_since_are_of_a_category_with_all_below_it(conn: Connection, roads: int) -> None:
    lamps = add_category(conn, "lamps", roads)
    add_category(conn, "quiet")
    add_case(conn, opened_at=day(5), category_id=roads)
    add_case(conn, opened_at=day(9), category_id=lamps)
    add_case(conn, opened_at=day(20), category_id=lamps, events=[event(Kind.REJECT, day(21))])
    add_case(conn, opened_at=day(14))
    asked = ["roads", "lamps", "quiet", "", None]

    found = [numbers(conn, january(day(25), category=one), "days_since_last") for one in asked]
    assert found == [[16], [16], [None], [11], [11]]
