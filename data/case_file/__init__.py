"""One case on one page: its facts, what happened to it, whose turn it is, who held it when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from data.calendar import Limit
from data.case_file.hands import Hand, Hold, Span, hands_of, holds_of, real_hours, spans_in
from data.case_file.known import known_case
from data.case_file.moments import Moment, events_of, moments_of
from data.case_file.orders import Order, orders_of
from data.case_file.turn import Turn, due_rule, turn_of
from data.cases import CaseLine, case_lines
from data.deadlines import clock_of
from data.directory import units_visited
from data.schema import categories, live_cases
from data.terms import DISTRICT, Scope, State


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case on one page."""

    line: CaseLine
    version: int
    unit_id: int | None
    area_id: int | None
    address: str | None
    category_path: str
    limit: Limit | None
    level: str | None
    severity: str | None
    is_verified: bool
    transfer_count: int
    return_count: int
    reopen_count: int
    extension_count: int
    units_visited: int
    paused_at: datetime | None
    ended_at: datetime | None
    moments: tuple[Moment, ...]
    orders: tuple[Order, ...]
    holds: tuple[Hold, ...]
    waits: tuple[Span, ...]  # for acceptance
    pauses: tuple[Span, ...]
    turn: Turn | None
    due_rule: tuple[str, datetime] | None  # what set the due time, and when

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.ended_at is None

    def gross_hours(self, now: datetime) -> float:
        """Real hours from opening to end, or to now while it is open."""
        return real_hours(self.line.opened_at, self.ended_at or now)

    def paused_hours(self, now: datetime) -> float:
        """Real hours paused; pauses of one case do not overlap."""
        return sum(real_hours(start, end or self.ended_at or now) for start, end in self.pauses)

    def net_hours(self, now: datetime) -> float:
        """Gross without the pauses."""
        return self.gross_hours(now) - self.paused_hours(now)

    def hours_left(self, now: datetime) -> float | None:
        """Real hours from the end, or now, to the due time; negative when late."""
        due_at = self.line.due_at
        return None if due_at is None else real_hours(self.ended_at or now, due_at)

    def hands(self, now: datetime) -> tuple[Hand, ...]:
        """The time with each unit, in the order in which they first held it."""
        due_at = None if self.is_waiting else self.line.due_at
        return hands_of(self.holds, self.waits, self.pauses, due_at, self.ended_at or now)

    @property
    def is_waiting(self) -> bool:
        """Paused before its due time: it is not due, and will be later."""
        due_at = self.line.due_at
        return self.paused_at is not None and due_at is not None and due_at > self.paused_at


def case_file(conn: Connection, case_no: str, scope: Scope = DISTRICT) -> CaseFile:
    """One case with everything that happened to it.

    Raises Refused for an unknown number, and in the same words for a case beyond the scope.
    """
    query = case_lines().add_columns(live_cases)
    row = known_case(conn, case_no, scope, query)
    case = {column.name: row._mapping[column] for column in live_cases.c}
    clock = clock_of(conn, case["category_id"])
    events = conn.execute(events_of(case["case_id"])).all()
    moments = moments_of(events, clock.acceptance)
    category_path, needs_check = _category(conn, case["category_id"])
    return CaseFile(
        line=CaseLine(*row[: len(CaseLine.__dataclass_fields__)]),
        category_path=category_path,
        limit=clock.limit,
        units_visited=len(units_visited(conn, case["case_id"])),
        moments=moments,
        orders=orders_of(moments),
        holds=holds_of(events, case["ended_at"]),
        waits=spans_in(State.DISPATCHED, events),
        pauses=spans_in(State.PAUSED, events),
        turn=turn_of(
            State(case["state"]),
            moments,
            case["due_at"],
            needs_check and not case["is_verified"],
        ),
        due_rule=due_rule(moments, has_limit=clock.limit is not None),
        **{name: case[name] for name in _COLUMNS},
    )


_COLUMNS = frozenset(CaseFile.__dataclass_fields__) & {column.name for column in live_cases.c}


def _category(conn: Connection, category_id: int | None) -> tuple[str, bool]:
    """The path of a category, and whether a case of it is verified before it is closed."""
    names: list[str] = []
    needs_check = False
    while category_id is not None:
        row = conn.execute(select(categories).where(categories.c.category_id == category_id)).one()
        needs_check = row.needs_check if not names else needs_check
        names.insert(0, row.name)
        category_id = row.parent_id
    return " › ".join(names), needs_check
