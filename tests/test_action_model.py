"""Everything that may happen to cases, in any order: actions, imports, undoing, rights taken away.

A small model says by itself how each request must end. Whatever came before: versions add up to
events, every case is the replay of its events, no action leads where it must not, seals hold.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine, func, select, update

from data.access import ACT, ACT_ALL
from data.actions.doing import act, act_all
from data.actions.offers import at_hand, offered
from data.actions.previews import preview
from data.calendar import LimitUnit
from data.config import settings as centre
from data.db import snapshot
from data.deadlines import approval_from, working_calendar
from data.intake.loading.undo import take_back
from data.journal import event_of, fold, in_force, standing_row
from data.proof import prove
from data.report_previews import preview_report
from data.reports import ReportRequest, report
from data.requests import BulkRequest, CaseRequest
from data.rollups.cube import Cube
from data.rollups.fold import cube_of, difference, folded
from data.schema import case_events, cases, categories, live_cases, live_events, units, users
from data.sessions import actor_of_session, open_session, session_of_token
from data.states import replay
from data.terms import (
    ENDING_KINDS,
    Actor,
    AreaLevel,
    Grade,
    ImportRefused,
    Kind,
    Refused,
    State,
    UnitKind,
)
from door.changing import _admit
from tests.builders import (
    add_area,
    add_case,
    add_category,
    add_centre,
    add_channel,
    add_unit,
    event,
)
from tests.desk import NOW, later, request
from tests.matrix import TABLE
from tests.people import add_person
from tests.samples import case_line, event_line, load_events, load_lines
from tests.scale import SIZE

LEADS_TO = {
    Kind.DISPATCH: State.DISPATCHED,
    Kind.ACCEPT: State.IN_PROGRESS,
    Kind.RETURN: State.REPORTED,
    Kind.REASSIGN: State.DISPATCHED,
    Kind.ESCALATE: State.DISPATCHED,
    Kind.PAUSE: State.PAUSED,
    Kind.RESUME: State.IN_PROGRESS,
    Kind.RESOLVE: State.RESOLVED,
    Kind.FAIL_CHECK: State.IN_PROGRESS,
    Kind.CLOSE: State.CLOSED,
    Kind.REOPEN: State.IN_PROGRESS,
    Kind.REJECT: State.REJECTED,
    Kind.WITHDRAW: State.WITHDRAWN,
    Kind.MERGE: State.MERGED,
}
RULES = {Kind(kind): rule for kind, rule in TABLE["case_actions"].items()}
OPEN = {"reported", "dispatched", "in_progress", "paused", "resolved"}
PEOPLE = {
    "dispatcher": ("dispatcher", None),
    "dispatcher.2": ("dispatcher", None),
    "leader": ("leader", None),
    "auditor": ("auditor", None),
    "operator.first": ("operator", "first"),
    "operator.second": ("operator", "second"),
}
CHANCE = st.integers(0, 2**32).map(Random)  # every choice as likely as the others
ORDERING = (Kind.SUPERVISE, Kind.NOTE)
NEWEST = select(cases.c.case_no).order_by(cases.c.case_id.desc()).limit(1)
_numbers = count(1)


@dataclass
class Told:
    """What the model knows of a case."""

    state: str
    unit: int | None
    version: int
    is_verified: bool = False
    was_with: set[int | None] = field(default_factory=set)  # held it, or reported it
    asked: tuple[str, datetime] | None = None  # an extension: who, when
    orders: list[str] = field(default_factory=list)


class District(RuleBasedStateMachine):
    """One centre, two units, a few people, and what they do."""

    engine: Engine
    folder: Path
    cube: Cube

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.known: dict[str, Told] = {}
        self.roles = {login: role for login, (role, _) in PEOPLE.items()}
        self.sent: list[tuple[CaseRequest | ReportRequest, str]] = []
        self.batches: list[int] = []
        self.touched: set[str] = set()

    @initialize()
    def lay_ground(self) -> None:
        """Units, people and categories stand in the database already; rights are as at first."""
        with self.engine.begin() as conn:
            self.units = dict(conn.execute(select(units.c.code, units.c.unit_id)).all())
            self.categories = [None, *conn.execute(select(categories.c.category_id)).scalars()]
            self.sessions = {login: session(conn, login) for login in PEOPLE}
            for login, role in self.roles.items():
                conn.execute(update(users).where(users.c.login == login).values(role=role))
            self.first_id = conn.execute(select(func.max(cases.c.case_id))).scalar() or 0
        for place in range(3):
            self.open_case(place, place)

    # What happens

    @rule(place=st.integers(0, 2), steps=st.integers(0, 3))
    def open_case(self, place: int, steps: int) -> None:
        """A case that has come some way already."""
        case_no, first = f"M-{next(_numbers):06}", self.units["first"]
        kinds = (Kind.DISPATCH, Kind.ACCEPT, Kind.RESOLVE)[:steps]
        opened_at = self.now - timedelta(hours=3)
        happened = [
            event(
                kind,
                opened_at + timedelta(minutes=minute),
                **({"to_unit_id": first} if kind is Kind.DISPATCH else {}),
            )
            for minute, kind in enumerate(kinds, start=1)
        ]
        category = self.categories[place % len(self.categories)]
        about: dict[str, Any] = {"category_id": category, "due_at": self.now + timedelta(days=1)}
        with self.engine.begin() as conn:
            centre_id = self.units["centre"]
            add_case(
                conn, case_no, opened_at, happened, unit_id=centre_id, centre_id=centre_id, **about
            )
            self._look_at(conn, case_no)

    @rule(chance=CHANCE, login=st.sampled_from(sorted(PEOPLE)))
    def report(self, chance: Random, login: str) -> None:
        """Somebody opens a case, if their role may."""
        category = chance.choice(("repairs", "checked"))
        ask = ReportRequest(f"report-{next(_numbers)}", "路灯不亮", category, "area", "hotline")
        before, end = self._rows(), self._attempt(ask, login)
        if self.roles[login] not in TABLE["permissions"]["report"]:
            assert (end, self._rows()) == ("access.refused", before)
            return
        self.sent.append((ask, login))
        with self.engine.begin() as conn:
            case_no = conn.execute(NEWEST).scalar_one()
            due_at = preview_report(conn, ask, self.now).effects[1].after
        unit, centre_id = self.units.get(PEOPLE[login][1] or ""), self.units["centre"]
        self.known[case_no] = Told("reported", centre_id, 1, was_with={centre_id, unit})
        self.touched.add(case_no)
        row = self._row(case_no)
        assert (end, row.opened_at, row.due_at) == ("done", self.now, due_at)

    @precondition(lambda self: self.known)
    @rule(chance=CHANCE, times=st.integers(1, 6))
    def act(self, chance: Random, times: int) -> None:
        """Somebody asks for something that may start from where a case is; and so on."""
        for _ in range(times):
            self.now += timedelta(minutes=chance.choice((0, 5, 60, 240, 900)))
            case_no = chance.choice(self._open() or sorted(self.known))
            legal = [kind for kind in RULES if self.known[case_no].state in RULES[kind]["states"]]
            kind = _seldom_an_ending(chance, legal) if legal else Kind.NOTE
            able = [login for login in PEOPLE if self.roles[login] in RULES[kind]["roles"]]
            login = chance.choice(able or list(PEOPLE))
            self._try(self._request(chance, kind, case_no), login)

    @precondition(lambda self: self.known)
    @rule(chance=CHANCE)
    def ask_anything(self, chance: Random) -> None:
        """Anybody asks for anything, perhaps having seen an older version."""
        case_no, kind = chance.choice(sorted(self.known)), chance.choice(list(RULES))
        ask = self._request(chance, kind, case_no)
        behind = chance.choice((0, 0, 1))
        self._try(replace(ask, version=ask.version - behind), chance.choice(list(PEOPLE)))

    @precondition(lambda self: self.sent)
    @rule(chance=CHANCE)
    def send_again(self, chance: Random) -> None:
        """A double click, a reload, an answer that was lost: nothing happens a second time."""
        ask, login = chance.choice(self.sent)
        sender = chance.choice((login, login, "dispatcher.2"))
        before = self._rows()
        end = self._attempt(ask, sender)
        assert end == "done" or sender != login or self.roles[login] != PEOPLE[login][0]
        assert self._rows() == before

    @precondition(lambda self: len(self.known) > 1)
    @rule(chance=CHANCE)
    def act_on_several(self, chance: Random) -> None:
        """All of them or none."""
        kind = Kind(chance.choice(TABLE["in_bulk"]["kinds"]))
        able = [no for no, case in self.known.items() if case.state in RULES[kind]["states"]]
        among = chance.choice((able, sorted(self.known))) or sorted(self.known)
        chosen = chance.sample(among, min(len(among), chance.randint(1, 3)))
        ask = self._request(chance, kind, chosen[0])
        bulk = BulkRequest(ask, tuple((no, self.known[no].version) for no in chosen))
        ends = [self._must_end(one, "dispatcher") for one in bulk.asks]
        before, end = self._rows(), self._attempt(bulk, "dispatcher")
        if set(ends) == {"done"}:
            assert end == "done"
            for one in bulk.asks:
                self._note(one, "dispatcher")
        else:
            is_refused = "access.refused" in ends
            assert end == ("access.refused" if is_refused else "action.some_refused")
            assert self._rows() == before

    @rule(login=st.sampled_from(sorted(PEOPLE)), role=st.sampled_from(("", "", "auditor")))
    def take_rights_away(self, login: str, role: str) -> None:
        """Or give them back."""
        self.roles[login] = role or PEOPLE[login][0]
        with self.engine.begin() as conn:
            who = users.c.login == login
            conn.execute(update(users).where(who).values(role=self.roles[login]))

    @rule(
        state=st.sampled_from(("reported", "dispatched", "in_progress", "resolved", "closed")),
        unit=st.sampled_from(("first", "second", "")),
    )
    def import_case(self, state: str, unit: str) -> None:
        """A case that another system knows."""
        case_no, opened = f"M-{next(_numbers):06}", self.now - timedelta(hours=2)
        told = {"state": state, "unit": unit, "due": stamp(self.now + timedelta(days=2))}
        if state == "closed":
            told["closed"] = stamp(self.now - timedelta(hours=1))
        with self.engine.begin() as conn:
            line = case_line(case_no, stamp(opened), **told)
            self.batches.append(load_lines(conn, self.folder, line, now=self.now).batch)
            self._look_at(conn, case_no)

    @precondition(lambda self: self.known)
    @rule(chance=CHANCE)
    def import_events(self, chance: Random) -> None:
        """What another system knows of cases, also of times long past."""
        case_no, unit = chance.choice(sorted(self.known)), chance.choice(("first", "second", ""))
        state = chance.choice(("dispatched", "in_progress", "resolved", "closed"))
        at = self.now - timedelta(hours=chance.randint(0, 5))
        with self.engine.begin() as conn:
            line = event_line(case_no, stamp(at), state, unit)
            self.batches.append(load_events(conn, self.folder, line, now=self.now).batch)
            self._look_at(conn, case_no)

    @precondition(lambda self: self.batches)
    @rule()
    def take_the_last_batch_back(self) -> None:
        """Unless somebody acted on its cases since."""
        try:
            with self.engine.begin() as conn:
                take_back(conn, self.batches[-1], "test", self.now)
        except ImportRefused:
            return
        finally:
            self.batches.pop()
        with self.engine.begin() as conn:
            for case_no in list(self.known):
                self._look_at(conn, case_no)

    @rule()
    def seal(self) -> None:
        """What was written until now."""
        with self.engine.begin() as conn:
            fold(conn, self.now)

    @rule()
    def fold_the_rollups(self) -> None:
        """At a time not before the last one."""
        District.cube = folded_at(self.engine, self.cube, self.now)

    # What must come of it

    def _try(self, ask: CaseRequest, login: str) -> None:
        must = self._must_end(ask, login)
        case = self.known[ask.case_no]
        with self.engine.begin() as conn:
            foreseen = preview(conn, ask, self.now)
            self._offers(conn, ask, login, must)
        before, end = self._rows(), self._attempt(ask, login)
        assert end == must, f"{login} {ask}: {end}, not {must}; {case}"
        if end == "done":
            self._note(ask, login)
            self._foreseen(ask, foreseen.effects)
        else:
            assert self._rows() == before

    def _offers(self, conn: Connection, ask: CaseRequest, login: str, must: str) -> None:
        """What can be done is offered; what role or state forbid is not."""
        actor = self._actor(conn, login)
        if actor is None or must in ("action.unknown_case", "action.used_key"):
            return
        kinds = offered(actor, at_hand(conn, ask.case_no))
        if must == "done":
            assert ask.kind in kinds or (ask.kind is Kind.PASS_CHECK)  # a second check is allowed
        if must in ("access.refused", "action.wrong_state", "action.not_holder", "action.merged"):
            assert ask.kind not in kinds

    def _foreseen(self, ask: CaseRequest, effects: tuple[Any, ...]) -> None:
        """The preview said what the saving did."""
        told = {effect.effect: effect.after for effect in effects}
        with self.engine.begin() as conn:
            row = conn.execute(select(cases).where(cases.c.case_no == ask.case_no)).one()
            holder = conn.execute(
                select(units.c.name).where(units.c.unit_id == row.unit_id)
            ).scalar()
        if "case_due" in told and ask.kind is not Kind.PAUSE:  # of that it tells the planned end
            assert told["case_due"] == row.due_at
        assert told.get("holder", holder) == holder

    def _attempt(self, ask: CaseRequest | BulkRequest | ReportRequest, login: str) -> str:
        """As the door does it."""
        try:
            with self.engine.begin() as conn:
                actor = self._actor(conn, login)
                if actor is None:
                    return "signed_out"
                if isinstance(ask, ReportRequest):
                    _admit(conn, "data.reports.report", ask, actor)
                    report(conn, ask, actor, self.now)
                elif isinstance(ask, BulkRequest):
                    _admit(conn, f"{ACT_ALL}.{ask.kind}", ask, actor)
                    act_all(conn, ask, actor, self.now)
                else:
                    _admit(conn, f"{ACT}.{ask.kind}", ask, actor)
                    act(conn, ask, actor, self.now)
        except Refused as refusal:
            return refusal.key
        return "done"

    def _actor(self, conn: Connection, login: str) -> Actor | None:
        return actor_of_session(conn, self.sessions[login], NOW)

    def _must_end(self, ask: CaseRequest, login: str) -> str:
        """How a request must end, by the tables and what was told of the case."""
        case, role = self.known[ask.case_no], self.roles[login]
        unit = self.units.get(PEOPLE[login][1] or "")
        if role not in RULES[ask.kind]["roles"]:
            return "access.refused"
        if role == "operator" and unit is None:
            return "action.unknown_case"
        if unit is not None and unit not in case.was_with:
            return "action.unknown_case"
        if case.state == "merged":
            return "action.merged"
        if ask.version != case.version:
            return "action.stale"
        if case.state not in RULES[ask.kind]["states"]:
            return "action.wrong_state"
        if unit not in (None, case.unit):
            return "action.not_holder"
        return self._about(ask, case, login, unit) or "done"

    def _about(self, ask: CaseRequest, case: Told, login: str, unit: int | None) -> str | None:
        """What of the matter itself forbids it."""
        kind = ask.kind
        if kind in (Kind.DISPATCH, Kind.REASSIGN):
            if unit is not None and ask.to_unit_id != unit:
                return "action.unknown_unit"  # these units are of no family
            if kind is Kind.REASSIGN and ask.to_unit_id == case.unit:
                return "action.same_unit"
        if kind in (Kind.APPROVE_EXTENSION, Kind.REFUSE_EXTENSION):
            return self._decided(ask, case, login)
        if kind is Kind.REQUEST_EXTENSION:
            return self._extended(ask, case)
        if kind is Kind.REPLY and ask.order_no not in case.orders:
            return "action.no_order"
        if kind is Kind.CLOSE and not case.is_verified and self._needs_check(ask.case_no):
            return "action.not_verified"
        if kind is Kind.MERGE:
            return self._merged(ask, unit)
        if kind is Kind.ESCALATE and ask.level not in self._levels(ask.case_no):
            return "action.no_level"
        return None

    def _decided(self, ask: CaseRequest, case: Told, login: str) -> str | None:
        if case.asked is None:
            return "action.no_extension"
        who, at = case.asked
        if who == login:
            return "action.own_extension"
        with self.engine.begin() as conn:
            start = approval_from(working_calendar(conn), at, centre().calendar.extension_cut_off)
        is_early = ask.kind is Kind.APPROVE_EXTENSION and self._at(ask.case_no) < start
        return "action.approve_later" if is_early else None

    def _extended(self, ask: CaseRequest, case: Told) -> str | None:
        row = self._row(ask.case_no)
        if case.asked is not None:
            return "action.extension_pending"
        if row.extension_count >= 1:
            return "action.extension_quota"
        was_paused = row.paused_at is not None and row.due_at and row.paused_at < row.due_at
        if row.due_at is None or (self._at(ask.case_no) > row.due_at and not was_paused):
            return "action.no_running_due"
        assert ask.until_at is not None
        if ask.until_at <= self._at(ask.case_no):
            return "action.past_time"
        return "action.not_later" if ask.until_at <= row.due_at else None

    def _merged(self, ask: CaseRequest, unit: int | None) -> str | None:
        parent = self.known.get(ask.parent_no or "")
        if parent is None or (unit is not None and unit not in parent.was_with):
            return "action.unknown_case"
        if ask.parent_no == ask.case_no:
            return "action.own_parent"
        return None if parent.state in OPEN else "action.parent_ended"

    def _levels(self, case_no: str) -> list[AreaLevel]:
        """Departments work at the level of the district."""
        row = self._row(case_no)
        is_centres = row.unit_id in (None, self.units["centre"])
        if row.level == AreaLevel.CITY:
            return []
        at_district = row.level == AreaLevel.DISTRICT or not is_centres
        return [AreaLevel.CITY] if at_district else [AreaLevel.DISTRICT, AreaLevel.CITY]

    def _open(self) -> list[str]:
        return sorted(no for no, case in self.known.items() if case.state in OPEN)

    def _request(self, chance: Random, kind: Kind, case_no: str) -> CaseRequest:
        """A request with all it needs, as the case stands."""
        said: dict[str, Any] = {}
        if kind in (Kind.DISPATCH, Kind.REASSIGN):
            said["to_unit_id"] = self.units[chance.choice(("first", "second"))]
        if kind in (Kind.PAUSE, Kind.SUPERVISE, Kind.NOTE):
            said["until_at"] = self._at(case_no) + timedelta(hours=5)
        if kind is Kind.REQUEST_EXTENSION:
            said["until_at"] = (self._row(case_no).due_at or self.now) + timedelta(hours=20)
        if kind is Kind.ESCALATE:
            said["level"] = chance.choice((AreaLevel.DISTRICT, AreaLevel.CITY))
            said["grade"] = chance.choice(list(Grade))
        if kind is Kind.REPLY:
            said["order_no"] = chance.choice([*self.known[case_no].orders, "2026-0"])
        if kind is Kind.MERGE:
            said["parent_no"] = chance.choice([*sorted(self.known), "M-0"])
        with self.engine.begin() as conn:
            return request(conn, kind, case_no, version=self.known[case_no].version, **said)

    def _note(self, ask: CaseRequest, login: str) -> None:
        """What the case must be now."""
        case, kind = self.known[ask.case_no], ask.kind
        self.sent.append((ask, login))
        case.version += 1
        case.state = LEADS_TO.get(kind, State(case.state)).value
        if kind in (Kind.DISPATCH, Kind.REASSIGN):
            case.unit = ask.to_unit_id
        if kind in (Kind.RETURN, Kind.ESCALATE):
            case.unit = self.units["centre"]
        if kind in LEADS_TO and case.state in OPEN:
            case.is_verified = False
        case.is_verified |= kind is Kind.PASS_CHECK
        case.was_with.add(case.unit)
        self._note_words(ask, case, login)
        self.touched.add(ask.case_no)

    def _note_words(self, ask: CaseRequest, case: Told, login: str) -> None:
        if ask.kind is Kind.REQUEST_EXTENSION:
            case.asked = login, self._row(ask.case_no).last_event_at
        if ask.kind in (Kind.APPROVE_EXTENSION, Kind.REFUSE_EXTENSION, Kind.REOPEN):
            case.asked = None
        if ask.kind in ORDERING and ask.until_at:
            case.orders.append(self._last(ask.case_no).order_no)
        if ask.kind is Kind.REPLY:
            assert ask.order_no is not None
            case.orders.remove(ask.order_no)

    def _look_at(self, conn: Connection, case_no: str) -> None:
        """Imports bind the model to nothing: what it knows then, it reads from the events."""
        self.touched.add(case_no)
        row = conn.execute(select(live_cases).where(live_cases.c.case_no == case_no)).first()
        if row is None:
            self.known.pop(case_no, None)
            return
        found = live_events.c.case_id == row.case_id
        order = live_events.c.at, live_events.c.source_order, live_events.c.event_id
        told = conn.execute(select(live_events).where(found).order_by(*order)).all()
        case = Told(row.state, row.unit_id, row.version, row.is_verified)
        case.was_with = {one.to_unit_id for one in told}
        case.was_with |= {one.from_unit_id for one in told if one.kind == "report"}
        for one in told:
            if one.kind == Kind.REQUEST_EXTENSION:
                case.asked = one.actor, one.at
            elif one.kind in ("approve_extension", "refuse_extension", "reopen"):
                case.asked = None
            if one.order_no and one.kind in ORDERING:
                case.orders.append(one.order_no)
            elif one.order_no:
                case.orders.remove(one.order_no)
        self.known[case_no] = case

    # What the database says

    def _row(self, case_no: str) -> Any:
        with self.engine.begin() as conn:
            return conn.execute(select(cases).where(cases.c.case_no == case_no)).one()

    def _last(self, case_no: str) -> Any:
        query = select(case_events).where(case_events.c.case_id == self._row(case_no).case_id)
        with self.engine.begin() as conn:
            return conn.execute(query.order_by(case_events.c.event_id.desc())).first()

    def _at(self, case_no: str) -> datetime:
        """When an action on a case would lie."""
        after: datetime = self._row(case_no).last_event_at + timedelta(microseconds=1)
        return max(self.now, after)

    def _needs_check(self, case_no: str) -> bool:
        asks = select(categories.c.needs_check).where(
            categories.c.category_id == self._row(case_no).category_id
        )
        with self.engine.begin() as conn:
            return bool(conn.execute(asks).scalar())

    def _rows(self) -> Any:
        """What there is of the cases of this model."""
        with self.engine.begin() as conn:
            versions = select(cases.c.version).where(cases.c.case_id > self.first_id)
            told = conn.execute(versions.order_by(cases.c.case_id)).scalars().all()
            return told, conn.execute(self._count()).scalar_one()

    def _count(self) -> Any:
        own = case_events.c.case_id > self.first_id
        return select(func.count()).select_from(case_events).where(own)

    @invariant()
    def versions_add_up_to_events(self) -> None:
        with self.engine.begin() as conn:
            own = cases.c.case_id > self.first_id
            versions = conn.execute(select(func.sum(cases.c.version)).where(own)).scalar() or 0
            assert versions == conn.execute(self._count()).scalar_one()

    @invariant()
    def every_case_is_what_its_events_and_the_model_say(self) -> None:
        with self.engine.begin() as conn:
            for case_no in self.touched:
                self._is_right(conn, case_no)
        self.touched.clear()

    def _is_right(self, conn: Connection, case_no: str) -> None:
        row = conn.execute(select(cases).where(cases.c.case_no == case_no)).one()
        found = case_events.c.case_id == row.case_id
        order = case_events.c.at, case_events.c.source_order, case_events.c.event_id
        told = conn.execute(select(case_events).where(found).order_by(*order)).all()
        replayed = standing_row(replay(event_of(one) for one in in_force(told)))
        replayed["version"] = len(told)
        assert {name: getattr(row, name) for name in replayed} == replayed
        if case_no in self.known:
            case = self.known[case_no]
            seen = (row.state, row.unit_id, row.version, row.is_verified)
            assert seen == (case.state, case.unit, case.version, case.is_verified)
            assert (row.ended_at is None) == (case.state in OPEN)


def _seldom_an_ending(chance: Random, kinds: list[Kind]) -> Kind:
    """Most cases are to live long."""
    return chance.choices(kinds, [1 if kind in ENDING_KINDS else 5 for kind in kinds])[0]


def session(conn: Connection, login: str) -> str:
    return session_of_token(open_session(conn, login, NOW))


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def test_whatever_happens_nothing_is_lost_doubled_or_against_the_rules(
    engine: Engine, tmp_path: Path
) -> None:
    with engine.begin() as conn:
        lay_ground(conn)
    with snapshot(engine).connect() as conn:
        District.cube = cube_of(conn, NOW)
    District.engine, District.folder = engine, tmp_path
    run_state_machine_as_test(
        District,
        settings=settings(
            max_examples=SIZE.model_examples,
            stateful_step_count=SIZE.model_steps,
            suppress_health_check=list(HealthCheck),
        ),
    )
    with engine.begin() as conn:
        fold(conn, later(0))
        assert prove(conn).holds
    cube = folded_at(engine, District.cube, later(0))
    with snapshot(engine).connect() as conn:
        assert difference(cube, cube_of(conn, cube.at)) is None


def folded_at(engine: Engine, cube: Cube, now: datetime) -> Cube:
    """What a server does each tick."""
    with snapshot(engine).connect() as conn:
        return folded(conn, cube, max(cube.at, now))


def lay_ground(conn: Connection) -> None:
    """The centre, two units of no family, people, and two categories."""
    add_centre(conn)
    found = {code: add_unit(conn, code, UnitKind.DEPARTMENT) for code in ("first", "second")}
    for login, (role, unit) in PEOPLE.items():
        add_person(conn, login, role, unit_id=found.get(unit or ""))
    add_category(conn, "repairs", clock=LimitUnit.URGENT_DAYS)
    add_area(conn, "area")
    add_channel(conn, "hotline")
    checked = add_category(conn, "checked", clock=LimitUnit.WORKING_DAYS)
    is_checked = categories.c.category_id == checked
    conn.execute(update(categories).where(is_checked).values(needs_check=True))
