"""Mappings drafted from files: what is found, what a person is asked to look at."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import Connection

from data.commands import mapping
from data.intake.draft import draft_mapping
from data.intake.mapping.map import parse_mapping
from tests.samples import FOLDER, NOW, load

CASES = [
    ("工单编号", "1001", "1002", "1003"),
    ("受理时间", "2025年1月5日 8时30分", "2025年1月6日 8时30分", "2025年2月5日 18时30分"),
    ("办结时间", "2025年1月7日 8时30分", "", ""),
    ("工单状态", "已结案", "处置中", "待签收"),
    ("承办单位", "城管局", "住建局", "城管局"),
    ("所属网格", "G001", "G002", "G001"),
    ("诉求类型", "市容", "噪音", "市容"),
    ("诉求人", "张三", "李四", "王五"),
    ("联络", "13812345678", "13912345678", "13712345678"),
    ("诉求内容", "a", "b", "c"),
]


def write(path: Path, *columns: tuple[str, ...], sign: str = ",", encoding: str = "utf-8") -> Path:
    """A file of columns."""
    path.write_text("\n".join(sign.join(row) for row in zip(*columns, strict=True)), encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_a_chinese_export_is_drafted_and_imports(
    conn: Connection, tmp_path: Path, sign: str, encoding: str
) -> None:
    file = write(tmp_path / "f.csv", *CASES, sign=sign, encoding=encoding)
    draft = draft_mapping(file)
    (tmp_path / "m.toml").write_text(draft.text, "utf-8")
    assert draft.columns == {
        "case_no": "工单编号",
        "opened_at": "受理时间",
        "closed_at": "办结时间",
        "state": "工单状态",
        "unit": "承办单位",
        "area": "所属网格",
        "category": "诉求类型",
        "title": "诉求类型",
    }
    read = parse_mapping("m", draft.text, "cases")
    assert read.time_formats == ("%Y年%m月%d日 %H时%M分",)
    assert 'drop = ["诉求人", "联络"]' in draft.text and "138" not in draft.text
    assert load(conn, "cases", file, tmp_path / "m.toml").imported == 3


REAL = [
    ("nyc_311.csv", "cases"),
    ("la_311.csv.gz", "cases"),
    ("kaohsiung_1999_cases.csv", "cases"),
    ("kaohsiung_1999_events.csv.gz", "events"),
    ("kaohsiung_towns.geojson", "areas"),
]


@pytest.mark.parametrize(("file", "kind"), REAL)
def test_real_files_are_drafted_and_import_without_an_edit(
    conn: Connection, tmp_path: Path, file: str, kind: str
) -> None:
    draft = draft_mapping(FOLDER / file, kind)
    make_cases = '\n[rules]\ncreate_missing = ["unit", "case"]\n' if kind == "events" else ""
    (tmp_path / "m.toml").write_text(draft.text + make_cases, "utf-8")
    result = load(conn, kind, FOLDER / file, tmp_path / "m.toml")
    assert result.imported + result.updated > 0.8 * result.rows
    assert all(f"# {sentence}" in draft.text for sentence in draft.unsure)


def test_a_time_of_two_readings_is_unsure(tmp_path: Path) -> None:
    file = write(tmp_path / "f.csv", ("id", "1", "2"), ("opened", "01/02/2025", "03/04/2025"))
    draft = draft_mapping(file)
    (said,) = [one for one in draft.unsure if "01/02/2025" in one]
    assert "%m/%d/%Y" in said and "%d/%m/%Y" in said
    sure = write(tmp_path / "f.csv", ("id", "1", "2"), ("opened", "01/02/2025", "13/04/2025"))
    assert parse_mapping("m", draft_mapping(sure).text, "cases").time_formats == ("%d/%m/%Y",)


def test_several_ways_to_write_a_time(tmp_path: Path) -> None:
    file = write(tmp_path / "f.csv", ("id", "1", "2"), ("opened", "2025/1/5", "2025年1月6日"))
    formats = parse_mapping("m", draft_mapping(file).text, "cases").time_formats
    assert sorted(formats) == ["%Y/%m/%d", "%Y年%m月%d日"]


def test_an_unknown_state_is_unsure(tmp_path: Path) -> None:
    states = ("状态", "已结按", "办结")
    file = write(
        tmp_path / "f.csv", ("编号", "1", "2"), ("受理时间", "2025-01-05", "2025-01-06"), states
    )
    assert any("已结按" in one and "closed" in one for one in draft_mapping(file).unsure)


@pytest.mark.parametrize("text", ["", "x\n", "a,b\n1,2\n", "13812345678,王五\n1,2\n"])
def test_little_to_go_by_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "f.csv").write_text(text, "utf-8")
    draft = draft_mapping(tmp_path / "f.csv")
    assert any("opened_at" in one for one in draft.unsure) and "138" not in draft.text


def test_the_command_prints_or_saves_a_draft(sqlite_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "f.csv", *CASES)

    @click.group()
    @click.pass_context
    def cli(context: click.Context) -> None:
        context.obj = NOW

    mapping.register(cli)
    words = ["mapping", "draft", str(file), "--database", sqlite_url]
    told = json.loads(CliRunner().invoke(cli, [*words, "--json"]).stdout)
    assert told["columns"]["case_no"] == "工单编号" and told["unsure"]
    saved = CliRunner().invoke(cli, [*words, "--out", str(tmp_path / "m.toml")])
    assert saved.exit_code == 0 and (tmp_path / "m.toml").read_text("utf-8") == told["mapping"]
    gone = CliRunner().invoke(cli, ["mapping", "draft", "gone.csv", "--database", sqlite_url])
    assert gone.exit_code == 1 and "gone.csv" in gone.stderr
