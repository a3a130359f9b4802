"""The limits of acceptance that run: what passes by the clock alone."""

from collections.abc import Collection

from data.metrics.dispatches import timed_dispatches
from data.rollups.counts import Mask
from data.rollups.cube import Event
from data.rollups.facts import Facts, flags_of


def running_in(dispatches: Facts) -> tuple[Event, ...]:
    """The limits of acceptance that run, the next to pass first."""
    running = dispatches.at_places(has(dispatches, "is_running"))
    return tuple(sorted(zip(running["accept_by"].tolist(), running["case"].tolist(), strict=True)))


def still_running(
    running: tuple[Event, ...], cases: Collection[int], dispatches: Facts
) -> tuple[Event, ...]:
    """The limits that run, after the dispatches of some cases were told anew."""
    others = (event for event in running if event[1] not in cases)
    return tuple(sorted((*others, *running_in(dispatches))))


def has(dispatches: Facts, flag: str) -> Mask:
    """Which dispatches have a yes in a column."""
    return (dispatches["flags"] >> flags_of(timed_dispatches).index(flag) & 1).astype(bool)
