"""What people ask of a case, and what a request of each kind has to say."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from data.config import settings
from data.terms import AreaLevel, Grade, Kind
from data.words import catalogue, word

OTHER = "other"  # this reason asks for a note
NOTE_LIMIT, LONG_NOTE_LIMIT = 200, 1000  # characters
AT_ONCE = 500  # cases that one request may act on
NAMED = 10  # of them, in a line of the audit


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """A request to act on one case, seen at a version, with its own key.

    The same key again is the same request. `FORMS` says what else each kind needs.
    """

    kind: Kind
    case_no: str
    version: int
    idempotency_key: str
    reason: str = ""
    note: str = ""
    to_unit_id: int | None = None
    level: AreaLevel | None = None
    grade: Grade | None = None
    until_at: datetime | None = None
    order_no: str | None = None
    parent_no: str | None = None


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """A request to do the same to several cases: all of them or none.

    `ask` says what; `cases` are numbers with the version that was seen.
    """

    ask: CaseRequest
    cases: tuple[tuple[str, int], ...]

    @property
    def kind(self) -> Kind:
        """What is to be done to each of them."""
        return self.ask.kind

    @property
    def case_nos(self) -> str:
        """The first of them, for the audit."""
        numbers = [no for no, _ in self.cases[:NAMED]]
        return "、".join(numbers) + ("…" if len(self.cases) > NAMED else "")

    @property
    def asks(self) -> list[CaseRequest]:
        """One request for each case, with a key of its own."""
        key = self.ask.idempotency_key
        return [
            replace(self.ask, case_no=no, version=version, idempotency_key=f"{key}/{no}")
            for no, version in self.cases
        ]


@dataclass(frozen=True, slots=True)
class Form:
    """What a request of one kind says besides its case: names of the fields of CaseRequest."""

    reasons: tuple[str, ...] = ()  # one of these; none where there are none
    needs: tuple[str, ...] = ()
    may_say: tuple[str, ...] = field(default=())
    needs_note: bool = False
    note_limit: int = NOTE_LIMIT


def _told(may_say: tuple[str, ...] = (), needs: tuple[str, ...] = ()) -> Form:
    """A form whose note is what it is about."""
    return Form(needs=needs, may_say=may_say, needs_note=True, note_limit=LONG_NOTE_LIMIT)


FORMS: dict[Kind, Form] = {
    Kind.DISPATCH: Form(("duty", "trade", "area", OTHER), ("to_unit_id",)),
    Kind.ACCEPT: Form(),
    Kind.RESOLVE: _told(),
    Kind.PASS_CHECK: Form(("on_site", "by_phone", "by_picture", OTHER)),
    Kind.FAIL_CHECK: Form(("not_done", "half_done", "no_proof", OTHER)),
    Kind.CLOSE: Form(("solved", "explained", "gone", OTHER)),
    Kind.REOPEN: Form(("came_back", "not_solved", "closed_by_mistake", OTHER)),
    Kind.REASSIGN: Form(("ownership", "trade", "area", "capacity", OTHER), ("to_unit_id",)),
    Kind.ESCALATE: Form(("beyond_power", "joint", "stuck", "grave", OTHER), ("level", "grade")),
    Kind.SUPERVISE: Form(("overdue", "near_due", "repeated", "instructed", OTHER), ("until_at",)),
    Kind.REPLY: _told(needs=("order_no",)),
    Kind.REQUEST_EXTENSION: Form(
        ("complex", "weather", "procurement", "joint", OTHER), ("until_at",)
    ),
    Kind.APPROVE_EXTENSION: Form(may_say=("until_at",)),
    Kind.REFUSE_EXTENSION: Form(("enough_time", "unfounded", "used_before", OTHER)),
    Kind.PAUSE: Form(("permit", "material", "weather", "party", OTHER), ("until_at",)),
    Kind.RESUME: Form(("cleared", "run_out", OTHER)),
    Kind.RETURN: Form(("not_duty", "not_area", "unclear", OTHER)),
    Kind.FEED_BACK: _told(),
    Kind.NOTE: _told(may_say=("until_at",)),
    Kind.MERGE: Form(("same_matter", "same_cause", OTHER), ("parent_no",)),
    Kind.WITHDRAW: Form(("by_caller", "by_mistake", OTHER)),
    Kind.REJECT: Form(("beyond_remit", "other_way", "no_facts", OTHER)),
}
IN_BULK = (Kind.REASSIGN, Kind.SUPERVISE, Kind.CLOSE)


def reasons_of(kind: Kind) -> tuple[str, ...]:
    """The reasons that may be given for an action; none where none is asked for."""
    return FORMS[kind].reasons


def reason_words(reason: str) -> str:
    """A reason as people read it; one that an import brought is said as it stands."""
    known = f"reason.{reason}" in catalogue(settings().language)
    return word(f"reason.{reason}") if known else reason
