"""The command line as a person or a script meets it: one object, one sentence, an exit status."""

import json
import subprocess
import sys
from collections.abc import Callable
from zlib import compress

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from data.__main__ import cli
from data.config import PROJECT
from data.schema import checkpoint_columns
from tests.builders import add_case, add_centre, day

Run = Callable[..., Result]
RunApart = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(database_url: str) -> Run:
    """run("metrics", "--from", …): a command on each kind of database."""

    def start(*words: str, database: str = database_url) -> Result:
        return CliRunner().invoke(cli, [*words, "--database", database])

    return start


@pytest.fixture
def run_apart(database_url: str) -> RunApart:
    """The same in a process of its own, as a script has it."""

    def start(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "data", *words, "--database", database_url]
        return subprocess.run(
            command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False
        )

    return start


def test_from_init_to_verify(run: Run) -> None:
    assert run("init").exit_code == 0
    assert run("init").exit_code == 0  # safe to repeat
    demo = run("demo", "--cases", "300", "--as-of", "2026-11-20T15:20", "--json")
    assert json.loads(demo.stdout)["counts"]["cases"] == 300

    window = ("--from", "2026-10-01", "--to", "2026-11-01")
    answer = json.loads(run("metrics", *window, "--by", "unit", "--json").stdout)
    assert answer["from"] == "2026-10-01T00:00:00+08:00"
    assert answer["ledger_balanced"] is True
    opened = answer["metrics"]["opened_count"]["value"]
    by_unit = [unit["opened_count"]["value"] for unit in answer["by"]["unit"].values()]
    assert sum(by_unit) == opened > 0

    part = ("--metric", "opened_count", "--part", "numerator", "--json")
    listed = json.loads(run("cases", *window, *part).stdout)
    assert listed["count"] == len(listed["cases"]) == opened

    assert json.loads(run("verify", "--json").stdout)["holds"] is True
    assert run("fold").exit_code == 0
    assert json.loads(run("rebuild", "--check", "--json").stdout)["holds"] is True


def test_rollups_that_differ_from_the_rows_are_named_and_mended(run: Run, engine: Engine) -> None:
    with engine.begin() as conn:
        add_case(conn, "A-1", day(5), centre_id=add_centre(conn))
    assert run("rebuild").exit_code == 0
    with engine.begin() as conn:
        is_kept = checkpoint_columns.c.base == "crossings", checkpoint_columns.c.name == "flags"
        wrong = compress(np.array([0], dtype=np.int32).tobytes())
        conn.execute(update(checkpoint_columns).where(*is_kept).values(packed=wrong))
    found = run("rebuild", "--check")
    assert (found.exit_code, "A-1" in found.stdout) == (1, True)
    assert run("rebuild").exit_code == 0
    assert run("rebuild", "--check").exit_code == 0


def test_a_process_of_its_own_says_and_ends_the_same(run_apart: RunApart) -> None:
    assert json.loads(run_apart("verify", "--json").stdout)["holds"] is True
    refused = run_apart("metrics", "--from", "2026-10-01", "--to", "2026-10-01")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.count("\n") == 1 and "周期是空的" in refused.stderr
    assert run_apart("metrics", "--from", "2026-10-01").returncode == 2


REFUSED = {
    "an unknown metric": (("--names", "happiness"), "没有名为“happiness”的指标"),
    "an unknown unit": (("--unit", "nowhere"), "没有编码为“nowhere”的单位"),
    "a time nobody can read": (("--as-of", "gestern"), "看不懂时间“gestern”"),
}


@pytest.mark.parametrize(("words", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_one_sentence_and_status_1(
    run: Run, words: tuple[str, ...], sentence: str
) -> None:
    answer = run("metrics", "--from", "2026-10-01", "--to", "2026-11-01", *words)

    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert sentence in answer.stderr


def test_an_empty_window_is_refused(run: Run) -> None:
    answer = run("metrics", "--from", "2026-10-01", "--to", "2026-10-01")

    assert answer.exit_code == 1
    assert "周期是空的" in answer.stderr


def test_a_database_without_tables_is_named(run: Run, tmp_path_factory: object) -> None:
    folder = tmp_path_factory.mktemp("new")  # type: ignore[attr-defined]
    answer = run("verify", database=f"sqlite:///{folder}/new.db")

    assert answer.exit_code == 1
    assert "new.db" in answer.stderr
    assert "python -m data init" in answer.stderr


def test_wrong_usage_is_status_2(run: Run) -> None:
    assert run("metrics", "--from", "2026-10-01").exit_code == 2


def test_nothing_counted_is_a_dash_and_not_zero_percent(run: Run) -> None:
    answer = run("metrics", "--from", "2026-10-01", "--to", "2026-11-01", "--json")
    rate = json.loads(answer.stdout)["metrics"]["closure_rate_due"]

    assert (rate["value"], rate["text"], rate["denominator"]) == (None, "—", 0)


def test_a_share_that_may_still_grow_says_so(run: Run) -> None:
    run("init")
    window = ("--from", "2026-10-01", "--to", "2026-11-01", "--as-of")
    young = json.loads(run("metrics", *window, "2026-11-30T23:59", "--json").stdout)["metrics"]
    ripe = json.loads(run("metrics", *window, "2026-12-01", "--json").stdout)["metrics"]

    assert [name for name, told in young.items() if "immature" in told] == ["reopen_rate"]
    assert young["reopen_rate"]["immature"] is True
    assert [name for name, told in ripe.items() if "immature" in told] == []


def test_the_demo_refuses_a_database_that_holds_cases(run: Run) -> None:
    run("demo", "--cases", "5", "--as-of", "2026-11-20T15:20")
    again = run("demo", "--cases", "5", "--as-of", "2026-11-20T15:20")

    assert again.exit_code == 1
    assert "5" in again.stderr
