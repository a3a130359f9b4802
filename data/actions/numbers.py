"""The numbers of orders: 2026-118, counted through each year of the centre without a gap."""

from datetime import datetime

from sqlalchemy import Connection

from data.config import settings
from data.db import insert_or_update
from data.schema import order_numbers


def next_order_no(conn: Connection, at: datetime) -> str:
    """The next number of the year; whoever asks at the same time waits."""
    year, last = at.astimezone(settings().zone).year, order_numbers.c.last
    counted = insert_or_update(conn, order_numbers, {"year": year, "last": 1}, {"last": last + 1})
    return f"{year}-{conn.execute(counted.returning(last)).scalar_one()}"
