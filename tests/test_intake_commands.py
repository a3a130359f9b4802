"""`import` and `quarantine` from a prompt."""

import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from data.commands import intake, sources
from data.db import connect
from data.schema import metadata
from data.words import catalogue, word
from tests.samples import CASE_HEADER, CASE_MAP, FOLDER, case_line

NOW = datetime(2026, 3, 1, tzinfo=UTC)
KEYS = {
    "batch", "rows", "imported", "updated", "duplicates", "quarantined", "reasons",
    "encoding", "seconds",
}  # fmt: skip


def run(url: str, *words: str) -> Result:
    """A command as a person types it."""

    @click.group()
    @click.pass_context
    def cli(context: click.Context) -> None:
        context.obj = NOW

    intake.register(cli)
    sources.register(cli)
    return CliRunner().invoke(cli, [*words, "--database", url])


@pytest.fixture
def file(tmp_path: Path) -> list[str]:
    """The words that name a small file with one bad row, and its mapping."""
    lines = [CASE_HEADER, case_line("A1"), case_line("=2", state="lost")]
    (tmp_path / "f.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "map.toml").write_text(CASE_MAP, encoding="utf-8")
    return [str(tmp_path / "f.csv"), "--mapping", str(tmp_path / "map.toml")]


def test_the_result_is_one_json_object(database_url: str, file: list[str]) -> None:
    done = run(database_url, "import", "cases", *file, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 0 and done.stderr == ""
    assert told.keys() >= KEYS
    assert (told["rows"], told["imported"], told["quarantined"]) == (2, 1, 1)
    assert told["reasons"] == {"unknown_state": 1} and told["batch"] == 1


def test_the_same_file_again_says_so(database_url: str, file: list[str]) -> None:
    run(database_url, "import", "cases", *file)
    again = run(database_url, "import", "cases", *file)
    assert again.exit_code == 0 and "批次 1" in again.stdout and "重复" in again.stdout
    told = json.loads(run(database_url, "import", "cases", *file, "--json").stdout)
    assert (told["batch"], told["duplicates"], told["rows"]) == (1, 2, 2)


def test_a_dry_run_stores_nothing_and_says_so(database_url: str, file: list[str]) -> None:
    done = run(database_url, "import", "cases", *file, "--dry-run")
    assert done.exit_code == 0 and "没有写入" in done.stdout
    told = json.loads(run(database_url, "import", "cases", *file, "--dry-run", "--json").stdout)
    assert told["batch"] is None and told["imported"] == 1
    engine = connect(database_url)
    with engine.connect() as conn:
        for table in metadata.sorted_tables:
            assert conn.execute(select(func.count()).select_from(table)).scalar_one() == 0
    engine.dispose()


def test_a_refusal_is_one_sentence_and_status_1(database_url: str, file: list[str]) -> None:
    refused = run(database_url, "import", "cases", "nowhere.csv", *file[1:])
    assert refused.exit_code == 1 and refused.stdout == ""
    assert refused.stderr.count("\n") == 1 and "nowhere.csv" in refused.stderr


def test_wrong_usage_is_status_2(database_url: str, file: list[str]) -> None:
    assert run(database_url, "import", "cases", file[0]).exit_code == 2


def test_a_shipped_mapping_by_its_bare_name(database_url: str) -> None:
    path = str(FOLDER / "la_311.csv.gz")
    done = run(database_url, "import", "cases", path, "--mapping", "la_311", "--json")
    assert json.loads(done.stdout)["imported"] > 200


def test_quarantine_names_file_row_column_value_rule_and_mend(
    database_url: str, file: list[str], tmp_path: Path
) -> None:
    run(database_url, "import", "cases", *file)
    (row,) = json.loads(run(database_url, "quarantine", "--json").stdout)["rows"]
    assert (row["file"], row["row"], row["column"], row["value"]) == ("f.csv", 3, "state", "lost")
    assert row["rule"] == "unknown_state" and "values.state" in row["mend"]
    assert (
        json.loads(run(database_url, "quarantine", "--batch", "9", "--json").stdout)["count"] == 0
    )
    assert "lost" in run(database_url, "quarantine").stdout


def test_a_saved_cell_is_no_formula(database_url: str, tmp_path: Path) -> None:
    lines = [CASE_HEADER, case_line("A1", state="=1+1")]
    (tmp_path / "f.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "map.toml").write_text(CASE_MAP, encoding="utf-8")
    run(
        database_url,
        "import",
        "cases",
        str(tmp_path / "f.csv"),
        "--mapping",
        str(tmp_path / "map.toml"),
    )
    run(database_url, "quarantine", "--out", str(tmp_path / "out.csv"))
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as saved:
        header, row = csv.reader(saved)
    told = dict(zip(header, row, strict=True))
    assert header[0] == "no" and told["state"] == told["【隔离】值"] == "'=1+1"


def test_every_rule_has_its_words() -> None:
    folder = Path(intake.__file__).parent.parent / "intake"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    rules = set(re.findall(r'BadRow\(\s*"(\w+)"', source))
    rules |= {f"unknown_{name}" for name in ("unit", "area", "category", "channel")}
    for rule in rules:
        assert word(f"intake.rule.{rule}") and word(f"intake.mend.{rule}")
    for key in re.findall(r'ImportRefused\(\s*"([\w.]+)"', source):
        assert key in catalogue("zh_CN")
