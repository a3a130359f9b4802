"""Work that a process of its own does: whatever it tells, nobody waits for it for ever."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from data.terms import ActionRefused, Actor, Role
from door import importing
from door.desk import Desk, Work, room
from tests.house import EARLIER

KEEPER = Actor("dispatcher", "值班席", Role.DISPATCHER)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = room.desks[KEEPER.login] = Desk(TemporaryDirectory())
    yield desk
    del room.desks[KEEPER.login]
    desk.folder.cleanup()


def telling(text: str) -> subprocess.Popen[str]:
    program = f"import sys; sys.stdin.readline(); print({text!r})"
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, text=True)


def test_a_worker_that_tells_nonsense_blocks_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_worker", lambda errors: telling("no JSON"))
    desk.work = Work("import", "a.csv", KEEPER, EARLIER)
    with pytest.raises(ActionRefused):
        importing._refuse_while_busy()
    with pytest.raises(ValueError, match="Expecting value"):
        importing._follow(desk, desk.work, "{}")
    assert (desk.work.state, desk.work.why) == ("crashed", "broke")
    importing._refuse_while_busy()


def test_a_worker_that_was_stopped_before_it_began_blocks_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_: Path) -> subprocess.Popen[str]:
        process = telling("")
        assert process.stdin
        process.stdin.close()
        return process

    monkeypatch.setattr(importing, "_worker", stopped)
    desk.work = Work("import", "a.csv", KEEPER, EARLIER)
    with pytest.raises(ValueError, match="Expecting value"):
        importing._follow(desk, desk.work, "{}")
    assert not desk.work.is_running
