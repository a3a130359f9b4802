"""The words of the field as code: states, kinds of events, and what travels between rooms."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    REPORTED = "reported"  # 待分流
    DISPATCHED = "dispatched"  # 待签收
    IN_PROGRESS = "in_progress"  # 处置中
    PAUSED = "paused"  # 挂起
    RESOLVED = "resolved"  # 待核查
    CLOSED = "closed"  # 办结
    REJECTED = "rejected"  # 不予受理
    WITHDRAWN = "withdrawn"  # 撤回
    MERGED = "merged"  # 并案


OPEN_STATES = frozenset(
    {State.REPORTED, State.DISPATCHED, State.IN_PROGRESS, State.PAUSED, State.RESOLVED}
)
ENDED_STATES = frozenset(State) - OPEN_STATES
LEFT_OUT_STATES = ENDED_STATES - {State.CLOSED}  # ended, and in no cohort rate


class Kind(StrEnum):
    """What an event says happened to a case."""

    REPORT = "report"  # 上报
    DISPATCH = "dispatch"  # 交办
    ACCEPT = "accept"  # 签收
    RETURN = "return"  # 退回
    REASSIGN = "reassign"  # 改派
    ESCALATE = "escalate"  # 提级
    PAUSE = "pause"  # 挂起
    RESUME = "resume"  # 恢复
    REQUEST_EXTENSION = "request_extension"
    APPROVE_EXTENSION = "approve_extension"
    REFUSE_EXTENSION = "refuse_extension"
    RESOLVE = "resolve"  # 处置完成
    PASS_CHECK = "pass_check"  # 核查通过
    FAIL_CHECK = "fail_check"  # 核查不通过
    CLOSE = "close"  # 办结
    REOPEN = "reopen"  # 重开
    REJECT = "reject"  # 不予受理
    WITHDRAW = "withdraw"  # 撤回
    MERGE = "merge"  # 并案
    SUPERVISE = "supervise"  # 督办
    REPLY = "reply"  # 督办回复
    FEED_BACK = "feed_back"  # 反馈
    NOTE = "note"  # 批示
    CALL_BACK = "call_back"  # 回访
    MEDIATE = "mediate"  # 调处
    OBSERVE = "observe"  # a state or unit seen in another system's log
    UPDATE = "update"  # a newer row of an import
    UNDO = "undone"  # 撤销导入: no earlier event of the case counts


# The line between open and not open is crossed by these kinds and by no other.
OPENING_KINDS = frozenset({Kind.REPORT, Kind.REOPEN})
ENDING_KINDS = frozenset({Kind.CLOSE, Kind.REJECT, Kind.WITHDRAW, Kind.MERGE})
CROSSING_KINDS = OPENING_KINDS | ENDING_KINDS
CHECK_KINDS = frozenset({Kind.PASS_CHECK, Kind.FAIL_CHECK})

ENDING_KIND_OF_STATE = {
    State.CLOSED: Kind.CLOSE,
    State.REJECTED: Kind.REJECT,
    State.WITHDRAWN: Kind.WITHDRAW,
    State.MERGED: Kind.MERGE,
}


class AreaLevel(StrEnum):
    CITY = "city"  # above the district; a case may be escalated to it
    DISTRICT = "district"
    TOWN = "town"
    COMMUNITY = "community"
    GRID1 = "grid1"
    GRID2 = "grid2"
    GRID3 = "grid3"
    GRID4 = "grid4"


class Grade(StrEnum):
    """How loud a whistle calls the units to a case that is escalated."""

    REGULAR = "regular"  # 常规哨
    MAJOR = "major"  # 重点哨


class UnitKind(StrEnum):
    """Peers are units of one kind."""

    CENTRE = "centre"  # holds what nobody else holds; exactly one
    TOWN = "town"
    COMMUNITY = "community"
    DEPARTMENT = "department"
    OTHER = "other"  # made by an import


class Role(StrEnum):
    DISPATCHER = "dispatcher"
    OPERATOR = "operator"
    LEADER = "leader"
    AUDITOR = "auditor"
    SECURITY_ADMINISTRATOR = "security_administrator"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    DISPLAY = "display"


class Lamp(StrEnum):
    """A lit lamp, or none; colour never stands without its shape and word."""

    NONE = "none"
    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scope:
    """How far an account's rights reach: an area with everything below it, or one unit.

    With neither it is the whole district; with both, what lies in both.
    """

    area_id: int | None = None
    unit_id: int | None = None


DISTRICT = Scope()
NOTHING = Scope(unit_id=0)  # no unit has this key
NOBODY = "stranger"  # who is signed in nowhere, in the audit; no login is called so


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. Re-read from the database at the start of every run, fragment and action."""

    login: str
    name: str
    role: Role
    scope: Scope = DISTRICT


@dataclass(frozen=True, slots=True)
class SaveMapping:
    """A request to keep the text of a mapping under a name, for one kind of import."""

    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a case. None means the event says nothing about that."""

    kind: Kind
    at: datetime
    source_order: int = 0
    to_state: State | None = None
    from_unit_id: int | None = None
    to_unit_id: int | None = None
    is_transfer: bool = False
    level: AreaLevel | None = None
    due_at: datetime | None = None
    accept_due_at: datetime | None = None
    outcome: str | None = None
    satisfaction: str | None = None
    mediation: str | None = None
    reason: str | None = None
    note: str | None = None
    until_at: datetime | None = None  # reply by; planned end of a pause; due time asked for
    order_no: str | None = None
    grade: Grade | None = None
    parent_id: int | None = None
    actor: str = ""
    idempotency_key: str | None = None
    is_adjusted: bool = False


# An opening or closing that an import proves stands first or last among the events of its instant.
FIRST_ORDER, LAST_ORDER = -(2**31), 2**31 - 1


class Refused(Exception):
    """A request that was refused: a key of the catalogue and the values of its sentence.

    `str()` is the sentence a person reads.
    """

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values

    def __str__(self) -> str:
        from data.words import word

        return word(self.key, **self.values)


class ActionRefused(Refused):
    """An action that state, permission or form forbid; nothing was changed."""


class OutOfScope(Refused):
    """What is asked for exists beyond the asker's scope; said as if it did not exist."""


class OutOfReach(OutOfScope, ActionRefused):
    """The same, of an action; nothing was changed."""


class Stale(ActionRefused):
    """Somebody changed the case first; nothing was changed."""


class ImportRefused(Refused):
    """A file or mapping that cannot be imported at all; nothing was changed."""
