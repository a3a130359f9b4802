"""Real open data: what the shipped mappings make of it, against pandas on the raw files."""

from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection, func, select

from data.proof import prove
from data.schema import areas, case_events, cases, units
from tests.samples import FOLDER, crossings_alternate, load
from tests.scale import REAL_DATA, SIZE

SAMPLES = {
    "nyc": "nyc_311.csv",
    "la": "la_311.csv.gz",
    "cases": "kaohsiung_1999_cases.csv",
    "events": "kaohsiung_1999_events.csv.gz",
    "towns": "kaohsiung_towns.geojson",
}
WHOLE = SAMPLES | {"nyc": "nyc_311_2013_12_25.csv", "la": "la_311_2018_12.csv.gz"}

AMERICAN = "%m/%d/%Y %I:%M:%S %p"
STATES = {
    "建立中": "reported",
    "待確認": "dispatched",
    "待處理": "in_progress",
    "處理完成": "resolved",
    "解除管制": "closed",
}
BEFORE_RESOLVED = ["建立中", "待確認", "待處理"]


@pytest.fixture(params=SIZE.sizes_of_real_sets)
def files(request: pytest.FixtureRequest) -> dict[str, Path]:
    """The samples, and the whole sets where they are at hand."""
    if request.param == "whole" and not REAL_DATA:
        pytest.skip("YIPING_REAL_DATA names no folder")
    names = SAMPLES if request.param == "sample" else WHOLE
    folder = FOLDER if request.param == "sample" else Path(REAL_DATA or "")
    return {key: folder / name for key, name in names.items()}


def read(path: Path) -> pd.DataFrame:
    """A raw file as text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def american(column: pd.Series, zone: str) -> pd.Series:
    """Local times as UTC."""
    local = pd.to_datetime(column.replace("", None), format=AMERICAN)
    return local.dt.tz_localize(zone, ambiguous=True).dt.tz_convert("UTC")


def taiwanese(column: pd.Series) -> pd.Series:
    """Local times with 上午 and 下午 as UTC."""
    text = column.replace("", None).str.replace("上午", "AM").str.replace("下午", "PM")
    local = pd.to_datetime(text, format="%Y/%m/%d %p %I:%M:%S")
    return local.dt.tz_localize("Asia/Taipei").dt.tz_convert("UTC")


def held_cases(conn: Connection) -> pd.DataFrame:
    """The case rows by number, with the codes of their unit and area."""
    query = (
        select(cases, units.c.code.label("unit"), areas.c.code.label("area"))
        .outerjoin(units, units.c.unit_id == cases.c.unit_id)
        .outerjoin(areas, areas.c.area_id == cases.c.area_id)
    )
    return pd.read_sql_query(query, conn).set_index("case_no")


def hours(frame: pd.DataFrame) -> float:
    """Median hours from opening to closing."""
    return float(((frame.closed_at - frame.opened_at).dt.total_seconds() / 3600).median())


def test_new_york(conn: Connection, files: dict[str, Path]) -> None:
    raw = read(files["nyc"])
    is_odd = (raw.Status != "Closed") & (raw["Closed Date"] != "")
    good = raw[~is_odd].set_index("Unique Key")
    result = load(conn, "cases", files["nyc"], "nyc_311")
    held = held_cases(conn)

    assert result.rows == len(raw)
    assert result.reasons == {"closed_dated_but_open": int(is_odd.sum())}
    assert result.imported == len(good) == len(held)
    assert (held.state == "closed").sum() == (good.Status == "Closed").sum()
    assert held.unit.to_dict() == good.Agency.to_dict()
    assert held.area.isna().sum() == (good.Borough == "Unspecified").sum()
    assert held.lon.notna().sum() == (good.Longitude != "").sum()
    opened = american(good["Created Date"], "America/New_York")
    closed = american(good["Closed Date"], "America/New_York")
    due = american(good["Due Date"], "America/New_York")
    assert hours(held[held.state == "closed"]) == pytest.approx(
        ((closed - opened).dt.total_seconds() / 3600).median()
    )
    assert (held.opened_at.loc[good.index] == opened).all()
    assert held.due_at.notna().sum() == due.notna().sum()
    if files["nyc"].parent != FOLDER:
        assert (len(held), result.quarantined, (held.state == "closed").sum()) == (2379, 7, 2302)
        assert hours(held[held.state == "closed"]) == 48.0
    assert prove(conn).difference is None and crossings_alternate(conn)


def test_los_angeles(conn: Connection, files: dict[str, Path]) -> None:
    raw = read(files["la"])
    opened = american(raw.CreatedDate, "America/Los_Angeles")
    closed = american(raw.ClosedDate, "America/Los_Angeles")
    is_good = ~(closed < opened)
    result = load(conn, "cases", files["la"], "la_311")
    held = held_cases(conn)

    assert result.reasons == {"negative_duration": int((~is_good).sum())}
    assert result.imported == is_good.sum() == len(held)
    words = {"Closed": "closed", "Cancelled": "withdrawn", "Referred Out": "rejected"}
    expected = raw[is_good].Status.map(words).fillna("in_progress").value_counts().to_dict()
    assert held.state.value_counts().to_dict() == expected
    is_closed = is_good & (raw.Status == "Closed")
    took = (closed - opened)[is_closed].dt.total_seconds() / 3600
    assert hours(held[held.state == "closed"]) == pytest.approx(took.median())
    point = raw[is_good & (raw.Latitude != "")].set_index("SRNumber")
    assert (held.lat.loc[point.index] == point.Latitude.astype(float)).all()
    assert (held.lon.loc[point.index] == point.Longitude.astype(float)).all()
    if files["la"].parent != FOLDER:
        assert (len(held), result.quarantined, int(is_closed.sum())) == (9977, 23, 9545)
        assert hours(held[held.state == "closed"]) == pytest.approx(70.9775, abs=1e-9)
    assert prove(conn).difference is None and crossings_alternate(conn)


def test_kaohsiung_cases_and_their_log(conn: Connection, files: dict[str, Path]) -> None:
    raw, log = read(files["cases"]).set_index("FileNo_"), read(files["events"])
    assert load(conn, "cases", files["cases"], "kaohsiung_1999_cases").imported == len(raw)
    before = held_cases(conn)
    result = load(conn, "events", files["events"], "kaohsiung_1999_events")
    after = held_cases(conn)

    assert result.imported == result.rows == len(log)
    assert (after.state.loc[raw.index] == raw.StatusName_.map(STATES)).all()
    assert (after.unit.loc[raw.index] == raw.UnitName_).all()
    assert (after.area.loc[raw.index] == raw.ZipName_).all()
    assert (after.opened_at.loc[raw.index] == taiwanese(raw.Cre_Date_)).all()
    ended = raw[raw.Close_Date_ != ""]
    assert (after.closed_at.loc[ended.index] == taiwanese(ended.Close_Date_)).all()
    assert (before.closed_at.loc[ended.index] == after.closed_at.loc[ended.index]).all()
    assert not after.address.fillna("").str.contains("&#").any()
    assert prove(conn).difference is None and crossings_alternate(conn)
    checks_reopenings_and_transfers_are_counted(conn, log, files["events"].parent != FOLDER)
    the_order_of_observation_never_changes(conn, log)


def checks_reopenings_and_transfers_are_counted(
    conn: Connection, log: pd.DataFrame, is_whole: bool
) -> None:
    kinds = dict(
        conn.execute(select(case_events.c.kind, func.count()).group_by(case_events.c.kind)).all()
    )
    transfers = conn.execute(select(func.sum(cases.c.transfer_count))).scalar_one()

    failed = (log.status_from == "處理完成") & log.status_to.isin(BEFORE_RESOLVED)
    passed = (log.status_from == "處理完成") & (log.status_to == "解除管制")
    reopened = (log.status_from == "解除管制") & (log.status_to != "解除管制")
    known = (log.unit_from != "") & (log.unit_to != "") & (log.unit_from != log.unit_to)
    assert kinds["fail_check"] == failed.sum()
    assert kinds["pass_check"] == passed.sum()
    assert kinds["reopen"] == reopened.sum()
    assert transfers == (known & (log.kind == "CHANGE")).sum()
    if is_whole:
        assert (kinds["fail_check"], kinds["reopen"], transfers) == (183, 26, 267)


def the_order_of_observation_never_changes(conn: Connection, log: pd.DataFrame) -> None:
    query = (
        select(cases.c.case_no, case_events.c.kind, case_events.c.to_state)
        .join(cases, cases.c.case_id == case_events.c.case_id)
        .where(case_events.c.idempotency_key.like("log:%"), case_events.c.to_state.is_not(None))
        .order_by(
            cases.c.case_no, case_events.c.at, case_events.c.source_order, case_events.c.event_id
        )
    )
    told = pd.read_sql_query(query, conn).groupby("case_no").to_state.agg(list)
    seen = log.groupby("FileNo_").status_to.agg(lambda texts: [STATES[text] for text in texts])
    for number, states in seen.items():
        # Where the case file tells of the last closing, the log's own says nothing of the state.
        without = [s for n, s in enumerate(states) if s != "closed" or "closed" in states[n + 1 :]]
        assert told.get(number, []) in (states, without, [s for s in states if s != "closed"])


@pytest.mark.parametrize("towns_first", [True, False])
def test_kaohsiung_districts_meet_the_towns(conn: Connection, towns_first: bool) -> None:
    raw = read(FOLDER / SAMPLES["cases"])
    kinds = ["areas", "cases"] if towns_first else ["cases", "areas"]
    names = {
        "areas": ("towns", "kaohsiung_towns"),
        "cases": ("cases", "kaohsiung_1999_cases"),
    }
    results = {}
    for kind in kinds:
        key, mapping = names[kind]
        results[kind] = load(conn, kind, FOLDER / SAMPLES[key], mapping)
    held = pd.read_sql_query(select(areas), conn).set_index("code")

    assert len(held) == 38 and (held.level == "town").all()
    assert set(held.index) - set(raw.ZipName_) == {"那瑪夏區", "茂林區"}
    assert sorted(held[held.boundary.isna()].index) == sorted(["新興區", "前金區", "鹽埕區"])
    assert held.boundary["旗津區"]["type"] == "MultiPolygon"  # land and sea
    assert results["areas"].rows == 42
    # 三民鄉 in the mountains is 那瑪夏; 三民區 lies in the city.
    north = {name: held.boundary[name]["coordinates"][0][0][1] for name in ("那瑪夏區", "三民區")}
    assert north["那瑪夏區"] > 23 > north["三民區"]


def test_towns_again_change_nothing(conn: Connection, tmp_path: Path) -> None:
    load(conn, "areas", FOLDER / SAMPLES["towns"], "kaohsiung_towns")
    text = (FOLDER / SAMPLES["towns"]).read_text(encoding="utf-8")
    (tmp_path / "again.geojson").write_text(
        text + "\n", encoding="utf-8"
    )  # another file, same towns

    result = load(conn, "areas", tmp_path / "again.geojson", "kaohsiung_towns")
    assert (result.duplicates, result.updated, result.imported) == (42, 0, 0)


@pytest.mark.parametrize(
    ("kind", "key", "mapping"),
    [
        ("cases", "nyc", "nyc_311"),
        ("cases", "la", "la_311"),
        ("cases", "cases", "kaohsiung_1999_cases"),
        ("areas", "towns", "kaohsiung_towns"),
    ],
)
def test_the_same_file_again_is_all_duplicates(
    conn: Connection, kind: str, key: str, mapping: str
) -> None:
    first = load(conn, kind, FOLDER / SAMPLES[key], mapping)
    again = load(conn, kind, FOLDER / SAMPLES[key], mapping)
    assert again.is_repeat and again.batch == first.batch
    assert again.duplicates == again.rows == first.rows
