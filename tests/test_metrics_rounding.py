"""Printed shares: figures that governments published, and the rule for every fraction."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.metrics.figure import Figure, Metric, share_text

PUBLISHED = {
    "closed of the cases due, Tianmen 2016-12": (911, 972, "93.72"),
    "closed on time there": (737, 972, "75.82"),
    "closed on time, Lianyungang 2017-04": (22_345, 24_932, "89.62"),
    "mediations that succeeded": (581, 588, "98.81"),
    "closed of the cases opened in a year": (61_288, 61_293, "99.99"),
    "dispatches accepted in a year": (1_757, 1_757, "100.00"),
    "cameras online": (1_182, 1_200, "98.50"),
    "villages and communities with a service centre": (88, 138, "63.77"),
    "villages and communities that met their target": (132, 138, "95.65"),
}


@pytest.mark.parametrize(("part", "whole", "text"), PUBLISHED.values(), ids=PUBLISHED)
def test_published_shares_are_printed_as_published(part: int, whole: int, text: str) -> None:
    """With what is missing it makes a hundred: Tianmen's 235 late ones of 972 are 24.18 %."""
    assert Figure(Metric("any", "share"), part / whole, part, whole).text == f"{text}%"
    assert Decimal(share_text(part, whole)) + Decimal(share_text(whole - part, whole)) == 100


@given(whole=st.integers(1, 10**9), data=st.data())
def test_a_share_is_rounded_half_up_and_never_all_or_nothing(
    whole: int, data: st.DataObject
) -> None:
    part = data.draw(st.one_of(st.integers(0, whole), st.just(whole - 1), st.just(1)))
    rounded = (Decimal(part * 100) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = share_text(part, whole)

    assert (text == "100.00") == (part == whole)
    assert (text == "0.00") == (part == 0)
    assert Decimal(text) == rounded or text in ("99.99", "0.01")


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (199_989, 200_000, "99.99"),  # 99.9945
        (19_999, 20_000, "99.99"),  # 99.995 would round up to all of them
        (1, 20_000, "0.01"),  # 0.005, half up
        (1, 20_001, "0.01"),  # 0.00499975 would round down to none
        (10**9 - 1, 10**9, "99.99"),
        (1, 10**9, "0.01"),
        (89_858, 100_000, "89.86"),
        (89_855, 100_000, "89.86"),  # 89.855, half up: a binary fraction would fall below it
        (1_005, 100_000, "1.01"),  # 1.005 likewise
    ],
)
def test_at_the_edges_of_rounding(part: int, whole: int, text: str) -> None:
    assert share_text(part, whole) == text
