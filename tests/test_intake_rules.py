"""Every rule of a case file, by name: what is kept aside, and what a row proves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, update

from data.proof import prove
from data.schema import areas, case_events, cases, categories, quarantine, units
from data.terms import FIRST_ORDER, LAST_ORDER, ImportRefused
from tests.builders import add_unit
from tests.samples import (
    CASE_HEADER,
    CASE_MAP,
    NOW,
    UPDATED,
    case_line,
    crossings_alternate,
    history,
    load,
    load_lines,
)

CLOSED = {"state": "closed", "closed": "2026-01-06T08:00"}
KEEP_UNKNOWN = CASE_MAP + "[rules]\ncreate_missing = []\n"


def case(conn: Connection, case_no: str = "A1") -> dict:
    """The row of a case."""
    return dict(conn.execute(select(cases).where(cases.c.case_no == case_no)).one()._mapping)


def at(text: str) -> datetime:
    """A UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "column", "values"),
    [
        ("missing_value", "no", {"no": ""}),
        ("missing_value", "opened", {"opened": ""}),
        ("missing_value", "state", {"state": ""}),
        ("damaged_number", "no", {"no": "3.30102E+17"}),
        ("bad_time", "opened", {"opened": "2025-02-30T10:00"}),
        ("bad_time", "opened", {"opened": "2025-02-03T24:00:00"}),
        ("bad_time", "opened", {"opened": "0000-00-00"}),
        ("implausible_time", "opened", {"opened": "1900-01-01"}),
        ("implausible_time", "due", {"due": "2999-01-01"}),
        ("future_time", "opened", {"opened": (NOW + timedelta(minutes=11)).isoformat()}),
        ("future_time", "closed", {"state": "closed", "closed": "2026-04-01"}),
        ("closed_dated_but_open", "closed", {"closed": "2026-01-06"}),
        ("closed_without_date", "closed", {"state": "closed"}),
        ("negative_duration", "closed", {"state": "closed", "closed": "2026-01-05T07:59"}),
        ("unknown_state", "state", {"state": "lost"}),
    ],
)
def test_a_bad_row_is_kept_aside(
    conn: Connection, tmp_path: Path, rule: str, column: str, values: dict[str, str]
) -> None:
    result = load_lines(conn, tmp_path, case_line("good"), case_line(**values))
    assert (result.imported, result.quarantined, result.reasons) == (1, 1, {rule: 1})
    kept = conn.execute(select(quarantine)).one()
    assert (kept.rule, kept.column_name, kept.row_number) == (rule, column, 3)
    assert "updated" not in kept.fields  # not mapped: never kept


@pytest.mark.parametrize("name", ["unit", "area", "kind"])
def test_an_unknown_code_is_kept_aside_unless_it_may_be_made(
    conn: Connection, tmp_path: Path, name: str
) -> None:
    line = case_line(**{name: "new"})
    rule = {"kind": "unknown_category"}.get(name, f"unknown_{name}")
    assert load_lines(conn, tmp_path, line, mapping=KEEP_UNKNOWN).reasons == {rule: 1}
    assert load_lines(conn, tmp_path, line).imported == 1


def test_too_few_and_too_many_fields(conn: Connection, tmp_path: Path) -> None:
    result = load_lines(conn, tmp_path, "A1,2026-01-05", case_line("A2") + ",more", case_line())
    assert result.reasons == {"field_count": 2} and result.imported == 1


def test_closed_dated_but_open_may_be_closed(conn: Connection, tmp_path: Path) -> None:
    mapping = CASE_MAP + '[rules]\nclosed_dated_but_open = "closed"\n'
    load_lines(conn, tmp_path, case_line(closed="2026-01-06"), mapping=mapping)
    assert case(conn)["state"] == "closed"


def test_closed_without_date_may_be_open(conn: Connection, tmp_path: Path) -> None:
    mapping = CASE_MAP + '[rules]\nclosed_without_date = "open"\n'
    load_lines(conn, tmp_path, case_line(state="closed"), mapping=mapping)
    assert case(conn)["state"] == "in_progress" and case(conn)["ended_at"] is None


def test_ten_minutes_ahead_is_a_clock_not_the_future(conn: Connection, tmp_path: Path) -> None:
    opened = (NOW + timedelta(minutes=10)).isoformat()
    assert load_lines(conn, tmp_path, case_line(opened=opened)).imported == 1


def test_a_closed_row_proves_its_opening_and_its_closing(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line(unit="roads", due="2026-01-08T08:00", **CLOSED))
    report, close = conn.execute(select(case_events).order_by(case_events.c.event_id)).all()
    assert (report.kind, report.to_state, report.source_order) == (
        "report",
        "in_progress",
        FIRST_ORDER,
    )
    assert (close.kind, close.to_state, close.source_order) == ("close", "closed", LAST_ORDER)
    assert (report.at, close.at) == (at("2026-01-05T08:00"), at("2026-01-06T08:00"))
    assert report.to_unit_id == case(conn)["unit_id"] and report.due_at == at("2026-01-08T08:00")
    assert report.actor == "import" and report.batch_id == case(conn)["batch_id"]


@pytest.mark.parametrize("state", ["withdrawn", "rejected", "merged"])
def test_an_ended_row_without_a_date_ends_at_its_update(
    conn: Connection, tmp_path: Path, state: str
) -> None:
    mapping = CASE_MAP + UPDATED
    lines = [
        case_line("A1", state=state, updated="2026-01-07"),
        case_line("A2", state=state),
        case_line("A3", state=state, closed="2026-01-06", updated="2026-01-07"),
    ]
    load_lines(conn, tmp_path, *lines, mapping=mapping)
    ended = [case(conn, no)["ended_at"] for no in ("A1", "A2", "A3")]
    assert ended == [at("2026-01-07"), at("2026-01-05T08:00"), at("2026-01-06")]
    assert case(conn)["closed_at"] is None


def test_without_a_due_time_the_limit_of_the_category_counts(
    conn: Connection, tmp_path: Path
) -> None:
    conn.execute(
        insert(categories).values(
            code="roads", name="roads", limit_amount=48, limit_unit="urgent_hours"
        )
    )
    load_lines(conn, tmp_path, case_line(kind="roads"), case_line("A2", kind="made by the import"))
    assert case(conn)["due_at"] == at("2026-01-07T08:00")
    assert case(conn, "A2")["due_at"] is None


def test_without_a_state_column_the_closing_date_tells(conn: Connection, tmp_path: Path) -> None:
    mapping = CASE_MAP.replace('state = "state"\n', "")
    load_lines(conn, tmp_path, case_line(), case_line("A2", closed="2026-01-06"), mapping=mapping)
    assert [case(conn, no)["state"] for no in ("A1", "A2")] == ["in_progress", "closed"]


def test_a_blank_unit_area_and_category_stay_blank(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line(area="N/A", kind="?", detail=""))
    row = case(conn)
    assert [row["unit_id"], row["area_id"], row["category_id"], row["channel_id"]] == [None] * 4


def test_a_category_path_makes_a_tree(conn: Connection, tmp_path: Path) -> None:
    load_lines(
        conn, tmp_path, case_line(kind="roads", detail="lamps"), case_line("A2", kind="roads")
    )
    leaf, top = conn.execute(select(categories).order_by(categories.c.code.desc())).all()
    assert (leaf.code, leaf.name, leaf.parent_id) == ("roads / lamps", "lamps", top.category_id)
    assert top.code == "roads" and case(conn, "A2")["category_id"] == top.category_id


def test_what_an_import_makes(conn: Connection, tmp_path: Path) -> None:
    mapping = CASE_MAP + '[constants]\nlevel = "town"\nchannel = "12345"\n'
    load_lines(conn, tmp_path, case_line(unit="roads", area="north"), mapping=mapping)
    assert conn.execute(select(units.c.kind)).scalar_one() == "other"
    assert conn.execute(select(areas.c.level)).scalar_one() == "town"
    assert case(conn)["channel_id"] is not None and case(conn)["level"] is None


def test_a_unit_is_met_by_its_name(conn: Connection, tmp_path: Path) -> None:
    unit_id = add_unit(conn, "u7")
    conn.execute(update(units).where(units.c.unit_id == unit_id).values(name="roads"))
    load_lines(conn, tmp_path, case_line(unit="roads"))
    assert case(conn)["unit_id"] == unit_id


def test_values_are_renamed(conn: Connection, tmp_path: Path) -> None:
    mapping = (
        CASE_MAP + '[values.state]\nclosed = ["办结"]\n[values.unit]\nroads = ["路政", "道路"]\n'
    )
    lines = [
        case_line("A1", unit="路政", state="办结", closed="2026-01-06"),
        case_line("A2", unit="道路"),
    ]
    load_lines(conn, tmp_path, *lines, mapping=mapping)
    assert case(conn)["state"] == "closed"
    assert case(conn)["unit_id"] == case(conn, "A2")["unit_id"]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("0", "0"), ("nan", "30"), ("inf", "1"), ("east", "30"), ("30", "114"), ("9", "")],
)
def test_a_place_that_is_none_is_left_off_the_map(
    conn: Connection, tmp_path: Path, lon: str, lat: str
) -> None:
    result = load_lines(conn, tmp_path, case_line(lon=lon, lat=lat), case_line("A2"))
    assert result.imported == 2 and result.unplaced == 1
    assert (case(conn)["lon"], case(conn)["lat"]) == (None, None)


@pytest.mark.parametrize("order", ["lat, lon", "lon, lat"])
def test_one_column_may_hold_both_coordinates(conn: Connection, tmp_path: Path, order: str) -> None:
    mapping = CASE_MAP.replace(
        'lon = "lon"\nlat = "lat"\n', f'location = "place"\nlocation_order = "{order}"\n'
    )
    mapping = mapping.replace('address = "place"\n', "")
    told = "(34.25, -118.5)" if order == "lat, lon" else "-118.5, 34.25"
    load_lines(conn, tmp_path, case_line(place=told), mapping=mapping)
    assert (case(conn)["lon"], case(conn)["lat"]) == (-118.5, 34.25)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("&#22356;埔路4巷", "坔埔路4巷"),
        ("ＡＢ１２号", "AB12号"),
        ("a\u200bb\x07c\u202e", "abc"),
        ("e\u0301", "é"),
        ("<b>*x*</b>", "<b>*x*</b>"),
        ("请致电13812345678", "请致电［电话］"),
        ("电话138-1234-5678转2", "电话［电话］转2"),
        ("身份证11010519491231002X", "身份证［证件号］"),
        ("订单110105194912310021", "订单110105194912310021"),  # a wrong check digit: no identity
        ("40.63186547963468", "40.63186547963468"),
    ],
)
def test_text_is_stored_clean_and_without_personal_numbers(
    conn: Connection, tmp_path: Path, written: str, stored: str
) -> None:
    load_lines(conn, tmp_path, case_line(title=written))
    assert case(conn)["title"] == stored


def test_quarantine_keeps_no_personal_number(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line(title="致电13812345678", state="lost"))
    assert conn.execute(select(quarantine.c.fields)).scalar_one()["title"] == "致电［电话］"


def test_a_column_of_telephone_numbers_is_refused(conn: Connection, tmp_path: Path) -> None:
    lines = [case_line(f"A{n}", place=f"1381234567{n}") for n in range(5)]
    with pytest.raises(ImportRefused, match="place"):
        load_lines(conn, tmp_path, *lines)


def test_a_column_named_for_telephones_is_refused(conn: Connection, tmp_path: Path) -> None:
    mapping = CASE_MAP.replace('address = "place"', 'address = "联系电话"')
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    (tmp_path / "f.csv").write_text(CASE_HEADER.replace("place", "联系电话"), encoding="utf-8")
    with pytest.raises(ImportRefused, match="联系电话"):
        load(conn, "cases", tmp_path / "f.csv", tmp_path / "map.toml")


def test_a_dropped_column_is_never_stored(conn: Connection, tmp_path: Path) -> None:
    mapping = CASE_MAP + '[privacy]\ndrop = ["place"]\n'
    load_lines(conn, tmp_path, case_line(place="x", title="y"), mapping=mapping)
    assert (case(conn)["address"], case(conn)["title"]) == (None, "y")


# A case that is known


def test_the_same_values_are_a_duplicate(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line(unit="roads", **CLOSED), case_line("A2"))
    result = load_lines(conn, tmp_path, case_line(unit="roads", **CLOSED), case_line("A3"))
    assert (result.duplicates, result.imported, result.updated) == (1, 1, 0)


def test_twice_in_one_file_is_a_duplicate(conn: Connection, tmp_path: Path) -> None:
    result = load_lines(conn, tmp_path, case_line(), case_line(), case_line())
    assert (result.rows, result.imported, result.duplicates) == (3, 1, 2)


def test_a_row_not_newer_is_a_duplicate(conn: Connection, tmp_path: Path) -> None:
    mapping = CASE_MAP + UPDATED
    load_lines(conn, tmp_path, case_line(updated="2026-01-07", title="b"), mapping=mapping)
    for updated in ("2026-01-06", "2026-01-07"):
        result = load_lines(conn, tmp_path, case_line(updated=updated, title="a"), mapping=mapping)
        assert result.duplicates == 1 and case(conn)["title"] == "b"


def test_a_newer_row_brings_the_case_to_what_it_says(conn: Connection, tmp_path: Path) -> None:
    mapping = CASE_MAP + UPDATED
    load_lines(conn, tmp_path, case_line(updated="2026-01-06", unit="roads"), mapping=mapping)
    row = case_line(
        updated="2026-01-07", unit="lamps", state="resolved", due="2026-01-09", title="new"
    )
    result = load_lines(conn, tmp_path, row, mapping=mapping)
    held = case(conn)
    assert (result.updated, result.duplicates) == (1, 0)
    assert history(conn, "A1")[1:] == [("update", "resolved")]
    assert (held["state"], held["title"], held["transfer_count"]) == ("resolved", "new", 1)
    assert held["due_at"] == at("2026-01-09") and held["updated_at"] == at("2026-01-07")
    assert held["version"] == 2 and prove(conn).difference is None


@pytest.mark.parametrize("mapping", [CASE_MAP, CASE_MAP + UPDATED])
def test_newer_rows_cross_the_line_by_events_of_their_own(
    conn: Connection, tmp_path: Path, mapping: str
) -> None:
    steps: list[dict[str, str]] = [
        {"updated": "2026-01-05T09:00"},
        {"updated": "2026-01-06T09:00", **CLOSED},
        {"updated": "2026-01-07T09:00"},
        {"updated": "2026-01-08T09:00", "state": "closed", "closed": "2026-01-08T08:00"},
        {"updated": "2026-01-09T09:00", "state": "closed", "closed": "2026-01-09T08:00"},
        {"updated": "2026-01-10T09:00", "state": "merged", "closed": "2026-01-10T08:00"},
    ]
    for hour, step in enumerate(steps):
        now = at("2026-01-05T10:00") + timedelta(days=hour)
        result = load_lines(conn, tmp_path, case_line(**step), mapping=mapping, now=now)
        assert result.imported + result.updated == 1
        assert prove(conn).difference is None and crossings_alternate(conn)
    kinds = [kind for kind, _ in history(conn, "A1")]
    assert kinds == ["report", "close", "reopen", "close", "reopen", "close", "reopen", "merge"]
    assert case(conn)["state"] == "merged" and case(conn)["reopen_count"] == 3


def test_a_case_somebody_acted_on_here_is_kept_aside(conn: Connection, tmp_path: Path) -> None:
    mapping = CASE_MAP + UPDATED
    load_lines(conn, tmp_path, case_line(updated="2026-01-06"), mapping=mapping)
    act_here(conn, at("2026-01-08"))
    late = case_line(updated="2026-01-07", title="late")
    newest = case_line(updated="2026-01-09", title="newest")
    assert load_lines(conn, tmp_path, late, mapping=mapping).reasons == {"acted_on_here": 1}
    assert case(conn)["title"] is None
    assert load_lines(conn, tmp_path, newest, mapping=mapping).updated == 1
    assert case(conn)["title"] == "newest" and prove(conn).difference is None


def test_without_updated_at_any_act_here_keeps_the_row_aside(
    conn: Connection, tmp_path: Path
) -> None:
    load_lines(conn, tmp_path, case_line())
    act_here(conn, at("2026-01-08"))
    assert load_lines(conn, tmp_path, case_line(title="x")).reasons == {"acted_on_here": 1}
    assert load_lines(conn, tmp_path, case_line(), case_line("A2")).duplicates == 1


def act_here(conn: Connection, when: datetime) -> None:
    """A note that somebody wrote on case A1."""
    case_id = case(conn)["case_id"]
    conn.execute(
        insert(case_events).values(
            case_id=case_id, at=when, kind="note", actor="chen", recorded_at=when
        )
    )
    conn.execute(
        update(cases).where(cases.c.case_id == case_id).values(last_event_at=when, version=2)
    )
