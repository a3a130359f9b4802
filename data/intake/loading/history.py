"""The events that a case already has, and its row rewritten after new ones."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import BindParameter, Connection, bindparam, select, update

from data.journal import event_of, standing_row
from data.schema import cases, imports, live_events
from data.states import replay
from data.terms import Event

LOG_KEY = "log:"  # how the idempotency keys of observed events begin
_AGAIN = "~"  # before what tells a key from the same one among events that no longer count


@dataclass(frozen=True, slots=True)
class Held:
    """An event that the database holds, and where it came from."""

    event: Event
    import_kind: str | None  # cases | events; None: it happened here

    @property
    def key(self) -> str | None:
        """What it was first written with, however often it was written again."""
        key = self.event.idempotency_key
        return key and key.partition(_AGAIN)[0]

    @property
    def is_observed(self) -> bool:
        """Whether it was seen in another system's log."""
        return (self.event.idempotency_key or "").startswith(LOG_KEY)


def histories(conn: Connection, case_ids: Collection[int]) -> dict[int, list[Held]]:
    """The events of cases that are in force, in their order, by case_id."""
    found: dict[int, list[Held]] = {case_id: [] for case_id in case_ids}
    query = (
        select(live_events, imports.c.kind.label("import_kind"))
        .outerjoin(imports, imports.c.batch_id == live_events.c.batch_id)
        .where(live_events.c.case_id.in_(case_ids))
        .order_by(
            live_events.c.case_id,
            live_events.c.at,
            live_events.c.source_order,
            live_events.c.event_id,
        )
    )
    for row in conn.execute(query):
        found[row.case_id].append(Held(event_of(row), row.import_kind))
    return found


def in_order(held: Iterable[Event], new: Iterable[Event]) -> list[Event]:
    """All events of a case in replay order; new ones get higher ids than those held."""
    return sorted([*held, *new], key=lambda event: (event.at, event.source_order))


def standing_after(
    held: Iterable[Held], new: Sequence[Event], version: int = 0
) -> dict[str, object]:
    """The columns of a case row that its old and new events decide; `version` before the new."""
    standing = standing_row(replay(in_order((one.event for one in held), new)))
    return standing | {"version": version + len(new)}


def written_again(event: Event, version: int) -> Event:
    """An event whose key does not meet the same one among those of the case that were undone."""
    if event.idempotency_key is None:
        return event
    return replace(event, idempotency_key=f"{event.idempotency_key}{_AGAIN}{version}")


def rewrite(conn: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Write columns of many case rows; each dictionary holds `case_id` and the same columns."""
    if not rows:
        return
    columns: dict[str, BindParameter[object]] = {
        name: bindparam(f"new_{name}") for name in rows[0] if name != "case_id"
    }
    statement = update(cases).where(cases.c.case_id == bindparam("new_case_id")).values(columns)
    conn.execute(statement, [{f"new_{k}": value for k, value in row.items()} for row in rows])
