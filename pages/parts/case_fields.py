"""The fields that the form of an action asks for, each kept as text from run to run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from components.formats import format_instant
from data.actions.pending import Order
from data.config import settings
from data.directory import Unit
from data.requests import FORMS, CaseRequest, reason_words
from data.terms import AreaLevel, Grade, Kind
from data.words import word
from pages.parts.case_draft import Begun
from pages.parts.laid import choose_one, laid

STEP = timedelta(minutes=30)  # between the times that are offered
NOTE_HEIGHT = 88
PLAIN = "-"  # an order without a number, as an import brings it


@dataclass(frozen=True, slots=True)
class Filling:
    """A form being filled: of which action, what stands in it, and what its fields choose from."""

    kind: Kind
    begun: Begun
    key: str  # how the keys of its widgets begin
    at: datetime
    case_no: str  # empty for many at once
    takers: Sequence[Unit]
    held_by: int | None = None
    levels: Sequence[AreaLevel] = ()
    orders: Sequence[Order] = ()


def ask_fields(filling: Filling) -> CaseRequest:
    """Draw the fields of an action; the request that they make, complete or not."""
    form, begun = FORMS[filling.kind], filling.begun
    names = (*form.needs, *form.may_say, *(["reason"] if form.reasons else []))
    for first in range(0, len(names), 2):
        for name, place in zip(names[first : first + 2], st.columns(2), strict=False):
            with place:
                begun.fields[name] = FIELDS[name](filling)
    begun.fields["note"] = _note(filling)
    return request_of(filling)


def request_of(filling: Filling) -> CaseRequest:
    """The request that a form makes as it is filled in."""
    told = filling.begun.fields
    unit, level, grade = (told.get(name) for name in ("to_unit_id", "level", "grade"))
    return CaseRequest(
        kind=filling.kind,
        case_no=filling.case_no,
        version=filling.begun.version,
        idempotency_key=filling.begun.key,
        reason=told.get("reason", ""),
        note=told.get("note", ""),
        to_unit_id=int(unit) if unit else None,
        level=AreaLevel(level) if level else None,
        grade=Grade(grade) if grade else None,
        until_at=_instant(told.get("until_at", "")),
        order_no=_named(told.get("order_no")),
        parent_no=told.get("parent_no", "").strip() or None,
    )


def is_complete(filling: Filling) -> bool:
    """Whether everything is said that the effects depend on."""
    return all(filling.begun.fields.get(name) for name in FORMS[filling.kind].needs)


def _laid(filling: Filling, name: str) -> tuple[str, str]:
    return laid(filling.begun, filling.key, name)


def _choose(filling: Filling, name: str, label: str, options: Mapping[str, str]) -> str:
    return choose_one(filling.begun, filling.key, name, label, options, word("act.choose"))


def _unit(filling: Filling) -> str:
    """Any unit but the one that holds the case; the chosen one stays on offer."""
    told = filling.begun.fields.get("to_unit_id")
    options = {
        str(unit.unit_id): unit.name
        for unit in filling.takers
        if unit.unit_id != filling.held_by or str(unit.unit_id) == told
    }
    return _choose(filling, "to_unit_id", word(f"act.unit.{filling.kind}"), options)


def _level(filling: Filling) -> str:
    """Any above the case; the chosen one stays on offer when the case has moved up meanwhile."""
    told = filling.begun.fields.get("level")
    levels = [*filling.levels, *([AreaLevel(told)] if told and told not in filling.levels else [])]
    options = {str(level): word(f"level.{level}") for level in levels}
    return _choose(filling, "level", word("act.level"), options)


def _grade(filling: Filling) -> str:
    options = {str(grade): word(f"grade.{grade}") for grade in Grade}
    return _choose(filling, "grade", word("act.grade"), options)


def _order(filling: Filling) -> str:
    """One of those that wait; where only one does, that one."""
    options = {order.order_no or PLAIN: _order_text(order, filling.at) for order in filling.orders}
    if len(options) == 1:
        filling.begun.fields.setdefault("order_no", *options)
    return _choose(filling, "order_no", word("act.order_no"), options)


def _order_text(order: Order, at: datetime) -> str:
    if order.order_no is None:
        return word(
            "act.order_plain", kind=word(f"kind.{order.kind}"), at=format_instant(order.at, at)
        )
    return word("act.order", no=order.order_no, at=format_instant(order.until_at, at))


def _reason(filling: Filling) -> str:
    options = {reason: reason_words(reason) for reason in FORMS[filling.kind].reasons}
    return _choose(filling, "reason", word("act.reason"), options)


def _parent(filling: Filling) -> str:
    key, told = _laid(filling, "parent_no")
    hint = word("act.parent_hint")
    return st.text_input(word("act.parent_no"), told, key=key, autocomplete="off", placeholder=hint)


def _until(filling: Filling) -> str:
    key, told = _laid(filling, "until_at")
    chosen = st.datetime_input(
        word(f"act.until.{filling.kind}"),
        value=datetime.fromisoformat(told) if told else None,
        key=key,
        step=STEP,
        format="YYYY-MM-DD",
    )
    return chosen.isoformat() if chosen else ""


def _instant(told: str) -> datetime | None:
    """A time of the centre's zone as an instant."""
    if not told:
        return None
    return datetime.fromisoformat(told).replace(tzinfo=settings().zone).astimezone(UTC)


def _named(order_no: str | None) -> str | None:
    """The number of an order, where it has one."""
    return None if order_no in (None, "", PLAIN) else order_no


def _note(filling: Filling) -> str:
    form, (key, told) = FORMS[filling.kind], _laid(filling, "note")
    label = word(f"act.note.{filling.kind}" if form.needs_note else "act.note")
    return st.text_area(label, told, max_chars=form.note_limit, height=NOTE_HEIGHT, key=key)


FIELDS: dict[str, Callable[[Filling], str]] = {
    "to_unit_id": _unit,
    "level": _level,
    "grade": _grade,
    "order_no": _order,
    "reason": _reason,
    "parent_no": _parent,
    "until_at": _until,
}
