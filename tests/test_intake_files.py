"""Files as they come: encodings, packing, broken ones; and nothing of a failed import stays."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from data.intake.loading.load import import_file
from data.intake.mapping.map import SHIPPED, read_mapping
from data.intake.values.times import time_reader
from data.schema import audit_events, cases, imports, metadata
from data.terms import ImportRefused
from tests.samples import CASE_HEADER, CASE_MAP, NOW, case_line, load, load_lines

TEXT = (
    "\n".join([CASE_HEADER, case_line("A1", title="路灯不亮"), case_line("A2", unit="路政")]) + "\n"
)


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """A mapping file for the columns of `case_line`."""
    path = tmp_path / "map.toml"
    path.write_text(CASE_MAP, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_encodings_are_found(
    conn: Connection, tmp_path: Path, mapping: Path, encoding: str, found: str
) -> None:
    (tmp_path / "f.csv").write_bytes(TEXT.encode(encoding))
    result = load(conn, "cases", tmp_path / "f.csv", mapping)
    assert (result.imported, result.encoding) == (2, found)
    assert "路灯不亮" in conn.execute(select(cases.c.title)).scalars().all()


def test_an_encoding_may_be_named(conn: Connection, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(
        '[source]\nencoding = "big5"\n' + CASE_MAP.replace("[source]\n", ""), "utf-8"
    )
    (tmp_path / "f.csv").write_bytes(
        TEXT.replace("路灯不亮", "路燈").replace("路政", "路政").encode("big5")
    )
    load(conn, "cases", tmp_path / "f.csv", tmp_path / "map.toml")
    assert "路燈" in conn.execute(select(cases.c.title)).scalars().all()


def test_a_wrong_byte_in_utf8_is_not_taken_for_another_encoding(
    conn: Connection, tmp_path: Path, mapping: Path
) -> None:
    good = (TEXT + case_line("A3", title="长" * 40) + "\n").encode()
    (tmp_path / "f.csv").write_bytes(good + b"\xff\xfe\n")
    with pytest.raises(ImportRefused, match=str(len(good))):
        load(conn, "cases", tmp_path / "f.csv", mapping)


@pytest.mark.parametrize("sign", [";", "\t", "，"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(
    conn: Connection, tmp_path: Path, mapping: Path, sign: str, end: str
) -> None:
    (tmp_path / "f.csv").write_text(
        TEXT.replace(",", sign).replace("\n", end), encoding="utf-8", newline=""
    )
    assert load(conn, "cases", tmp_path / "f.csv", mapping).imported == 2


@pytest.mark.parametrize("text", ["", CASE_HEADER, CASE_HEADER + "\n\n\n"])
def test_no_rows_is_no_error(conn: Connection, tmp_path: Path, mapping: Path, text: str) -> None:
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    assert load(conn, "cases", tmp_path / "f.csv", mapping).rows == 0


def test_blank_lines_are_no_rows(conn: Connection, tmp_path: Path, mapping: Path) -> None:
    (tmp_path / "f.csv").write_text(TEXT.replace("\n", "\n\n") + "\n,,,\n", encoding="utf-8")
    assert load(conn, "cases", tmp_path / "f.csv", mapping).rows == 2


def test_a_packed_file(conn: Connection, tmp_path: Path, mapping: Path) -> None:
    (tmp_path / "f.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    assert load(conn, "cases", tmp_path / "f.csv.gz", mapping).imported == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.csv", None, "gone.csv"),
        ("f.xlsx", b"PK\x03\x04 and more", "Excel 工作簿"),
        ("f.xls", b"\xd0\xcf\x11\xe0 and more", "旧版 Excel"),
        ("f.xls", b"<html><table>", "HTML"),
        ("f.csv.gz", b"not packed", "f.csv.gz"),
        ("f.csv", (",".join(f"c{n}" for n in range(201))).encode(), "201"),
        ("f.csv", TEXT.replace("opened", "opend").encode(), "opend"),
        ("f.csv", TEXT.replace("detail", "opened").encode(), "opened"),
        ("f.csv", (TEXT + 'A3,"never closed\n' + "x" * 40_000).encode(), "4"),
        ("f.geojson", b'{"features": 3}', "GeoJSON"),
        ("f.csv", b"\xff\xff\xff", "UTF-8"),
    ],
)
def test_a_refusal_says_what_and_where(
    conn: Connection, tmp_path: Path, mapping: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportRefused, match=said) as refusal:
        load(conn, "cases", tmp_path / name, mapping)
    assert str(refusal.value).startswith("未导入")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[columns", "TOML"),
        ("[colums]\n", "colums"),
        ('[source]\ntime_zone = "Mars/Base"\n' + CASE_MAP.split("\n", 3)[3], "Mars/Base"),
        ('[columns]\ncase_no = "no"\n', "opened_at"),
        (CASE_MAP + 'owner = "unit"\n', "owner"),
        (CASE_MAP + '[rules]\nclosed_without_date = "closed"\n', "closed_without_date"),
        (CASE_MAP.replace("[source]", '[source]\nencoding = "klingon"'), "klingon"),
        (CASE_MAP.replace("[source]", '[source]\ndelimiter = "::"'), "::"),
        (CASE_MAP + '[times]\nformats = ["%d.%d.%Y"]\n', "formats"),
    ],
)
def test_a_wrong_mapping_is_refused(conn: Connection, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    (tmp_path / "f.csv").write_text(TEXT, encoding="utf-8")
    with pytest.raises(ImportRefused, match=said):
        load(conn, "cases", tmp_path / "f.csv", tmp_path / "map.toml")


def test_a_missing_mapping_names_the_shipped_ones(conn: Connection, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="nyc_311"):
        load(conn, "cases", tmp_path / "f.csv", "nowhere")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_mapping_reads(path: Path) -> None:
    kind = {"events": "events", "towns": "areas"}.get(path.stem.rsplit("_", 1)[-1], "cases")
    assert read_mapping(path.stem, kind).name == path.stem


# All or nothing


def everything(engine: Engine) -> dict[str, int]:
    """How many rows each table holds."""
    with engine.connect() as conn:
        return {
            name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    """A file of more rows than are written at a time."""
    lines = [case_line(f"A{n:05}", unit=f"unit {n % 7}") for n in range(5000)]
    path = tmp_path / "long.csv"
    path.write_text("\n".join([CASE_HEADER, *lines]) + "\n", encoding="utf-8")
    return path


class Struck(Exception):
    """Something outside the program that stops an import."""


def test_an_import_stopped_midway_leaves_nothing(
    engine: Engine, long_file: Path, mapping: Path
) -> None:
    before = everything(engine)

    def strike(share: float) -> None:
        if share > 0.5:
            raise Struck

    with pytest.raises(Struck), engine.begin() as conn:
        import_file(conn, "cases", long_file, str(mapping), "test", NOW, strike)
    assert everything(engine) == before


def test_a_truncated_file_leaves_nothing(
    engine: Engine, long_file: Path, mapping: Path, tmp_path: Path
) -> None:
    before = everything(engine)
    packed = gzip.compress(long_file.read_bytes())
    (tmp_path / "cut.csv.gz").write_bytes(packed[: len(packed) - 200])
    with pytest.raises(ImportRefused, match=r"cut\.csv\.gz"), engine.begin() as conn:
        load(conn, "cases", tmp_path / "cut.csv.gz", mapping)
    assert everything(engine) == before


def test_an_import_is_on_record(conn: Connection, tmp_path: Path) -> None:
    result = load_lines(conn, tmp_path, case_line(), case_line("A2", state="lost"))
    batch = conn.execute(select(imports)).one()
    assert (batch.row_count, batch.imported_count, batch.quarantined_count) == (2, 1, 1)
    assert batch.reasons == {"unknown_state": 1} and batch.imported_at == NOW
    event = conn.execute(select(audit_events)).one()
    assert (event.kind, event.actor, event.object) == ("import", "test", f"batch {result.batch}")


def test_a_mended_mapping_makes_it_another_import(conn: Connection, tmp_path: Path) -> None:
    line = case_line(state="搞定", closed="2026-01-06")
    assert load_lines(conn, tmp_path, line).quarantined == 1
    mended = CASE_MAP + '[values.state]\nclosed = ["搞定"]\n'
    assert load_lines(conn, tmp_path, line, mapping=mended).imported == 1


def test_after_a_failed_import_the_database_works(
    engine: Engine, long_file: Path, mapping: Path
) -> None:
    test_an_import_stopped_midway_leaves_nothing(engine, long_file, mapping)
    with engine.begin() as conn:
        assert load(conn, "cases", long_file, mapping).imported == 5000


# Times

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("form", "text", "utc"),
    [
        ("%m/%d/%Y %I:%M:%S %p", "12/25/2013 12:00:00 AM", "2013-12-25T05:00:00"),
        ("%m/%d/%Y %I:%M:%S %p", "7/4/2013 12:30:00 pm", "2013-07-04T16:30:00"),
        ("%Y/%m/%d %p %I:%M:%S", "2016/9/13 上午 12:36:25", "2016-09-13T04:36:25"),
        ("%Y/%m/%d %p %I:%M:%S", "2016/9/13 下午 12:36:25", "2016-09-13T16:36:25"),
        ("%d.%m.%Y", "05.01.2026", "2026-01-05T05:00:00"),
        ("%d %b %Y %H:%M", "05 Jan 2026 10:00", "2026-01-05T15:00:00"),
        ("excel", "45658.5", "2025-01-01T17:00:00"),
        ("", "2026-01-05T10:00:00+08:00", "2026-01-05T02:00:00"),
        ("", "2025-11-02T01:30", "2025-11-02T05:30:00"),  # ambiguous: the first
        ("", "2025-03-09T02:30", "2025-03-09T07:00:00"),  # skipped: the first that exists
        ("", "2025-03-09T03:00", "2025-03-09T07:00:00"),
    ],
)
def test_times_are_read(form: str, text: str, utc: str) -> None:
    read = time_reader((form,) if form else (), NEW_YORK)
    assert read(text) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2013-13-01 01:00 AM", "2013-01-01 13:00 AM", "2013-01-01 0:10 PM", ""]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        time_reader(("%Y-%m-%d %I:%M %p",), NEW_YORK)(text)


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2037, 1, 1)))  # noqa: DTZ001
@example(datetime(2025, 11, 2, 1, 59, 59))  # noqa: DTZ001
def test_local_times_agree_with_the_zone(naive: datetime) -> None:
    instant = time_reader((), NEW_YORK)(naive.isoformat())
    local = instant.astimezone(NEW_YORK).replace(tzinfo=None)
    exact = naive.replace(tzinfo=NEW_YORK).astimezone(UTC)
    assert instant == exact if local == naive else local > naive
