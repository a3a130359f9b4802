"""The demo district: it tiles, its cases obey the table of actions, and it is always the same."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape
from sqlalchemy import Connection, Row, Table, Text, func, insert, select

from data import schema
from data.db import connect
from data.demo import fill
from data.demo.district import areas
from data.journal import event_of, standing_row
from data.schema import case_events, cases, categories, channels, district_facts, metadata, units
from data.states import ACTIONS, STANDING_COLUMNS, Standing, apply, can_start, is_transfer
from data.terms import AreaLevel, Kind, Refused, UnitKind

AS_OF = datetime(2026, 11, 6, 7, 20, tzinfo=UTC)
CASES, DAYS, SEED = 3000, 365, 7
IMPORTED_KINDS = {Kind.OBSERVE, Kind.UPDATE, Kind.UNDO}
PERSONAL = re.compile(r"(?<!\d)(1[3-9]\d{9}|\d{17}[\dXx])(?!\d)")


@pytest.fixture(scope="module")
def demo(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """One filled database for the questions that only read; another test holds both kinds equal."""
    copy = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("demo") / "demo.db")
    engine = connect(f"sqlite:///{copy}")
    with engine.begin() as conn:
        fill(conn, CASES, DAYS, SEED, AS_OF)
        yield conn
    engine.dispose()


def histories(conn: Connection) -> Iterator[tuple[Row, list[Row]]]:
    """Every case with its events in order."""
    order = (case_events.c.case_id, case_events.c.at, case_events.c.source_order)
    events = conn.execute(select(case_events).order_by(*order, case_events.c.event_id)).all()
    rows = {row.case_id: row for row in conn.execute(select(cases))}
    for case_id, found in groupby(events, key=lambda event: event.case_id):
        yield rows.pop(case_id), list(found)
    assert not rows, "every case has events"


def contents(conn: Connection, table: Table) -> list[tuple]:
    columns = [column for column in table.c if column.name != "xid"]
    return [tuple(row) for row in conn.execute(select(*columns).order_by(*table.primary_key))]


# The land


def test_the_district_has_its_streets_communities_and_grids(demo):
    counts = Counter(demo.execute(select(schema.areas.c.level)).scalars())

    assert counts == {"district": 1, "town": 12, "community": 138, "grid3": 358, "grid4": 1663}
    names = demo.execute(select(schema.areas.c.name).where(schema.areas.c.level == "community"))
    endings = Counter(name[-1] for name in names.scalars())
    assert endings == {"区": 83, "村": 55}


def test_each_level_lies_in_the_one_above():
    above = {AreaLevel.TOWN: "district", AreaLevel.COMMUNITY: "town"}
    above |= {AreaLevel.GRID3: "community", AreaLevel.GRID4: "grid3"}
    for area in areas():
        if area.parent is not None:
            parent = areas()[area.parent]
            assert parent.level == above[area.level]
            assert area.code.startswith(parent.code)


def test_names_and_codes_are_unique():
    assert len({area.code for area in areas()}) == len(areas())
    assert len({(area.parent, area.name) for area in areas()}) == len(areas())


def test_the_parts_of_every_area_tile_it(demo):
    rows = demo.execute(select(schema.areas)).all()
    outlines = {row.area_id: shape(row.boundary) for row in rows}
    parts: dict[int, list[shapely.Polygon]] = {}
    for row in rows:
        assert outlines[row.area_id].is_valid
        assert row.datum == "CGCS2000"
        parts.setdefault(row.parent_id, []).append(outlines[row.area_id])
    for parent_id, children in parts.items():
        if parent_id is None:
            continue
        whole = outlines[parent_id]
        union = shapely.union_all(children)
        assert union.symmetric_difference(whole).area <= 1e-9 * whole.area
        overlap = sum(child.area for child in children) - union.area
        assert abs(overlap) <= 1e-9 * whole.area


def test_a_case_lies_inside_its_grid(demo):
    grids = {row.area_id: row for row in demo.execute(select(schema.areas))}
    for row in demo.execute(select(cases.c.area_id, cases.c.lon, cases.c.lat)):
        assert grids[row.area_id].level == AreaLevel.GRID4
        assert shape(grids[row.area_id].boundary).covers(shapely.Point(row.lon, row.lat))


# The organisation


def test_units_stand_one_level_under_another(demo):
    rows = {row.unit_id: row for row in demo.execute(select(units))}
    above = {UnitKind.TOWN: "centre", UnitKind.DEPARTMENT: "centre", UnitKind.COMMUNITY: "town"}
    counts = Counter(row.kind for row in rows.values())

    assert counts == {"centre": 1, "town": 12, "community": 138, "department": 16}
    for row in rows.values():
        if row.kind != UnitKind.CENTRE:
            assert rows[row.parent_id].kind == above[row.kind]


def test_the_centre_of_init_is_kept(conn):
    conn.execute(insert(units).values(code="centre", name="中心", kind=UnitKind.CENTRE))

    fill(conn, 20, 10, SEED, AS_OF)

    assert conn.execute(select(units.c.name).where(units.c.kind == "centre")).scalar_one() == "中心"


def test_five_channels_one_of_them_the_grid(demo):
    found = {row.code: row.is_grid for row in demo.execute(select(channels))}

    assert len(found) == 5
    assert [code for code, is_grid in found.items() if is_grid] == ["grid"]


def test_cases_are_about_leaves_that_have_limits(demo):
    parents = set(demo.execute(select(categories.c.parent_id)).scalars())
    used = demo.execute(
        select(categories).where(categories.c.category_id.in_(select(cases.c.category_id)))
    ).all()

    assert len(used) > 40
    for row in used:
        assert row.category_id not in parents
        days = row.limit_amount if row.limit_unit == "working_days" else row.limit_amount / 24
        assert 1 <= days <= 15
        assert 2 <= row.accept_amount <= 8
        assert row.accept_unit == "working_hours"


# The cases


def test_every_event_is_a_legal_step(demo):
    checked = set(
        demo.execute(select(categories.c.category_id).where(categories.c.needs_check)).scalars()
    )
    for row, events in histories(demo):
        standing = Standing()
        for number, event in enumerate(map(event_of, events)):
            kind = event.kind
            assert kind is Kind.REPORT if number == 0 else can_start(kind, standing.state)
            assert event.to_state == ACTIONS[kind].to_state
            if kind is Kind.CLOSE and row.category_id in checked:
                assert standing.is_verified
            apply(standing, event)


def test_the_row_of_a_case_is_the_replay_of_its_events(demo):
    for row, events in histories(demo):
        standing = Standing()
        for event in events:
            apply(standing, event_of(event))
        assert standing_row(standing) == {name: getattr(row, name) for name in STANDING_COLUMNS}


def test_hands_are_told_truly(demo):
    centre_id = demo.execute(select(units.c.unit_id).where(units.c.kind == "centre")).scalar_one()
    for _, events in histories(demo):
        holder = None
        for event in map(event_of, events):
            if event.to_unit_id is not None:
                assert event.from_unit_id == holder
                hands = (event.from_unit_id, event.to_unit_id)
                assert event.is_transfer == is_transfer(event.kind, *hands, centre_id)
                holder = event.to_unit_id
            else:
                assert not event.is_transfer


def test_a_case_moves_forward_in_whole_seconds_and_not_beyond_now(demo):
    for row, events in histories(demo):
        times = [event.at for event in events]
        assert times == sorted(set(times))
        assert AS_OF - timedelta(days=DAYS) <= row.opened_at <= times[-1] <= AS_OF
        assert all(at.microsecond == 0 for at in times)
        assert all(event.recorded_at == event.at for event in events)


def test_versions_add_up_to_the_number_of_events(demo):
    versions = demo.execute(select(func.sum(cases.c.version))).scalar_one()

    assert versions == demo.execute(select(func.count()).select_from(case_events)).scalar_one()


def test_everything_that_can_happen_happens(demo):
    found = set(demo.execute(select(case_events.c.kind)).scalars())

    assert found == set(Kind) - IMPORTED_KINDS


def test_outcomes_speak_the_words_of_the_contract(demo):
    for column, words in (
        (cases.c.outcome, {"resolved", "partly", "unresolved", "unreachable", "refused"}),
        (cases.c.satisfaction, {"satisfied", "mostly", "not", "unreachable", "refused"}),
        (cases.c.mediation, {"agreed", "failed", "running"}),
    ):
        assert set(demo.execute(select(column)).scalars()) - {None} <= words


def test_cases_are_numbered_and_all_are_there(demo):
    numbers = demo.execute(select(cases.c.case_no)).scalars().all()

    assert len(set(numbers)) == CASES
    assert all(re.fullmatch(r"YC-20\d{6}-\d{4}", number) for number in numbers)


def test_nothing_in_it_looks_like_a_telephone_or_identity_number(demo):
    for table in metadata.sorted_tables:
        texts = [column for column in table.c if isinstance(column.type, Text)]
        for row in demo.execute(select(*texts)) if texts else ():
            assert not any(PERSONAL.search(text) for text in row if text), row


# The whole


def test_a_seed_gives_the_same_rows_in_either_database(sqlite_url, postgres_url):
    found = []
    for url in (sqlite_url, postgres_url):
        engine = connect(url)
        with engine.begin() as conn:
            counts = fill(conn, 600, 60, SEED, AS_OF)
            rows = {table.name: contents(conn, table) for table in metadata.sorted_tables}
            found.append((counts, rows))
            assert counts == {name: len(rows[name]) for name in counts}
        engine.dispose()

    assert found[0] == found[1]


def test_another_seed_gives_other_cases(demo, conn):
    fill(conn, CASES // 10, DAYS, SEED + 1, AS_OF)

    others = set(conn.execute(select(cases.c.opened_at)).scalars())
    assert len(others & set(demo.execute(select(cases.c.opened_at)).scalars())) < 10


def test_it_is_marked_as_a_demo(demo):
    query = select(district_facts.c.value).where(district_facts.c.name == "is_demo")

    assert demo.execute(query).scalar_one() == "1"


def test_a_database_with_cases_is_refused(conn):
    fill(conn, 20, 10, SEED, AS_OF)

    with pytest.raises(Refused) as refusal:
        fill(conn, 20, 10, SEED, AS_OF)
    assert "20" in str(refusal.value)


def test_a_district_without_cases_yet_is_drawn(conn):
    assert fill(conn, 0, 10, SEED, AS_OF)["areas"] == 2172
