"""Mutants of the front door: each guard taken away in turn, and the tests that must notice it.

A mutant replaces a text that stands in a file exactly once.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from data.config import PROJECT
from data.terms import Role

ACCESS = "data/access.py"
BY_HAND = tomllib.loads((PROJECT / "tests/mutants.toml").read_text("utf-8"))
TABLES, SCREENS = BY_HAND["tests"]["tables"], BY_HAND["tests"]["screens"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A guard that is gone, and who must notice."""

    path: str
    old: str
    new: str
    missed_by: str

    @property
    def name(self) -> str:
        """What was taken away."""
        return f"{self.path}: {' '.join(self.old.split())[:70]} → {' '.join(self.new.split())[:40]}"


def text_of(path: str) -> str:
    """A file of the project."""
    return (PROJECT / path).read_text("utf-8")


def permission_mutants() -> Iterator[Mutant]:
    """Each role taken out of each permission, and one that has no business there put in."""
    for line in _lines_of("WHO_MAY: "):
        roles = re.findall(r"Role\.(\w+)", line)
        for role in roles:
            rest = ", ".join(f"Role.{other}" for other in roles if other != role)
            new = re.sub(r"\{.*\}", f"{{{rest}}}" if rest else "set()", line)
            yield Mutant(ACCESS, line, new, TABLES)
        stranger = next(role.name for role in reversed(Role) if role.name not in roles)
        yield Mutant(ACCESS, line, line.replace("{", f"{{Role.{stranger}, "), TABLES)


def table_mutants() -> Iterator[Mutant]:
    """Each other row of the tables taken out; each permission in them weakened."""
    for name in ("OF_THE_DISTRICT = ", "ACTIONS: ", "QUERIES: ", "HARMLESS = ", "EXPORTS: "):
        for line in _lines_of(name):
            yield Mutant(ACCESS, line, "", TABLES)
            for permission in re.findall(r"^.*: .*Permission\.(\w+)", line):
                weak = "REPORT" if permission == "READ_CASES" else "READ_CASES"
                new = line.replace(f"Permission.{permission}", f"Permission.{weak}")
                yield Mutant(ACCESS, line, new, TABLES)
            if ", Kind." in line:
                yield Mutant(ACCESS, line, re.sub(r", Kind\.\w+", "", line), TABLES)


def screen_mutants() -> Iterator[Mutant]:
    """Each screen for everybody who reads cases, and for nobody."""
    for line in text_of("gate/screens.py").splitlines():
        if line.strip().startswith("Screen(") and "Permission." in line:
            weak = re.sub(r"Permission\.\w+", "Permission.READ_CASES", line)
            yield Mutant("gate/screens.py", line, weak, SCREENS)


def _lines_of(table: str) -> list[str]:
    """The rows of a table of access, one a line, with their line ends."""
    text = text_of(ACCESS)
    start = text.index(f"\n{table}") + 1
    body = text[start : text.index("\n}\n", start)]
    return [f"{line}\n" for line in body.splitlines()[1:]]


def guards() -> Iterator[Mutant]:
    """Those written down by hand."""
    for guard in BY_HAND["guards"]:
        missed_by = BY_HAND["tests"][guard["missed_by"]]
        yield Mutant(guard["path"], guard["old"], guard.get("new", ""), missed_by)


def mutants() -> list[Mutant]:
    """All of them, in a fixed order."""
    return [*permission_mutants(), *table_mutants(), *screen_mutants(), *guards()]
