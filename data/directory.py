"""The names behind codes, and what the district says of itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from data.metrics.figure import By
from data.metrics.groups import GROUPS
from data.schema import district_facts, live_cases, live_events, units
from data.scope import takers_within
from data.terms import DISTRICT, Scope, UnitKind

KIND_ORDER = (
    UnitKind.CENTRE,
    UnitKind.DEPARTMENT,
    UnitKind.TOWN,
    UnitKind.COMMUNITY,
    UnitKind.OTHER,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that can hold a case."""

    unit_id: int
    code: str
    name: str
    kind: UnitKind


def takers(conn: Connection, scope: Scope = DISTRICT) -> tuple[Unit, ...]:
    """Active units that may be handed a case: departments, towns, communities, others; by code."""
    can_take = units.c.is_active, units.c.kind != UnitKind.CENTRE
    query = select(units).where(*can_take, *takers_within(scope)).order_by(units.c.code)
    found = [Unit(r.unit_id, r.code, r.name, UnitKind(r.kind)) for r in conn.execute(query)]
    return tuple(sorted(found, key=lambda unit: (KIND_ORDER.index(unit.kind), unit.code)))


def name_of_unit(conn: Connection, unit_id: int | None) -> str | None:
    """What a unit is called; None for nobody."""
    return conn.execute(select(units.c.name).where(units.c.unit_id == unit_id)).scalar()


def names_of(conn: Connection, by: By) -> dict[str, str]:
    """Name by code."""
    table = GROUPS[by]
    return dict(conn.execute(select(table.c.code, table.c.name)).all())


def newest_event_at(conn: Connection) -> datetime | None:
    """When the newest case event happened; None in an empty database."""
    return conn.execute(select(func.max(live_cases.c.last_event_at))).scalar()


def is_demo(conn: Connection) -> bool:
    """Whether this database holds the synthetic district; every screen then says so."""
    query = select(district_facts.c.value).where(district_facts.c.name == "is_demo")
    return conn.execute(query).scalar() == "1"


def units_visited(conn: Connection, case_id: int) -> set[int]:
    """The units other than the centre that have held a case."""
    held = select(live_events.c.to_unit_id).where(
        live_events.c.case_id == case_id, live_events.c.to_unit_id.is_not(None)
    )
    return set(conn.execute(held).scalars()) - {centre_id(conn)}


def centre_id(conn: Connection) -> int | None:
    """The unit that is the centre."""
    return conn.execute(_CENTRE).scalar()


_CENTRE = select(units.c.unit_id).where(units.c.kind == UnitKind.CENTRE)
