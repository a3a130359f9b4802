"""The permission matrix: a small district, an account of every role and scope, and what each may.

What is expected comes from permissions.toml alone, what is asked from the tables of access.
"""

import tomllib
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from itertools import product
from typing import Any

from sqlalchemy import Connection, insert, select, text

from data.access import ACT, ACT_ALL
from data.account_changes import (
    AddAccount,
    EndSessions,
    ResetPassword,
    SetRights,
    SwitchAccount,
    UnlockAccount,
)
from data.calendar_changes import SetDay
from data.config import PROJECT
from data.db import is_sqlite
from data.drafts import KeepDraft
from data.journal import JOURNALS
from data.reports import ReportRequest
from data.requests import FORMS, BulkRequest, CaseRequest, reasons_of
from data.schema import audit_events, cases, metadata, sign_ins, units
from data.sign_ins import PER_LOGIN
from data.terms import AreaLevel, Event, Grade, Kind, SaveMapping, State, UnitKind
from tests.builders import add_area, add_case, add_category, add_channel, add_unit, event
from tests.house import EARLIER
from tests.people import add_person, signed_in
from tests.samples import CASE_MAP

TABLE = tomllib.loads((PROJECT / "tests/permissions.toml").read_text("utf-8"))
BULK = {kind: TABLE["case_actions"][kind] for kind in TABLE["in_bulk"]["kinds"]}
TABLE["actions"] |= {f"{ACT}.{kind}": rule for kind, rule in TABLE["case_actions"].items()}
TABLE["actions"] |= {f"{ACT_ALL}.{kind}": rule for kind, rule in BULK.items()}
ROLES = (*TABLE["roles"], "mayor")  # no such role
SCOPES = ("district", "town", "unit")
PLACES = ("here", "there", "handed_on")
OPENED_AT = EARLIER - timedelta(hours=2)
DUE_AT = EARLIER + timedelta(hours=12)
STEPS: dict[State, tuple[Kind, ...]] = {
    State.REPORTED: (),
    State.DISPATCHED: (Kind.DISPATCH,),
    State.IN_PROGRESS: (Kind.DISPATCH, Kind.ACCEPT),
    State.PAUSED: (Kind.DISPATCH, Kind.ACCEPT, Kind.PAUSE),
    State.RESOLVED: (Kind.DISPATCH, Kind.ACCEPT, Kind.RESOLVE),
    State.CLOSED: (Kind.DISPATCH, Kind.ACCEPT, Kind.RESOLVE, Kind.CLOSE),
    State.REJECTED: (Kind.REJECT,),
    State.WITHDRAWN: (Kind.WITHDRAW,),
    State.MERGED: (Kind.MERGE,),
}


@dataclass(frozen=True, slots=True)
class Holder:
    """An account of the matrix."""

    role: str
    scope: str

    @property
    def login(self) -> str:
        return f"{self.role}.{self.scope}"

    @property
    def reach(self) -> str:
        """The scope that its rights have; "" for an operator without a unit: nothing."""
        return "" if self.role == "operator" and self.scope != "unit" else self.scope

    def may(self, rule: dict[str, Any]) -> bool:
        """Whether a row of the table names the account."""
        is_wide = self.scope == "district" or not rule.get("district_only")
        return self.role in rule["roles"] and is_wide

    def among(self, section: str) -> list[str]:
        """What a section of the table gives to the account's scope."""
        return TABLE[section][self.reach] if self.reach else []

    def counted(self, what: str) -> list[str]:
        """The places whose cases the account's figures count."""
        return TABLE["counts"][self.reach][what] if self.reach else []


HOLDERS = [Holder(role, scope) for role, scope in product(ROLES, SCOPES)]
HERE_ID = 3  # the third unit that `build` adds
IDS = [holder.login for holder in HOLDERS]
SHARED = "shared"  # the cases of all who change none


def tag_of(holder: Holder) -> str:
    """Whose cases an account tries its actions on: its own, where it may change some."""
    rules = [rule for rule in TABLE["actions"].values() if "states" in rule]
    return holder.login if any(holder.may(rule) for rule in rules) else SHARED


TAGS = sorted({tag_of(holder) for holder in HOLDERS})


@dataclass(frozen=True, slots=True)
class Told:
    """A case of the matrix: of which place, in which state, and for which action to be tried on."""

    case_no: str
    place: str
    state: State
    action: str = ""


def told_for(tag: str, actions: Iterable[str]) -> Iterator[Told]:
    """The cases that actions are tried on: one of every place, and one in a wrong state."""
    for action in actions:
        right = State(TABLE["actions"][action]["states"][0])
        wrong = next(state for state in STEPS if state not in TABLE["actions"][action]["states"])
        for place, state in (*product(PLACES, [right]), ("here", wrong)):
            yield Told(f"{tag}-{place}-{state}-{action}", place, state, action)


ON_CASES = [name for name, rule in TABLE["actions"].items() if "states" in rule]
PARENT = "parent"  # what others are merged into; everybody who may merge sees it


def build(conn: Connection, case_tags: list[str], actions: Iterable[str] = ()) -> list[Told]:
    """Two towns, three units, a case of every place and state for each tag, every account.

    And for each tag cases of their own for some actions.
    """
    district = add_area(conn, "district", level=AreaLevel.DISTRICT)
    town = add_area(conn, "town", district, AreaLevel.TOWN)
    community = add_area(conn, "community", town, AreaLevel.COMMUNITY)
    other = add_area(conn, "other", district, AreaLevel.TOWN)
    add_category(conn, "matter")
    add_channel(conn, "hotline")
    add_unit(conn, "centre", UnitKind.CENTRE)
    add_unit(conn, "department")
    here, there = (add_unit(conn, code, UnitKind.TOWN) for code in ("here", "there"))
    for unit, area in ((here, town), (there, other)):
        conn.execute(units.update().where(units.c.unit_id == unit).values(area_id=area))
    for holder in HOLDERS:
        reach = {"town": {"area_id": town}, "unit": {"unit_id": here}}.get(holder.scope, {})
        add_person(conn, holder.login, holder.role, **reach)
    told = [Told(f"{t}-{p}-{s}", p, s) for t, p, s in product(case_tags, PLACES, STEPS)]
    for tag in case_tags:
        told += told_for(tag, actions)
    for case in [*told, *([Told(PARENT, "here", State.REPORTED)] if actions else [])]:
        area = community if case.place == "here" else other
        first = there if case.place == "there" else here
        last = here if case.place == "here" else there
        opened_at = OPENED_AT - MONTH if case.action else OPENED_AT
        steps = _steps(case, last, opened_at)
        add_case(conn, case.case_no, opened_at, steps, unit_id=first, due_at=DUE_AT, area_id=area)
    return told


MONTH = timedelta(days=30)  # so long ago that what was asked for then may be approved
ORDER_NO = "2026-7"


def _steps(case: Told, last: int, opened_at: datetime) -> list[Event]:
    kinds = (Kind.OBSERVE, *STEPS[case.state]) if case.place == "handed_on" else STEPS[case.state]
    said: dict[Kind, dict[str, Any]] = {
        Kind.OBSERVE: {"to_unit_id": last},
        Kind.DISPATCH: {"to_unit_id": last},
        Kind.SUPERVISE: {"order_no": ORDER_NO},
        Kind.REQUEST_EXTENSION: {"until_at": DUE_AT + MONTH},
    }
    return [
        event(kind, opened_at + timedelta(minutes=minute), **said.get(kind, {}))
        for minute, kind in enumerate((*kinds, *_ground_of(case)), start=1)
    ]


def _ground_of(case: Told) -> tuple[Kind, ...]:
    """What must have happened before the action of a case."""
    kind = case.action.rpartition(".")[2]
    if kind == Kind.REPLY:
        return (Kind.SUPERVISE,)
    decides = kind in (Kind.APPROVE_EXTENSION, Kind.REFUSE_EXTENSION)
    return (Kind.REQUEST_EXTENSION,) if decides else ()


def add_targets(conn: Connection) -> None:
    """For every account accounts of its own to change."""
    for holder, action in product(HOLDERS, REQUESTS):
        if action.startswith("data.account_changes."):
            login = target_of(holder, action)
            add_person(conn, login, "leader")
            if action.endswith("end_sessions"):
                signed_in(conn, login, EARLIER)
            if action.endswith("unlock_account"):
                failure = {"at": EARLIER, "login": login, "address": "10.0.0.9"}
                conn.execute(insert(sign_ins), [failure] * PER_LOGIN)


def target_of(holder: Holder, action: str) -> str:
    """The login that an account tries an action on."""
    return f"{holder.login}.{action.rpartition('.')[2]}"


def case_request(conn: Connection, kind: Kind, case_no: str) -> CaseRequest:
    """A request that has all its kind needs, seen at the present version."""
    version = conn.execute(select(cases.c.version).where(cases.c.case_no == case_no)).scalar_one()
    to_unit = conn.execute(select(units.c.unit_id).where(units.c.code == "department")).scalar_one()
    needs: dict[str, Any] = {
        "to_unit_id": to_unit,
        "level": AreaLevel.DISTRICT,
        "grade": Grade.REGULAR,
        "until_at": DUE_AT + MONTH,
        "order_no": ORDER_NO,
        "parent_no": PARENT,
    }
    said = {name: needs[name] for name in FORMS[kind].needs}
    reason, note = next(iter(reasons_of(kind)), ""), "已核" if FORMS[kind].needs_note else ""
    return CaseRequest(kind, case_no, version, uuid.uuid4().hex, reason, note, **said)


def report_request(key: str) -> ReportRequest:
    """A report of a case that lies in the town."""
    return ReportRequest(key, "路灯不亮", "matter", "community", "hotline")


def _asks(kind: Kind) -> Callable[[Connection, Holder, str], CaseRequest]:
    return lambda conn, _, case_no: case_request(conn, kind, case_no)


def _asks_in_bulk(kind: Kind) -> Callable[[Connection, Holder, str], BulkRequest]:
    def ask(conn: Connection, _: Holder, case_no: str) -> BulkRequest:
        one = case_request(conn, kind, case_no)
        return BulkRequest(one, ((case_no, one.version),))

    return ask


# How each registered action is asked for: request(conn, holder, subject), the subject being a case
# or the account to change.
REQUESTS: dict[str, Callable[[Connection, Holder, str], Any]] = {
    **{f"{ACT}.{kind}": _asks(Kind(kind)) for kind in TABLE["case_actions"]},
    **{f"{ACT_ALL}.{kind}": _asks_in_bulk(Kind(kind)) for kind in BULK},
    "data.drafts.keep_draft": lambda *_: KeepDraft("A-1", "note", (("note", "写了一半"),)),
    "data.intake.mapping.saved.save_mapping": lambda _, holder, __: SaveMapping(
        holder.login, "cases", CASE_MAP
    ),
    "data.reports.report": lambda *_: report_request(uuid.uuid4().hex),
    "data.account_changes.add_account": lambda *_: AddAccount(
        f"new-{uuid.uuid4().hex[:12]}", "新的岗位", "leader"
    ),
    "data.account_changes.set_rights": lambda _, __, login: SetRights(login, 0, "display"),
    "data.account_changes.switch_account": lambda _, __, login: SwitchAccount(login, 0, False),
    "data.account_changes.reset_password": lambda _, __, login: ResetPassword(login, 0),
    "data.account_changes.unlock_account": lambda _, __, login: UnlockAccount(login),
    "data.account_changes.end_sessions": lambda _, __, login: EndSessions(login),
    "data.calendar_changes.set_day": lambda *_: SetDay(date(2026, 5, 2), "worked"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One account trying one action on one thing, and how that must end."""

    holder: Holder
    action: str
    subject: str
    expected: str  # done, or the key of the refusal

    @property
    def is_done(self) -> bool:
        return self.expected == "done"


EVERYWHERE = f"{ACT}.{Kind.REASSIGN}"  # is tried on a case of every place and state


def cells_of(holder: Holder, told: list[Told]) -> Iterator[Cell]:
    """Everything an account tries: every registered action, on cases of every place and state."""
    for action, rule in TABLE["actions"].items():
        if "states" not in rule:
            target = target_of(holder, action)
            yield Cell(holder, action, target, expected(holder, rule))
            continue
        for case in told:
            is_meant = case.action == action or (action == EVERYWHERE and not case.action)
            if is_meant and case.case_no.startswith(f"{tag_of(holder)}-"):
                yield Cell(holder, action, case.case_no, expected(holder, rule, case, action))


def expected(
    holder: Holder, rule: dict[str, Any], case: Told | None = None, action: str = ""
) -> str:
    """How an action must end by the table."""
    if holder.role == "mayor":
        return "signed_out"
    if not holder.may(rule):
        return "access.refused"
    if case is None:
        return "report.no_unit" if rule.get("needs_reach") and not holder.reach else "done"
    end = _end_on(holder, rule, case, action.rpartition(".")[2])
    return "action.some_refused" if action.startswith(ACT_ALL) and end != "done" else end


def _end_on(holder: Holder, rule: dict[str, Any], case: Told, kind: str) -> str:
    """How it must end on a case."""
    if case.place not in holder.among("sees"):
        return "action.unknown_case"
    if case.state is State.MERGED:
        return "action.merged"
    if case.state not in rule["states"]:
        return "action.wrong_state"
    if holder.reach == "unit" and TABLE["holders"][case.place] != "here":
        return "action.not_holder"
    hands_over = kind in (Kind.DISPATCH, Kind.REASSIGN)
    can_take = "department" in holder.among("takers") or not hands_over
    return "done" if can_take else "action.unknown_unit"


def function_of(name: str) -> Callable[..., Any]:
    """The function that a table of access names; on cases the kind of request is named too."""
    name = next((one for one in (ACT, ACT_ALL) if name.startswith(f"{one}.")), name)
    module, _, function = name.rpartition(".")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def everything(conn: Connection) -> dict[str, list[Any]]:
    """Every row of every table but the audit."""
    tables = [table for table in metadata.sorted_tables if table is not audit_events]
    rows = {table.name: map(tuple, conn.execute(select(table))) for table in tables}
    return {name: sorted(found, key=str) for name, found in rows.items()}


def refusals(conn: Connection, login: str) -> list[tuple[str, str, str | None]]:
    """What an account was refused on record: what, why, about what; in order."""
    query = select(audit_events).where(audit_events.c.kind == "refused")
    rows = conn.execute(query.where(audit_events.c.actor == login).order_by("event_id")).all()
    return [(row.details["what"], row.details["reason"], row.object) for row in rows]


CLOSED = "nothing more is written here"


def close_journals(conn: Connection) -> None:
    """From now on neither journal takes a row."""
    if is_sqlite(conn):
        for journal in JOURNALS:
            conn.execute(
                text(
                    f"CREATE TRIGGER {journal.name}_closed BEFORE INSERT ON {journal.name} "
                    f"BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
                )
            )
        return
    conn.execute(
        text(
            "CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{CLOSED}'; END $$"
        )
    )
    for journal in JOURNALS:
        conn.execute(
            text(
                f"CREATE TRIGGER closed BEFORE INSERT ON {journal.name} "
                "FOR EACH STATEMENT EXECUTE FUNCTION closed()"
            )
        )
