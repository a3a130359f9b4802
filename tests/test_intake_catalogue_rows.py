"""Bad rows of the catalogue of inputs, by its ids: what quarantine says of each, and the mend."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from data.intake.loading.batch import Result
from data.intake.loading.kept import Kept, kept_rows, write_kept
from data.schema import areas, cases, categories, channels, imports, quarantine, units
from data.terms import ImportRefused
from tests.builders import add_area, add_category, add_channel, add_unit
from tests.samples import (
    CASE_HEADER,
    CASE_MAP,
    EVENT_MAP,
    NOW,
    UPDATED,
    case_line,
    load,
    load_events,
    load_lines,
)

CLOSED = {"state": "closed", "closed": "2026-01-06T08:00"}
KEEP_UNKNOWN = CASE_MAP + 'channel = "detail"\n[rules]\ncreate_missing = []\n'
KEEP_UNKNOWN = KEEP_UNKNOWN.replace('["kind", "detail"]', '"kind"')
IDENTITY = "11010519491231002X"
CHINESE = "[times]\nformats = ['%Y年%m月%d日 %H时%M分', '%Y/%m/%d %p %I:%M', 'excel']\n"
FEED_MAP = CASE_MAP.replace('"UTC"', '"America/New_York"')


@pytest.fixture
def known(conn: Connection) -> Connection:
    """A database that knows a grid, a unit, a category and a channel by name."""
    add_area(conn, "G001")
    add_area(conn, "栖霞镇")
    add_unit(conn, "城管局")
    add_category(conn, "市容环境")
    add_channel(conn, "网格上报")
    return conn


def kept(conn: Connection) -> Kept:
    """The one row in quarantine."""
    (row,) = kept_rows(conn)
    return row


ROWS = [
    # id, what the row says, rule, column, value, a word of the mend
    ("I15", {"opened": "01/02/2025"}, "bad_time", "opened", "01/02/2025", '"%m/%d/%Y"、"%d/%m/%Y"'),
    ("I15", {"opened": "2025年1月5日"}, "bad_time", "opened", "2025年1月5日", '"%Y年%m月%d日"'),
    ("I15", {"opened": "45658.5"}, "bad_time", "opened", "45658.5", '"excel"'),
    ("I16", {"opened": "2025-02-30"}, "bad_time", "opened", "2025-02-30", "改正该时间"),
    ("I16", {"opened": "2025-02-03 24:00:00"}, "bad_time", "opened", "2025-02-03 24:00:00", "改正"),
    ("I16", {"opened": "2025-02-03T08:00:60"}, "bad_time", "opened", "2025-02-03T08:00:60", "改正"),
    ("I16", {"opened": "0000-00-00"}, "bad_time", "opened", "0000-00-00", "改正"),
    ("I16", {"opened": "1900-01-01"}, "implausible_time", "opened", "1900-01-01", "年份"),
    ("I16", {"due": "2999-01-01"}, "implausible_time", "due", "2999-01-01", "年份"),
    ("I17", {"state": "closed", "closed": "2026-01-05T07:59"}, "negative_duration", "closed",
     "2026-01-05T07:59", "改正受理时间或办结时间"),
    ("I18", {"opened": (NOW + timedelta(minutes=11)).isoformat()}, "future_time", "opened",
     (NOW + timedelta(minutes=11)).isoformat(), "时钟"),
    ("I19", {"closed": "2026-01-06"}, "closed_dated_but_open", "closed", "2026-01-06", "[rules]"),
    ("I19", {"state": "closed"}, "closed_without_date", "closed", "", "补上办结时间"),
    ("I24", {"area": "棲霞镇"}, "unknown_area", "area", "棲霞镇", "最接近的区域是“栖霞镇”"),
    ("I24", {"area": "G002"}, "unknown_area", "area", "G002", "最接近的区域是“G001”"),
    ("I24", {"unit": "城管分局"}, "unknown_unit", "unit", "城管分局", "最接近的单位是“城管局”"),
    ("I24", {"kind": "市容"}, "unknown_category", "kind", "市容", "最接近的类别是“市容环境”"),
    ("I24", {"detail": "网格"}, "unknown_channel", "detail", "网格", "最接近的渠道是“网格上报”"),
    ("I24", {"unit": "xyz"}, "unknown_unit", "unit", "xyz", "先建立该单位"),
    ("I27", {"no": "3.30102E+17"}, "damaged_number", "no", "3.30102E+17", "文本格式"),
    ("I27", {"no": ""}, "missing_value", "no", "", "补上"),
    ("I29", {"no": IDENTITY}, "personal_number", "no", "［证件号］", "工单编号"),
    ("I34", {"state": "已结按"}, "unknown_state", "state", "已结按", "最接近的已知状态是“已结案”"),
    ("I34", {"state": "lost"}, "unknown_state", "state", "lost", "[values.state]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("catalogue", "says", "rule", "column", "value", "mend"),
    ROWS,
    ids=[f"{row[0]}-{row[2]}-{place}" for place, row in enumerate(ROWS)],
)
def test_a_bad_row_says_what_and_how_to_mend_it(
    known: Connection,
    tmp_path: Path,
    catalogue: str,
    says: dict[str, str],
    rule: str,
    column: str,
    value: str,
    mend: str,
) -> None:
    line = case_line(**{"no": "bad", "state": "in_progress", **says})
    result = load_lines(known, tmp_path, case_line("good"), line, mapping=KEEP_UNKNOWN)
    row = kept(known)
    assert (result.imported, result.reasons) == (1, {rule: 1})
    assert (row.file, row.row, row.rule) == ("cases.csv", 3, rule)
    assert (row.column, row.value) == (column, value)
    assert mend in row.mend


EVENT_ROWS = [
    ("I24", {"unit": "城管分局"}, "unknown_unit", "unit", "城管分局", "“城管局”"),
    ("I33", {"state": "closed", "order": "98%"}, "bad_number", "order", "98%", "改正"),
    ("I33", {"state": "closed", "order": "0.98"}, "bad_number", "order", "0.98", "改正"),
    ("I33", {"state": "closed", "order": "9" * 40}, "bad_number", "order", "9" * 40, "改正"),
    ("I34", {"state": "已结按"}, "unknown_state", "state", "已结按", "“已结案”"),
]


@pytest.mark.parametrize(
    ("catalogue", "says", "rule", "column", "value", "mend"),
    EVENT_ROWS,
    ids=[f"{row[0]}-{row[2]}-{place}" for place, row in enumerate(EVENT_ROWS)],
)
def test_a_bad_event_says_what_and_how_to_mend_it(
    known: Connection,
    tmp_path: Path,
    catalogue: str,
    says: dict[str, str],
    rule: str,
    column: str,
    value: str,
    mend: str,
) -> None:
    said = {"no": "A1", "at": "2026-01-05", "state": "", "unit": "", "order": "", "opened": ""}
    line = ",".join({**said, **says}.values())
    result = load_events(
        known, tmp_path, line, mapping=EVENT_MAP + "[rules]\ncreate_missing = []\n"
    )
    row = kept(known)
    assert (result.rows, result.reasons) == (1, {rule: 1})
    assert (row.row, row.column, row.value) == (2, column, value)
    assert mend in row.mend


@pytest.mark.parametrize(
    ("rule", "line", "column", "value", "mend"),
    [
        ("unknown_parent", "G2,二号网格,G10,grid4", "parent", "G10", "“G1”"),
        ("unknown_word", "G2,二号网格,,四级网个", "level", "四级网个", "“四级网格”"),
    ],
)
def test_a_bad_area_says_what_and_how_to_mend_it(
    conn: Connection, tmp_path: Path, rule: str, line: str, column: str, value: str, mend: str
) -> None:
    result = load_areas(conn, tmp_path, "G1,一号网格,,三级网格", line)
    assert (result.imported, result.rows, result.reasons) == (1, 2, {rule: 1})
    row = next(kept_rows(conn))
    assert (row.row, row.column, row.value) == (3, column, value) and mend in row.mend
    assert conn.execute(select(areas.c.level)).scalar_one() == "grid3"


def test_an_area_below_a_refused_one_is_refused_too(conn: Connection, tmp_path: Path) -> None:
    result = load_areas(conn, tmp_path, "G2,二,G1,grid3", "G3,三,G2,grid4", "T,镇,,town")
    assert result.reasons == {"unknown_parent": 2} and result.imported == 1


def load_areas(conn: Connection, folder: Path, *lines: str) -> Result:
    """Import lines of areas."""
    (folder / "areas.csv").write_text("\n".join(["code,name,parent,level", *lines]), "utf-8")
    (folder / "areas.toml").write_text(
        '[columns]\narea_code = "code"\nname = "name"\nparent = "parent"\nlevel = "level"\n',
        "utf-8",
    )
    return load(conn, "areas", folder / "areas.csv", folder / "areas.toml")


# Times that are read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2025年1月5日 8时30分", "2025-01-05T08:30"),
        ("2025/1/5 上午 12:36", "2025-01-05T00:36"),
        ("2025/1/5 下午 12:36", "2025-01-05T12:36"),
        ("2025/1/5 下午 3:05", "2025-01-05T15:05"),
        ("45658.5", "2025-01-01T12:00"),
        ("2025-01-05T08:30:00+08:00", "2025-01-05T00:30"),
    ],
)
def test_i15_several_formats_in_order(
    conn: Connection, tmp_path: Path, text: str, told: str
) -> None:
    load_lines(conn, tmp_path, case_line(opened=text), mapping=CASE_MAP + CHINESE)
    opened = conn.execute(select(cases.c.opened_at)).scalar_one()
    assert opened == datetime.fromisoformat(told).replace(tzinfo=UTC)


def test_a_half_of_the_day_counts_by_a_clock_of_24_hours_too(
    conn: Connection, tmp_path: Path
) -> None:
    mapping = CASE_MAP + "[times]\nformats = ['%Y/%m/%d %p %H:%M']\n"
    texts = ["2025/1/5 下午 03:30", "2025/1/5 下午 15:30", "2025/1/5 上午 03:30"]
    lines = [case_line(f"A{n}", opened=text) for n, text in enumerate(texts)]
    load_lines(conn, tmp_path, *lines, mapping=mapping)
    told = conn.execute(select(cases.c.opened_at).order_by(cases.c.case_no)).scalars()
    assert [instant.hour for instant in told] == [15, 15, 3]


def test_times_of_a_changing_clock_are_marked(conn: Connection, tmp_path: Path) -> None:
    lines = [
        case_line("A1", opened="2025-11-02T01:30"),  # there were two of them: the first
        case_line("A2", opened="2025-03-09T02:30"),  # there was none: moved forward
        case_line("A3", opened="2025-11-02T01:30-05:00"),
        case_line("A4", opened="2025-07-02T01:30"),
    ]
    result = load_lines(conn, tmp_path, *lines, mapping=FEED_MAP)
    told = conn.execute(select(cases.c.opened_at).order_by(cases.c.case_no)).scalars().all()
    assert [instant.strftime("%d %H:%M") for instant in told[:2]] == ["02 05:30", "09 07:00"]
    noticed = {
        "ambiguous_time": {"count": 1, "rows": [2]},
        "skipped_time": {"count": 1, "rows": [3]},
    }
    assert result.notices == conn.execute(select(imports.c.notices)).scalar_one() == noticed


# Known rows


def test_i22_an_older_row_is_a_duplicate_a_newer_one_an_update(
    conn: Connection, tmp_path: Path
) -> None:
    mapping = CASE_MAP + UPDATED
    load_lines(conn, tmp_path, case_line(updated="2026-01-07", title="b"), mapping=mapping)
    older = load_lines(conn, tmp_path, case_line(updated="2026-01-06", title="a"), mapping=mapping)
    newer = load_lines(conn, tmp_path, case_line(updated="2026-01-08", title="c"), mapping=mapping)
    assert (older.duplicates, newer.updated) == (1, 1)
    assert conn.execute(select(cases.c.title, cases.c.version)).one() == ("c", 2)


# Codes


@pytest.mark.parametrize(
    "written", ["G001", "Ｇ００１", "G001 ", "G0\u200b01", "\ufeffG001", "Ｇ001"]
)
def test_i25_a_code_is_met_however_it_is_spelt(
    known: Connection, tmp_path: Path, written: str
) -> None:
    load_lines(known, tmp_path, case_line(area=written), mapping=KEEP_UNKNOWN)
    code = select(areas.c.code).join(cases, cases.c.area_id == areas.c.area_id)
    assert known.execute(code).scalar_one() == "G001"


@pytest.mark.parametrize(
    ("table", "column"), [(units, "unit"), (areas, "area"), (categories, "kind")]
)
def test_i25_what_is_made_keeps_its_name_as_written(
    conn: Connection, tmp_path: Path, table, column: str
) -> None:
    lines = [case_line("A1", **{column: "Ａ１　队"}), case_line("A2", **{column: "A1 队"})]
    assert load_lines(conn, tmp_path, *lines).imported == 2
    assert conn.execute(select(table.c.name)).scalar_one() == "Ａ１　队"


def test_i25_a_mapping_renames_however_it_is_spelt(known: Connection, tmp_path: Path) -> None:
    mapping = KEEP_UNKNOWN + '[values.unit]\n"城管局" = ["城管（一）队"]\n'
    load_lines(known, tmp_path, case_line(unit="城管(一)队"), mapping=mapping)
    assert known.execute(select(cases.c.unit_id)).scalar_one() is not None


@pytest.mark.parametrize("number", ["007", "330102202501050017", "1E05", "0012", "ＧＤ－００１"])
def test_i27_numbers_are_text(conn: Connection, tmp_path: Path, number: str) -> None:
    load_lines(conn, tmp_path, case_line(number))
    folded = {"ＧＤ－００１": "GD-001"}.get(number, number)
    assert conn.execute(select(cases.c.case_no)).scalar_one() == folded


# Places


TOWN = {"type": "Polygon", "coordinates": [[[118, 32], [119, 32], [119, 33], [118, 33], [118, 32]]]}
POINTS = [
    ("118.5", "32.5", None),
    ("119.05", "32.5", None),  # within the margin
    ("0", "0", "unplaced"),
    ("nan", "32.5", "unplaced"),
    ("inf", "32.5", "unplaced"),
    ("98%", "32.5", "unplaced"),
    ("east", "32.5", "unplaced"),
    ("118.5", "", "unplaced"),
    ("200", "95", "unplaced"),
    ("32.5", "118.5", "swapped"),
    ("121.4", "31.2", "outside"),
]


@pytest.mark.parametrize(("lon", "lat", "odd"), POINTS)
def test_i26_points_and_the_district(
    conn: Connection, tmp_path: Path, lon: str, lat: str, odd: str | None
) -> None:
    conn.execute(insert(areas).values(code="T", name="T", boundary=TOWN))
    result = load_lines(conn, tmp_path, case_line("A1"), case_line("A2", lon=lon, lat=lat))
    point = conn.execute(select(cases.c.lon, cases.c.lat).where(cases.c.case_no == "A2")).one()
    assert result.imported == 2 and result.unplaced == (odd is not None)
    assert point == ((float(lon), float(lat)) if odd is None else (None, None))
    assert result.notices == ({odd: {"count": 1, "rows": [3]}} if odd else {})


@pytest.mark.parametrize(
    ("lon", "lat", "odd"),
    [("121.4", "31.2", None), ("32.5", "118.5", "swapped"), ("200", "10", "unplaced")],
)
def test_i26_without_outlines_there_is_no_box(
    conn: Connection, tmp_path: Path, lon: str, lat: str, odd: str | None
) -> None:
    result = load_lines(conn, tmp_path, case_line(lon=lon, lat=lat))
    assert list(result.notices) == ([odd] if odd else [])


# Text and persons


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("**粗** <b>x</b> =1+1", "**粗** <b>x</b> =1+1"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("a\u202eb\u0007\u200bc", "abc"),
        ("e\u0301", "é"),
        ("&lt;b&gt;", "<b>"),
        ("致电13812345678、010-12345678", "致电［电话］、［电话］"),
        (f"证件{IDENTITY}", "证件［证件号］"),
        ("GPS 118.110105194912310021", "GPS 118.110105194912310021"),
    ],
)
def test_i28_i29_text_is_stored_plain_and_without_numbers_of_persons(
    conn: Connection, tmp_path: Path, written: str, stored: str
) -> None:
    load_lines(conn, tmp_path, case_line(title=written))
    assert conn.execute(select(cases.c.title)).scalar_one() == stored


PERSONS = [
    "姓名", "联系人", "诉求人", "当事人姓名", "反映人", "身份证号", "联系电话", "手机号码",
    "家庭住址", "承办人",
    "聯絡人", "身分證字號", "Phone", "contact_name", "Caller Name", "网格员",
]  # fmt: skip


@pytest.mark.parametrize("header", PERSONS)
@pytest.mark.parametrize("kind", ["cases", "events", "areas"])
def test_i29_a_column_about_persons_is_not_stored(
    conn: Connection, tmp_path: Path, header: str, kind: str
) -> None:
    column = {"cases": "title", "events": "unit", "areas": "parent"}[kind]
    needed = {"cases": ["case_no", "opened_at"], "events": ["case_no", "at"], "areas": ["name"]}
    mapped = "\n".join(f'{name} = "{name}"' for name in needed[kind])
    (tmp_path / "m.toml").write_text(f'[columns]\n{mapped}\n{column} = "{header}"\n', "utf-8")
    (tmp_path / "f.csv").write_text(",".join([*needed[kind], header]) + "\n", "utf-8")
    with pytest.raises(ImportRefused, match=header):
        load(conn, kind, tmp_path / "f.csv", tmp_path / "m.toml")


@pytest.mark.parametrize(
    "header", ["反映人数", "上报人单位", "名称", "诉求人满意度", "事发地址", "Owner"]
)
def test_a_column_that_only_sounds_like_one_is_stored(
    conn: Connection, tmp_path: Path, header: str
) -> None:
    mapping = CASE_MAP.replace('"title"', f'"{header}"')
    (tmp_path / "m.toml").write_text(mapping, "utf-8")
    text = CASE_HEADER.replace("title", header) + "\n" + case_line(title="x")
    (tmp_path / "f.csv").write_text(text, "utf-8")
    assert load(conn, "cases", tmp_path / "f.csv", tmp_path / "m.toml").imported == 1


@pytest.mark.parametrize("column", ["unit", "area", "kind", "place", "no"])
@pytest.mark.parametrize("value", ["138123456{:02}", "identity"])
def test_i29_a_column_of_personal_numbers_is_refused(
    conn: Connection, tmp_path: Path, column: str, value: str
) -> None:
    lines = [
        case_line(**{"no": f"A{n}", column: IDENTITY if value == "identity" else value.format(n)})
        for n in range(5)
    ]
    with pytest.raises(ImportRefused, match=column) as refusal:
        load_lines(conn, tmp_path, *lines)
    assert "1381234" not in str(refusal.value) and IDENTITY not in str(refusal.value)


def test_i29_nothing_personal_is_left_anywhere(conn: Connection, tmp_path: Path) -> None:
    secret = "13812345678"
    lines = [
        case_line(f"A{n}", **{column: f"王五{secret}"}) for n, column in enumerate(
            ["unit", "area", "kind", "title", "place", "state", "opened", "lon"]
        )
    ] + [case_line("B1"), case_line("B2")]  # fmt: skip
    load_lines(conn, tmp_path, *lines)
    for table in (units, areas, categories, channels, cases, quarantine, imports):
        assert secret not in str(conn.execute(select(table)).all()), table.name


def test_a_file_without_a_header_shows_no_number(conn: Connection, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(CASE_MAP, "utf-8")
    (tmp_path / "f.csv").write_text("王五,13812345678,no1\n李四,13912345678,no2\n", "utf-8")
    with pytest.raises(ImportRefused) as refusal:
        load(conn, "cases", tmp_path / "f.csv", tmp_path / "m.toml")
    assert "1381234" not in str(refusal.value)


# Words


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("已结案", "closed"), ("办结", "closed"), ("结案", "closed"), ("已办结", "closed"),
        ("CLOSED", "closed"), ("已結案", "closed"), (" 办结 ", "closed"), ("待簽收", "dispatched"),
        ("处置中", "in_progress"), ("待分流", "reported"), ("挂起", "paused"),
        ("处理完成", "resolved"), ("不予受理", "rejected"), ("撤单", "withdrawn"),
        ("併案", "merged"),
    ],
)  # fmt: skip
def test_i34_states_as_centres_write_them(
    conn: Connection, tmp_path: Path, written: str, state: str
) -> None:
    ended = (
        {} if state in ("dispatched", "in_progress", "reported", "paused", "resolved") else CLOSED
    )
    load_lines(conn, tmp_path, case_line(**{**ended, "state": written}))
    assert conn.execute(select(cases.c.state)).scalar_one() == state


def test_i34_the_mapping_comes_first(conn: Connection, tmp_path: Path) -> None:
    mapping = CASE_MAP + '[values.state]\nresolved = ["办结"]\n'
    load_lines(conn, tmp_path, case_line(state="办结"), mapping=mapping)
    assert conn.execute(select(cases.c.state)).scalar_one() == "resolved"


@pytest.mark.parametrize(
    ("column", "written", "told"),
    [
        ("outcome", "未解决", "unresolved"),
        ("satisfaction", "基本满意", "mostly"),
        ("severity", "红色", "red"),
        ("level", "街道", "town"),
        ("mediation", "达成协议", "agreed"),
    ],
)
def test_other_words(
    conn: Connection, tmp_path: Path, column: str, written: str, told: str
) -> None:
    mapping = CASE_MAP.replace('title = "title"', f'{column} = "title"')
    load_lines(conn, tmp_path, case_line(title=written), mapping=mapping)
    assert conn.execute(select(cases.c[column])).scalar_one() == told


# Quarantine: saved, mended, imported


@pytest.mark.parametrize(
    "title", ["=1+1", "'=1+1", "@cmd", "-5", '"a",\nb', "长" * 900, "'quoted'"]
)
@pytest.mark.parametrize("source", ["", 'encoding = "gb18030"\ndelimiter = ";"\n'])
def test_a_mended_quarantine_is_imported_by_the_same_mapping(
    conn: Connection, tmp_path: Path, title: str, source: str
) -> None:
    mapping = CASE_MAP.replace("[source]\n", f"[source]\n{source}")
    text = title.replace('"', '""')
    lines = [CASE_HEADER, case_line("A1"), case_line("A2", state="搞定", title=text)]
    written = "\n".join(lines)
    if source:
        written = written.replace(",", ";") if "," not in title else written.replace('","', '";"')
        written = written.replace(CASE_HEADER, CASE_HEADER.replace(",", ";"))
    (tmp_path / "m.toml").write_text(mapping, "utf-8")
    (tmp_path / "f.csv").write_bytes(written.encode("gb18030" if source else "utf-8"))
    first = load(conn, "cases", tmp_path / "f.csv", tmp_path / "m.toml")
    assert (first.rows, first.imported, first.quarantined) == (2, 1, 1)

    with (tmp_path / "kept.csv").open("w", encoding="utf-8-sig", newline="") as file:
        assert write_kept(conn, file) == 1
    with (tmp_path / "kept.csv").open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    row[header.index("state")] = "处理中"
    with (tmp_path / "kept.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, row])

    again = load(conn, "cases", tmp_path / "kept.csv", tmp_path / "m.toml")
    assert (again.rows, again.imported, again.quarantined) == (1, 1, 0)
    stored = conn.execute(select(cases.c.title).where(cases.c.case_no == "A2")).scalar_one()
    assert stored == title.replace("\n", " ")


def test_a_quarantine_that_is_not_mended_is_kept_again(conn: Connection, tmp_path: Path) -> None:
    load_lines(conn, tmp_path, case_line("A1", state="搞定"), case_line("A2", opened="?"))
    with (tmp_path / "kept.csv").open("w", encoding="utf-8-sig", newline="") as file:
        write_kept(conn, file)
    again = load(conn, "cases", tmp_path / "kept.csv", tmp_path / "map.toml")
    assert (again.rows, again.quarantined) == (2, 2)
    assert again.reasons == {"missing_value": 1, "unknown_state": 1}
