"""What stands beside a case's story: time per unit, orders, cases around it, where it lies."""

from datetime import datetime

from components.formats import format_duration, format_instant
from components.maps import show_ground
from components.sections import section
from components.tables import Cell, Column, Row, show_table
from data.case_file import CaseFile, Hand, Order
from data.case_file.around import Lines
from data.case_file.ground import Ground
from data.terms import Lamp
from data.words import word
from pages.parts.case_clock import unit_name
from pages.parts.case_story import order_name
from pages.parts.common import open_case

TIMES = ("held", "waited", "paused", "late")


def show_hands(case: CaseFile, now: datetime) -> None:
    """How long the case was with each unit: waiting, paused, past its due time."""
    hands = case.hands(now)
    columns = [
        Column("unit", word("hands.unit")),
        *(Column(name, word(f"hands.{name}"), is_right=True) for name in TIMES),
    ]
    rows = [_hand(str(place), unit_name(hand.unit), hand) for place, hand in enumerate(hands)]
    total = Row(
        "total",
        {
            "unit": word("hands.total"),
            **{name: _time(sum(_hours(hand, name) for hand in hands)) for name in TIMES},
        },
        is_total=True,
    )
    with section(word("hands"), word("hands.note"), key="hands"):
        show_table(columns, [*rows, total], key="case-hands")


def _hand(key: str, name: str, hand: Hand) -> Row:
    again = word("hands.again", count=hand.turn_count) if hand.turn_count > 1 else ""
    times = {one: _time(_hours(hand, one)) for one in TIMES}
    return Row(key, {"unit": Cell(name, under=again), **times})


def _hours(hand: Hand, name: str) -> float:
    hours: float = getattr(hand, f"{name}_hours")
    return hours


def _time(hours: float) -> str:
    return format_duration(hours or None)


def show_orders(case: CaseFile, now: datetime) -> None:
    """The orders and notes that ask for a reply, newest first, with what was replied."""
    if not case.orders:
        return
    columns = [
        Column("order", word("orders.order")),
        Column("at", word("orders.at"), is_muted=True),
        Column("until", word("orders.until"), is_muted=True),
        Column("reply", word("orders.reply"), is_right=True),
    ]
    rows = [_order(case, order, now) for order in reversed(case.orders)]
    with section(word("orders"), word("orders.note", count=len(rows)), key="orders"):
        show_table(columns, rows, key="case-orders")


def _order(case: CaseFile, order: Order, now: datetime) -> Row:
    cells: dict[str, Cell | str] = {
        "order": Cell(order_name(order), under=order.reply or ""),
        "at": format_instant(order.at, now),
        "until": format_instant(order.until_at, now),
        "reply": _reply(case, order, now),
    }
    return Row(str(order.at), cells)


def _reply(case: CaseFile, order: Order, now: datetime) -> Cell:
    is_late = order.is_late(now)
    if order.replied_at is not None:
        key = "orders.replied_late" if is_late else "orders.replied"
        return Cell(word(key, at=format_instant(order.replied_at, now)))
    if not case.is_open:
        return Cell(word("orders.never"))
    lamp = Lamp.ORANGE if is_late else Lamp.NONE
    return Cell(word("orders.missing"), lamp=lamp)


def show_cases(name: str, found: Lines, now: datetime) -> None:
    """Cases around this one; a number opens its case."""
    if not found.count:
        return
    columns = [
        Column("case_no", word("around.case_no"), "link"),
        Column("title", word("around.title")),
        Column("state", word("around.state"), is_muted=True),
        Column("opened", word("around.opened"), is_right=True, is_muted=True),
    ]
    rows = [
        Row(
            line.case_no,
            {
                "case_no": line.case_no,
                "title": line.title or word("case.untitled"),
                "state": word(f"state.{line.state}"),
                "opened": format_instant(line.opened_at, now),
            },
        )
        for line in found.lines
    ]
    note = word(f"around.{name}.note", count=found.count, shown=len(rows))
    with section(word(f"around.{name}"), note, key=f"around-{name}"):
        click = show_table(columns, rows, key=f"case-{name}")
    if click is not None:
        open_case(click.row)


def show_place(ground: Ground) -> None:
    """Where the case lies, on a small map, if the boundaries there are known."""
    if ground.frame is None:
        return
    with section(word("ground"), " › ".join(ground.path), key="ground"):
        show_ground(ground.frame, ground.parts, ground.own, ground.point, key="case-ground")
