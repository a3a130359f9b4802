"""Who may do what: every account on every registered action, query, file and screen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, TextIO

import pytest
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

import door
from data.access import (
    ACT,
    ACT_ALL,
    ACTIONS,
    EXPORTS,
    HARMLESS,
    OF_THE_DISTRICT,
    QUERIES,
    Needs,
    Permission,
    may,
)
from data.account_changes import AddAccount
from data.audit import AuditQuestion
from data.calendar_changes import SetDay
from data.case_list.asked import CaseFilter, Standing
from data.commands import Prompt
from data.commands.intake import save_kept
from data.metrics import METRICS
from data.metrics.figure import Figure, Question
from data.requests import CaseRequest
from data.schema import audit_events, case_events, cases, sessions
from data.states import can_start
from data.terms import OPEN_STATES, Actor, Kind, Refused, Role, Scope, State
from door.desk import Desk, my_desk, room
from door.exporting import export
from gate.screens import HOME, SCREENS, screens_of
from tests import matrix
from tests.house import EARLIER, as_, on, opened, session_for
from tests.matrix import HOLDERS, IDS, PLACES, STEPS, TABLE, Cell, Holder, Told, function_of
from tests.scale import SIZE

NOW = EARLIER
PLACED = {"district": Scope(), "town": Scope(area_id=1), "unit": Scope(unit_id=1)}


# The tables


def test_every_row_of_the_code_has_its_row_by_hand_and_no_other() -> None:
    assert set(TABLE["permissions"]) == set(Permission)
    assert set(TABLE["roles"]) == set(Role) == set(TABLE["screens"])
    assert set(TABLE["actions"]) == set(ACTIONS) == set(matrix.REQUESTS)
    assert set(TABLE["queries"]) == set(QUERIES)
    assert set(TABLE["harmless"]["queries"]) == HARMLESS
    assert QUERIES.keys() | HARMLESS == ASKED.keys()
    assert set(TABLE["files"]) == set(EXPORTS) == set(WRITTEN)
    assert set(TABLE["district_only"]["permissions"]) == OF_THE_DISTRICT


@pytest.mark.parametrize("name", [*ACTIONS, *QUERIES, *sorted(HARMLESS), *EXPORTS])
def test_every_row_names_a_function_that_there_is(name: str) -> None:
    found = function_of(name)
    kind = name.rpartition(".")[2] if name in matrix.ON_CASES else ""
    assert f"{found.__module__}.{found.__qualname__}" == name.removesuffix(f".{kind}")


@pytest.mark.parametrize("permission", list(Permission))
def test_a_permission_is_held_by_whom_the_table_names_and_by_nobody_else(
    permission: Permission,
) -> None:
    only_district = permission in TABLE["district_only"]["permissions"]
    for role, scope in product((*Role, "mayor"), PLACED):
        actor = Actor("x", "x", role, PLACED[scope])  # type: ignore[arg-type]
        holds = role in TABLE["permissions"][permission]
        assert may(actor, permission) == (holds and (scope == "district" or not only_district))


@pytest.mark.parametrize("name", TABLE["actions"])
def test_an_action_needs_what_the_table_says(name: str) -> None:
    rule, needs = TABLE["actions"][name], ACTIONS[name]
    assert sorted(rule["roles"]) == sorted(TABLE["permissions"][needs.permission])
    assert (needs.permission in OF_THE_DISTRICT) == rule.get("district_only", False)
    if not name.startswith(ACT_ALL):  # that looks at each of its cases itself
        starts = {state for state in State if needs.kind and can_start(needs.kind, state)}
        assert starts == set(rule.get("states", []))


@pytest.mark.parametrize(
    ("section", "table"), [("queries", QUERIES), ("files", EXPORTS)], ids=["queries", "files"]
)
def test_a_query_and_a_file_need_what_the_table_says(
    section: str, table: dict[str, Permission]
) -> None:
    for name, rule in TABLE[section].items():
        assert sorted(rule["roles"]) == sorted(TABLE["permissions"][table[name]]), name
        assert (table[name] in OF_THE_DISTRICT) == rule.get("district_only", False), name


@pytest.mark.parametrize("holder", HOLDERS, ids=IDS)
def test_an_account_sees_exactly_its_screens(holder: Holder) -> None:
    actor = Actor("x", "x", holder.role, PLACED[holder.scope])  # type: ignore[arg-type]
    rule = TABLE["screens"].get(holder.role, {"all": [], "district": []})
    wanted = rule["all"] + (rule["district"] if holder.scope == "district" else [])
    assert sorted(screen.url_path for screen in screens_of(actor)) == sorted(wanted)
    assert HOME not in {screen.url_path for screen in SCREENS}


# Actions


@pytest.fixture
def district(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The matrix on each kind of database, with the door open."""
    with opened(database_url, monkeypatch):
        yield database_url


@pytest.fixture
def holders(database_kind: str, pytestconfig: pytest.Config) -> list[Holder]:
    """Every account; on the second kind of database as many as the size of the run says."""
    chance = Random(pytestconfig.option.hypothesis_seed)
    count = min(SIZE.second_accounts, len(HOLDERS))
    return HOLDERS if database_kind == "sqlite" else chance.sample(HOLDERS, count)


def test_every_account_does_what_it_may_and_nothing_else(
    district: str, holders: list[Holder]
) -> None:
    told: list[Told] = on(district, lambda conn: matrix.build(conn, matrix.TAGS, matrix.ON_CASES))
    on(district, matrix.add_targets)
    wrong = [line for holder in holders for line in _tried(district, holder, told)]
    assert wrong == []


def _tried(url: str, holder: Holder, told: list[Told]) -> list[str]:
    """What differs from the table when an account tries everything; refusals first."""
    cells = sorted(matrix.cells_of(holder, told), key=lambda cell: cell.is_done)
    requests = on(url, lambda conn: [_request(conn, cell) for cell in cells])
    tried = list(zip(cells, requests, strict=True))
    refused = [(cell, request) for cell, request in tried if not cell.is_done]

    def work() -> list[str]:
        before = on(url, matrix.everything)
        wrong = _wrong(refused)
        if on(url, matrix.everything) != before:
            wrong.append(f"{holder.login}: a refusal changed something")
        return wrong + _wrong([(cell, request) for cell, request in tried if cell.is_done])

    wrong: list[str] = as_(session_for(url, holder.login), work)
    written = [(cell.action, _reason(cell, told), _subject(request)) for cell, request in refused]
    if on(url, lambda conn: matrix.refusals(conn, holder.login)) != written:
        wrong.append(f"{holder.login}: a refusal is not on record")
    if on(url, _sum_of_versions) != on(url, _count_of_events):
        wrong.append(f"{holder.login}: versions and events differ")
    return wrong


def _request(conn: Connection, cell: Cell) -> Any:
    return matrix.REQUESTS[cell.action](conn, cell.holder, cell.subject)


def _subject(request: Any) -> str | None:
    named = (getattr(request, name, None) for name in ("case_no", "case_nos", "login"))
    return next((str(found) for found in named if found), None)


def _reason(cell: Cell, told: list[Told]) -> str:
    """What the audit says of a refusal; of a bulk action, what its one case would."""
    end = cell.expected
    if end == "action.some_refused":
        case = next(case for case in told if case.case_no == cell.subject)
        rule = TABLE["actions"][cell.action]
        end = matrix.expected(cell.holder, rule, case, cell.action.replace(ACT_ALL, ACT))
    is_beyond = end in {"action.unknown_case", "action.unknown_unit"}
    return "beyond_scope" if is_beyond else cell.expected


def _wrong(tried: list[tuple[Cell, Any]]) -> list[str]:
    """Every cell that does not end as it must."""
    ends = [(cell, _end(function_of(cell.action), request)) for cell, request in tried]
    return [f"{c.holder.login} {c.action} {c.subject}: {e}" for c, e in ends if e != c.expected]


def _end(action: Callable[..., Any], request: Any) -> str:
    try:
        door.change(action, request)
    except door.SignedOut:
        return "signed_out"
    except Refused as refusal:
        return refusal.key
    return "done"


def _sum_of_versions(conn: Connection) -> int:
    return int(conn.execute(select(func.sum(cases.c.version))).scalar_one())


def _count_of_events(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(case_events)).scalar_one()


def test_only_who_may_import_has_a_desk(district: str) -> None:
    on(district, lambda conn: matrix.build(conn, []))
    rule = {"roles": TABLE["permissions"]["keep_rules"], "district_only": True}
    for holder in HOLDERS:
        got = as_(session_for(district, holder.login), my_desk)
        written = on(district, lambda conn: matrix.refusals(conn, holder.login))  # noqa: B023
        if holder.may(rule):
            assert isinstance(got, Desk) and written == []
            got.folder.cleanup()
        elif holder.role != "mayor":
            assert got.key == "access.refused" and written == [("import", got.key, None)]
        else:
            assert isinstance(got, door.SignedOut)
    room.desks.clear()


def forgetful(conn: Connection, ask: Any, actor: Actor, now: datetime) -> None:
    """An action that asks nobody and nothing."""
    conn.execute(cases.update().where(cases.c.case_no == ask.case_no).values(title="changed"))


def test_an_action_that_forgets_to_ask_is_refused_by_the_door(
    district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = Needs(Permission.HANDLE, Kind.ACCEPT)
    name = f"{forgetful.__module__}.{forgetful.__qualname__}.{Kind.REASSIGN}"
    monkeypatch.setitem(ACTIONS, name, needs)
    told: list[Told] = on(district, lambda conn: matrix.build(conn, ["read"]))
    session = session_for(district, "operator.unit")

    def work() -> dict[str, str]:
        requests = on(district, lambda conn: [(c, request_for(conn, c)) for c in told])
        return {case.case_no: _end(forgetful, request) for case, request in requests}

    ends = as_(session, work)
    for case in told:
        if case.place == "there":
            assert ends[case.case_no] == "action.unknown_case"
        elif case.state == State.DISPATCHED:
            assert ends[case.case_no] == ("done" if case.place == "here" else "action.not_holder")
        else:
            assert ends[case.case_no] in ("action.wrong_state", "action.merged")


def request_for(conn: Connection, case: Told) -> Any:
    return matrix.REQUESTS[f"{ACT}.{Kind.REASSIGN}"](conn, HOLDERS[0], case.case_no)


def test_what_no_table_names_is_neither_done_nor_answered(district: str) -> None:
    told: list[Told] = on(district, lambda conn: matrix.build(conn, ["read"]))
    before = on(district, matrix.everything)
    for holder in HOLDERS:
        session = session_for(district, holder.login)
        request = on(district, lambda conn: request_for(conn, told[0]))
        end = "signed_out" if holder.role == "mayor" else "access.not_offered"
        assert as_(session, lambda: _end(forgetful, request)) == end  # noqa: B023
        answer = as_(session, lambda: door.read(standing_rows))
        assert isinstance(answer, door.SignedOut) or answer.key == end
        made = as_(session, lambda: export(write_rows, "a file"))
        assert _made(made) == end
    on(district, lambda conn: conn.execute(sessions.delete()))
    assert on(district, matrix.everything) == before


def standing_rows(conn: Connection, scope: Scope) -> int:
    return len(conn.execute(select(cases)).all())


def write_rows(conn: Connection, file: TextIO) -> int:
    return file.write(str(conn.execute(select(cases)).all()))


def test_a_query_that_takes_no_scope_is_not_answered(
    district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would answer for the whole district."""
    on(district, lambda conn: matrix.build(conn, ["read"]))
    name = f"{whole_district.__module__}.{whole_district.__qualname__}"
    monkeypatch.setitem(QUERIES, name, Permission.READ_CASES)
    for login in ("dispatcher.district", "operator.unit"):
        answer = as_(session_for(district, login), lambda: door.read(whole_district))
        assert answer.key == "access.not_offered"


def whole_district(conn: Connection) -> int:
    return len(conn.execute(select(cases)).all())


# On record, or not at all


OFF_RECORD = {"data.drafts.keep_draft"}  # what somebody has typed is nothing done yet


def test_an_action_that_cannot_be_recorded_fails(district: str) -> None:
    recorded = {name: rule for name, rule in TABLE["actions"].items() if name not in OFF_RECORD}
    doers = {
        name: next(h for h in HOLDERS if h.scope == "district" and h.may(rule))
        for name, rule in recorded.items()
    }
    tags = sorted({matrix.tag_of(doer) for doer in doers.values()})
    told: list[Told] = on(district, lambda conn: matrix.build(conn, tags, matrix.ON_CASES))
    on(district, matrix.add_targets)
    sessions_of = {doer: session_for(district, doer.login) for doer in set(doers.values())}
    requests = {name: _done_by(district, doer, name, told) for name, doer in doers.items()}
    on(district, matrix.close_journals)
    before = on(district, matrix.everything)
    for name, doer in doers.items():
        fails = partial(_fails, partial(door.change, function_of(name), requests[name]))
        assert as_(sessions_of[doer], fails) is True, name
    assert on(district, matrix.everything) == before


def _done_by(url: str, doer: Holder, name: str, told: list[Told]) -> Any:
    """A request of an action that its doer may have done."""
    cell = next(c for c in matrix.cells_of(doer, told) if c.action == name and c.is_done)
    return on(url, lambda conn: _request(conn, cell))


@pytest.mark.parametrize("name", TABLE["files"])
def test_a_file_that_cannot_be_recorded_is_not_made(district: str, name: str) -> None:
    on(district, lambda conn: matrix.build(conn, []))
    doer = next(h for h in HOLDERS if h.scope == "district" and h.may(TABLE["files"][name]))
    make = as_(session_for(district, doer.login), lambda: export(*_file(name)))
    on(district, matrix.close_journals)
    assert _fails(make)


def test_rows_saved_from_a_prompt_are_on_record_or_not_saved(
    engine: Engine, tmp_path: Path
) -> None:
    prompt, out = Prompt(engine, NOW, "command:wang"), tmp_path / "kept.csv"
    assert save_kept(prompt, str(out), None) == 0 and out.exists()
    with engine.begin() as conn:
        row = last_audit(conn)
        matrix.close_journals(conn)
    assert (row.kind, row.actor, row.object) == ("export", "command:wang", "batches")
    assert _fails(lambda: save_kept(prompt, str(out), None)) and not out.exists()


def test_a_sign_in_that_cannot_be_recorded_fails(district: str) -> None:
    on(district, lambda conn: matrix.build(conn, []))
    on(district, matrix.close_journals)
    assert _fails(lambda: session_for(district, "leader.district"))
    assert on(district, lambda conn: conn.execute(select(sessions)).all()) == []


def _fails(work: Callable[[], Any]) -> bool:
    try:
        work()
    except DBAPIError as failure:
        return matrix.CLOSED in str(failure)
    return False


# Queries


@dataclass(frozen=True)
class Way:
    """How a registered query is asked, and what its answer tells of."""

    args: tuple[Any, ...] = ()
    tells: Callable[[Any], Any] = lambda _: "answered"
    of_each_case: tuple[Any, ...] | None = None  # asked of every case, followed by these
    unknown: str = ""  # the key for a case that is not there
    asks: Kind | None = None  # of each case by a request of this kind


MONTH = Question(matrix.OPENED_AT, NOW, NOW)
DAY = timedelta(days=1)
EVERY_CASE = CaseFilter(standing=Standing.ALL)
EVERY_CLOSED = CaseFilter(standing=Standing.ALL, states=(State.CLOSED,))
THE_DAY_AFTER = Question(matrix.OPENED_AT + DAY, matrix.OPENED_AT + 2 * DAY, NOW + DAY)
READ_CASES = tuple(f"read-{place}-{state}" for place, state in product(PLACES, STEPS))
ASKED: dict[str, Way] = {
    "data.overview.overview": Way(
        ("last_30_days", NOW), lambda answer: sorted(line.case_no for line in answer.urgent)
    ),
    "data.closure_rates.closure_rates": Way(
        (MONTH, "unit"), lambda answer: sorted(line.case_no for line in answer.near.lines)
    ),
    "data.metrics.measure": Way(
        (MONTH, ("opened_count", "backlog_count")),
        lambda answer: (answer["opened_count"].value, answer["backlog_count"].value),
    ),
    "data.metrics.measure_by": Way(
        (MONTH, "unit", ("backlog_count",)),
        lambda answer: {code: figures["backlog_count"].value for code, figures in answer.items()},
    ),
    "data.ticket_flow.ticket_flow": Way((MONTH,), lambda answer: answer.open_count),
    "data.closure_rates.lists.step_list": Way(
        (MONTH, "not_yet_due"), lambda answer: sorted(line.case_no for line in answer.lines)
    ),
    "data.ticket_flow.listed.flow_cases": Way(
        (MONTH, "open"), lambda answer: sorted(line.case_no for line in answer.lines)
    ),
    "data.cases.opened_number": Way(
        (MONTH, "opened_count", "numerator"),
        lambda answer: sorted(line.case_no for line in answer.lines),
    ),
    "data.case_list.pages.case_page": Way(
        (EVERY_CLOSED, None, NOW), lambda answer: sorted(line.case_no for line in answer.lines)
    ),
    "data.case_list.pages.case_count": Way((EVERY_CASE, NOW, None), lambda answer: answer),
    "data.case_list.pages.first_numbers": Way((EVERY_CASE, NOW, 10_000), sorted),
    "data.case_list.choices.choices": Way(),
    "data.comparisons.comparisons": Way(
        (THE_DAY_AFTER, Figure(METRICS["opened_count"], 1)),
        lambda answer: [compared.figure.value for compared in answer],
    ),
    "data.directory.takers": Way((), lambda answer: sorted(unit.code for unit in answer)),
    "data.report_choices.report_choices": Way(
        (NOW.date(),), lambda answer: sorted(code for code, _ in answer.areas)
    ),
    "data.report_previews.preview_report": Way((matrix.report_request(""), NOW)),
    "data.case_file.case_file": Way(of_each_case=(), unknown="case.unknown"),
    "data.case_file.around.around_case": Way(of_each_case=(), unknown="case.unknown"),
    "data.case_file.ground.ground_of": Way(of_each_case=(), unknown="case.unknown"),
    "data.actions.many.each_of": Way(
        (CaseRequest(Kind.FEED_BACK, "", 0, ""), READ_CASES, NOW),
        lambda answer: sorted(one.case_no for one in answer if one.line),
    ),
    "data.actions.offers.at_hand": Way(of_each_case=(), unknown="action.unknown_case"),
    "data.actions.previews.preview": Way(
        of_each_case=(NOW,), unknown="action.unknown_case", asks=Kind.FEED_BACK
    ),
    "data.intake.quality.sources": Way((NOW,)),
    "data.intake.batches.batches": Way(),
    "data.intake.batches.batch_of": Way((1,)),
    "data.intake.batches.kept_of": Way((1, 10)),
    "data.audit.audit_page": Way((AuditQuestion(matrix.OPENED_AT, NOW),)),
    "data.administration.administration": Way((NOW,)),
    "data.account_previews.preview_account": Way((AddAccount("li", "岗位", "leader"), NOW)),
    "data.calendar_changes.year_of_calendar": Way((2026,)),
    "data.calendar_changes.preview_day": Way((SetDay(date(2026, 1, 1), "worked"), NOW)),
    "data.deadlines.guessed_years": Way((NOW,)),
    "data.directory.is_demo": Way(),
    "data.directory.names_of": Way(("unit",)),
    "data.directory.newest_event_at": Way(),
}


def test_every_answer_tells_of_the_askers_scope_alone(
    district: str, holders: list[Holder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.overview.urgent.URGENT_COUNT", 10_000)
    monkeypatch.setattr("data.closure_rates.lists.SHOWN", 10_000)
    told: list[Told] = on(district, lambda conn: matrix.build(conn, ["read"]))
    wrong = [line for holder in holders for line in _asked_by(district, holder, told)]
    assert wrong == []


def _asked_by(url: str, holder: Holder, told: list[Told]) -> list[str]:
    """What differs from the table when an account asks everything."""
    asked = [(name, case) for name in ASKED for case in _cases_for(name, told)]
    wanted = [_must_answer(holder, name, case, told) for name, case in asked]
    got = as_(session_for(url, holder.login), lambda: [_got(name, case) for name, case in asked])
    wrong = [
        f"{holder.login} {name} {case and case.case_no}: {found!r}, not {due!r}"
        for (name, case), found, due in zip(asked, got, wanted, strict=True)
        if found != due
    ]
    written = [_on_record(name, case, due) for (name, case), due in zip(asked, wanted, strict=True)]
    found = on(url, lambda conn: matrix.refusals(conn, holder.login))
    if found != [*dict.fromkeys(line for line in written if line)]:  # each once for a session
        wrong.append(f"{holder.login}: refusals on record: {found}")
    return wrong


def _cases_for(name: str, told: list[Told]) -> list[Told] | list[None]:
    return [None] if ASKED[name].of_each_case is None else told


def _subject_of(way: Way, case: Told) -> str | CaseRequest:
    return CaseRequest(way.asks, case.case_no, 0, "") if way.asks else case.case_no


def _got(name: str, case: Told | None) -> Any:
    """What came of a question: what the answer tells of, or why there was none."""
    way = ASKED[name]
    args = way.args if case is None else (_subject_of(way, case), *(way.of_each_case or ()))
    try:
        return way.tells(door.read(function_of(name), *args))
    except door.SignedOut:
        return "signed_out"
    except Refused as refusal:
        return refusal.key


def _must_answer(holder: Holder, name: str, case: Told | None, told: list[Told]) -> Any:
    """What must come of it by the table."""
    if holder.role == "mayor":
        return "signed_out"
    if name in HARMLESS:
        return "answered"
    if not holder.may(TABLE["queries"][name]):
        return "access.refused"
    if case is not None:
        return "answered" if case.place in holder.among("sees") else ASKED[name].unknown
    return _tells_of(holder, told).get(name, "answered")


def _tells_of(holder: Holder, told: list[Told]) -> dict[str, Any]:
    """The ids and counts that the answers must tell of."""
    counted = [c for c in told if c.place in holder.counted("opened") and c.state != "rejected"]
    held = [c for c in told if c.place in holder.counted("held") and c.state in OPEN_STATES]
    of_cohort = (*OPEN_STATES, State.CLOSED)
    in_cohort = [c for c in told if c.place in holder.counted("held") and c.state in of_cohort]
    seen = sorted(c.case_no for c in told if c.place in holder.among("sees"))
    closed = {c.case_no for c in told if c.state == State.CLOSED}
    holders = [TABLE["holders"][case.place] for case in held]
    return {
        "data.overview.overview": sorted(c.case_no for c in held if c.state != "paused"),
        "data.closure_rates.closure_rates": sorted(c.case_no for c in held if c.state != "paused"),
        "data.metrics.measure": (len(counted), len(held)),
        "data.metrics.measure_by": {unit: holders.count(unit) for unit in set(holders)},
        "data.ticket_flow.ticket_flow": len(held),
        "data.closure_rates.lists.step_list": sorted(case.case_no for case in in_cohort),
        "data.ticket_flow.listed.flow_cases": sorted(case.case_no for case in held),
        "data.cases.opened_number": sorted(case.case_no for case in counted),
        "data.case_list.pages.case_page": [number for number in seen if number in closed],
        "data.case_list.pages.case_count": len(seen),
        "data.case_list.pages.first_numbers": seen,
        "data.actions.many.each_of": seen,
        "data.comparisons.comparisons": [len(counted)],  # of the day before
        "data.directory.takers": sorted(holder.among("takers")),
        "data.report_choices.report_choices": holder.among("reported"),
    }


def _on_record(name: str, case: Told | None, due: Any) -> tuple[str, str, str | None] | None:
    """What must stand in the audit of a question."""
    if due == "access.refused":
        return name, due, None
    if case is not None and due == ASKED[name].unknown:
        return name, "beyond_scope", case.case_no
    return None


# Files


@pytest.mark.parametrize("name", TABLE["files"])
def test_a_file_is_made_for_whom_the_table_names_and_goes_on_record(
    district: str, name: str
) -> None:
    on(district, lambda conn: matrix.build(conn, []))
    for holder in HOLDERS:
        make = as_(session_for(district, holder.login), lambda: export(*_file(name)))
        made = _made(make)
        if holder.role == "mayor":
            assert made == "signed_out"
        else:
            wanted = "made" if holder.may(TABLE["files"][name]) else "access.refused"
            assert made == wanted, holder
        kind = "export" if made == "made" else "refused"
        row = on(district, last_audit)
        assert (row.kind, row.actor, row.details["what"]) == (kind, holder.login, name)


def _file(name: str) -> tuple[Any, ...]:
    return (function_of(name), "a file", *WRITTEN[name])


WRITTEN: dict[str, tuple[Any, ...]] = {
    "data.intake.loading.kept.write_kept": (1,),
    "data.audit.write_audit": (AuditQuestion(matrix.OPENED_AT, NOW), NOW),
    "data.case_list.files.write_csv": (EVERY_CASE, ("case_no",), NOW),
    "data.case_list.files.write_workbook": (EVERY_CASE, ("case_no",), NOW),
}


def _made(make: Callable[[], bytes]) -> str:
    try:
        make()
    except door.SignedOut:
        return "signed_out"
    except Refused as refusal:
        return refusal.key
    return "made"


def last_audit(conn: Connection) -> Any:
    return conn.execute(audit_events.select().order_by(audit_events.c.event_id.desc())).first()
