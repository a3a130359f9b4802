"""The events that a case already has, and its row rewritten after new ones."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, Connection, bindparam, select, update

from data.journal import event_of, standing_row
from data.schema import case_events, cases, imports
from data.states import replay
from data.terms import Event

LOG_KEY = "log:"  # how the idempotency keys of observed events begin


@dataclass(frozen=True, slots=True)
class Held:
    """An event that the database holds, and where it came from."""

    event: Event
    import_kind: str | None  # cases | events; None: it happened here

    @property
    def is_observed(self) -> bool:
        """Whether it was seen in another system's log."""
        return (self.event.idempotency_key or "").startswith(LOG_KEY)


def histories(conn: Connection, case_ids: Collection[int]) -> dict[int, list[Held]]:
    """The events of cases in their order, by case_id."""
    found: dict[int, list[Held]] = {case_id: [] for case_id in case_ids}
    query = (
        select(case_events, imports.c.kind.label("import_kind"))
        .outerjoin(imports, imports.c.batch_id == case_events.c.batch_id)
        .where(case_events.c.case_id.in_(case_ids))
        .order_by(
            case_events.c.case_id,
            case_events.c.at,
            case_events.c.source_order,
            case_events.c.event_id,
        )
    )
    for row in conn.execute(query):
        found[row.case_id].append(Held(event_of(row), row.import_kind))
    return found


def in_order(held: Iterable[Event], new: Iterable[Event]) -> list[Event]:
    """All events of a case in replay order; new ones get higher ids than those held."""
    return sorted([*held, *new], key=lambda event: (event.at, event.source_order))


def standing_after(held: Iterable[Held], new: Iterable[Event]) -> dict[str, object]:
    """The columns of a case row that its old and new events decide."""
    return standing_row(replay(in_order((one.event for one in held), new)))


def rewrite(conn: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Write columns of many case rows; each dictionary holds `case_id` and the same columns."""
    if not rows:
        return
    columns: dict[str, BindParameter[object]] = {
        name: bindparam(f"new_{name}") for name in rows[0] if name != "case_id"
    }
    statement = update(cases).where(cases.c.case_id == bindparam("new_case_id")).values(columns)
    conn.execute(statement, [{f"new_{k}": value for k, value in row.items()} for row in rows])
