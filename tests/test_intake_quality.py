"""The quality of sources, against hand-made deliveries and an independent count in pandas."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, insert

from data.config import settings
from data.intake.loading.load import import_file
from data.intake.quality import Part, Quality, sources
from data.schema import imports
from data.terms import Lamp
from tests.builders import day
from tests.samples import CASE_HEADER, CASE_MAP, case_line
from tests.test_intake_commands import run

NOW = day(31, 12)
HOUR = timedelta(hours=1)


def add_delivery(
    conn: Connection,
    at: datetime,
    rows: int = 100,
    *,
    quarantined: int = 0,
    filled: int = 0,
    cells: int = 0,
    source: str = "feed",
    kind: str = "cases",
    columns: tuple[str, ...] = ("a", "b"),
    declared: int | None = None,
    undone_at: datetime | None = None,
) -> None:
    """One row of `imports`; whatever is not named does not matter."""
    conn.execute(
        insert(imports).values(
            kind=kind, file_name="f.csv", file_sha256="", mapping=f"{source} 0", actor="test",
            imported_at=at, row_count=rows, imported_count=rows - quarantined, updated_count=0,
            duplicate_count=0, quarantined_count=quarantined, reasons={}, source=source,
            filled_count=filled, cell_count=cells, columns=list(columns), declared_rows=declared,
            undone_at=undone_at,
        )
    )  # fmt: skip


def only(conn: Connection) -> Quality:
    (found,) = sources(conn, NOW)
    return found


def part(found: Quality, name: str) -> Part:
    return next(one for one in found.parts if one.name == name)


def test_nothing_delivered_is_no_source(conn: Connection) -> None:
    assert sources(conn, NOW) == ()


def test_complete_and_valid_are_ratios_of_sums(conn: Connection) -> None:
    add_delivery(conn, NOW - 2 * HOUR, 10, quarantined=5, filled=10, cells=20)
    add_delivery(conn, NOW - HOUR, 90, quarantined=0, filled=180, cells=180)
    add_delivery(conn, day(31, 12, month=12), 1)  # not counted: in the future
    add_delivery(conn, NOW - HOUR, 1000, quarantined=1000, undone_at=NOW)  # not counted: undone
    found = only(conn)
    assert part(found, "complete").text == "95.00%"
    assert part(found, "valid").text == "95.00%"


def test_timely_is_the_share_of_time_with_a_delivery_young_enough(conn: Connection) -> None:
    add_delivery(conn, NOW - 72 * HOUR)  # young for 24 h, then 24 h too old
    add_delivery(conn, NOW - 24 * HOUR)  # young until now
    assert part(only(conn), "timely").text == "66.67%"


def test_timely_counts_a_delivery_before_the_window_for_the_time_it_was_young_within(
    conn: Connection,
) -> None:
    window = timedelta(days=settings().intake.quality_days)
    add_delivery(conn, NOW - window - 12 * HOUR)  # young for the first 12 h of the window
    found = part(only(conn), "timely")
    assert found.share is not None
    assert found.share == pytest.approx(12 * HOUR / window)
    assert [one.rows for one in only(conn).deliveries] == []


def test_stable_compares_header_and_rows_with_the_earlier_ones(conn: Connection) -> None:
    for hours, rows, columns in [
        (9, 100, ("a", "b")),  # nothing before it: in neither part
        (8, 200, ("a", "b")),  # twice the median: stable
        (7, 76, ("a", "b")),  # half of 150 is 75: stable
        (6, 300, ("a", "b")),  # more than twice 100
        (5, 100, ("a", "c")),  # another header
        (4, 100, ("a", "c")),  # the same again: stable
    ]:
        add_delivery(conn, NOW - hours * HOUR, rows, columns=columns)
    stable = part(only(conn), "stable")
    assert (stable.numerator, stable.denominator) == (3, 5)


def test_the_score_is_the_lowest_part_and_names_it(conn: Connection) -> None:
    add_delivery(conn, NOW - HOUR, 100, quarantined=30, filled=80, cells=100)
    lowest = only(conn).lowest
    assert lowest is not None and (lowest.name, lowest.text) == ("valid", "70.00%")
    assert lowest.lamp is Lamp.RED


def test_what_cannot_be_divided_is_a_dash_and_decides_nothing(conn: Connection) -> None:
    add_delivery(conn, NOW - HOUR, 0)
    found = only(conn)
    assert [one.text for one in found.parts] == ["—", "—", "100.00%", "—"]
    assert found.lowest and found.lowest.name == "timely"


@pytest.mark.parametrize(
    ("hours", "lamp"), [(24, Lamp.NONE), (25, Lamp.YELLOW), (49, Lamp.RED)], ids=str
)
def test_an_old_source_lights_a_lamp(conn: Connection, hours: int, lamp: Lamp) -> None:
    add_delivery(conn, NOW - hours * HOUR)
    assert only(conn).age_lamp is lamp


def test_totals_are_reconciled_delivery_by_delivery(conn: Connection) -> None:
    add_delivery(conn, NOW - 3 * HOUR, 100)  # declares nothing
    add_delivery(conn, NOW - 2 * HOUR, 100, declared=98)
    add_delivery(conn, NOW - HOUR, 100, declared=102)
    declaring = only(conn).declaring
    assert [one.difference for one in declaring] == [2, -2]  # the sums alone would agree


def test_the_same_name_for_two_kinds_is_two_sources(conn: Connection) -> None:
    add_delivery(conn, NOW - HOUR, source="a", kind="events")
    add_delivery(conn, NOW - HOUR, source="b")
    add_delivery(conn, NOW - HOUR, source="a")
    found = [(one.kind, one.source) for one in sources(conn, NOW)]
    assert found == [("cases", "a"), ("cases", "b"), ("events", "a")]


def test_random_deliveries_are_counted_as_pandas_counts_them(conn: Connection) -> None:
    chance = random.Random(7)
    rows = []
    for _ in range(200):
        cells = chance.randrange(0, 400)
        rows.append(
            {
                "at": NOW - chance.randrange(1, 60 * 24 * 60) * timedelta(minutes=1),
                "source": chance.choice("abc"),
                "rows": (count := chance.randrange(0, 300)),
                "quarantined": chance.randrange(0, count + 1),
                "cells": cells,
                "filled": chance.randrange(0, cells + 1),
                "columns": chance.choice([("a", "b"), ("a", "c")]),
                "undone_at": chance.choice([None, None, None, NOW]),
            }
        )
    for one in rows:
        add_delivery(conn, **one)  # type: ignore[arg-type]  # made just above
    table = pd.DataFrame(rows)
    table["order"] = range(len(table))
    table = table[table["undone_at"].isna()].sort_values(["at", "order"])
    for found in sources(conn, NOW):
        told = {one.name: (one.numerator, one.denominator) for one in found.parts}
        assert told == _by_pandas(table[table.source == found.source])


def _by_pandas(table: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """The four parts, minute by minute and row by row, from their definitions alone."""
    start = NOW - timedelta(days=settings().intake.quality_days)
    usual = table.rows.shift().rolling(10, min_periods=1).median()
    same = table["columns"] == table["columns"].shift()
    stable = same & (table.rows >= usual / 2) & (table.rows <= usual * 2)
    within = table["at"] >= start
    minutes = pd.date_range(max(start, table["at"].min()), NOW, freq="min", inclusive="left")
    newest = pd.merge_asof(pd.DataFrame({"at": minutes}), table[["at"]].assign(last=table["at"]))
    young = (newest["at"] - newest["last"]) < timedelta(hours=settings().intake.interval_hours)
    each = 60 * 1_000_000
    return {
        "complete": (int(table.filled[within].sum()), int(table.cells[within].sum())),
        "valid": (
            int((table.rows - table.quarantined)[within].sum()),
            int(table.rows[within].sum()),
        ),
        "timely": (int(young.sum()) * each, len(minutes) * each),
        "stable": (int(stable[within & usual.notna()].sum()), int((within & usual.notna()).sum())),
    }


def test_an_import_counts_its_cells_and_what_it_looked_like(engine: Engine, tmp_path: Path) -> None:
    lines = [f"{CASE_HEADER},extra", case_line("A1") + ",1", case_line("A2", state="lost") + ",2"]
    (tmp_path / "f.csv").write_text("\n".join([*lines, "too,few"]), encoding="utf-8")
    (tmp_path / "map.toml").write_text(CASE_MAP, encoding="utf-8")
    table = pd.read_csv(tmp_path / "f.csv", dtype=str, nrows=2, keep_default_na=False)
    read = table[[name for name in table if str(name) in CASE_MAP]]
    with engine.begin() as conn:
        path = str(tmp_path / "map.toml")
        import_file(conn, "cases", tmp_path / "f.csv", path, "test", NOW, None, 3)
        row = conn.execute(imports.select()).one()
    assert (row.filled_count, row.cell_count) == (int((read != "").sum().sum()), read.size)
    assert (row.source, row.declared_rows, row.ignored) == ("map", 3, ["updated", "extra"])
    assert row.columns == list(table) and row.seconds >= 0
    assert row.newest_at is not None and row.newest_at <= NOW


def test_sources_from_a_prompt_tell_the_same_numbers(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(f"{CASE_HEADER}\n{case_line('A1')}\n", encoding="utf-8")
    (tmp_path / "map.toml").write_text(CASE_MAP, encoding="utf-8")
    words = ["import", "cases", str(tmp_path / "f.csv"), "--mapping", str(tmp_path / "map.toml")]
    assert run(database_url, *words, "--declared-rows", "2").exit_code == 0
    (told,) = json.loads(run(database_url, "sources", "--json").stdout)["sources"]
    assert (told["source"], told["kind"], told["rows"]) == ("map", "cases", 1)
    assert (told["delivered_rows"], told["declared_rows"], told["differing"]) == (1, 2, [1])
    assert told["parts"]["valid"]["text"] == "100.00%"
    assert "map" in run(database_url, "sources").stdout
