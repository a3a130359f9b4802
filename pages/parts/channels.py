"""The table of channels: the same columns on every screen that splits a rate."""

from components.tables import Column
from data.words import word

RATE = "rate"  # the closure rate on the base that the table uses
MISSING = "missing"  # what that rate's base has and its numerator has not
ON_TIME = "on_time_rate"


def channel_columns() -> list[Column]:
    """Channel, lamp, rate, fraction, on time, not closed."""
    return [
        Column("name", word("overview.column.channel")),
        Column("lamp", kind="lamp"),
        Column(RATE, word("overview.column.rate"), "share"),
        Column("fraction", word("overview.column.fraction"), "number", is_muted=True),
        Column(ON_TIME, word("overview.column.on_time"), "number"),
        Column(MISSING, word("overview.column.open"), "number"),
    ]
