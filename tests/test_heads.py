"""The heads of the seals stand in a second place too: a journal sealed anew does not match them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from data.db import is_sqlite
from data.heads import broken_head, heads, write_heads
from data.journal import audit, broken_row, fold
from data.proof import prove
from data.schema import audit_events, seals
from data.terms import Refused
from tests.builders import add_case, day

NOW = day(20, 8)


def seal(engine: Engine, now=NOW) -> None:  # type: ignore[no-untyped-def]
    with engine.begin() as conn:
        audit(conn, "wang", "sign_in", now)
    with engine.begin() as conn:
        fold(conn, now)


def test_a_day_has_one_head_of_each_journal(engine: Engine, tmp_path: Path) -> None:
    place = tmp_path / "heads.txt"
    with engine.begin() as conn:
        add_case(conn)
    seal(engine)
    with engine.begin() as conn:
        assert write_heads(conn, place, NOW) == 2
    seal(engine, NOW + timedelta(hours=1))
    with engine.begin() as conn:
        assert write_heads(conn, place, NOW + timedelta(hours=1)) == 0  # the same day
        assert write_heads(conn, place, NOW + timedelta(days=1)) == 2
        assert broken_head(conn, place) is None
        assert prove(conn, place).holds
    found = heads(place)
    assert [head.day for head in found] == ["2026-01-20"] * 2 + ["2026-01-21"] * 2
    assert {head.journal for head in found} == {"case_events", "audit_events"}


def test_nothing_sealed_has_no_head(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as conn:
        assert write_heads(conn, tmp_path / "heads.txt", NOW) == 0
        assert prove(conn, tmp_path / "heads.txt").holds


def test_a_journal_rewritten_with_its_seals_is_betrayed_by_its_head(
    engine: Engine, tmp_path: Path
) -> None:
    place = tmp_path / "heads.txt"
    seal(engine)
    with engine.begin() as conn:
        write_heads(conn, place, NOW)
    _rewrite(engine)
    with engine.begin() as conn:
        assert broken_row(conn) is None  # the seals bear the new rows out
        assert broken_head(conn, place) == "2026-01-20 audit_events"
        assert not prove(conn, place).holds


def _rewrite(engine: Engine) -> None:
    """What whoever owns the database can do: no trigger, another actor, every seal anew."""
    with engine.begin() as conn:
        for table in (audit_events, seals):
            if is_sqlite(conn):
                for verb in ("update", "delete"):
                    conn.execute(text(f"DROP TRIGGER {table.name}_no_{verb}"))
            else:
                conn.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
        conn.execute(text("UPDATE audit_events SET actor = 'nobody'"))
        conn.execute(text("DELETE FROM seals"))
    with engine.begin() as conn:
        fold(conn, NOW)


@pytest.mark.parametrize("content", ["2026-01-20 audit_events", "not a head\n", "a b c d\n"])
def test_a_place_that_does_not_read_is_said(engine: Engine, tmp_path: Path, content: str) -> None:
    place = tmp_path / "heads.txt"
    place.write_text(content, "utf-8")
    with engine.begin() as conn, pytest.raises(Refused, match=r"heads\.txt"):
        write_heads(conn, place, NOW)


def test_a_place_that_cannot_be_written_is_said(engine: Engine, tmp_path: Path) -> None:
    seal(engine)
    with engine.begin() as conn, pytest.raises(Refused, match="nowhere"):
        write_heads(conn, tmp_path / "nowhere" / "heads.txt", NOW)
