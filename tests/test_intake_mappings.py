"""Mappings that are kept in the database: who may keep one, and how it is found again."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from data.intake.mapping.map import read_mapping
from data.intake.mapping.saved import kept_mappings, save_mapping
from data.schema import audit_events, mappings
from data.terms import Actor, ImportRefused, Role, SaveMapping
from tests.samples import CASE_HEADER, CASE_MAP, NOW, case_line, load

DISPATCHER = Actor("chen", "陈", Role.DISPATCHER)


def keep(conn: Connection, name: str = "城管局", text: str = CASE_MAP) -> None:
    """Keep a mapping of cases, as a dispatcher does."""
    save_mapping(conn, SaveMapping(name, "cases", text), DISPATCHER, NOW)


def test_a_kept_mapping_is_found_by_its_name(conn: Connection, tmp_path: Path) -> None:
    keep(conn)
    (tmp_path / "f.csv").write_text(f"{CASE_HEADER}\n{case_line()}", encoding="utf-8")
    assert load(conn, "cases", tmp_path / "f.csv", "城管局").imported == 1
    assert read_mapping("城管局", "cases", conn).columns["case_no"] == ("no",)
    assert load(conn, "cases", tmp_path / "f.csv", "城管局").is_repeat


def test_keeping_again_replaces_and_is_on_record(conn: Connection) -> None:
    keep(conn)
    keep(conn, text=CASE_MAP.replace('"title"', '"place"'))
    (row,) = kept_mappings(conn)
    assert (row.name, row.kind, row.saved_by) == ("城管局", "cases", "chen")
    assert read_mapping("城管局", "cases", conn).columns["title"] == ("place",)
    kinds = conn.execute(select(audit_events.c.kind, audit_events.c.object)).all()
    assert kinds == [("mapping", "城管局")] * 2


def test_a_mapping_of_another_kind_is_not_found(conn: Connection) -> None:
    keep(conn)
    with pytest.raises(ImportRefused, match="城管局"):
        read_mapping("城管局", "events", conn)


def test_a_shipped_mapping_is_found_beside_kept_ones(conn: Connection) -> None:
    assert read_mapping("nyc_311", "cases", conn).name == "nyc_311"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a", "[columns", "TOML"),
        ("a", '[columns]\ncase_no = "no"\n', "opened_at"),
        ("", CASE_MAP, "名称"),
        ("../a", CASE_MAP, "../a"),
        ("长" * 61, CASE_MAP, "60"),
    ],
)
def test_what_does_not_read_is_not_kept(conn: Connection, name: str, text: str, said: str) -> None:
    with pytest.raises(ImportRefused, match=said):
        keep(conn, name, text)
    assert conn.execute(select(mappings)).first() is None
