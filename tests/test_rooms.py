"""The rooms of the house: who may import whom, and what may stand where."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from data.config import PROJECT
from data.words import catalogue

ROOMS = ("gate", "door", "pages", "components", "data")

# What each room may import of ours. `app` is the file app.py.
MAY_IMPORT = {
    "app": ("gate",),
    "gate": ("gate", "pages", "components", "door", "data"),
    "pages": ("pages", "components", "door", "data"),
    "components": ("components", "data.terms", "data.metrics", "data.words", "data.config"),
    "door": ("door", "components.notices", "data"),
    "data": ("data",),
}
READS_THE_CLOCK = {"data/__main__.py"}
# BEGIN, PRAGMA, triggers; conditions of partial indexes; an operator's own query of another system.
WRITES_SQL = {
    "data/db.py",
    "data/migrations/append_only.py",
    "data/schema.py",
    "data/intake/source.py",
}
# They recognise Chinese in other people's files; they show none.
RECOGNISES_CHINESE = {"data/intake/values/times.py"}
CHINESE = re.compile(r"[\u3400-\u9fff]")  # words; a comma or a space between them is no word

# Keys put together at run time, by how they begin or end; each is a family, not a single word.
DYNAMIC_FAMILIES = (
    re.compile(r".+\.reason$"),  # the reason under a notice's sentence
)


def sources(*rooms: str) -> list[Path]:
    files = [path for room in rooms for path in (PROJECT / room).rglob("*.py")]
    return sorted(path for path in files if "versions" not in path.parts)


ALL = [PROJECT / "app.py", *sources(*ROOMS)]


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(module: str, allowed: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(room + ".") for room in allowed)


def leads_to(module: str, allowed: tuple[str, ...]) -> bool:
    """`from data import words` names `data` before `data.words`."""
    return is_within(module, allowed) or any(room.startswith(module + ".") for room in allowed)


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_each_room_imports_only_what_it_may(path: Path) -> None:
    room = path.relative_to(PROJECT).parts[0].removesuffix(".py")
    ours = [name for name in imports(tree_of(path)) if is_within(name, ROOMS)]
    assert [name for name in ours if not leads_to(name, MAY_IMPORT[room])] == []


@pytest.mark.parametrize("path", sources("data"), ids=name_of)
def test_data_knows_no_screen_and_no_clock(path: Path) -> None:
    tree = tree_of(path)
    assert not any(is_within(name, ("streamlit", "altair", "pydeck")) for name in imports(tree))
    if name_of(path) not in READS_THE_CLOCK:
        assert [call for call in calls(tree) if is_a_clock(call)] == []


def calls(tree: ast.AST) -> list[str]:
    return [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def is_a_clock(call: str) -> bool:
    owner, _, name = call.rpartition(".")
    is_of_time = owner.split(".")[-1] in {"datetime", "date", "time", "func", "Timestamp"}
    return is_of_time and name in {"now", "utcnow", "today", "time", "current_timestamp"}


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_no_text_sql(path: Path) -> None:
    """Statements that Core compiled may be sent as they are; nobody else writes SQL."""
    if name_of(path) in WRITES_SQL:
        return
    tree = tree_of(path)
    assert not any(name == "sqlalchemy.text" for name in imports(tree))
    sent = [
        ast.unparse(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("exec_driver_sql")
    ]
    assert [text for text in sent if not re.fullmatch(r"\w+|str\(\w+\)", text)] == []


@pytest.mark.parametrize("path", sources("pages", "components"), ids=name_of)
def test_screens_and_pieces_speak_to_no_database(path: Path) -> None:
    names = list(imports(tree_of(path)))
    ways_round = ("sqlalchemy", "data.db", "data.schema", "door.database")
    assert not any(is_within(name, ways_round) for name in names)


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_no_blind_except(path: Path) -> None:
    caught = [
        ast.unparse(node.type) if node.type else "everything"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
        and not (node.body and isinstance(node.body[-1], ast.Raise))  # handed on is not hidden
    ]
    assert not set(caught) & {"Exception", "BaseException", "everything"}


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_visible_words_stand_in_the_catalogue_only(path: Path) -> None:
    name = name_of(path)
    if name.startswith("data/demo/") or name in RECOGNISES_CHINESE:
        return
    found = [text for text in spoken(tree_of(path)) if CHINESE.search(text)]
    assert found == []


def spoken(tree: ast.Module) -> Iterator[str]:
    """Every string that is not a docstring."""
    documented = (ast.Module, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    silent = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in silent
        ):
            yield node.value


def words_asked_for() -> tuple[set[str], list[re.Pattern[str]]]:
    """Keys given to word(…) or a refusal as they stand; the shape of those put together there."""
    keys: set[str] = set()
    shapes: list[re.Pattern[str]] = []
    for path in ALL:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and node.args and takes_a_key(node):
                for choice in choices(node.args[0]):
                    if isinstance(choice, ast.Constant):
                        keys.add(choice.value)
                    elif isinstance(choice, ast.JoinedStr):
                        shapes.append(shape(choice))
    return keys, shapes


def takes_a_key(call: ast.Call) -> bool:
    name = ast.unparse(call.func).split(".")[-1]
    refusals = {"Refused", "ActionRefused", "OutOfScope", "Stale", "ImportRefused", "refusal"}
    return name in {"word"} | refusals


def choices(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [*choices(node.body), *choices(node.orelse)]
    return [node]


def shape(text: ast.JoinedStr) -> re.Pattern[str]:
    parts = [
        re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in text.values
    ]
    return re.compile("".join(parts) + r"\Z")


def test_every_word_asked_for_is_in_the_catalogue() -> None:
    keys, _ = words_asked_for()
    assert sorted(keys - set(catalogue("zh_CN"))) == []


def test_every_word_of_the_catalogue_is_asked_for() -> None:
    """As it stands, by the shape of a key put together, or as a key that travels in a value."""
    keys, shapes = words_asked_for()
    shapes = [found for found in shapes if found.pattern.replace(".+", "").strip("\\.Z")]
    travelling = {text for path in ALL for text in spoken(tree_of(path))}
    idle = [
        key
        for key in catalogue("zh_CN")
        if key not in keys | travelling
        and not any(found.match(key) for found in (*shapes, *DYNAMIC_FAMILIES))
    ]
    assert idle == []


def test_no_word_is_written_twice() -> None:
    written = [
        line
        for path in (PROJECT / "data/locale/zh_CN").glob("*.po")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("msgid") and line != 'msgid ""'
    ]
    assert sorted({line for line in written if written.count(line) > 1}) == []


def test_pages_draw_nothing_when_imported() -> None:
    """Every module of pages/ in a fresh process in which drawing anything is an error."""
    modules = [name_of(path).removesuffix(".py").replace("/", ".") for path in sources("pages")]
    modules = [module.removesuffix(".__init__") for module in modules]
    code = f"""
import importlib
from streamlit.delta_generator import DeltaGenerator
def refuse(self, kind, *args, **kwargs):
    raise AssertionError(f"drew {{kind}} at import")
DeltaGenerator._enqueue = refuse
for module in {modules!r}:
    importlib.import_module(module)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_app_stays_a_front_door() -> None:
    assert len((PROJECT / "app.py").read_text("utf-8").splitlines()) < 60


def test_the_script_has_no_pages_beside_it() -> None:
    """Beside it, a cold server would run any of them by its URL, without a sign-in."""
    assert not (PROJECT / "gate" / "pages").exists()
