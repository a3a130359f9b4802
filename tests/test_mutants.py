"""Every guard of the front door is missed when it is gone: some test fails without it."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from data.config import PROJECT
from tests.mutants import Mutant, mutants, text_of
from tests.scale import SIZE

MUTANTS = mutants()
LEFT_OUT = shutil.ignore_patterns(".*", "*.db", "__pycache__", "node_modules", "var")
FAILED = 1  # what pytest ends with when a test failed; anything else is no proof
SECONDS = 600


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project once more, to be mutilated."""
    folder = tmp_path_factory.mktemp("mutants") / "project"
    shutil.copytree(PROJECT, folder, ignore=LEFT_OUT)
    shutil.copytree(PROJECT / ".streamlit", folder / ".streamlit")
    return folder


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_made_of_what_stands_there_once(mutant: Mutant) -> None:
    assert text_of(mutant.path).count(mutant.old) == 1
    assert mutant.new != mutant.old
    if mutant.path.endswith(".py"):  # what cannot be read proves nothing
        compile(text_of(mutant.path).replace(mutant.old, mutant.new), mutant.path, "exec")


@pytest.mark.parametrize("number", range(min(SIZE.mutants, len(MUTANTS))))
def test_a_guard_that_is_gone_is_missed(
    copy: Path, number: int, pytestconfig: pytest.Config
) -> None:
    chance = Random(pytestconfig.option.hypothesis_seed)
    mutant = chance.sample(MUTANTS, len(MUTANTS))[number]
    path = copy / mutant.path
    path.write_text(path.read_text("utf-8").replace(mutant.old, mutant.new), "utf-8")
    try:
        done = _missed(copy, mutant.missed_by)
    finally:
        path.write_text(text_of(mutant.path), "utf-8")
    assert done.returncode == FAILED, f"{mutant.name} survived:\n{done.stdout[-2000:]}"


def _missed(copy: Path, tests: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-x", "--tb=no", *shlex.split(tests)],
        cwd=copy,
        env=os.environ | {"YIPING_TEST_SIZE": "ci"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
