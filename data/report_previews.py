"""What a report would make, by the same rules that then make it, and whether it looks known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Float, Integer, Select, Text, cast, literal, null, select, union

from data.acting import centre_row
from data.actions.effects import Effect
from data.case_file.around import LOOKED_AROUND, Lines, newest_lines
from data.deadlines import clock_of
from data.directory import name_of_unit
from data.intake.values.text import as_stored
from data.metrics.recurrence import same_place
from data.places import address_key
from data.reports import Place, ReportRequest, opening, place_of
from data.schema import live_cases
from data.terms import DISTRICT, ActionRefused, Event, OutOfReach, Scope, State
from data.words import word


@dataclass(frozen=True, slots=True)
class ReportPreview:
    """What a report would make, and cases of the same matter at the same place; or why not."""

    effects: tuple[Effect, ...] = ()
    repeats: Lines | None = None
    why_not: str = ""


def preview_report(
    conn: Connection, ask: ReportRequest, now: datetime, scope: Scope = DISTRICT
) -> ReportPreview:
    """What a report would make if it were sent now.

    Title, note, severity and key are not looked at. Raises OutOfReach for an area beyond the scope.
    """
    try:
        place = place_of(conn, ask, now, scope)
    except OutOfReach:
        raise
    except ActionRefused as refusal:
        return ReportPreview(why_not=str(refusal))
    effects = _effects(conn, opening(conn, place, now, scope), place)
    known = live_cases.c.case_id.in_(_repeats(place, ask.address, now))
    return ReportPreview(tuple(effects), newest_lines(conn, known, scope))


def _effects(conn: Connection, event: Event, place: Place) -> Iterator[Effect]:
    """State, due time with what sets it, holder, and who sees it beside."""
    yield Effect("state", "table", None, word(f"state.{event.to_state}"), "starts")
    limit = clock_of(conn, place.category_id).limit
    if limit is None:
        yield Effect("case_due", "no_limit", None, word("case.no_due"), "starts")
    else:
        told = f"{limit.amount} {word(f'limit_unit.{limit.unit}')}"
        yield Effect("case_due", "from_report", None, event.due_at, "starts")
        yield Effect("limit", f"counted_in.{limit.unit}", None, told, "starts")
    yield Effect("held_by", "centre_first", None, centre_row(conn).name, "starts")
    if event.from_unit_id is not None:
        name = name_of_unit(conn, event.from_unit_id)
        yield Effect("reporter", "reporter_sees", None, name, "starts")


def _repeats(place: Place, address: str, now: datetime) -> Select:
    """Cases of its category at its place in the 30 days before, as metrics take them for repeats.

    Only the address and the area tell where it lies: a form asks for no coordinates.
    """
    mine = select(
        *(cast(null(), Float).label(name) for name in ("lon", "lat")),
        *(cast(null(), Integer).label(name) for name in ("cell_x", "cell_y")),
        cast(literal(address_key(as_stored(address))), Text).label("address_key"),
        literal(place.area_id).label("area_id"),
    ).subquery("mine")
    other = live_cases.alias("other")
    is_matter = (
        other.c.category_id == place.category_id,
        other.c.opened_at >= now - LOOKED_AROUND,
        other.c.state != State.REJECTED,
    )
    near = [select(other.c.case_id).where(*is_matter, same) for same in same_place(mine, other)]
    found = union(*near).subquery("around")
    return select(found.c.case_id)
