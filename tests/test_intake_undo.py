"""Taking an import back: every figure is what it was before, and the file may come again."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from subprocess import PIPE

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from data import metrics
from data.accounts import add_user
from data.actions.doing import act
from data.case_file import case_file
from data.cases import case_lines
from data.config import PROJECT
from data.directory import newest_event_at
from data.intake.loading.batch import Result
from data.intake.loading.undo import Undone, take_back
from data.metrics.figure import Question
from data.overview import overview
from data.proof import prove
from data.requests import CaseRequest
from data.schema import audit_events, case_events, cases, imports, live_events
from data.terms import (
    ActionRefused,
    Actor,
    ImportRefused,
    Kind,
    Refused,
    Role,
)
from tests import agreement, independent
from tests.builders import add_case, add_unit, day, event
from tests.random_districts import Step, add_log, lay_ground, logs
from tests.samples import (
    CASE_MAP,
    EVENT_MAP,
    FOLDER,
    NOW,
    UPDATED,
    case_line,
    event_line,
    history,
    load,
    load_events,
    load_lines,
)
from tests.scale import SIZE

LATER = NOW + timedelta(days=1)
DISPATCHER = Actor("dispatcher", "值班席三号", Role.DISPATCHER)
NEWER_ROWS = CASE_MAP + UPDATED
MAKES_CASES = EVENT_MAP + '[rules]\ncreate_missing = ["case", "unit"]\n'
KAOHSIUNG = ("cases", FOLDER / "kaohsiung_1999_cases.csv", "kaohsiung_1999_cases")
SETS = {
    "new york": ("cases", FOLDER / "nyc_311.csv", "nyc_311"),
    "los angeles": ("cases", FOLDER / "la_311.csv.gz", "la_311"),
    "kaohsiung": KAOHSIUNG,
    "kaohsiung's log": (
        "events",
        FOLDER / "kaohsiung_1999_events.csv.gz",
        "kaohsiung_1999_events",
    ),
}
CLOSED = {"state": "closed", "closed": "2026-01-06T08:00"}


def undo(conn: Connection, result: Result) -> Undone:
    """Take an import back a day later."""
    return take_back(conn, result.batch, "dispatcher", LATER)


def question(conn: Connection) -> Question:
    """A window around everything that ever happened here, asked in its middle and at its end."""
    first, last = conn.execute(select(func.min(case_events.c.at), func.max(case_events.c.at))).one()
    return Question(first or NOW, (last or NOW) + timedelta(seconds=1), last or NOW)


def told(conn: Connection, one: Question) -> list[object]:
    """What figures, groups and lists say."""
    return [
        newest_event_at(conn),
        metrics.measure(conn, one),
        metrics.measure_by(conn, one, "unit"),
        conn.execute(case_lines().order_by("case_no")).all(),
    ]


def live_rows(conn: Connection) -> list[tuple]:
    """The live case rows without their version, and the live events without their ids."""
    rows = conn.execute(select(cases).where(cases.c.undone_at.is_(None)).order_by("case_no"))
    plain = [{**row._mapping, "version": None} for row in rows]
    left_out = {"event_id", "idempotency_key", "recorded_at", "xid"}
    columns = [column for column in live_events.c if column.name not in left_out]
    events = conn.execute(
        select(*columns).order_by("case_id", "at", "source_order", live_events.c.event_id)
    )
    return [*plain, *events.all()]  # type: ignore[list-item]


def holds(conn: Connection) -> bool:
    """Whether every row equals the replay of its events."""
    return prove(conn).difference is None


@pytest.mark.parametrize("name", SETS)
def test_every_figure_is_what_it_was_and_the_file_may_come_again(
    conn: Connection, name: str
) -> None:
    add_case(conn, "ours", day(5), [event(Kind.CLOSE, day(6))])
    if name == "kaohsiung's log":
        load(conn, *KAOHSIUNG)
    now = question(conn)
    before, rows = told(conn, now), live_rows(conn)
    first = load(conn, *SETS[name])
    whole = question(conn)
    after = told(conn, whole)
    assert told(conn, now)[1:] != before[1:] and holds(conn)

    undone = undo(conn, first)
    assert told(conn, now) == before and live_rows(conn) == rows and holds(conn)
    assert undone.cases and undone.events >= undone.cases

    again = load(conn, *SETS[name])
    assert not again.is_repeat and again.batch != first.batch
    assert (again.rows, again.imported, again.updated, again.duplicates) == (
        first.rows, first.imported, first.updated, first.duplicates,
    )  # fmt: skip
    assert told(conn, whole) == after and holds(conn)
    assert load(conn, *SETS[name]).is_repeat


@settings(
    max_examples=SIZE.random_districts // 6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    log=logs(),
    seen=st.lists(
        st.tuples(
            st.integers(1, 14),
            st.integers(-2, 30),
            st.sampled_from(["closed", "in_progress", "resolved", "dispatched", "withdrawn", ""]),
            st.sampled_from(["unit-1", "unit-2", "elsewhere"]),
        ),
        min_size=1,
        max_size=20,
    ),
)
def test_random_districts_are_what_they_were(
    conn: Connection,
    tmp_path_factory: pytest.TempPathFactory,
    log: list[tuple[list[Step], int]],
    seen: list[tuple[int, int, str, str]],
) -> None:
    example = conn.begin_nested()
    add_log(conn, lay_ground(conn), log)
    asked = Question(day(1), day(3), day(2, 4))
    before, rows = told(conn, asked), live_rows(conn)
    lines = [
        event_line(str(number), (day(1) + timedelta(hours=hour)).isoformat(), state, unit)
        for number, hour, state, unit in seen
    ]
    folder = tmp_path_factory.mktemp("log")
    results = []
    for _ in range(3):  # also after an undoing, and after another
        results.append(load_events(conn, folder, *lines, mapping=MAKES_CASES))
        assert holds(conn)
        agreement.check_figures(conn, asked, independent.load(conn))
        undo(conn, results[-1])
        assert told(conn, asked) == before and live_rows(conn) == rows and holds(conn)
        agreement.check_figures(conn, asked, independent.load(conn))
    assert {one.imported for one in results} == {results[0].imported}
    example.rollback()


def reassigning(unit_id: int) -> CaseRequest:
    """A request seen at the first version."""
    return CaseRequest(Kind.REASSIGN, "A1", 1, "key", "trade", to_unit_id=unit_id)


def test_an_undone_case_is_nowhere(conn: Connection, tmp_path: Path) -> None:
    result = load_lines(conn, tmp_path, case_line("A1"))
    empty = overview(conn, "this_month", NOW)
    undo(conn, result)
    assert empty != (gone := overview(conn, "this_month", NOW)) and not gone.urgent
    with pytest.raises(Refused, match="A1"):
        case_file(conn, "A1")
    ask = reassigning(add_unit(conn, "roads"))
    with pytest.raises(ActionRefused, match="A1"):
        act(conn, ask, DISPATCHER, LATER)
    assert history(conn, "A1") == [("report", "in_progress"), ("undone", None)]  # still in the log


def test_a_row_that_comes_again_replaces_the_undone_one(conn: Connection, tmp_path: Path) -> None:
    result = load_lines(conn, tmp_path, case_line("A1", title="wrong", unit="wrong", **CLOSED))
    undo(conn, result)
    again = load_lines(conn, tmp_path, case_line("A1"))
    row = conn.execute(select(cases)).one()
    assert (again.imported, again.duplicates) == (1, 0)
    assert (row.title, row.unit_id, row.state, row.ended_at) == (None, None, "in_progress", None)
    assert (row.undone_at, row.batch_id, row.version) == (None, again.batch, 4) and holds(conn)
    assert len(case_file(conn, "A1").moments) == 1


def test_a_case_that_was_only_changed_is_as_before(conn: Connection, tmp_path: Path) -> None:
    old = {"title": "old", "lon": "120.1", "lat": "30.2", "due": "2026-01-09", "unit": "roads"}
    load_lines(conn, tmp_path, case_line(updated="2026-01-05", **old), mapping=NEWER_ROWS)
    before = live_rows(conn)
    new = {"title": "new", "lon": "120.3", "area": "west", "kind": "noise", "unit": "police"}
    lines = [case_line(updated="2026-01-08", **new | CLOSED), case_line("A2")]
    result = load_lines(conn, tmp_path, *lines, mapping=NEWER_ROWS)
    assert (result.updated, result.imported) == (1, 1) and live_rows(conn) != before

    assert undo(conn, result) == Undone(result.batch, 2, 2)
    assert live_rows(conn) == before and holds(conn)
    again = load_lines(conn, tmp_path, *lines, mapping=NEWER_ROWS)
    assert (again.updated, again.imported) == (1, 1) and holds(conn)


def test_the_last_batch_is_taken_back_first(conn: Connection, tmp_path: Path) -> None:
    first = load_lines(conn, tmp_path, case_line("A1"), case_line("A2"))
    log = load_events(conn, tmp_path, event_line("A1", "2026-01-06T08:00", "dispatched"))
    more = load_events(conn, tmp_path, event_line("A1", "2026-01-05T09:00", "dispatched"))
    for too_early in (first, log):
        with pytest.raises(ImportRefused, match=f"批次 {too_early.batch} 中有 1 件工单.*A1"):
            undo(conn, too_early)
    for one in (more, log, first):
        undo(conn, one)
        assert holds(conn)
    assert newest_event_at(conn) is None


def test_a_case_acted_on_since_keeps_its_batch(conn: Connection, tmp_path: Path) -> None:
    result = load_lines(conn, tmp_path, case_line("A1", state="dispatched"), case_line("A2"))
    ask = reassigning(add_unit(conn, "roads"))
    act(conn, ask, DISPATCHER, NOW)
    with pytest.raises(ImportRefused, match=r"1 件工单.*A1.*2026-03-01.*dispatcher.*改派"):
        undo(conn, result)


def test_an_act_from_before_a_batch_is_kept(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line("A1", state="dispatched"))
    ask = reassigning(add_unit(conn, "roads"))
    act(conn, ask, DISPATCHER, NOW)
    before = live_rows(conn)
    undo(conn, load_events(conn, tmp_path, event_line("A1", "2026-01-06T08:00", "in_progress")))
    assert live_rows(conn) == before and holds(conn)
    act(conn, ask, DISPATCHER, LATER)  # the same request once more changes nothing
    assert live_rows(conn) == before


def test_what_cannot_be_taken_back(conn: Connection, tmp_path: Path) -> None:
    good = load_lines(conn, tmp_path, case_line("A1"))
    nothing = load_lines(conn, tmp_path, case_line("A2", state="lost"))
    towns = load(conn, "areas", FOLDER / "kaohsiung_towns.geojson", "kaohsiung_towns")
    undo(conn, good)
    for batch, sentence in [
        (99, "没有批次 99"),
        (good.batch, r"已于 2026-03-02 .* dispatcher"),
        (nothing.batch, "没有可撤销的内容"),
        (towns.batch, "区域"),
    ]:
        with pytest.raises(ImportRefused, match=sentence):
            take_back(conn, batch, "dispatcher", LATER)


def test_who_took_back_what_is_written_down(conn: Connection, tmp_path: Path) -> None:
    result = load_lines(conn, tmp_path, case_line("A1", **CLOSED))
    undone = take_back(conn, result.batch, "dispatcher", LATER)
    row = conn.execute(select(imports)).one()
    told = conn.execute(select(audit_events).order_by(audit_events.c.event_id.desc())).first()
    assert (row.undone_at, row.undone_by) == (LATER, "dispatcher") and told is not None
    assert (told.kind, told.actor, told.object) == ("undo", "dispatcher", f"batch {undone.batch}")
    assert told.details == {"cases": 1, "events": 2}


def test_only_who_keeps_the_rules_may_take_back(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as conn:
        batch = load_lines(conn, tmp_path, case_line("A1")).batch
        add_user(conn, "leader", "带班领导", "a long password", Role.LEADER)
    url = engine.url.render_as_string(hide_password=False)
    limits = {"megabytes": 1024, "seconds": 60}
    about = {"task": "undo", "database_url": url, "now": LATER.isoformat(), "limits": limits}
    for login, key in [("leader", "access.refused"), ("nobody", "intake.nobody")]:
        request = json.dumps({**about, "login": login, "batch": batch})
        work = [sys.executable, "-m", "data.intake.worker"]
        process = subprocess.Popen(work, stdin=PIPE, stdout=PIPE, text=True, cwd=PROJECT)
        assert process.stdin and process.stdout
        process.stdin.write(request + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["key"] == key
        process.stdin.close()
        assert process.wait() != 0
    with engine.connect() as conn:
        assert conn.execute(select(live_events.c.event_id)).first() is not None


def test_no_file_can_undo(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line("A1"))
    mapping = EVENT_MAP.replace('unit = "unit"', 'kind = "unit"')
    line = event_line("A1", "2026-01-06T08:00", unit="undone")
    assert load_events(conn, tmp_path, line, mapping=mapping).reasons == {"unknown_word": 1}
