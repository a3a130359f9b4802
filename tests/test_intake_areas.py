"""Areas, with outlines and without."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, Row, select

from data.intake.loading.batch import Result
from data.schema import areas
from tests.samples import load

TABLE = """
[columns]
area_code = "code"
name = "name"
parent = "above"
level = "level"
valid_from = "from"
"""
OUTLINES = """
[source]
datum = "CGCS2000"
[columns]
name = "name"
boundary = "geometry"
[constants]
level = "town"
"""
SQUARE = [[[114, 30], [115, 30], [115, 31], [114, 31], [114, 30]]]
FAR_SQUARE = [[[120, 30], [121, 30], [121, 31], [120, 31], [120, 30]]]


def area(conn: Connection, code: str) -> Row[tuple]:
    """The row of an area."""
    return conn.execute(select(areas).where(areas.c.code == code)).one()


def load_table(conn: Connection, folder: Path, *lines: str) -> Result:
    """Import lines of a table."""
    (folder / "map.toml").write_text(TABLE, encoding="utf-8")
    (folder / "areas.csv").write_text("\n".join(["code,name,above,level,from", *lines]), "utf-8")
    return load(conn, "areas", folder / "areas.csv", folder / "map.toml")


def load_outlines(conn: Connection, folder: Path, *features: tuple[str, object]) -> Result:
    """Import features of a name and a geometry."""
    told = [{"properties": {"name": name}, "geometry": outline} for name, outline in features]
    (folder / "map.toml").write_text(OUTLINES, encoding="utf-8")
    (folder / "areas.geojson").write_text(json.dumps({"features": told}), encoding="utf-8")
    return load(conn, "areas", folder / "areas.geojson", folder / "map.toml")


def polygon(rings: object) -> dict[str, object]:
    """A GeoJSON polygon."""
    return {"type": "Polygon", "coordinates": rings}


def test_a_parent_may_stand_below_its_child(conn: Connection, tmp_path: Path) -> None:
    lines = ["v1,village,t1,community,2026-01-01", "t1,town,,town,"]
    assert load_table(conn, tmp_path, *lines).imported == 2
    assert area(conn, "v1").parent_id == area(conn, "t1").area_id
    assert area(conn, "v1").valid_from.isoformat() == "2026-01-01"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("v1,village,nowhere,community,", "unknown_parent"),
        ("v1,village,v1,community,", "parent_circle"),
        ("v1,village,,hamlet,", "unknown_word"),
        ("v1,,,town,", "missing_value"),
        ("v1,village,,town,2026-02-30", "bad_time"),
    ],
)
def test_a_bad_area_is_kept_aside(conn: Connection, tmp_path: Path, line: str, rule: str) -> None:
    assert load_table(conn, tmp_path, line, "t1,town,,town,").reasons == {rule: 1}


def test_areas_in_a_circle_are_kept_aside_with_what_lies_below(
    conn: Connection, tmp_path: Path
) -> None:
    load_table(conn, tmp_path, "t1,town,,town,", "v1,village,t1,community,")
    lines = ["t1,town,v1,town,", "a,one,b,grid1,", "b,two,a,grid1,", "c,three,b,grid2,"]
    assert load_table(conn, tmp_path, *lines).reasons == {"parent_circle": 3, "unknown_parent": 1}
    assert area(conn, "t1").parent_id is None


def test_a_newer_table_changes_what_it_says_and_keeps_the_rest(
    conn: Connection, tmp_path: Path
) -> None:
    load_table(conn, tmp_path, "t1,town,,town,2026-01-01", "t2,other,,town,")
    result = load_table(conn, tmp_path, "t1,new name,,,", "t2,other,,town,")
    assert (result.updated, result.duplicates) == (1, 1)
    assert (area(conn, "t1").name, area(conn, "t1").level) == ("new name", "town")


@pytest.mark.parametrize("nothing", [None, polygon([])])
def test_an_empty_outline_never_erases_a_known_one(
    conn: Connection, tmp_path: Path, nothing: object
) -> None:
    load_outlines(conn, tmp_path, ("north", polygon(SQUARE)), ("south", nothing))
    assert area(conn, "south").boundary is None and area(conn, "north").datum == "CGCS2000"
    assert load_outlines(conn, tmp_path, ("north", nothing)).duplicates == 1
    assert area(conn, "north").boundary == polygon(SQUARE)


def test_features_of_one_name_are_parts_of_one_area(conn: Connection, tmp_path: Path) -> None:
    parts = [("north", polygon(SQUARE)), ("north", polygon(FAR_SQUARE)), ("north", None)]
    result = load_outlines(conn, tmp_path, *parts)
    assert (result.rows, result.imported, result.updated, result.duplicates) == (3, 1, 1, 1)
    assert area(conn, "north").boundary == {
        "type": "MultiPolygon",
        "coordinates": [SQUARE, FAR_SQUARE],
    }


@pytest.mark.parametrize(
    "outline",
    [
        {"type": "Point", "coordinates": [114, 30]},
        polygon([[[114, 30], [115, 30]]]),
        polygon([[[1140, 30], [115, 30], [115, 31], [1140, 30]]]),
        polygon([[["east", 30], [115, 30], [115, 31], [114, 30]]]),
        {"type": "Polygon"},
        [1, 2],
    ],
)
def test_a_bad_outline_is_kept_aside(conn: Connection, tmp_path: Path, outline: object) -> None:
    result = load_outlines(conn, tmp_path, ("north", outline), ("south", polygon(SQUARE)))
    assert (result.reasons, result.imported) == ({"bad_outline": 1}, 1)


def test_heights_are_not_kept(conn: Connection, tmp_path: Path) -> None:
    high = [[[*point, 12.5] for point in SQUARE[0]]]
    load_outlines(conn, tmp_path, ("north", polygon(high)))
    assert area(conn, "north").boundary == polygon(SQUARE)
